"""Close a period by hand."""

from datetime import date, timedelta

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import User
from common.tenancy import company_scope
from credits.closing_checks import findings_in
from credits.services import ClosingRefused, closable_period, close_period
from jobs.management.job_command import chosen_companies


class Command(BaseCommand):
    help = "Make every figure up to a day final, after saying what is not settled. There is no way back."

    def add_arguments(self, parser):
        parser.add_argument("--company", metavar="SLUG", required=True)
        parser.add_argument("--until", metavar="2026-10-31", required=True, help="the last day to be closed")
        parser.add_argument("--by", metavar="EMAIL", help="who closes; written to the audit trail")
        parser.add_argument("--look", action="store_true", help="only say what is not settled")

    def handle(self, *, company, until, by, look, **_options):
        try:
            ends_before = date.fromisoformat(until) + timedelta(days=1)
        except (ValueError, OverflowError):
            raise CommandError(f"{until!r} is no day; write it like 2026-10-31.") from None
        user = User.objects.filter(email=by).first() if by else None
        if by and user is None:
            raise CommandError(f"Nobody signs in as {by!r}.")
        (chosen,) = chosen_companies(company)
        with company_scope(chosen), timezone.override(chosen.time_zone):
            today = timezone.localdate()
            try:
                period = closable_period(ends_before=ends_before, today=today)
                for finding in findings_in(period):
                    self.stdout.write(f"  {'blocks' if finding.is_blocking else 'warns '}  {finding.text}")
                if look:
                    self.stdout.write(f"{company}: {period} can be looked at; nothing was closed.")
                else:
                    self.stdout.write(f"{company}: {close_period(ends_before=ends_before, today=today, by=user)} is closed.")
            except ClosingRefused as refusal:
                raise CommandError(refusal.reason) from refusal
