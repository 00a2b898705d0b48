"""What HR keeps about pay: corrections by hand, everybody's terms, how the company pays, the month's payroll file."""

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import require
from accounts.rules import Permission
from common.lists import page_of
from common.periods import format_code, month_of
from common.refusals import Refusal
from common.tables.answers import table_response
from incentives.exports import payroll as exports
from incentives.exports import terms as terms_sheet
from incentives.forms.pay import CorrectionForm, PayrollFileForm, PaySettingsForm, TermsFilter, TermsForm, ref_of
from incentives.models import PayAdjustment, PayExport
from incentives.queries import months
from incentives.queries.pay_settings import pay_settings
from incentives.services import corrections as services
from incentives.services import payouts
from teams.queries import people_in_sight

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
#: A correction can be entered for the running month and so many before and after it.
MONTHS_OFFERED = 3


@require_http_methods(["GET", "POST"])
def corrections(request):
    """List corrections made by hand, and make one."""
    require(request, Permission.PAY_RELEASE)
    today = timezone.localdate()
    people = people_in_sight(request.sight).exclude(pk=request.sight.person_id or 0).order_by("name", "pk")
    about = {"people": people, "months": months.months_around(today, count=MONTHS_OFFERED)}
    person = request.GET.get("person", "")
    initial = {"month": month_of(today).starts_on.isoformat(), "person": person if person.isdecimal() else None}
    form = CorrectionForm(request.POST or None, initial=initial, **about)
    if request.method == "POST" and form.is_valid():
        try:
            services.correct(decider=request.person, by=request.user, **form.cleaned_data)
        except services.CorrectionRefused as refusal:
            form.add_error(_FIELDS.get(refusal.code), refusal.reason)
            if refusal.code == "sent_before":
                form.renew()
        else:
            messages.success(request, _("The correction stands in the statement once that is calculated."))
            return redirect("incentives:corrections")
    made = PayAdjustment.objects.select_related("person", "made_by").order_by("-made_at", "-pk")
    context = {"form": form, "page": page_of(made, request)}
    return render(request, "incentives/pay_corrections.html", context, status=422 if form.errors else 200)


_FIELDS = {
    "own": "person",
    "not_here": "person",
    "sealed": "month",
    "nothing": "amount",
    "too_large": "amount",
    "sent_before": "amount",
    "no_reason": "reason",
}


@require_POST
def payroll(request):
    """Make the payroll file of a month out of its published statements, and keep it."""
    require(request, Permission.PAY_RELEASE)
    form = PayrollFileForm(request.POST)
    if not form.is_valid():
        raise BadRequest("No payroll")
    period, ending = month_of(form.cleaned_data["month"]), form.cleaned_data["ending"]
    rows = exports.rows_of(period)
    if not rows:
        messages.warning(request, _("Nothing of this month is published yet."))
    else:
        total = sum(row.total for row in rows)
        # Pressed twice it is one file; from a page of before, one with what was published or paid since.
        holds = ending, period, len(rows), total, sum(row.paid for row in rows)
        ref = form.cleaned_data["client_ref"]
        kept = payouts.keep_payroll(
            period=period,
            file_name=exports.file_name_of(period, ending),
            content=exports.write_payroll(rows, period=period, ending=ending),
            people=len(rows),
            total=total,
            client_ref=ref and ref_of(ref, *holds),
            by=request.user,
        )
        messages.success(request, _("“%(name)s” is ready to be downloaded.") % {"name": kept.file_name})
    return redirect(f"{reverse('incentives:pay')}?month={format_code(period)}#payroll")


@require_safe
def payroll_file(request, export_id):
    """Hand a kept payroll file out again."""
    require(request, Permission.PAY_RELEASE)
    kept = get_object_or_404(PayExport.objects, pk=export_id)
    kind = CSV if kept.file_name.endswith(".csv") else XLSX
    response = HttpResponse(bytes(kept.content), content_type=kind)
    response["Content-Disposition"] = content_disposition_header(True, kept.file_name)
    return response


@require_http_methods(["GET", "POST"])
def terms(request):
    """List everybody's base pay, as a file with `?as=xlsx` or `csv`, and set somebody's from a day on."""
    require(request, Permission.PAY_RELEASE)
    today = timezone.localdate()
    people = people_in_sight(request.sight).order_by("name", "pk")
    filters = TermsFilter(request.GET)
    rows = filters.narrow(months.terms_of(people.filter(left_on=None), on=today))
    if request.GET.get("as"):
        require(request, Permission.EXPORT)
        return table_response(request, terms_sheet.COLUMNS, rows, name=_("Base pay"))
    person = request.GET.get("person", "")
    initial = {"starts_on": month_of(today).starts_on, "person": person if person.isdecimal() else None}
    others = people.exclude(pk=request.sight.person_id or 0)
    form = TermsForm(request.POST or None, people=others, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.set_terms(decider=request.person, by=request.user, **form.cleaned_data)
        except (services.CorrectionRefused, Refusal) as refusal:
            form.add_error("base_pay", refusal.reason)
        else:
            messages.success(request, _("Saved."))
            return redirect("incentives:pay_terms")
    chosen = {"filters": filters, "chips": filters.chips()}
    context = chosen | {"form": form, "page": page_of(rows, request), "may_export": request.membership.may(Permission.EXPORT)}
    return render(request, "incentives/pay_terms.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def settings(request):
    """Show and change how the company pays."""
    require(request, Permission.PAY_PLAN)
    form = PaySettingsForm(request.POST or None, found=pay_settings())
    if request.method == "POST" and form.is_valid():
        services.change_settings(by=request.user, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("incentives:pay_settings")
    return render(request, "incentives/pay_settings.html", {"form": form}, status=422 if form.errors else 200)
