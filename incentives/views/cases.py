"""The doors to cases under rules: the list, one with its evidence, deciding, appealing, answering."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.rules import Permission
from common.lists import page_of
from common.period_names import name_of
from common.periods import Period
from customers.queries import customers_in_sight
from deals.queries import deals_in_sight
from incentives.access import penalties as access
from incentives.forms.penalties import AnswerAppealForm, AppealForm, CaseFilter, DecideCaseForm, OpenCaseForm
from incentives.queries import penalties as queries
from incentives.rules.penalties import CaseStatus
from incentives.services import penalties as services

PER_PAGE = 30
#: Where on the form for a case stands why it cannot be opened.
FIELD_OF = {
    "in_future": "happened_on",
    "too_long_ago": "happened_on",
    "not_in_force": "rule",
    "not_bound": "person",
    "not_known": "person",
    "oneself": "person",
    "no_account": "account",
    "there": "happened_on",
}


@require_safe
def cases(request):
    """List the cases in sight, those of the latest month first."""
    form = CaseFilter(request.GET)
    page = page_of(form.narrow(queries.cases_in_sight(request.sight)), request, size=PER_PAGE)
    first_month = request.company.fiscal_year_starts_in
    rows = [(case, name_of(Period(case.starts_on, case.ends_before), first_month)) for case in page.object_list]
    context = {
        "form": form,
        "page": page,
        "rows": rows,
        "chips": form.chips(),
        "today": timezone.localdate(),
        "may_open": request.membership.may(Permission.PENALTIES_DECIDE),
    }
    template = "incentives/_partials/cases.html" if request.htmx else "incentives/cases.html"
    return render(request, template, context)


@require_safe
def case(request, case_id):
    """Show a case: the rule, what the records hold, what was decided and said."""
    found, on = access.case_for(request, case_id), timezone.localdate()
    doors = access.what_may_be_done(request, found, on=on)
    is_others = found.status == CaseStatus.PROPOSED and found.opened_by_id == request.user.pk and "decide" not in doors
    context = {
        "period": name_of(Period(found.starts_on, found.ends_before), request.company.fiscal_year_starts_in),
        "doors": doors,
        "is_waiting_for_others": is_others,
        "is_own": access.is_own(request, found),
    }
    context |= _told(request, found, on)
    return render(request, "incentives/case.html", context)


def _told(request, found, on):
    """Return what is shown of a case wherever it is read or decided: its facts, and the records it rests on."""
    evidence = list(found.evidence.select_related("deal", "customer", "task"))
    deal_ids = [row.deal_id for row in evidence if row.deal_id]
    customer_ids = [row.customer_id for row in evidence if row.customer_id]
    return {
        "case": found,
        "evidence": evidence,
        "seen_deals": set(deals_in_sight(request.sight).filter(pk__in=deal_ids).values_list("pk", flat=True)),
        "seen_customers": set(customers_in_sight(request.sight).filter(pk__in=customer_ids).values_list("pk", flat=True)),
        "today": on,
    }


@require_http_methods(["GET", "POST"])
def open_case(request):
    """Open a case by hand, for what somebody did on a day."""
    people, on = access.people_to_open_about(request), timezone.localdate()
    versions = queries.versions_in_force(on)
    form = OpenCaseForm(request.POST or None, people=people, versions=versions, initial=_asked_for(request, on))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        rule = given.pop("rule").rule
        try:
            made = services.open_case(rule=rule, opener=request.person, on=on, by=request.user, **given)
        except services.RuleRefused as refused:
            form.add_error(FIELD_OF.get(refused.code), refused.reason)
        else:
            messages.success(request, _("The case is open. Somebody else than you decides it."))
            return redirect("incentives:case", made.pk)
    context = {"form": form, "has_rules": versions.exists(), "has_people": people.exists()}
    return render(request, "incentives/case_open.html", context, status=422 if form.errors else 200)


def _asked_for(request, on):
    """Return what the form begins with: the rule and the person that the address names."""
    return {"happened_on": on} | {name: request.GET[name] for name in ("rule", "person") if name in request.GET}


@require_http_methods(["GET", "POST"])
def decide(request, case_id):
    """Confirm or drop a case, with the reason."""
    found = access.case_to_decide(request, case_id)

    def act(given):
        services.decide_case(
            case=found,
            is_confirmed=given["answer"] == "confirm",
            reason=given["reason"],
            decider=request.person,
            on=timezone.localdate(),
            by=request.user,
        )

    said = _("Decided. The person can read it now.")
    return _act(request, found, DecideCaseForm, act, door="decide", title=pgettext("case", "Decide"), said=said)


@require_http_methods(["GET", "POST"])
def appeal(request, case_id):
    """Appeal against a decision about oneself."""
    found = access.own_case_for(request, case_id)

    def act(given):
        services.appeal(case=found, words=given["words"], on=timezone.localdate(), by=request.user)

    said = _("Your appeal is in. Somebody else than who decided will answer it.")
    return _act(request, found, AppealForm, act, door="appeal", title=_("Appeal"), said=said)


@require_http_methods(["GET", "POST"])
def answer(request, case_id):
    """Answer an appeal."""
    found = access.case_to_answer(request, case_id)

    def act(given):
        services.answer_appeal(
            case=found,
            is_upheld=given["answer"] == "uphold",
            words=given["words"],
            answerer=request.person,
            on=timezone.localdate(),
            by=request.user,
        )

    said = _("The appeal is answered.")
    return _act(request, found, AnswerAppealForm, act, door="answer", title=_("Answer the appeal"), said=said)


def _act(request, found, form_class, act, *, door, title, said):
    if request.method == "GET" and door not in access.what_may_be_done(request, found, on=timezone.localdate()):
        return redirect("incentives:case", found.pk)  # done meanwhile, or too late: the case says which
    form = form_class(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            act(form.cleaned_data)
        except services.RuleRefused as refused:
            form.add_error(None, refused.reason)
        else:
            messages.success(request, said)
            return redirect("incentives:case", found.pk)
    context = {"form": form, "title": title} | _told(request, found, timezone.localdate())
    return render(request, "incentives/case_act.html", context, status=422 if form.errors else 200)
