"""The doors to the team's rules: reading and acknowledging them, writing and publishing them."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.rules import Permission
from common.periods import month_of
from incentives.access import penalties as access
from incentives.forms.penalties import PublishRuleForm, RuleForm
from incentives.models import RuleVersion
from incentives.queries import penalties as queries
from incentives.services import penalties as services
from teams.access import require
from teams.queries import units_in_sight


@require_safe
def rules(request):
    """Show what the team goes by: what one has to read first, then everything that holds, then drafts to who writes them."""
    on = timezone.localdate()
    unread = queries.unread_by(request.person, on=on) if request.person is not None else []
    may_write = request.membership.may(Permission.RULES_PUBLISH)
    drafts = RuleVersion.objects.drafts().select_related("rule__unit").order_by("title", "pk")
    if not request.sight.sees_everybody:
        drafts = drafts.filter(rule__unit__in=units_in_sight(request.sight))
    to_decide, appealed = queries.waiting_for_answer(request.sight, user=request.user) if request.sight.sees_others else (0, 0)
    context = {
        "versions": list(queries.versions_shown(on)),
        "unread_ids": {version.pk for version in unread},
        "unread": unread,
        "drafts": list(drafts) if may_write else [],
        "may_write": may_write,
        "to_decide": to_decide,
        "appealed": appealed,
        "today": on,
    }
    return render(request, "incentives/team_rules.html", context)


@require_safe
def rule(request, rule_id):
    """Show a rule: what it says now, what it said before, who has read it."""
    found, on = access.rule_for(request, rule_id), timezone.localdate()
    versions = list(found.versions.published().order_by("-number"))
    current = versions[0] if versions else None
    may_edit = access.may_edit(request, found)
    is_bound = current is not None and request.person is not None
    is_bound = is_bound and queries.bound_by(current, on=on).filter(pk=request.person.pk).exists()
    read_on = queries.acknowledged(current).get(request.person.pk) if is_bound else None
    context = {
        "rule": found,
        "current": current,
        "earlier": versions[1:],
        "draft": found.versions.drafts().first() if may_edit else None,
        "may_edit": may_edit,
        "may_open": any(version.holds_from <= on for version in versions)
        and found.retired_on is None
        and request.membership.may(Permission.PENALTIES_DECIDE),
        "must_read": is_bound and read_on is None,
        "read_on": read_on,
        "readers": queries.readers_of(current, sight=request.sight, on=on) if current and request.sight.sees_others else None,
        "today": on,
    }
    return render(request, "incentives/team_rule.html", context)


@require_http_methods(["GET", "POST"])
def write(request, rule_id=None):
    """Write a new rule, or the next version of one; it is a draft until it is published."""
    require(request, Permission.RULES_PUBLISH)
    found = access.rule_to_edit(request, rule_id) if rule_id else None
    last = found.versions.order_by("-number").first() if found else None
    form = RuleForm(
        request.POST or None,
        units=units_in_sight(request.sight).exclude(parent=None).exclude(closed_on__lte=timezone.localdate()),
        has_unit=found is None,
        may_be_company=request.sight.sees_everybody,
        initial=RuleForm.initial_of(last) if last else {"amount": 0},
    )
    if request.method == "POST" and form.is_valid():
        try:
            version = services.write_rule(rule=found, by=request.user, **form.cleaned_data)
        except services.RuleRefused as refused:
            form.add_error("threshold" if refused.code == "no_threshold" else "trigger", refused.reason)
        else:
            messages.success(request, _("The draft is kept; nobody is bound by it before you publish it."))
            return redirect("incentives:team_rule", version.rule_id)
    return render(request, "incentives/team_rule_write.html", {"form": form, "rule": found}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def publish(request, rule_id):
    """Publish a rule's draft, to hold from a day on."""
    found, on = access.rule_to_edit(request, rule_id), timezone.localdate()
    draft = found.versions.drafts().first()
    if draft is None:
        messages.warning(request, _("There is no draft to publish."))
        return redirect("incentives:team_rule", found.pk)
    form = PublishRuleForm(request.POST or None, initial={"holds_from": month_of(on).ends_before})
    if request.method == "POST" and form.is_valid():
        try:
            services.publish_rule(version=draft, on=on, by=request.user, **form.cleaned_data)
        except services.RuleRefused as refused:
            form.add_error("holds_from", refused.reason)
        else:
            messages.success(request, _("Published. Everybody for whom it holds is asked to read it."))
            return redirect("incentives:team_rule", found.pk)
    context = {"form": form, "rule": found, "draft": draft}
    return render(request, "incentives/team_rule_publish.html", context, status=422 if form.errors else 200)


@require_POST
def retire(request, rule_id):
    """Let a rule hold no longer."""
    found = access.rule_to_edit(request, rule_id)
    services.retire_rule(rule=found, on=timezone.localdate(), by=request.user)
    messages.success(request, _("The rule holds no longer. Cases that there are go on."))
    return redirect("incentives:team_rules")


@require_POST
def acknowledge(request, rule_id):
    """Say that one has read what a rule says now."""
    found = access.rule_for(request, rule_id)
    version = found.versions.published().order_by("-number").first()
    if version is None or request.person is None:
        messages.warning(request, _("This rule does not hold for you."))
        return redirect("incentives:team_rules")
    try:
        services.acknowledge(version=version, person=request.person, on=timezone.localdate(), by=request.user)
    except services.RuleRefused as refused:
        messages.warning(request, refused.reason)
    else:
        messages.success(request, _("Thank you. It counts for you from tomorrow, not before it holds."))
    return redirect("incentives:team_rules")
