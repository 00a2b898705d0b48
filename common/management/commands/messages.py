"""Keep the catalogues of translations in step with the sources. See docs/translating.md."""

import json
import sys

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from common import catalogue_checks, catalogues


def our_project():
    return catalogues.Project(
        root=settings.BASE_DIR, apps=tuple(app for app in settings.INSTALLED_APPS if (settings.BASE_DIR / app).is_dir())
    )


class Command(BaseCommand):
    help = "Update and compile the catalogues of these apps (default: all) and print what is not translated."
    requires_system_checks = []
    requires_migrations_checks = False

    def add_arguments(self, parser):
        parser.add_argument("apps", nargs="*", metavar="app")
        mode = parser.add_mutually_exclusive_group()
        mode.add_argument("--compile", action="store_true", help="only compile what has changed")
        mode.add_argument("--check", action="store_true", help="change nothing; fail if anything is missing or wrong")
        mode.add_argument("--todo", action="store_true", help="print the untranslated messages as JSON to fill in")
        mode.add_argument("--set", action="store_true", help="take translations, {msgid: text} as JSON, from standard input")

    def handle(self, *, apps, **options):
        self.project = our_project()
        if unknown := set(apps) - set(self.project.apps):
            raise CommandError(f"No such app: {', '.join(sorted(unknown))}")
        modes = {"compile": self.compile, "check": self.check, "todo": self.print_todo, "set": self.fill}
        chosen = next((action for name, action in modes.items() if options[name]), self.update)
        try:
            chosen(tuple(apps))
        except catalogues.Unusable as error:
            raise CommandError(str(error)) from error

    def compile(self, _apps=()):
        for app in catalogues.compile_all(self.project):
            self.stdout.write(f"compiled {app}")

    def check(self, apps):
        found = catalogue_checks.findings(self.project, apps)
        self.report(found)
        if found:
            raise CommandError(f"{len(found)} findings")

    def report(self, found):
        for finding in found:
            self.stderr.write(str(finding))

    def update(self, apps):
        unusable = []
        for app in apps or self.project.apps:
            try:
                catalog = catalogues.update(self.project, app)
            except catalogues.Unusable as error:  # the other apps need not wait for it
                unusable.append(error)
                continue
            missing = catalogues.untranslated(catalog)
            self.stdout.write(f"{app}: {len(catalog)} messages, {len(missing)} untranslated")
            for entry in missing:
                places = " ".join(path for path, _lineno in entry.locations)
                self.stdout.write(f"  {catalogues.name_of(entry)!r}  [{places}]")
        self.report(catalogue_checks.conflicts(self.project))
        self.compile()
        if unusable:
            raise CommandError("\n".join(map(str, unusable)))

    def print_todo(self, apps):
        todo = {
            catalogues.name_of(entry): catalogues.translation_of(entry)
            for app in apps or self.project.apps
            for entry in catalogues.untranslated(catalogues.updated(self.project, app))
        }
        self.stdout.write(json.dumps(todo, ensure_ascii=False, indent=1, sort_keys=True))

    def fill(self, apps):
        try:
            given = json.load(sys.stdin)
        except ValueError as error:
            raise CommandError(f"Not JSON: {error}") from error
        if not isinstance(given, dict) or not all(isinstance(text, str) for text in given.values()):
            raise CommandError('Expected {"msgid": "translation", …}; messages with a plural have one translation, too.')
        filled = set()
        for app in apps or self.project.apps:
            in_app = catalogues.fill(self.project, app, given)
            filled |= in_app
            if in_app:
                self.stdout.write(f"{app}: {len(in_app)} translations stored")
        self.compile()
        for name in sorted(given.keys() - filled):
            self.stderr.write(f"no such message: {name!r}")
        wrong = [
            finding for finding in catalogue_checks.findings(self.project, apps) if "is not translated" not in finding.what
        ]
        self.report(wrong)
        if wrong or given.keys() - filled:
            raise CommandError("Stored what could be stored; see above for the rest.")
