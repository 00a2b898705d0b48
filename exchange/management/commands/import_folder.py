"""`manage.py import_folder FOLDER --company SLUG --mapping FILE`: the files of another system, in their order."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from common.refusals import Refusal
from exchange import commanding


class Command(BaseCommand):
    help = "Import the files of a folder as a mapping file says, and account for every row."

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path)
        parser.add_argument("--company", required=True, metavar="SLUG")
        parser.add_argument("--mapping", type=Path, required=True, help="a JSON file; docs/importing.md describes it")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen and store nothing")
        parser.add_argument("--as", dest="as_email", metavar="E-MAIL", help="who is said to have done it; an admin without it")

    def handle(self, *, folder, company, mapping, dry_run, as_email, **_options):
        try:
            plan = commanding.folder_plan(commanding.read_json(mapping))
            company = commanding.company_called(company)
            with commanding.working_for(company, as_email=as_email, is_dry=dry_run) as worker:
                if changed := worker.set_up(plan.settings):
                    self.stdout.write(f"Company settings changed: {', '.join(sorted(changed))}\n")
                for entry in plan.files:
                    step = commanding.step_for(file=folder / entry.pop("file"), **entry)
                    commanding.tell(worker.take(step), write=self.stdout.write)
        except (Refusal, commanding.CannotImport) as refusal:
            raise CommandError(str(refusal)) from refusal
        if dry_run:
            self.stdout.write("Dry run: nothing was stored.")
