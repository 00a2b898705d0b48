"""
The full rebuild against the bare statements that the same rows need.

    bin/dev python benchmarks/rollup.py [--companies 100] [--people 100] [--deals 10000] [--pairs 5]

Ledger → daily totals → months, quarters, years → attainment → ranks of a week, all companies one after the other.
Ours: `targets.rollups.refresh_everything` and `publish_weekly_ranking` of each company, a transaction each, under row-level
security, comparing before they write, into emptied tables. Bare: `benchmarks.bare`. Both must end in the same rows.
"""

import sys
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks import bare, scene
from benchmarks.ground import Row, migrator, pairs_of, run_alone


def measure(companies, pairs):
    """Time the rebuild of all companies, and of the same tables by hand."""
    with migrator() as cursor:
        bare.make_tables(cursor)

    def check():
        with migrator() as cursor:
            bare.require_same(cursor, *bare.TABLES)

    def empty():
        with migrator() as cursor:
            bare.empty(cursor)

    found = pairs_of(lambda: rebuild(companies), lambda: rebuild_bare(companies), pairs, before=empty, after=check)
    return [Row(f"full rebuild of {len(companies)} companies", found, must=1.5, aim=1.15)]


def rebuild(companies):
    from common.tenancy import company_scope
    from targets.rollups import refresh_everything
    from targets.services.rankings import publish_weekly_ranking

    for company in companies:
        with company_scope(company):
            refresh_everything()
            publish_weekly_ranking(week_starts_on=scene.WEEK, today=scene.TODAY, by=None)


def rebuild_bare(companies):
    from django.db import transaction

    for batch in bare.batches(companies):
        with transaction.atomic(using="migrator"), migrator() as cursor:
            bare.add_up_days(cursor, batch)
            bare.add_up_periods(cursor, batch)
            bare.rank(cursor, batch, on=scene.WEEK + timedelta(days=6))


if __name__ == "__main__":
    sys.exit(run_alone(__doc__, measure, companies=100, people=100, deals=10_000, pairs=5))
