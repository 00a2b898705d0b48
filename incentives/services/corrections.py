"""What HR decides about pay by hand: amounts granted or taken with a reason, and the terms of each person."""

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.services import change, record
from common.cleaning import clean_values
from common.money import LIMIT
from common.periods import month_of
from common.refusals import Refusal
from common.repeats import made_before
from incentives.models import PayAdjustment, PaySettings, PayTerms, Statement, StatementLine
from incentives.queries.pay_settings import CHANGED
from incentives.rules.numbers import write_money
from incentives.rules.terms import LineKind, Status


class CorrectionRefused(Refusal):
    """Pay cannot be corrected so."""

    sentences = {
        "own": _("Nobody corrects their own pay."),
        "nothing": _("A correction is more or less than nothing."),
        "too_large": _("The amount is too large."),
        "no_reason": _("Say why."),
        "sealed": _("That month's statement is published. The correction belongs into a later one."),
        "not_here": _("They do not work here in that month."),
        "sent_before": _(
            "This form was sent before: %(before)s for %(person)s in %(month)s is recorded. "
            "If this is to be corrected as well, send it again."
        ),
    }


@transaction.atomic
def correct(*, person, month, amount, reason, dispute=None, client_ref=None, decider, by) -> PayAdjustment:
    """
    Grant or take an amount: a line of the person's statement of a month, drafted or still to come.

    The same `client_ref` again gives the same correction. One made by mistake is taken back by its opposite.

    :param month: any day of the month in whose statement it is to stand.
    :param amount: minor units, below zero to take.
    :param decider: the person who decides, None for one outside of the organisation.
    :raises CorrectionRefused: see its sentences; `sent_before` if the same `client_ref` has corrected something else.
    """
    starts_on = month_of(month).starts_on
    if made := made_before(PayAdjustment.objects.select_related("person"), client_ref):
        if (made.person_id, made.holds_from, made.amount) != (person.pk, starts_on, amount):
            about = {"before": write_money(made.amount), "person": made.person.name, "month": f"{made.holds_from:%Y-%m}"}
            raise CorrectionRefused("sent_before", **about)
        return made
    if decider is not None and decider.pk == person.pk:
        raise CorrectionRefused("own")
    if not amount:
        raise CorrectionRefused("nothing")
    if abs(amount) > LIMIT:
        raise CorrectionRefused("too_large")
    if not reason.strip():
        raise CorrectionRefused("no_reason")
    if person.hired_on >= month_of(month).ends_before:
        raise CorrectionRefused("not_here")
    if Statement.objects.filter(person=person, starts_on__gte=starts_on, status=Status.PUBLISHED).exists():
        raise CorrectionRefused("sealed")
    made = PayAdjustment.objects.create(
        person=person,
        holds_from=starts_on,
        amount=amount,
        reason=reason.strip()[:300],
        dispute=dispute,
        made_by=by,
        client_ref=client_ref,
    )
    # Drafts of then were worked out without it.
    Statement.objects.exclude(status=Status.PUBLISHED).filter(person=person, starts_on__gte=starts_on).update(is_stale=True)
    record("incentives.payadjustment.made", about=made, by=by, after={"person": str(person), "reason": made.reason})
    return made


def next_open_month(person, *, after):
    """Return the first day of the first month, from that of a day on, whose statement is not published for somebody."""
    last = (
        Statement.objects.filter(person=person, status=Status.PUBLISHED)
        .order_by("-starts_on")
        .values_list("ends_before", flat=True)
        .first()
    )
    first = month_of(after).starts_on
    return max(last or first, first)


@transaction.atomic
def set_terms(*, person, starts_on, base_pay, minimum_wage=None, decider=None, by) -> PayTerms:
    """
    Set what somebody is paid each month beside commission and bonus, from a day on.

    :param base_pay: minor units, as is `minimum_wage`; without one, the company's counts.
    :param decider: the person who decides, None for one outside of the organisation.
    :raises CorrectionRefused: `own`, `too_large`.
    """
    if decider is not None and decider.pk == person.pk:
        raise CorrectionRefused("own")
    if max(base_pay, minimum_wage or 0) > LIMIT:
        raise CorrectionRefused("too_large")
    values = {"base_pay": base_pay, "minimum_wage": minimum_wage}
    found = PayTerms.objects.filter(person=person, starts_on=starts_on).last()
    if found is not None and all(getattr(found, name) == value for name, value in values.items()):
        return found
    made = PayTerms(person=person, starts_on=starts_on, **values)
    clean_values(made)
    made.save()
    follow_terms(**{"made" if found is None else "changed": [made]}, by=by)
    return made


@transaction.atomic
def follow_terms(*, made=(), changed=(), by):
    """
    Record that terms of pay were set or changed, and mark the drafts whose deductions may be limited otherwise now, or that hold a
    share of base pay.

    The trail does not say to what: pay is nobody's but the person's and HR's.
    """
    verbs = [*((terms, "set") for terms in made), *((terms, "changed") for terms in changed)]
    for terms, verb in verbs:
        record(f"incentives.payterms.{verb}", about=terms, by=by, after={"from_day": terms.starts_on})
    since = {}
    for terms, _verb in verbs:
        since.setdefault(terms.starts_on, []).append(terms.person_id)
    deducted = StatementLine.objects.filter(Q(amount__lt=0) | Q(kind=LineKind.CARRIED))
    deducted = deducted.exclude(kind__in=[LineKind.HELD, LineKind.CAPPED]).order_by().values("statement")
    drafts = Statement.objects.exclude(status=Status.PUBLISHED).filter(pk__in=deducted)
    for starts_on, person_ids in since.items():
        drafts.filter(person__in=person_ids, ends_before__gt=starts_on).update(is_stale=True)
        # A share of base pay follows it over the whole of its span, which may have begun in months before the day.
        shared = StatementLine.objects.filter(statement__person__in=person_ids, earned_before__gt=starts_on)
        shared = shared.exclude(component__base_pay_factor=None).order_by().values("statement__person")
        open_drafts = Statement.objects.exclude(status=Status.PUBLISHED)
        open_drafts.filter(person__in=shared).update(is_stale=True)


@transaction.atomic
def change_settings(*, by, **values) -> PaySettings:
    """
    Change how the company pays; statements that are published stay as they are.

    :param values: fields of `PaySettings`; money in minor units.
    """
    found, _is_new = PaySettings.objects.get_or_create()
    change(found, action=CHANGED, by=by, **values)
    return found
