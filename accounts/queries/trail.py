"""Reading the audit trail: entries as people say them, with labels for field names and words for stored values."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Q
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from accounts.models import AuditEntry
from accounts.rules import HIDDEN, VERBS, Role

NO_VALUE = "—"
#: Words for what services record beside a row's own fields.
WORDS = {
    "accepted_at": gettext_lazy("accepted"),
    "accepted_by": gettext_lazy("accepted by"),
    "answer_by": gettext_lazy("answer by"),
    "boards": gettext_lazy("boards"),
    "changed": gettext_lazy("changed"),
    "channels": gettext_lazy("channels"),
    "closed_at": gettext_lazy("closed"),
    "closed_by": gettext_lazy("closed by"),
    "counts": gettext_lazy("what it counts"),
    "created": gettext_lazy("added"),
    "done_at": gettext_lazy("done"),
    "email": gettext_lazy("e-mail"),
    "gates": gettext_lazy("gates"),
    "from_day": gettext_lazy("from"),
    "grades": gettext_lazy("grades"),
    "guessed": gettext_lazy("guessed"),
    "indicator": gettext_lazy("indicator"),
    "last_day": gettext_lazy("last day"),
    "left_out": gettext_lazy("left out"),
    "line": gettext_lazy("line of a statement"),
    "lines": gettext_lazy("products"),
    "month": gettext_lazy("month"),
    "order": gettext_lazy("order"),
    "owner": gettext_lazy("owner"),
    "parts": gettext_lazy("metrics with their weights"),
    "people": gettext_lazy("people"),
    "person": gettext_lazy("person"),
    "phone": gettext_lazy("phone number"),
    "place": gettext_lazy("place"),
    "prizes": gettext_lazy("prizes"),
    "product": gettext_lazy("product"),
    "published_by": gettext_lazy("published by"),
    "quantity": gettext_lazy("quantity"),
    "quarter": gettext_lazy("quarter"),
    "reason": gettext_lazy("reason"),
    "received_on": gettext_lazy("received on"),
    "rejected": gettext_lazy("not taken"),
    "returned_on": gettext_lazy("returned on"),
    "role": gettext_lazy("role"),
    "roles": gettext_lazy("roles"),
    "rows": gettext_lazy("rows"),
    "shares": gettext_lazy("shares"),
    "stale": gettext_lazy("past drafting and different now"),
    "stages": gettext_lazy("tenure stages"),
    "steps": gettext_lazy("table"),
    "unchanged": gettext_lazy("as they were"),
    "unit": gettext_lazy("unit"),
    "units": gettext_lazy("units"),
    "user": gettext_lazy("account"),
    "week": gettext_lazy("week"),
    "winners": gettext_lazy("winners"),
    "withdrawn_at": gettext_lazy("withdrawn"),
    "written": gettext_lazy("written"),
}
WEEKDAYS = {
    1: gettext_lazy("Monday"),
    2: gettext_lazy("Tuesday"),
    3: gettext_lazy("Wednesday"),
    4: gettext_lazy("Thursday"),
    5: gettext_lazy("Friday"),
    6: gettext_lazy("Saturday"),
    7: gettext_lazy("Sunday"),
}


@dataclass(frozen=True)
class Change:
    """One value before and after, ready to be read."""

    label: str
    before: str  # empty when there was nothing before
    after: str

    def __str__(self):
        return f"{self.label}: {self.before} → {self.after}" if self.before else f"{self.label}: {self.after}"


@dataclass(frozen=True)
class Line:
    """One audit entry, ready to be read."""

    at: datetime
    by: str
    action: str
    about: str
    about_kind: str
    about_url: str
    changes: tuple[Change, ...]

    @property
    def summary(self):
        return "; ".join(map(str, self.changes))


def entries(*, by=None, is_system=False, kind="", verb="", text="", from_day=None, to_day=None):
    """
    Return audit entries of the active company, newest first.

    :param kind: the model they are about, as `teams.person`.
    :param verb: what happened, a key of `rules.VERBS`.
    :param to_day: the last day that is in, in the active time zone.
    """
    found = AuditEntry.objects.select_related("by")
    if is_system:
        found = found.filter(by=None)
    elif by:
        found = found.filter(by=by)
    if kind:
        found = found.filter(about_model=kind)
    if verb:
        found = found.filter(action__endswith=f".{verb}")
    if text:
        found = found.filter(Q(about_name__icontains=text))
    if from_day:
        found = found.filter(at__gte=_midnight(from_day))
    if to_day:
        found = found.filter(at__lt=_midnight(to_day + timedelta(days=1)))
    return found.order_by("-at", "-pk")


def kinds():
    """Return what the active company's entries are about: pairs of model and its name, by name."""
    found = AuditEntry.objects.order_by().values_list("about_model", flat=True).distinct()
    return sorted(((name, _name_of(name)) for name in found), key=lambda pair: pair[1])


def line_of(entry):
    """Return an entry in words."""
    verb = entry.action.rpartition(".")[2]
    return Line(
        at=entry.at,
        by=str(entry.by) if entry.by else _("The system"),
        action=str(VERBS.get(verb, verb)),
        about=entry.about_name,
        about_kind=_name_of(entry.about_model),
        about_url=_address_of(entry),
        changes=tuple(
            Change(
                label=_label(entry.about_model, name),
                before=_in_words(entry.about_model, name, entry.before[name]) if name in entry.before else "",
                after=_in_words(entry.about_model, name, entry.after.get(name)),
            )
            for name in {**entry.before, **entry.after}
            if not _is_same(entry, name)
        ),
    )


def _midnight(day):
    return datetime.combine(day, time.min, tzinfo=timezone.get_current_timezone())


def _model(name):
    try:
        return apps.get_model(name)
    except (LookupError, ValueError):
        return None


def _name_of(model_name):
    model = _model(model_name)
    return capfirst(model._meta.verbose_name) if model else model_name


def _field(model_name, name):
    model = _model(model_name)
    try:
        field = model._meta.get_field(name) if model else None
    except FieldDoesNotExist:
        return None
    # What is recorded may be named like a relation of others to this one, which has neither a label nor choices.
    return field if field is not None and field.concrete else None


def _label(model_name, name):
    field = _field(model_name, name)
    return capfirst(WORDS.get(name) or (field.verbose_name if field else name.replace("_", " ")))


def _is_same(entry, name):
    """A value that stands beside a change without having changed itself, or that is empty before and after."""
    before, after = entry.before.get(name), entry.after.get(name)
    # What changed but is not shown is kept as the same sign twice.
    return before != HIDDEN and (before == after or (_is_empty(before) and _is_empty(after)))


def _is_empty(value):
    return value is None or value in ("", [], {})


def _in_words(model_name, name, value):
    if _is_empty(value):
        return NO_VALUE
    if isinstance(value, bool) or value in ("True", "False"):
        return _("Yes") if value in (True, "True") else _("No")
    if name.endswith(("weekdays", "weekday")):
        return _listed(WEEKDAYS.get(day, day) for day in (value if isinstance(value, list) else [value]))
    if name == "role" and value in Role.values:
        return str(Role(value).label)
    field = _field(model_name, name)
    if field is not None and field.choices and not isinstance(value, list | dict):
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(value, list):
        return _listed(value)
    if isinstance(value, dict):
        return _listed(f"{key}: {inner}" for key, inner in value.items())
    if isinstance(value, str) and "T" in value and (moment := _moment(value)):
        return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"
    return str(value)


def _listed(values):
    return pgettext("between the items of a list", ", ").join(map(str, values))


def _moment(text):
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None


def _address_of(entry):
    app, _dot, model = entry.about_model.partition(".")
    try:
        return reverse(f"{app}:{model}", args=[entry.about_id])
    except NoReverseMatch:
        return ""
