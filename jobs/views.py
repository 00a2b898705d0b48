"""Background jobs as people see them: what runs when, how it went, and a button to run it now."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import require
from accounts.rules import Permission
from accounts.services import record
from common.again import shown_again
from common.lists import page_of
from jobs import forms, queries, registry, services
from jobs.models import Job

PAGE_SIZE = 25


@require_GET
@shown_again(each_minute=True)
def show_jobs(request):
    """Every kind of job with its last and next run, and the runs so far."""
    require(request, Permission.JOBS_RUN)
    run_filter = forms.RunFilter(request.GET)
    run_filter.is_valid()
    page = page_of(queries.runs(**run_filter.chosen()), request, size=PAGE_SIZE)
    page.object_list = queries.runs_of(page.object_list)
    kinds = queries.kind_rows(local_now=timezone.localtime())
    context = {"kinds": kinds, "page": page, "filter_form": run_filter, "is_filtered": bool(run_filter.chosen())}
    return render(request, "jobs/list.html", context)


@require_POST
def start(request, kind):
    """Run a kind of job now; while one is under way, that is the one."""
    require(request, Permission.JOBS_RUN)
    known = registry.kinds().get(kind)
    if known is None or not known.may_be_started:
        raise Http404
    if Job.objects.unfinished().of_kind(kind).exists():
        messages.info(request, _("“%(job)s” is under way already.") % {"job": known.title})
    else:
        job = services.enqueue(kind, key="by hand", by=request.user)
        record("jobs.job.started", about=job, by=request.user, after={"kind": kind})
        messages.success(request, _("“%(job)s” has been started.") % {"job": known.title})
    return redirect("jobs:list")


@require_POST
def retry(request, job_id):
    """Do a failed job again."""
    require(request, Permission.JOBS_RUN)
    job = get_object_or_404(Job.objects.filter(status=Job.Status.FAILED), pk=job_id)
    again = services.retry(job=job, by=request.user)
    record("jobs.job.retried", about=again, by=request.user, before={"job": job.pk}, after={"kind": job.kind})
    messages.success(request, _("“%(job)s” has been started.") % {"job": job.title})
    return redirect("jobs:list")


@require_GET
def follow(request, job_id):
    """How far a job is, as a part of any page; for whoever asked for it and whoever may run jobs."""
    job = get_object_or_404(Job, pk=job_id)
    if job.requested_by_id != request.user.pk and not request.membership.may(Permission.JOBS_RUN):
        raise Http404
    context = {"id": f"job-{job.pk}", "url": reverse("jobs:progress", args=[job.pk]), "job": queries.job_progress(job)}
    return render(request, "_components/progress.html", context)
