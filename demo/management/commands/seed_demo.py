from datetime import date

from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.utils import timezone

from accounts.models import Company
from demo import names
from demo.people import PASSWORD
from demo.seed import Size, seed


class Command(BaseCommand):
    help = "Make the demo company and its small rival, unless they are there."

    def add_arguments(self, parser):
        parser.add_argument("--until", type=date.fromisoformat, help="the last day of the story (default: today)")
        parser.add_argument("--working-days", type=int, default=Size.working_days, help="how many working days are told")
        parser.add_argument("--teams", type=int, default=Size.teams, help="how many teams the company has")
        parser.add_argument("--sign-ins", action="store_true", help="only print a sign-in per role")

    def handle(self, *, until, working_days, teams, sign_ins, **_options):
        if working_days < 30 or teams < 3:
            raise CommandError("A story needs at least 30 working days and 3 teams.")
        if not sign_ins:
            made = seed(until=until or timezone.localdate(), size=Size(working_days, teams), tell=self.stdout.write)
            if made:
                self._tell_the_planner()
            self.stdout.write("The demo is ready." if made else "The demo is there already.")
        for name, slug in (names.COMPANY, names.RIVAL):
            if Company.objects.filter(slug=slug, is_demo=True).exists():
                self._print_sign_ins(name, slug)

    def _tell_the_planner(self):
        """Let the database count what is new; until it does so by itself, minutes later, pages over whole ledgers are slow."""
        if "migrator" in connections.settings:  # tables are analysed by who may maintain them
            with connections["migrator"].cursor() as cursor:
                cursor.execute("ANALYZE")

    def _print_sign_ins(self, name, slug):
        roles = ("rep", "manager", "director", "hr", "admin") if slug == names.COMPANY[1] else ("rep", "manager", "admin")
        self.stdout.write(f"\n{name}  /{slug}/   password: {PASSWORD}")
        for role in roles:
            self.stdout.write(f"  {role:<9} {role}@{slug}.example")
