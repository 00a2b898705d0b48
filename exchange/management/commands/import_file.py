"""`manage.py import_file KIND FILE --company SLUG`: the import of the pages, from the command line."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from common.refusals import Refusal
from exchange import commanding
from exchange.models import Import


class Command(BaseCommand):
    help = "Import one file into a company and account for every row. Importing the same file again changes nothing."

    def add_arguments(self, parser):
        parser.add_argument("kind", choices=[kind.lower() for kind in Import.Kind.values])
        parser.add_argument("file", type=Path)
        parser.add_argument("--company", required=True, metavar="SLUG")
        parser.add_argument("--mapping", type=Path, help="a JSON file: field → column; without it the columns are guessed")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen and store nothing")
        parser.add_argument("--as", dest="as_email", metavar="E-MAIL", help="who is said to have done it; an admin without it")

    def handle(self, *, kind, file, company, mapping, dry_run, as_email, **_options):
        try:
            company = commanding.company_called(company)
            step = commanding.step_for(kind=kind.upper(), file=file, mapping=mapping and commanding.read_json(mapping))
            with commanding.working_for(company, as_email=as_email, is_dry=dry_run) as worker:
                commanding.tell(worker.take(step), write=self.stdout.write)
        except (Refusal, commanding.CannotImport) as refusal:
            raise CommandError(str(refusal)) from refusal
        if dry_run:
            self.stdout.write("Dry run: nothing was stored.")
