"""Changes of contests before they run: drafting, announcing, calling off."""

from datetime import date

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.services import record
from accounts.services.audit import as_recorded
from common.cleaning import clean_values
from common.locks import LockSpace, hold
from common.money import from_minor
from common.refusals import Refusal
from common.repeats import made_before
from common.tenancy import require_company_id
from credits.queries.lens import Lens
from incentives.models import Contest, ContestPrize, ContestScope
from incentives.queries import contests as queries
from incentives.rules.contest_kinds import RANKED, Form, Leagues, Yardstick
from incentives.rules.contest_terms import BadTerms, Wanted, check_days, check_terms
from incentives.rules.numbers import write, write_money

Status = Contest.Status
#: Fields of a contest that say how it is raced.
_TERMS = (
    "name", "purpose", "form", "metric", "product_line", "channel", "starts_on", "last_day", "roles", "stages", "yardstick",
    "minimum", "leagues", "tie_rule", "pot_by", "is_open", "returns_days",
)  # fmt: skip


class ContestRefused(Refusal):
    """Something that cannot be done with a contest as it stands."""

    sentences = {
        "not_draft": _("It is announced: its terms no longer change. Call it off and announce another one."),
        "not_announced": _("Only a contest that was announced, and whose standing is not fixed, can be called off."),
        "not_over": _("It is still running: its standing is fixed once the last day is past."),
        "not_frozen": _("Its standing has to be fixed before prizes are awarded."),
        "too_costly": _("Its prizes may cost more than managers announce. A director, HR or an admin announces it."),
        "no_reason": _("Say why, in a few words."),
        "nothing_changed": _("Nothing has changed: with what is known now, everybody stands where they stood."),
    }


@transaction.atomic
def draft_contest(*, wanted: Wanted, client_ref=None, by):
    """
    Put a contest down that nobody but its makers sees; the same `client_ref` again gives the same one.

    :raises BadTerms: with the field to mend.
    """
    if found := made_before(Contest.objects, client_ref):
        return found
    contest = Contest(**wanted.facts, client_ref=client_ref, created_by=by)
    contest.claim_company()
    _check(contest, wanted)
    contest.save()
    _store(contest, wanted)
    record("incentives.contest.added", about=contest, by=by, after=_told(contest))
    return contest


@transaction.atomic
def change_contest(*, contest, wanted: Wanted, by):
    """
    Change a draft; what was announced stays as it is.

    :raises BadTerms: with the field to mend.
    :raises ContestRefused: if it is no draft any more.
    """
    contest = locked(contest)
    _require(contest, Status.DRAFT, "not_draft")
    before = _told(contest)
    for name, value in wanted.facts.items():
        setattr(contest, name, value)
    _check(contest, wanted)
    contest.save()
    contest.prizes.all().delete()
    contest.scopes.all().delete()
    _store(contest, wanted)
    record("incentives.contest.changed", about=contest, by=by, before=before, after=_told(contest))
    return contest


@transaction.atomic
def remove_contest(*, contest, by):
    """
    Throw a draft away.

    :raises ContestRefused: if it is no draft any more.
    """
    contest = locked(contest)
    _require(contest, Status.DRAFT, "not_draft")
    record("incentives.contest.removed", about=contest, by=by, before=_told(contest))
    contest.delete()


@transaction.atomic
def announce_contest(*, contest, on: date, now, limit=None, by):
    """
    Announce a contest: from now on those who take part see its terms, and these never change.

    :param limit: minor units that its prizes may cost at most, together with those of other contests that the same person has
        announced and that run on any of its days; None for as much as one likes.
    :raises BadTerms: if it would be over already, or nobody could take part by its terms.
    :raises ContestRefused: if it was announced before, or may cost more.
    """
    if limit is not None:
        # One after the other: two that are announced at once would each pass beside the other.
        hold(LockSpace.CONTEST_LIMIT, require_company_id())
    contest = locked(contest)
    _require(contest, Status.DRAFT, "not_draft")
    if contest.ends_before <= on:
        raise BadTerms("over_already", field="last_day")
    people = queries.participants_of(contest)
    check_field(contest, people)
    if limit is not None and queries.cost_of(contest, people) + queries.cost_beside(contest, user=by) > limit:
        raise ContestRefused("too_costly")
    contest.status, contest.announced_at, contest.announced_by = Status.ANNOUNCED, now, by
    contest.save(update_fields=["status", "announced_at", "announced_by"])
    record("incentives.contest.announced", about=contest, by=by, after=_told(contest))
    return contest


@transaction.atomic
def withdraw_contest(*, contest, reason, by):
    """
    Call an announced contest off; nobody wins anything, and everybody reads why.

    :raises ContestRefused: without a reason, or once the standing is fixed.
    """
    contest = locked(contest)
    _require(contest, Status.ANNOUNCED, "not_announced")
    if not reason.strip():
        raise ContestRefused("no_reason")
    contest.status, contest.withdrawn_reason = Status.WITHDRAWN, reason.strip()
    clean_values(contest)
    contest.save(update_fields=["status", "withdrawn_reason"])
    record("incentives.contest.withdrawn", about=contest, by=by, after={"reason": contest.withdrawn_reason})
    return contest


def locked(contest):
    """Return the contest as it stands, locked, with what its terms speak of."""
    # The company is locked by nobody: only the contest's own row.
    rows = Contest.objects.select_for_update(of=("self",)).select_related("company", "metric", "product_line", "channel")
    return rows.get(pk=contest.pk)


def check_field(contest, people):
    """
    Check that somebody takes part, and can be measured as the contest says.

    :raises BadTerms: with the field to mend.
    """
    if not people:
        raise BadTerms("nobody_takes_part", field="units")
    if contest.form in (*RANKED, Form.POT) and len(people) < 2:
        raise BadTerms("alone", field="units")
    if contest.form == Form.RELAY and len({one.unit_id for one in people}) < 2:
        raise BadTerms("one_team", field="units")
    if contest.yardstick != Yardstick.NONE and all(
        entry.yardstick is None or entry.yardstick <= 0 for entry in queries.entries_of(contest, people)
    ):
        raise BadTerms("no_target" if contest.yardstick == Yardstick.TARGET else "no_past", field="yardstick")
    if contest.leagues == Leagues.POTENTIAL and not queries.potentials_of(contest, people):
        raise BadTerms("no_potential", field="leagues")


def _check(contest, wanted):
    check_days(starts_on=contest.starts_on, ends_before=contest.ends_before)
    check_terms(
        queries.terms_of(contest, prizes=wanted.prizes),
        yardstick=contest.yardstick,
        leagues=contest.leagues,
        adds_up=contest.metric.adds_up,
    )
    if contest.product_line_id and not Lens(product_line_id=contest.product_line_id).carries(contest.metric.measures):
        raise BadTerms("line_not_counted", field="product_line")
    if contest.product_line_id and contest.channel_id and contest.yardstick == Yardstick.TARGET:
        raise BadTerms("narrowed_target", field="yardstick")
    clean_values(contest)
    scopes = [unit.pk for unit in wanted.units], {person.pk for person in wanted.people}
    check_field(contest, queries.participants_of(contest, scopes=scopes))


def _store(contest, wanted):
    ContestScope.objects.bulk_create(
        [ContestScope(contest=contest, unit=unit) for unit in wanted.units]
        + [ContestScope(contest=contest, person=person) for person in wanted.people]
    )
    rows = [
        ContestPrize(contest=contest, number=prize.number, threshold=prize.threshold, amount=prize.amount, thing=prize.thing)
        for prize in wanted.prizes
    ]
    for row in rows:
        clean_values(row)
    ContestPrize.objects.bulk_create(rows)


def _require(contest, status, code):
    if contest.status != status:
        raise ContestRefused(code)


def _told(contest):
    """Return what the audit trail keeps of a contest: its terms, whom it is for, and what can be won."""
    scopes = contest.scopes.select_related("unit", "person").order_by("pk")
    return {name: as_recorded(getattr(contest, name)) for name in _TERMS} | {
        "units": [scope.unit.name for scope in scopes if scope.unit_id],
        "people": [scope.person.name for scope in scopes if scope.person_id],
        "prizes": [_prize_told(contest, prize) for prize in contest.prizes.order_by("number")],
    }


def _prize_told(contest, prize):
    reached = "" if prize.threshold is None else f" {write(from_minor(prize.threshold, contest.bound_scale))}"
    won = " + ".join(filter(None, (write_money(prize.amount) if prize.amount else "", prize.thing)))
    return f"{prize.number}{reached}: {won}"
