"""The weekly ranking, by hand."""

from jobs.management.job_command import JobCommand


class Command(JobCommand):
    help = "Publish the ranking of the week that ended last, unless it is published already."
    kind = "targets.ranking"
