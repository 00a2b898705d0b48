"""Does the ledger add up to the facts? Exit status 1 if it does not."""

from django.core.management.base import BaseCommand, CommandError

from common.tenancy import company_scope
from credits.queries.reconciliation import reconcile
from jobs.management.job_command import chosen_companies


class Command(BaseCommand):
    help = "Compare the ledger with its facts, measure by measure; exit with 1 on a difference."

    def add_arguments(self, parser):
        parser.add_argument("--company", metavar="SLUG", help="only this company; without it all active ones")

    def handle(self, **options):
        differing = []
        for company in chosen_companies(options["company"]):
            with company_scope(company):
                rows = reconcile()
            self.stdout.write(f"{company.slug}")
            for row in rows:
                verdict = "" if row.is_exact else f"   difference {row.difference}"
                waiting = "" if row.is_rolled_up else "   (totals wait for the roll-up)"
                self.stdout.write(
                    f"  {row.measure:<15}facts {row.facts:>18}   ledger {row.ledger:>18}"
                    f"   uncredited {row.uncredited:>15}{verdict}{waiting}"
                )
            if not all(row.is_exact for row in rows):
                differing.append(company.slug)
        if differing:
            raise CommandError(f"The ledger differs from the facts: {', '.join(differing)}.")
