"""The nightly roll-up, by hand."""

from jobs.management.job_command import JobCommand


class Command(JobCommand):
    help = "Roll up totals and attainment now, as the nightly job does."
    kind = "targets.rollup"

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument(
            "--rebuild", action="store_true", help="bring the ledger in line with its facts and rebuild the rest from nothing"
        )

    def job_arguments(self, *, rebuild, **_options):
        return {"rebuild": True} if rebuild else {}
