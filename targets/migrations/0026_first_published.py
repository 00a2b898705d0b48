from django.db import migrations, models

_FILL = "UPDATE targets_plan SET first_published_at = published_at"


class Migration(migrations.Migration):

    dependencies = [
        ('targets', '0025_input_kinds'),
    ]

    operations = [
        migrations.AddField(
            model_name='plan',
            name='first_published_at',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.RunSQL(_FILL, migrations.RunSQL.noop),
    ]
