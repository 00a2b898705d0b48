"""Facts of lines hold metrics by their ids; here they are given the names by which a reader knows them."""

from collections.abc import Mapping

from common.figures import NO_VALUE


def metrics_in(facts):
    """Yield the ids of the metrics that facts speak of, however deep in them."""
    if isinstance(facts, dict):
        if "metric_id" in facts:
            yield facts["metric_id"]
        facts = facts.values()
    elif not isinstance(facts, list):
        return
    for each in facts:
        yield from metrics_in(each)


def with_names(facts, names: Mapping[int, str]):
    """
    Return facts with the name of each metric beside its id.

    Lines from before metrics stood in them by their ids hold the names in which they were calculated, and keep them.

    :param names: of metrics, by id.
    """
    if isinstance(facts, list):
        return [with_names(each, names) for each in facts]
    if not isinstance(facts, dict):
        return facts
    named = {key: with_names(value, names) for key, value in facts.items()}
    return named | {"metric": names.get(facts["metric_id"], NO_VALUE)} if "metric_id" in facts else named
