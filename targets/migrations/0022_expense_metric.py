from django.db import migrations
from django.db.models import Max


def give_metric(apps, schema_editor):
    """Companies that were there before expenses could be claimed get the metric too, last in their lists."""
    # Of the role that migrates: no company is active, and every other role would see none.
    every_metric = apps.get_model("targets", "Metric").objects.using(schema_editor.connection.alias)
    for company in apps.get_model("accounts", "Company").objects.using(schema_editor.connection.alias):
        metrics = every_metric.filter(company=company)
        if metrics.exists() and not metrics.filter(code="expense_ratio").exists():
            every_metric.create(
                company=company,
                code="expense_ratio",
                name="费用率",
                name_en="Expense ratio",
                kind="PERCENT",
                numerator="EXPENSES",
                denominator="REVENUE",
                is_lower_better=True,
                position=metrics.aggregate(last=Max("position"))["last"] + 1,
            )


class Migration(migrations.Migration):
    dependencies = [
        ("targets", "0021_plan_buffers"),
    ]

    operations = [migrations.RunPython(give_metric, migrations.RunPython.noop)]
