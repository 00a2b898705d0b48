"""The weekly ranking, by hand."""

from django.core.management.base import CommandError

from accounts.models import User
from common.periods import PeriodKind, kind_of, parse_code
from jobs.management.job_command import JobCommand


class Command(JobCommand):
    help = "Publish the ranking of the week that ended last, or of --week, unless it is published already."
    kind = "targets.ranking"

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--week", metavar="2026-W46", help="a finished week")
        parser.add_argument(
            "--replace", action="store_true", help="forget what was published for it and rank again; needs --by"
        )
        parser.add_argument("--by", metavar="EMAIL", help="who asks; written to the audit trail")

    def job_arguments(self, *, week, replace, **_options):
        arguments = {"is_replacing": True} if replace else {}
        if week:
            try:
                period = parse_code(week)
            except ValueError:
                period = None
            if period is None or kind_of(period) != PeriodKind.WEEK:
                raise CommandError(f"{week!r} is no week; write it like 2026-W46.")
            arguments["week"] = period.starts_on.isoformat()
        return arguments

    def requested_by(self, *, by, replace, **_options):
        user = User.objects.filter(email=by).first() if by else None
        if by and user is None:
            raise CommandError(f"Nobody signs in as {by!r}.")
        if replace and user is None:
            raise CommandError("Who replaces a published ranking must be named: --by.")
        return user
