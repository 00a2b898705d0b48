"""The jumps of a plan in sentences: where pay jumps, what changes there, and how many ended near it."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from incentives.rules.numbers import exact, write
from incentives.rules.step_words import percent
from incentives.rules.terms import Base, ChosenBy, Customers, Pays, Span, Use

#: From so many just above on, and so many times those just below, people are said to gather there.
GATHER_FROM, GATHER_TIMES = 5, 2


@dataclass(frozen=True)
class Told:
    """
    A jump for people.

    :ivar name: the component, with what its table is for. :ivar where, effect: in words. :ivar jump: minor units, negative where pay
        falls. :ivar below, above: how many ended near, None where nobody counts them. :ivar of: of how many.
    :ivar is_of_deals: whether deals or lines are counted, not people. :ivar is_gathered: whether more end on the better side.
    """

    name: str
    where: str
    effect: str
    jump: int
    below: int | None
    above: int | None
    of: int
    is_of_deals: bool
    is_gathered: bool


def tell(row, *, names) -> Told:
    """
    Say a jump as `incentives.queries.cliffs` keeps it.

    :param names: `wording.Names`, the components of the version included.
    """
    is_of_deals = row["each"] != Base.PERIOD
    return Told(
        " · ".join([row["component"], *filter(None, _label(row["label"]))]),
        _where(row, names), _effect(row, names), row["jump"], row["below"], row["above"], row["count"], is_of_deals,
        row["by"] != "COMPONENT" and _is_gathered(row),
    )  # fmt: skip


def _is_gathered(row):
    if row["below"] is None:
        return False
    worse, better = (row["below"], row["above"]) if row["jump"] >= 0 else (row["above"], row["below"])
    return better >= GATHER_FROM and better >= GATHER_TIMES * worse


def _label(label):
    yield label.get("line_name")
    yield label.get("channel_name")
    if customers := label.get("customers"):
        yield str(Customers(customers).label)


def _where(row, names):
    at, metric = row["at"], names.metric(row["metric"])
    match row["by"]:
        case "COMPONENT":
            found = {str(key): name for key, name in names.components.items()}
            return _("as soon as “%(component)s” pays anything") % {"component": found.get(row["gate"], "—")}
        case "DAYS":
            return _("%(days)s days from winning to receiving the money") % {"days": write(at)}
        case "VALUE":
            return f"{metric} {names.writer_of(row['metric'])(row['at'])}"
        case ChosenBy.ATTAINMENT:
            return _("%(metric)s: %(percent)s of the target") % {"metric": metric, "percent": percent(at)}
        case ChosenBy.DISCOUNT:
            return _("a discount of %(percent)s") % {"percent": percent(at)}
        case ChosenBy.MARGIN:
            return _("a gross margin of %(percent)s") % {"percent": percent(at)}
    said = {"what": names.measure(row["measure"]), "at": names.minor(_whole(at)) if row["is_money"] else write(at)}
    if row["each"] == Base.DEAL:
        return _("%(what)s of one deal: %(at)s") % said
    if row["each"] == Base.LINE:
        return _("%(what)s of one line of a deal: %(at)s") % said
    return {
        Span.QUARTER: _("%(what)s in a quarter: %(at)s"),
        Span.YEAR: _("%(what)s in a fiscal year: %(at)s"),
    }.get(row["span"], _("%(what)s in a month: %(at)s")) % said


def _effect(row, names):
    rate = (lambda value: names.minor(_whole(value))) if row["gives"] else percent
    said = {"before": rate(row["before"]), "after": rate(row["after"])}
    match row["use"]:
        case Use.SCORE:
            return _("it counts %(after)s instead of %(before)s") % said
        case Use.CURVE:
            return _("%(after)s of the bonus instead of %(before)s") % said
        case Use.GATE:
            return _("%(after)s goes through instead of %(before)s") % said
        case Use.DECAY:
            return _("what comes in counts %(after)s instead of %(before)s") % said
    if row["gives"] == Pays.AMOUNT:
        return _("%(after)s for reaching it instead of %(before)s") % said
    if row["gives"]:
        return _("%(after)s for each instead of %(before)s") % said
    return _("%(after)s of everything instead of %(before)s") % said


def _whole(value):
    return int(exact(value))
