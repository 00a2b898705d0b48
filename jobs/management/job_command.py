"""What commands that do a job for one company or for all have in common."""

from django.core.management.base import BaseCommand, CommandError

from accounts.models import Company
from jobs.models import Job
from jobs.services import do_now


class JobCommand(BaseCommand):
    """Does jobs of one kind, company by company, and leaves the same row behind as a run by the clock."""

    kind: str

    def add_arguments(self, parser):
        parser.add_argument("--company", metavar="SLUG", help="only this company; without it all active ones")

    def job_arguments(self, **options):
        """Return the arguments of the job."""
        return {}

    def requested_by(self, **options):
        """Return the user in whose name it is done; None, as here, is the clock's."""

    def handle(self, **options):
        failed, by = [], self.requested_by(**options)
        for company in chosen_companies(options["company"]):
            job = do_now(self.kind, company=company, arguments=self.job_arguments(**options), by=by)
            if job.status == Job.Status.DONE:
                told = ", ".join(f"{name} {value}" for name, value in job.result.items())
                seconds = (job.finished_at - job.started_at).total_seconds()
                self.stdout.write(f"{company.slug}: {told or 'done'} ({seconds:.1f} s)")
            else:
                failed.append(company.slug)
                self.stderr.write(f"{company.slug}: {job.error or job.get_status_display()}")
        if failed:
            raise CommandError(f"Failed for {', '.join(failed)}.")


def chosen_companies(slug):
    """
    Return the active company of a slug, or all active companies when there is none.

    :raises CommandError: if no active company has the slug.
    """
    companies = Company.objects.filter(is_active=True).order_by("pk")
    if slug:
        companies = companies.filter(slug=slug)
        if not companies:
            raise CommandError(f"There is no active company {slug!r}.")
    return companies
