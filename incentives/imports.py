"""
Base pay in a file: what people are paid each month beside commission and bonus, from a day on.

Somebody is known by the employee number, or by the name when the file has none; terms of pay by the person and their first
day. Empty cells leave what is known. A row that gives neither a day nor an amount says nothing: the exported sheet also
names those whose base pay is not set yet.
"""

from dataclasses import dataclass, field
from datetime import date

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from common import cells
from common.intake import Account, BadRow, Changes, Field, Lookup, Note, Row, Unclear
from common.money import from_minor, to_minor
from incentives.models import PayTerms
from incentives.services import corrections
from teams.imports.columns import EMPLOYEE_NUMBER
from teams.models import Person

#: What a row sets, in minor units.
AMOUNTS = ("base_pay", "minimum_wage")

FIELDS = (
    EMPLOYEE_NUMBER,
    Field(
        "name",
        pgettext_lazy("person", "Name"),
        cells.text(80),
        _("Together with a number it must be the same person's."),
        ("姓名", "人员", "员工姓名", "业务员", "full name", "employee name", "employee", "person"),
        example=_("Li Na"),
    ),
    Field(
        "starts_on",
        pgettext_lazy("terms of pay", "From"),
        cells.day_of_a_period,
        _("The first day on which it holds. A raise is a row with a new day; what was before stays."),
        ("开始日期", "生效日期", "起始日期", "执行日期", "effective date", "effective from", "starts on", "valid from"),
        example="2026-01-01",
    ),
    Field(
        "base_pay",
        _("Base pay a month"),
        cells.amount,
        _("Beside commission and bonus."),
        ("底薪", "基本工资", "月薪", "固定工资", "每月底薪", "base pay", "base salary", "salary", "monthly salary"),
        example="4500",
    ),
    Field(
        "minimum_wage",
        _("Local minimum wage a month"),
        cells.amount,
        _("Only where it differs from the company's. Empty, it stays as it was."),
        ("最低工资", "当地最低工资", "最低工资标准", "minimum wage", "local minimum wage"),
        example="",
    ),
)


class BadTermsRow(BadRow):
    sentences = {
        "nobody": _("The row names nobody: give the employee number or the name."),
        "no_person": _("Nobody is called %(name)s."),
        "no_person_near": _("Nobody is called %(name)s. Did you mean: %(near)s?"),
        "no_number": _("Nobody has the employee number %(number)s."),
        "person_unclear": _("Several people are called %(name)s: give the employee number."),
        "other_name": _("The employee number %(number)s is that of %(name)s."),
        "no_day": _("Say from which day on it holds."),
        "no_amount": _("The row gives no base pay."),
        "left": _("%(name)s no longer works here from %(day)s on."),
        "again": _("Row %(row)s already says this person's base pay from this day on, and says it differently."),
    }


class TakenTerms(Note):
    sentences = {"name_loosely": _("“%(given)s” is taken as %(taken)s.")}


@dataclass
class _Reading:
    """What is at hand while the rows are gone through."""

    account: Account
    numbers: Lookup
    names: Lookup
    known: dict  # person → their terms, the latest first
    own_ids: frozenset
    made: list = field(default_factory=list)
    changed: list = field(default_factory=list)
    said: dict = field(default_factory=dict)  # (person, day) → (row number, amounts)


def plan(rows: list[Row], *, account: Account, today: date, options: dict, by) -> Changes:  # noqa: ARG001 - one shape for all
    """
    Say what the rows would change about terms of pay; nobody sets their own.

    :param by: the users who ask for it.
    """
    reading = _reading_of(account, by)
    # From the earliest day on, so that each is compared with what holds on its day, other rows of the file included.
    for row in sorted(rows, key=lambda row: row.get("starts_on") or date.min):
        try:
            _take(row, reading)
        except (BadRow, corrections.CorrectionRefused) as said:
            account.reject(row.number, said)
    changes = Changes()
    # Also those of a day that has some: the latest of a day count.
    changes.create(PayTerms, [*reading.made, *reading.changed])
    changes.then(lambda by: corrections.follow_terms(made=reading.made, changed=reading.changed, by=by))
    return changes


def _reading_of(account, by):
    people = list(Person.objects.order_by("pk"))
    known = {}
    for terms in PayTerms.objects.order_by("-starts_on", "-pk"):
        known.setdefault(terms.person_id, []).append(terms)
    return _Reading(
        account=account,
        numbers=Lookup((person.employee_number, person) for person in people),
        names=Lookup((person.name, person) for person in people),
        known=known,
        own_ids=frozenset(Person.objects.filter(membership__user__in=by).values_list("pk", flat=True)),
    )


def _take(row, reading):
    person, account = _person_of(row, reading), reading.account
    if not row.values.keys() & {"starts_on", *AMOUNTS}:
        account.keep(row.number)
        return
    if (starts_on := row.get("starts_on")) is None:
        raise BadTermsRow("no_day")
    if person.left_on and person.left_on <= starts_on:
        raise BadTermsRow("left", name=person.name, day=person.left_on.isoformat())
    before = next((terms for terms in reading.known.get(person.pk, ()) if terms.starts_on <= starts_on), None)
    amounts = _amounts_of(row, before)
    earlier = reading.said.setdefault((person.pk, starts_on), (row.number, amounts))
    if earlier[1] != amounts:
        raise BadTermsRow("again", row=earlier[0])
    if earlier[0] != row.number or (before and amounts == _amounts(before)):
        account.keep(row.number)
        return
    if person.pk in reading.own_ids:
        raise corrections.CorrectionRefused("own")
    _tell(row, person, before, amounts, reading)
    made = PayTerms(person=person, starts_on=starts_on, **amounts)
    (reading.changed if before and before.starts_on == starts_on else reading.made).append(made)
    # The latest of a day first.
    known = [made, *reading.known.get(person.pk, ())]
    reading.known[person.pk] = sorted(known, key=lambda terms: terms.starts_on, reverse=True)


def _person_of(row, reading):
    number, name = row.get("employee_number"), row.get("name")
    if not number and not name:
        raise BadTermsRow("nobody")
    found = _found(reading.numbers, number, "employee_number", row, reading) if number else None
    if number and found is None:
        raise BadTermsRow("no_number", number=number)
    if not name:
        return found
    if found is not None:
        # Pay must not go to whoever happens to have a mistyped number.
        if Lookup([(found.name, found)]).find(name)[0] is None:
            raise BadTermsRow("other_name", number=number, name=found.name)
        return found
    found = _found(reading.names, name, "name", row, reading)
    if found is None:
        near = reading.names.near(name)
        raise BadTermsRow("no_person_near", name=name, near=near) if near else BadTermsRow("no_person", name=name)
    return found


def _found(lookup, given, key, row, reading):
    try:
        person, is_exact = lookup.find(given)
    except Unclear:
        raise BadTermsRow("person_unclear", name=given) from None
    if person is not None and not is_exact:
        reading.account.guess(row.number, TakenTerms("name_loosely", given=given, taken=person.name), field_key=key)
    return person


def _amounts_of(row, before):
    """Return what a row asks for in minor units; what it leaves out stays as it was."""
    amounts = _amounts(before) | {key: to_minor(row.values[key]) for key in AMOUNTS if key in row.values}
    if amounts["base_pay"] is None:
        raise BadTermsRow("no_amount")
    return amounts


def _amounts(terms):
    return {key: getattr(terms, key, None) for key in AMOUNTS}


def _tell(row, person, before, amounts, reading):
    """Tell the account what changes: a raise is a change of what was paid, the first terms are something new."""
    day = row.get("starts_on").isoformat()
    if before is None:
        reading.account.create(row.number, person.name, f"{_shown(amounts['base_pay'])} · {day}")
        return
    was, becomes = {"starts_on": before.starts_on.isoformat()}, {"starts_on": day}
    was |= {key: _shown(amount) for key, amount in _amounts(before).items()}
    becomes |= {key: _shown(amount) for key, amount in amounts.items()}
    differing = {key: value for key, value in becomes.items() if was[key] != value}
    reading.account.change(row.number, None, was, differing, name=person.name)


def _shown(minor):
    return "" if minor is None else f"{from_minor(minor):,}"
