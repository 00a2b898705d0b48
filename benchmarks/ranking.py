"""
The weekly ranking of one large company, every board, against one `rank()` into a table.

    bin/dev python benchmarks/ranking.py [--people 100000] [--deals 200000] [--pairs 5]

Ours: `publish_weekly_ranking`, which takes part in the figures only what counted up to the week's Sunday, compares with the week
before and writes behind all walls. Bare: one `INSERT … SELECT rank()` over the stored attainment into a copy of the table.
Both must end in the same places.
"""

import sys
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks import bare, scene
from benchmarks.ground import Row, migrator, pairs_of, run_alone


def measure(companies, pairs):
    """Time the ranking of the first company, already rolled up."""
    from common.tenancy import company_scope
    from targets.rollups import refresh_everything
    from targets.services.rankings import publish_weekly_ranking

    company = companies[0]
    with company_scope(company):
        refresh_everything()
    with migrator() as cursor:
        bare.make_tables(cursor)
        columns = bare.TABLES["targets_attainment"]
        cursor.execute(f"INSERT INTO bare_attainment ({columns}) SELECT {columns} FROM targets_attainment")
        cursor.execute("VACUUM ANALYZE targets_attainment")
        cursor.execute("VACUUM ANALYZE bare_attainment")

    def empty():
        with migrator() as cursor:
            cursor.execute("TRUNCATE targets_ranking, targets_rankingrow, bare_rankingrow CASCADE")

    def ours():
        with company_scope(company):
            publish_weekly_ranking(week_starts_on=scene.WEEK, today=scene.TODAY, by=None)

    def by_hand():
        with migrator() as cursor:
            bare.rank(cursor, [company], on=scene.WEEK + timedelta(days=6))

    def check():
        with migrator() as cursor:
            bare.require_same(cursor, "targets_rankingrow")

    found = pairs_of(ours, by_hand, pairs, before=empty, after=check)
    with migrator() as cursor:
        cursor.execute("SELECT COUNT(*), COUNT(DISTINCT ranking_id) FROM targets_rankingrow")
        places, boards = cursor.fetchone()
    return [Row("weekly ranking, all boards", found, must=3, aim=1.5, note=f"{boards} boards, {places} places")]


if __name__ == "__main__":
    sys.exit(run_alone(__doc__, measure, companies=1, people=100_000, deals=200_000, pairs=5))
