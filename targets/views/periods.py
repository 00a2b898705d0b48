"""The doors to the company's own periods."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.rules import Permission
from targets import forms
from targets.models import QuotaPeriod
from targets.queries.periods import own_periods
from targets.services import periods as services
from teams.access import require

#: At which field a refusal is said.
FIELDS = {"name_taken": "name", "no_campaign": "campaign", "outside_campaign": "starts_on", "overlaps": "starts_on"}


@require_GET
def periods(request):
    """List quota periods, campaigns and their stages."""
    require(request, Permission.COMPANY_SETTINGS)
    return render(request, "targets/periods.html", {"rows": own_periods(), "today": timezone.localdate()})


@require_http_methods(["GET", "POST"])
def add(request):
    """Add one."""
    require(request, Permission.COMPANY_SETTINGS)
    form = forms.QuotaPeriodForm(request.POST or None, initial={"campaign": request.GET.get("campaign"), **_kind(request)})
    if request.method == "POST" and form.is_valid() and _done(form, services.add_quota_period, by=request.user):
        messages.success(request, _("%(period)s was added.") % {"period": form.cleaned_data["name"]})
        return redirect("targets:periods")
    return _page(request, form, _("Add a period"))


@require_http_methods(["GET", "POST"])
def change(request, period_id):
    """Change name and days of one."""
    require(request, Permission.COMPANY_SETTINGS)
    found = get_object_or_404(QuotaPeriod.objects.all(), pk=period_id)
    form = forms.QuotaPeriodForm(request.POST or None, quota_period=found)
    is_sent = request.method == "POST" and form.is_valid()
    if is_sent and _done(form, services.change_quota_period, quota_period=found, by=request.user):
        messages.success(request, _("%(period)s was changed.") % {"period": form.cleaned_data["name"]})
        return redirect("targets:periods")
    return _page(request, form, _("Change %(period)s") % {"period": found.name})


@require_POST
def remove(request, period_id):
    """Remove one; the figures of its days stay."""
    require(request, Permission.COMPANY_SETTINGS)
    found = get_object_or_404(QuotaPeriod.objects.all(), pk=period_id)
    try:
        services.remove_quota_period(quota_period=found, by=request.user)
    except services.PeriodRefused as refusal:
        messages.error(request, refusal.reason)
    else:
        messages.success(request, _("%(period)s was removed.") % {"period": found.name})
    return redirect("targets:periods")


def _kind(request):
    return {"kind": QuotaPeriod.Kind.STAGE} if request.GET.get("campaign") else {}


def _done(form, service, **given):
    try:
        service(**form.facts, **given)
    except services.PeriodRefused as refusal:
        field = FIELDS.get(refusal.code, "last_day")
        form.add_error(field if field in form.fields else None, refusal.reason)
        return False
    return True


def _page(request, form, title):
    return render(request, "targets/period_form.html", {"form": form, "title": title}, status=422 if form.is_bound else 200)
