"""The first admin of a new company is made here: nobody can sign up by themselves."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts import services
from accounts.models import Membership
from accounts.rules import Role
from accounts.services.users import password_path
from common.refusals import Refusal
from common.tenancy import company_scope


class Command(BaseCommand):
    help = "Found a company and print a link with which its first admin sets a password, once, within three days."

    def add_arguments(self, parser):
        parser.add_argument("name")
        parser.add_argument("slug", help="first part of the company's addresses")
        parser.add_argument("--admin-name", required=True)
        parser.add_argument("--admin-email")
        parser.add_argument("--admin-phone")
        parser.add_argument("--time-zone")
        parser.add_argument("--currency")
        parser.add_argument("--country", help="whose public holidays are kept")
        parser.add_argument("--fiscal-year-starts-in", type=int, choices=range(1, 13), metavar="MONTH")

    def handle(self, **options):
        wanted = ("time_zone", "currency", "country", "fiscal_year_starts_in")
        company_settings = {name: options[name] for name in wanted if options[name] is not None}
        try:
            company = services.found_company(
                name=options["name"],
                slug=options["slug"],
                admin_name=options["admin_name"],
                admin_email=options["admin_email"],
                admin_phone=options["admin_phone"],
                by=None,
                **company_settings,
            )
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        with company_scope(company):
            admin = Membership.objects.select_related("user").get(role=Role.ADMIN).user
        self.stdout.write(f"{company.name}: {settings.BASE_URL}/{company.slug}/")
        if admin.has_usable_password():
            self.stdout.write(f"{admin} signs in with the password they have.")
        else:
            self.stdout.write(f"{admin} sets a password here, once: {settings.BASE_URL}{password_path(admin)}")
