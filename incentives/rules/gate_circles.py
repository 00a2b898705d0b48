"""Gates of components that wait for one another, or for what is not there."""

from dataclasses import replace

from incentives.rules.checking import bad


def check_gates(components, awaited):
    """
    Yield the gates that wait for one another in a circle, and those that wait for what is not there, each once.

    :param awaited: {key of a component: {key of a component that it waits for: the place of that gate}}.
    """
    by_key, told = {component.key: component for component in components}, set()
    for component in components:
        for key, place in awaited.get(component.key, {}).items():
            if key not in by_key:
                yield component, replace(bad("gate_gone", field="gate_key"), place=place)
        circle = () if component.key in told else _circle(component.key, awaited, by_key)
        if circle:
            told |= set(circle)
            names = " → ".join(by_key[key].name for key in (*circle, circle[0]))
            place = awaited[circle[0]][(*circle, circle[0])[1]]
            yield component, replace(bad("circle", field="gate_key", names=names), place=place)


def _circle(start, awaited, known):
    """Return the keys of components that wait for one another from one on until it is back at that one; empty for none."""
    paths, seen = [(start,)], set()
    while paths:
        path = paths.pop()
        for key in awaited.get(path[-1], {}):
            if key == start:
                return path
            if key in known and key not in seen:
                seen.add(key)
                paths.append((*path, key))
    return ()
