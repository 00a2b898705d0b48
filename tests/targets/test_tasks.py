import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common.locks import LockSpace
from common.tenancy import company_scope
from credits import services as credits
from credits.rollups import hold_company
from jobs.models import Job
from targets import tasks
from targets.services.metrics import add_builtin_metrics
from tests.credits.stories import make_deal


def locks_of(queries):
    """Return the spaces that were locked for the company, in order, each the first time."""
    spaces = {str(space.value): space for space in (LockSpace.LEDGER, LockSpace.ROLL_UP)}
    taken = [query["sql"].partition("advisory_xact_lock")[2] for query in queries]
    found = [space for call in taken for number, space in spaces.items() if f"({number}," in call]
    return list(dict.fromkeys(found))


@pytest.mark.parametrize("task", [tasks.roll_up, tasks.recount, tasks.refresh, tasks.rank, tasks.forecast])
def test_whoever_needs_the_books_takes_them_after_the_figures_which_take_long(cast, task):
    with company_scope(cast.lantern):
        add_builtin_metrics()
        deal = make_deal(cast.asha.person, amount=100)
        credits.post_deals([deal.pk])
        with CaptureQueriesContext(connection) as queries:
            hold_company()
        assert locks_of(queries) == [LockSpace.ROLL_UP], "the locks can be read"
        with CaptureQueriesContext(connection) as queries:
            task(job=Job(arguments={}), progress=None)
        assert locks_of(queries)[:1] == [LockSpace.ROLL_UP]


@pytest.mark.parametrize("task", [tasks.roll_up, tasks.recount, tasks.refresh, tasks.rank, tasks.forecast])
def test_no_run_by_the_clock_holds_the_books_which_a_closing_and_everybody_behind_it_would_wait_for(cast, task):
    with company_scope(cast.lantern):
        add_builtin_metrics()
        credits.post_deals([make_deal(cast.asha.person, amount=100).pk])
        with CaptureQueriesContext(connection) as queries:
            task(job=Job(arguments={}), progress=None)
        assert LockSpace.LEDGER not in locks_of(queries)
