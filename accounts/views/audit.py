"""The audit trail: who changed what, when, from what to what."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts import exports
from accounts.access import require
from accounts.forms import AuditFilter
from accounts.models import Membership
from accounts.queries import trail
from accounts.rules import Permission
from common.tables import write_workbook

LINES_PER_PAGE = 50
LINES_PER_EXPORT = 20_000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_GET
def audit(request):
    """Show the trail, filtered."""
    form, entries = _asked_for(request)
    page = Paginator(entries, LINES_PER_PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "page": page, "lines": [trail.line_of(entry) for entry in page], "most": LINES_PER_EXPORT}
    return render(request, "accounts/audit.html", context)


@require_GET
def audit_export(request):
    """Hand the filtered trail out as a workbook: its newest lines."""
    _form, entries = _asked_for(request)
    lines = (trail.line_of(entry) for entry in entries[:LINES_PER_EXPORT])
    response = HttpResponse(write_workbook(exports.AUDIT, lines, name=request.company.name), content_type=XLSX)
    response["Content-Disposition"] = (
        f'attachment; filename="audit-{request.company.slug}-{timezone.localdate():%Y-%m-%d}.xlsx"'
    )
    return response


def _asked_for(request):
    require(request, Permission.AUDIT_READ)
    # Members, former ones too: nobody else can have changed anything.
    members = Membership.objects.order_by("user__name", "user_id").values_list("user_id", "user__name")
    form = AuditFilter(request.GET, people=[(str(user_id), name) for user_id, name in members], kinds=trail.kinds())
    form.is_valid()
    given = form.cleaned_data
    who = given.get("by")
    entries = trail.entries(
        by=int(who) if who and who != "system" else None,
        is_system=who == "system",
        kind=given.get("kind"),
        verb=given.get("verb"),
        text=given.get("q"),
        from_day=given.get("from_day"),
        to_day=given.get("to_day"),
    )
    return form, entries
