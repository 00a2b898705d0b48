"""Several gates of one component, each in a row of its own; those there were become the first ones."""

import common.tenancy
import django.db.models.deletion
from django.db import migrations, models

_KEEP = """
INSERT INTO incentives_gate (company_id, component_id, position, metric_id, by_attainment, awaits)
SELECT company_id, id, 0, gate_metric_id, gate_by_attainment AND gate_metric_id IS NOT NULL,
    CASE WHEN gate_metric_id IS NULL THEN gate_key END
FROM incentives_component WHERE gate_metric_id IS NOT NULL OR gate_key IS NOT NULL
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0006_targets_need_acceptance'),
        ('incentives', '0021_shares_of_base_pay'),
        ('targets', '0029_cases_and_acknowledgements'),
    ]

    operations = [
        migrations.AddField(
            model_name='step',
            name='gate',
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.CreateModel(
            name='Gate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='position')),
                ('by_attainment', models.BooleanField(default=False, verbose_name='the gate asks for the attainment, not the value')),
                ('awaits', models.UUIDField(blank=True, null=True)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.company')),
                ('component', common.tenancy.CompanyForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='gates', to='incentives.component')),
                ('metric', common.tenancy.CompanyForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='targets.metric', verbose_name='gate')),
            ],
            options={
                'verbose_name': 'gate',
                'verbose_name_plural': 'gates',
                'ordering': ['component', 'position'],
                'constraints': [models.UniqueConstraint(fields=('company', 'component', 'position'), name='one_gate_per_position'), models.CheckConstraint(condition=models.Q(models.Q(('awaits__isnull', False), ('metric', None)), models.Q(('awaits', None), ('metric__isnull', False)), _connector='OR'), name='gate_asks_for_one_thing')],
            },
        ),
        migrations.RunSQL(_KEEP, migrations.RunSQL.noop),
        migrations.RemoveField(
            model_name='component',
            name='gate_by_attainment',
        ),
        migrations.RemoveField(
            model_name='component',
            name='gate_key',
        ),
        migrations.RemoveField(
            model_name='component',
            name='gate_metric',
        ),
    ]
