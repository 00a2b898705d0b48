"""
Tell the planner that a metric, a person, a unit and a ranking belong to one company each.

Without it the shares of company and metric were multiplied as if one said nothing of the other: of a company's figures it
expected a single row, the fewer the more companies there are, and compared all people with all figures.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("targets", "0027_nudges")]

    operations = [
        migrations.RunSQL(
            [
                "CREATE STATISTICS targets_attainment_of_company (dependencies)"
                " ON company_id, metric_id, person_id, unit_id FROM targets_attainment",
                "ANALYZE targets_attainment",
            ],
            "DROP STATISTICS targets_attainment_of_company",
        ),
        migrations.RunSQL(
            [
                "CREATE STATISTICS targets_rankingrow_of_company (dependencies) ON company_id, ranking_id FROM targets_rankingrow",
                "ANALYZE targets_rankingrow",
            ],
            "DROP STATISTICS targets_rankingrow_of_company",
        ),
    ]
