from django.conf import settings
from django.core.management.commands import migrate
from django.db import connections

from common.walls import raise_walls


class Command(migrate.Command):
    """Django's migrate, run by the migrator role, after which the tenancy walls are raised and everything is handed to the owner."""

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.set_defaults(database="migrator" if "migrator" in settings.DATABASES else "default")

    def handle(self, *args, **options):
        super().handle(*args, **options)
        if not (options["plan"] or options["check_unapplied"]):
            raise_walls(connections[options["database"]])
