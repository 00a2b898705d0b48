"""The audit trail: who changed what, when, from what to what."""

from django.core.paginator import Paginator
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts import exports
from accounts.access import require
from accounts.forms import AuditFilter
from accounts.models import Membership
from accounts.queries import trail
from accounts.rules import Permission
from common.tables.answers import MOST_ROWS, table_response

LINES_PER_PAGE = 50


@require_GET
def audit(request):
    """Show the trail, filtered; its newest lines as a file with `?as=xlsx` or `csv`."""
    form, entries = _asked_for(request)
    if request.GET.get("as"):
        lines = [trail.line_of(entry) for entry in entries[:MOST_ROWS]]
        return table_response(request, exports.AUDIT, lines, name=_("Audit trail"))
    page = Paginator(entries, LINES_PER_PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "page": page, "lines": [trail.line_of(entry) for entry in page], "most": MOST_ROWS}
    return render(request, "accounts/audit.html", context)


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
