"""A bonus may be a share of each person's base pay."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('incentives', '0020_rates_by_total_and_age_and_scores'),
    ]

    operations = [
        migrations.AddField(
            model_name='component',
            name='base_pay_factor',
            field=models.DecimalField(blank=True, decimal_places=4, max_digits=8, null=True, verbose_name='times base pay'),
        ),
        migrations.AddConstraint(
            model_name='component',
            constraint=models.CheckConstraint(condition=models.Q(('base_pay_factor', None), models.Q(('amount', None), ('base_pay_factor__gt', 0)), _connector='OR'), name='component_share_of_base_pay'),
        ),
    ]
