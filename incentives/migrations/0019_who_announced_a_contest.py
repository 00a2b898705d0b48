"""A contest remembers who announced it: whose limit on prizes it counts towards. Until now that was whoever had drafted it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

_FILL = "UPDATE incentives_contest SET announced_by_id = created_by_id WHERE announced_at IS NOT NULL"


class Migration(migrations.Migration):
    dependencies = [
        ("incentives", "0016_room_to_write_over"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="contest",
            name="announced_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.RunSQL(_FILL, migrations.RunSQL.noop),
    ]
