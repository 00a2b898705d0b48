"""Terms of pay are known since a moment; those that were there before, ever since."""

from datetime import UTC, datetime

import common.tenancy
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0006_targets_need_acceptance'),
        ('incentives', '0013_read_by_the_value_of_a_metric'),
        ('teams', '0002_unit_placement'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='payterms',
            options={'ordering': ['person', 'starts_on', 'pk'], 'verbose_name': 'terms of pay', 'verbose_name_plural': 'terms of pay'},
        ),
        migrations.RemoveConstraint(
            model_name='payterms',
            name='one_row_of_pay_terms_per_day',
        ),
        migrations.AddField(
            model_name='payterms',
            name='recorded_at',
            field=models.DateTimeField(default=datetime(1990, 1, 1, tzinfo=UTC), editable=False),
        ),
        migrations.AlterField(
            model_name='payterms',
            name='recorded_at',
            field=models.DateTimeField(default=django.utils.timezone.now, editable=False),
        ),
        migrations.AlterField(
            model_name='payterms',
            name='person',
            field=common.tenancy.CompanyForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='pay_terms', to='teams.person', verbose_name='person'),
        ),
        migrations.AddIndex(
            model_name='payterms',
            index=models.Index(fields=['company', 'person', 'starts_on'], name='pay_terms_by_day'),
        ),
    ]
