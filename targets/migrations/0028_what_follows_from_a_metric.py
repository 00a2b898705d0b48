"""
Tell the planner that a metric, a person, a unit and a ranking belong to one company each.

Without it the shares of company and metric were multiplied as if one said nothing of the other: of a company's figures it
expected a single row, the fewer the more companies there are, and compared all people with all figures.
"""

from django.db import migrations

_STATISTICS = (
    ("targets_attainment_of_company", "company_id, metric_id, person_id, unit_id", "targets_attainment"),
    ("targets_rankingrow_of_company", "company_id, ranking_id", "targets_rankingrow"),
)


class Migration(migrations.Migration):
    dependencies = [("targets", "0027_nudges")]

    operations = [
        migrations.RunSQL(
            [f"CREATE STATISTICS {name} (dependencies) ON {columns} FROM {table}", f"ANALYZE {table}"],
            f"DROP STATISTICS {name}",
        )
        for name, columns, table in _STATISTICS
    ]
