"""The doors to awards: what may be given now, giving one, its page with the certificate, and taking it back."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.rules import Permission
from common.period_names import name_of
from common.periods import Period, format_code
from incentives.access import honours as access
from incentives.forms.honours import GiveAwardForm, WithdrawAwardForm
from incentives.queries.awards import honour_settings, last_period, proposal, proposals, scope_unit
from incentives.rules.honours import ICONS, PROPOSED_KINDS, AwardKind
from incentives.services import honours as services
from incentives.views.certificates import certificate_of
from targets.choices import lineage_url
from teams.access import require
from teams.models import Person, Unit
from teams.queries import people_in_sight, units_in_sight


@require_safe
def awards(request):
    """Show which awards may be given now: who stands first with the figure, who was nominated and why, who got it."""
    require(request, Permission.AWARDS_GIVE)
    first_month = request.company.fiscal_year_starts_in
    found = proposals(sight=request.sight, on=timezone.localdate(), first_month=first_month)
    shown = [
        {
            "proposal": each,
            "icon": ICONS[each.kind],
            "period": name_of(each.period, first_month),
            "verb": each.kind.value.lower(),
            "lines": [(line, _lineage(each, line, first_month)) for line in each.candidates],
        }
        for each in found
    ]
    return render(request, "incentives/awards.html", {"shown": shown, "among": scope_unit(request.sight)})


def _lineage(found, candidate, first_month):
    if found.metric is None:
        return ""
    whose = {"person_id" if candidate.key[0] == "p" else "unit_id": int(candidate.key[1:])}
    return lineage_url(found.metric, f"period={format_code(found.period, first_month)}", **whose)


@require_http_methods(["GET", "POST"])
def give(request, verb):
    """Give an award for the last period that is over."""
    require(request, Permission.AWARDS_GIVE)
    kind = next((kind for kind in AwardKind if kind.value.lower() == verb), None)
    if kind is None:
        raise Http404
    on, first_month = timezone.localdate(), request.company.fiscal_year_starts_in
    period, among = last_period(kind, on, first_month), scope_unit(request.sight)
    found = proposal(kind=kind, period=period, among=among, on=on)
    may_release = request.membership.may(Permission.PAY_RELEASE)
    limit = None if may_release else honour_settings().prize_limit
    winners = _winners(request, kind, period, found)
    form = GiveAwardForm(
        request.POST or None,
        winners=winners,
        may_attach_money=may_release or limit > 0,
        initial=_initial(found, kind, name_of(period, first_month), asked=request.GET.get("winner", "")),
    )
    if request.method == "POST" and form.is_valid():
        try:
            award = _give(request, form.cleaned_data, found=found, among=among, limit=limit, on=on)
        except services.HonourRefused as refused:
            fields = {"prize_too_high": "prize", "empty": "reason"}
            form.add_error(fields.get(refused.code, "winner"), refused.reason)
        else:
            messages.success(request, _("The award is on the wall of honours."))
            return redirect("incentives:award", award.pk)
    context = {"form": form, "proposal": found, "kind": kind, "period": name_of(period, first_month), "among": among}
    return render(request, "incentives/award_give.html", context, status=422 if form.errors else 200)


def _give(request, given, *, found, among, limit, on):
    key = given["winner"]
    rows = people_in_sight(request.sight) if key[0] == "p" else units_in_sight(request.sight)
    first = next((line for line in found.candidates if line.key == key), None)
    return services.give_award(
        kind=found.kind,
        period=found.period,
        winner=rows.get(pk=int(key[1:])),
        reason=given["reason"],
        on=on,
        giver=request.person,
        among=among,
        metric=found.metric,
        value=first and first.numerator,
        prize=given.get("prize", 0),
        prize_limit=limit,
        by=request.user,
    )


def _winners(request, kind, period, found):
    """Return whom a member may honour: those proposed first, then everybody else in sight by name."""
    if kind == AwardKind.BEST_TEAM:
        teams = units_in_sight(request.sight).filter(kind=Unit.Kind.TEAM).exclude(closed_on__lte=period.last_day)
        others = [(f"u{pk}", name) for pk, name in teams.order_by("name").values_list("pk", "name")]
    else:
        people = people_in_sight(request.sight).filter(pk__in=Person.objects.employed_on(period.last_day)).order_by("name")
        if request.person is not None:
            people = people.exclude(pk=request.person.pk)
        others = [(f"p{pk}", name) for pk, name in people.values_list("pk", "name")]
    first = [line.key for line in found.candidates]
    return sorted(others, key=lambda pair: first.index(pair[0]) if pair[0] in first else len(first))


def _initial(found, kind, period, *, asked):
    """Fill the form with the first, and with the reason that the figures give."""
    keys = [line.key for line in found.candidates]
    initial = {"winner": asked or (keys[0] if keys else "")}
    if kind in PROPOSED_KINDS and found.metric is not None and keys and initial["winner"] == keys[0]:
        initial["reason"] = _("First by %(metric)s in %(period)s.") % {"metric": found.metric.label, "period": period}
    return initial


@require_safe
def award(request, award_id):
    """Show an award: whose, for what, the figure it rests on, the certificate to who may have it."""
    found = access.award_for(request, award_id)
    first_month = request.company.fiscal_year_starts_in
    period = Period(found.starts_on, found.ends_before)
    sees = access.sees_winner(request, found)
    origin_url = ""
    if found.metric_id and sees:
        origin_url = lineage_url(
            found.metric, f"period={format_code(period, first_month)}", person_id=found.person_id, unit_id=found.unit_id
        )
    context = {
        "award": found,
        "icon": ICONS[found.kind],
        "period": name_of(period, first_month),
        "origin_url": origin_url,
        # Money is between the person, who leads them, and HR.
        "prizes": [prize for prize in found.prizes.select_related("person") if _sees_prize(request, prize, sees)],
        "may_print": access.may_have_certificate(request, found) and found.withdrawn_on is None,
        "may_withdraw": found.withdrawn_on is None and access.may_withdraw(request, found),
        "today": timezone.localdate(),
    }
    return render(request, "incentives/award.html", context)


def _sees_prize(request, prize, sees_winner):
    is_own = request.person is not None and prize.person_id == request.person.pk
    return is_own or (sees_winner and request.sight.sees_others)


@require_http_methods(["GET", "POST"])
def withdraw(request, award_id):
    """Take an award back, with the reason."""
    found = access.award_to_withdraw(request, award_id)
    form = WithdrawAwardForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.withdraw_award(award=found, reason=form.cleaned_data["reason"], on=timezone.localdate(), by=request.user)
        except services.HonourRefused as refused:
            form.add_error(None, refused.reason)
        else:
            messages.success(request, _("The award was withdrawn; it is kept with the reason."))
            return redirect("incentives:award", found.pk)
    return render(request, "incentives/award_withdraw.html", {"form": form, "award": found}, status=422 if form.errors else 200)


@require_safe
def certificate(request, award_id):
    """Answer with the certificate of an award as PDF."""
    found = access.award_for(request, award_id)
    if found.withdrawn_on or not access.may_have_certificate(request, found):
        raise PermissionDenied
    period = name_of(Period(found.starts_on, found.ends_before), request.company.fiscal_year_starts_in)
    return certificate_of(
        request,
        name=str(found.winner),
        sentence=_("%(award)s, %(period)s") % {"award": found.get_kind_display(), "period": period},
        reason=found.reason,
        decided_on=found.decided_on,
        decided_by=found.decided_by,
        file_name=f"certificate-{found.pk}.pdf",
    )
