"""
The statements of past months worked out again, one month after the other, with everything they posted kept in memory.

Nothing is stored. With the versions in force and what was known then it gives what was paid.
"""

from collections import defaultdict
from dataclasses import dataclass, field

from common.periods import month_of
from incentives.models import Statement
from incentives.queries.drafting import drafting_of
from incentives.queries.posted import posted_beside
from incentives.rules.terms import Status


@dataclass(frozen=True)
class Difference:
    """A published statement that would come out differently: what was granted, and what would be now, in minor units."""

    person_id: int
    starts_on: object  # date
    paid: int
    again: int


@dataclass(frozen=True)
class Moments:
    """
    Whose knowledge counts in a month: a month may be published in parts, and each statement holds what was known when it was worked out.

    :ivar latest: of everybody but who is named in `earlier`, {moment: person ids}.
    """

    latest: object  # datetime
    earlier: dict = field(default_factory=dict)


def moments_of(published) -> dict:
    """Return {first day of a month: `Moments`} of (first day, person id, total, moment) of published statements."""
    people = defaultdict(lambda: defaultdict(set))
    for starts_on, person_id, _total, moment in published:
        people[starts_on][moment].add(person_id)
    found = {}
    for starts_on, by_moment in people.items():
        *earlier, latest = sorted(by_moment)
        found[starts_on] = Moments(latest, {moment: frozenset(by_moment[moment]) for moment in earlier})
    return found


def rerun(*, months, company, contracts=None, known_at=None, progress=None, assume=None, watch=None):
    """
    Return {first day of a month: {person id: Draft}} of months that follow one another.

    :param contracts: as in `drafting.work_out`.
    :param known_at: {first day of a month: `Moments`}; everything counts for a month without.
    :param progress: told after each month.
    :param assume: given what was read for a month, to change it: as if something else had happened.
    :param watch: given the work on each month (`Drafting`) once it is done; of what was known last.
    """
    posted, found = posted_beside(months[0], with_later=False), {}
    for number, month in enumerate(months, start=1):
        moments = (known_at or {}).get(month.starts_on, Moments(None))
        about = {"month": month, "company": company, "contracts": contracts, "posted": posted}
        drafting = drafting_of(**about, known_at=moments.latest)
        drafts = _drafts(drafting, assume)
        if watch:
            watch(drafting)
        for moment, ids in moments.earlier.items():
            drafts = {person_id: draft for person_id, draft in drafts.items() if person_id not in ids}
            drafts |= _drafts(drafting_of(**about, person_ids=ids, known_at=moment), assume)
        for draft in drafts.values():
            posted.add_draft(draft)
        found[month.starts_on] = drafts
        if progress:
            progress(number, len(months), month.label)
    return found


def _drafts(drafting, assume):
    if assume is None:
        return drafting.drafts()
    with drafting.assuming() as reading:
        assume(reading)
        return drafting.drafts()


def check_published(*, months, company, progress=None) -> tuple[int, list[Difference]]:
    """Work the published statements of some months out again; return how many there are, and those that come out differently."""
    statements = Statement.objects.filter(status=Status.PUBLISHED, starts_on__in=[month.starts_on for month in months])
    published = list(statements.order_by("starts_on", "person").values_list("starts_on", "person_id", "total", "known_at"))
    if not published:
        return 0, []
    known_at = moments_of(published)
    first = min(known_at)
    asked = [month_of(month.starts_on) for month in months if month.starts_on >= first]
    again = rerun(months=asked, company=company, known_at=known_at, progress=progress)
    differing = []
    for starts_on, person_id, total, _moment in published:
        draft = again[starts_on].get(person_id)
        amount = draft.total if draft else 0
        if amount != total:
            differing.append(Difference(person_id, starts_on, total, amount))
    return len(published), differing
