"""
One dirty company by day: from the commit of a deal to the right board, against bare SQL for the same.

    bin/dev python benchmarks/day.py [--companies 10] [--people 100] [--deals 10000] [--pairs 9]

Ours: `targets.rollups.refresh_dirty` and the board `live_ranking`, in process. Bare: the totals of that day, its month,
quarter and year written by hand where they differ, and a board by one SELECT. Then the same company in a database of ten times
as many, against itself; and a refresh that finds nothing to do, against the one that does.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks import bare, scene
from benchmarks.ground import Row, migrator, own_database, pairs_of, point_to, run_alone, seconds_of


def measure(companies, pairs):
    """Time the refresh of one company, once the others are rolled up; beside it the same in a database of its own."""
    from django.db import connections

    prepare(companies)
    many = connections["default"].settings_dict["NAME"]
    rows = [_against_hand(companies[0], pairs), _doing_nothing(companies[0], pairs)]
    people, deals = scene.size_of(companies[0])
    with own_database("bench_few"):
        few = connections["default"].settings_dict["NAME"]
        few_companies = scene.build(companies=max(len(companies) // 10, 1), people=people, deals=deals)
        prepare(few_companies)
        note = f"{len(companies)} against {len(few_companies)}"
        rows.append(_among_more((many, companies[0]), (few, few_companies[0]), pairs, note))
    return rows


def prepare(companies):
    """Roll all companies up, and keep the same rows by hand beside them."""
    from common.tenancy import company_scope
    from targets.rollups import refresh_everything

    for company in companies:
        with company_scope(company):
            refresh_everything()
    with migrator() as cursor:
        bare.make_tables(cursor)
        for table in ("credits_dailytotal", "targets_attainment"):
            columns = bare.TABLES[table]
            cursor.execute(f"INSERT INTO {bare.copy_of(table)} ({columns}) SELECT {columns} FROM {table}")
        for table in bare.TABLES:
            cursor.execute(f"VACUUM ANALYZE {table}")
            cursor.execute(f"VACUUM ANALYZE {bare.copy_of(table)}")


def _against_hand(company, pairs):
    def check():
        with migrator() as cursor:
            bare.require_same(cursor, "credits_dailytotal", "targets_attainment")

    def by_hand():
        with migrator() as cursor:
            bare.refresh_day(cursor, company, scene.LAST_DAY)

    found = pairs_of(lambda: refresh(company), by_hand, pairs, before=lambda: scene.win_deal(company), after=check)
    return Row("one dirty company, from commit to the right board", found, must=2, aim=1.2)


def _doing_nothing(company, pairs):
    found, written = [], []
    for _pair in range(pairs):
        scene.win_deal(company)
        one = seconds_of(lambda: refresh(company))
        none = seconds_of(lambda: written.append(refresh(company)))
        found.append((none, one))
    if any(each["totals"] or each["attainments"] for each in written):
        raise SystemExit("a refresh without anything to do wrote rows")
    return Row("nothing changed, against one changed company", found, must=0.5, aim=0.2, note="no row written")


def _among_more(many, few, pairs, note):
    """Time one company, given as (database, company id), among many and among few."""

    def ours():
        refresh(many[1])

    def theirs():
        refresh(few[1])

    def ready(place, work):
        point_to(place[0])
        scene.win_deal(place[1])
        work()  # a new connection reads the catalogue first
        scene.win_deal(place[1])

    readied = {ours: lambda: ready(many, ours), theirs: lambda: ready(few, theirs)}
    found = pairs_of(ours, theirs, pairs, ready=readied)
    return Row("the same among ten times as many companies", found, must=1.3, aim=1.0, note=note)


def refresh(company):
    """Bring a company's figures up to date and ask for its board; return what was written."""
    from common.periods import PeriodKind, month_of
    from common.tenancy import company_scope
    from targets.models import Metric
    from targets.queries.rankings import live_ranking
    from targets.queries.windows import Window
    from targets.rollups import refresh_dirty

    with company_scope(company):
        written = refresh_dirty()
        metric = Metric.objects.get(code="revenue")
        live_ranking(metric=metric, window=Window(month_of(scene.LAST_DAY), PeriodKind.MONTH), on=scene.TODAY)
    return written


if __name__ == "__main__":
    sys.exit(run_alone(__doc__, measure, companies=10, people=100, deals=10_000, pairs=9))
