"""Does the ledger add up to the facts, and are closed periods as they were? Exit status 1 if not."""

from django.core.management.base import BaseCommand, CommandError

from common.tenancy import company_scope
from credits.queries.closings import closing_rows
from credits.queries.reconciliation import reconcile
from jobs.management.job_command import chosen_companies


class Command(BaseCommand):
    help = "Compare the ledger with its facts and closed periods with what they were; exit with 1 on a difference."

    def add_arguments(self, parser):
        parser.add_argument("--company", metavar="SLUG", help="only this company; without it all active ones")

    def handle(self, **options):
        differing = []
        for company in chosen_companies(options["company"]):
            with company_scope(company):
                rows, closings = reconcile(), closing_rows()
            self.stdout.write(f"{company.slug}")
            for row in rows:
                verdict = "" if row.is_exact else f"   difference {row.difference}"
                waiting = "" if row.is_rolled_up else "   (totals wait for the roll-up)"
                self.stdout.write(
                    f"  {row.measure:<17}facts {row.facts:>18}   ledger {row.ledger:>18}"
                    f"   uncredited {row.uncredited:>15}{verdict}{waiting}"
                )
            for closing in closings:
                verdict = "unchanged since closing" if closing.is_unchanged else "CHANGED SINCE CLOSING"
                self.stdout.write(
                    f"  {closing.first_day} to {closing.last_day}   {verdict}   {closing.credits} credits,"
                    f" {closing.restatements} restatements"
                )
            if not all(row.is_exact for row in rows) or not all(closing.is_unchanged for closing in closings):
                differing.append(company.slug)
        if differing:
            raise CommandError(f"The ledger differs from the facts or from its closings: {', '.join(differing)}.")
