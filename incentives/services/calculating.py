"""Calculating a month: drafts of statements, written anew where they differ, as often as one likes."""

import gc
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from accounts.models import Company
from accounts.services import record
from common.locks import LockSpace, hold
from common.tenancy import require_company_id
from credits.rollups import has_dirty_days, is_dirty_since
from incentives.queries.drafting import drafting_of
from incentives.services.drafts import Storing
from targets.rollups import refresh_dirty


@dataclass(frozen=True)
class Calculated:
    """How many statements were written, how many stood as they were, and how many that are past drafting would differ now."""

    written: int
    unchanged: int
    stale: int


@contextmanager
def _without_collector():
    """
    Keep Python's collector of cycles from looking through everything again and again while a hundred thousand values are made.

    None of them is in a cycle, and all are gone when the job is done.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@transaction.atomic
@_without_collector()
def calculate(*, month, person_ids=None, now, progress=None, by) -> Calculated:
    """
    Work out the statements of a month and store them as drafts; who has nothing to read gets none.

    A statement that was approved or checked stays as it is, but is marked when it would differ; a published one is never looked
    at. The same facts give the same statements however often this is done.

    :param person_ids: only these people; None for everybody.
    :param now: the moment that statements keep as theirs: what is recorded later is left out, also while this is done.
    """
    company = Company.objects.get(pk=require_company_id())
    hold(LockSpace.PAY, company.pk)
    tell = progress or (lambda *_told: None)
    tell(0, 3, "")
    about = {"month": month, "company": company, "person_ids": person_ids}
    is_late = is_dirty_since(now, before=month.ends_before)
    if has_dirty_days():
        refresh_dirty(today=timezone.localdate(now))
    tell(1, 3, "")
    drafting = None if is_late else drafting_of(**about)
    # Looking at when everything was recorded takes longer: it is done where something came meanwhile.
    if is_late or is_dirty_since(now, before=month.ends_before):
        drafting = drafting_of(**about, known_at=now)
    tell(2, 3, "")
    storing = Storing(month=month, person_ids=person_ids, now=now, by=by)
    storing.store(drafting.each_draft)
    done = Calculated(storing.written, storing.unchanged, storing.stale)
    record(
        "incentives.pay.calculated", about=company, by=by,
        after={"month": month.label, "written": done.written, "unchanged": done.unchanged, "stale": done.stale},
    )  # fmt: skip
    tell(3, 3, "")
    return done
