"""``manage.py calibrate_targets --company jincheng``: are targets given 70 % met in about 70 % of cases?"""

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import Company
from common.periods import month_of
from common.tenancy import company_scope
from targets.models import Metric
from targets.queries.calibration import calibration_of
from targets.rules.chances import DRAWS


class Command(BaseCommand):
    help = "Print how often targets were met by how likely they were said to be, over a company's past."

    def add_arguments(self, parser):
        parser.add_argument("--company", required=True, help="the company's short name in its address")
        parser.add_argument("--metric", default="revenue", help="the metric's code; must be one whose months add up")

    def handle(self, *, company, metric, **options):
        found = Company.objects.filter(slug=company).first()
        if found is None:
            raise CommandError(f"There is no company {company}.")
        with company_scope(found):
            measured = Metric.objects.filter(code=metric).first()
            if measured is None or not measured.adds_up:
                raise CommandError(f"There is no metric {metric} whose months add up.")
            until = month_of(timezone.localdate()).starts_on
            calibrations = calibration_of(measured, company=found, until=until)
        self.stdout.write(
            f"{found.name}: {measured.code}, walked forward to {until}; nothing later than each first day was known. {DRAWS} futures each."
        )
        if not any(calibration.made_up for calibration in calibrations):
            self.stdout.write("Not enough data: no month could be judged by what lay before it.")
        for calibration in calibrations:
            if calibration.made_up:
                self._print(calibration)

    def _print(self, calibration):
        months = "1 month" if calibration.length == 1 else f"{calibration.length} months"
        self.stdout.write(f"\nPeriods of {months}, from {calibration.cuts} first days")
        for title, buckets in (
            ("Made-up targets of a given chance", calibration.made_up),
            ("Targets that were set", calibration.real),
        ):
            self.stdout.write(f"  {title}")
            self.stdout.write(f"    {'chance':>10} {'said':>8} {'met':>8} {'of':>7}")
            for bucket in buckets:
                self.stdout.write(f"    {bucket.label:>10} {bucket.said:>8.1%} {bucket.share:>8.1%} {bucket.count:>7,}")
