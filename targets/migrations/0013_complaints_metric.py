from django.db import migrations
from django.db.models import Max


def give_metric(apps, schema_editor):
    """Companies that were there before complaints could be counted get the metric too, last in their lists."""
    # Of the role that migrates: no company is active, and every other role would see none.
    every_metric = apps.get_model("targets", "Metric").objects.using(schema_editor.connection.alias)
    for company in apps.get_model("accounts", "Company").objects.using(schema_editor.connection.alias):
        metrics = every_metric.filter(company=company)
        if metrics.exists() and not metrics.filter(code="complaints").exists():
            every_metric.create(
                company=company,
                code="complaints",
                name="客诉数",
                name_en="Complaints",
                kind="COUNT",
                numerator="COMPLAINTS",
                is_lower_better=True,
                position=metrics.aggregate(last=Max("position"))["last"] + 1,
            )


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0005_complaint_weights"),
        ("targets", "0012_rates"),
    ]

    operations = [migrations.RunPython(give_metric, migrations.RunPython.noop)]
