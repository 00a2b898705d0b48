"""What becomes of a contest when it is over: the standing fixed, prizes awarded, and put right when something comes back."""

from dataclasses import replace
from datetime import date

from django.db import transaction

from accounts.services import record
from incentives.models import Contest, ContestAdjustment, ContestCorrection, ContestResult
from incentives.queries import contests as queries
from incentives.queries.standings import fixed_lines
from incentives.rules import contests as rules
from incentives.services.contests import ContestRefused, locked

Status = Contest.Status


@transaction.atomic
def freeze_contest(*, contest, on: date, now, by):
    """
    Fix the standing of a contest whose last day is past, as it is known now. What is fixed already stays as it is.

    :raises ContestRefused: while it is running, or if it never ran.
    """
    contest = locked(contest)
    if contest.status in (Status.FROZEN, Status.DECIDED):
        return contest
    if contest.status != Status.ANNOUNCED or contest.ends_before > on:
        raise ContestRefused("not_over")
    people = queries.participants_of(contest)
    lines = rules.standing(queries.entries_of(contest, people, until=now), queries.terms_of(contest))
    ContestResult.objects.bulk_create([_result(contest, n, line) for n, line in enumerate(rules.flat(lines), start=1)])
    contest.status, contest.frozen_at = Status.FROZEN, now
    contest.save(update_fields=["status", "frozen_at"])
    record("incentives.contest.fixed", about=contest, by=by, after={"winners": _winners(lines)})
    return contest


def freeze_over(*, on: date, now, by, progress=lambda done, total, step: None):
    """Fix the standing of every contest whose last day is past; return how many. A second time there is none."""
    contests = list(Contest.objects.over(on).order_by("ends_before", "pk"))
    for done, contest in enumerate(contests, start=1):
        freeze_contest(contest=contest, on=on, now=now, by=by)
        progress(done, len(contests), contest.name)
    return len(contests)


@transaction.atomic
def award_contest(*, contest, on: date, by):
    """
    Award the prizes by the fixed standing, corrections included: from this day on those in money are due with the pay.

    :raises ContestRefused: before the standing is fixed; awarding twice changes nothing.
    """
    contest = locked(contest)
    if contest.status == Status.DECIDED:
        return contest
    if contest.status != Status.FROZEN:
        raise ContestRefused("not_frozen")
    contest.status, contest.decided_on, contest.decided_by = Status.DECIDED, on, by
    contest.save(update_fields=["status", "decided_on", "decided_by"])
    record("incentives.contest.awarded", about=contest, by=by, after={"winners": _winners(fixed_lines(contest))})
    return contest


@transaction.atomic
def rerank_contest(*, contest, reason, on: date, now, by):
    """
    Rank anew with what is known now – returns after the last day, what was entered late – and note who stands where since.

    What was fixed stays; the adjustment says for each changed line what was and what is, and falls due as a difference.

    :raises ContestRefused: without a reason, before the standing is fixed, or if everybody stands where they stood.
    """
    contest = locked(contest)
    if contest.status not in (Status.FROZEN, Status.DECIDED):
        raise ContestRefused("not_frozen")
    if not reason.strip():
        raise ContestRefused("no_reason")
    changed = changed_lines(contest, until=now)
    if not changed:
        raise ContestRefused("nothing_changed")
    adjustment = ContestAdjustment.objects.create(
        contest=contest,
        number=contest.adjustments.count() + 1,
        reason=reason.strip()[:300],
        known_at=now,
        made_on=on,
        made_by=by,
    )
    ContestCorrection.objects.bulk_create([_correction(adjustment, was, now_is) for was, now_is in changed])
    record(
        "incentives.contest.corrected",
        about=contest,
        by=by,
        after={"reason": adjustment.reason, "winners": _winners([line for _was, line in changed])},
    )
    return adjustment


def changed_lines(contest, *, until):
    """
    Return the lines of a fixed standing that would be others with what is known now, as pairs of was and is.

    Who took part, against what yardstick and in which league stays as it was fixed; only what was reached is looked at anew.
    """
    fixed = list(rules.flat(fixed_lines(contest)))
    entries = [line.entry for line in fixed if not line.is_team]
    reached = queries.reached_of(contest, [entry.key for entry in entries], until=until, with_aftermath=True)
    anew = [
        replace(entry, numerator=reached[entry.key].numerator, denominator=reached[entry.key].denominator) for entry in entries
    ]
    now_is = {_key(line): line for line in rules.flat(rules.standing(anew, queries.terms_of(contest)))}
    pairs = [(was, now_is[_key(was)]) for was in fixed]
    return [(was, now) for was, now in pairs if _stands(was) != _stands(now)]


def _key(line):
    return line.is_team, line.entry.key


def _stands(line):
    """Return what an adjustment is about: the figure, the place and the prize."""
    return line.entry.numerator, line.entry.denominator, line.place, line.amount, line.thing, line.legs


def _subject(line):
    return {"unit_id": line.entry.key} if line.is_team else {"person_id": line.entry.key}


def _stood(line):
    return {
        "place": line.place,
        "numerator": line.entry.numerator,
        "denominator": line.entry.denominator,
        "prize": line.amount,
        "thing": line.thing,
        "number": line.number,
        "legs": line.legs,
    }


def _result(contest, position, line):
    entry = line.entry
    return ContestResult(
        contest=contest,
        position=position,
        league=entry.league,
        team_id=None if line.is_team else entry.team,
        yardstick=entry.yardstick,
        reached_on=entry.reached_on,
        is_eligible=entry.is_eligible,
        **_subject(line),
        **_stood(line),
    )


def _correction(adjustment, was, now):
    before = {f"{name}_before": value for name, value in _stood(was).items() if name not in ("number", "legs")}
    return ContestCorrection(adjustment=adjustment, **_subject(now), **_stood(now), **before)


def _winners(lines):
    """Return how many people win something."""
    return sum(line.wins and not line.is_team for line in rules.flat(lines))
