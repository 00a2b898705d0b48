"""One talk about a target: what is asked and why, the person's answer, the manager's answer, the signed pledge."""

from decimal import Decimal

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from common.period_names import month_name, name_of
from common.periods import months_in
from targets import access, forms, rules
from targets.models import NegotiationMove, NegotiationRound, Plan
from targets.queries import negotiation, workbench
from targets.queries.plans import year_of
from targets.queries.pledges import QUARTER_NAMES, said, wording_of
from targets.queries.signed import changes_since_signing
from targets.rules.negotiation import is_overdue, months_of, quarters_of
from targets.services import answering as replies
from targets.services import negotiation as services
from targets.services.plans import PlanRefused
from targets.views.mine import explained
from teams.rules import TenureStage

Status, Kind, Verb = NegotiationRound.Status, NegotiationMove.Kind, forms.AnswerForm.Verb
REFUSALS = (PlanRefused, services.TalkRefused, rules.BadTiers)
#: At which field a refusal is said.
FIELD_OF = {
    "past": "answer_by",
    "too_far": "answer_by",
    "not_your_name": "signed_name",
    "short_reason": "reason",
    "below_closed": "amount",
    "not_there": "amount",
    "no_difference": "amount",
    "no_amount": "amount",
    "too_large": "amount",
}


def state_badge(state):
    """Return how a state of a talk is shown: its word, tone and sign."""
    return {
        "COUNTERED": {"text": _("Countered"), "tone": "at_risk", "icon": "message-2"},
        "OVERDUE": {"text": _("No answer, overdue"), "tone": "behind", "icon": "clock-exclamation"},
        "CHANGED": {"text": _("Changed since"), "tone": "at_risk", "icon": "refresh-alert"},
        "ADJUSTED": {"text": _("Changed after signing"), "tone": "at_risk", "icon": "adjustments"},
        "NOT_ASKED": {"text": _("Not asked yet"), "tone": "neutral", "icon": "message-off"},
        "PROPOSED": {"text": _("No answer yet"), "tone": "amber", "icon": "hourglass"},
        "HELD": {"text": _("Held to"), "tone": "neutral", "icon": "anchor"},
        "ACCEPTED": {"text": _("Accepted"), "tone": "on_pace", "icon": "signature"},
        "WITHDRAWN": {"text": _("Taken back"), "tone": "neutral", "icon": "arrow-back-up"},
        "REPLACED": {"text": _("Followed by another"), "tone": "neutral", "icon": "arrow-right"},
    }[state]


@require_GET
def talk(request, round_id):
    """Show a round: to the person what is asked and why, with both answers a tap away; to the manager what to answer."""
    return _page(request, access.round_for(request, round_id))


def _page(request, found, *, accept=None, counter=None, answer=None):
    """Render a round with the forms that whoever looks may send; a form that was refused keeps what was typed."""
    plan, today, is_own = found.plan, timezone.localdate(), access.is_own(request, found)
    is_draft, currency = plan.status == Plan.Status.DRAFT, request.company.currency
    is_changed = found.status not in {Status.WITHDRAWN, Status.REPLACED} and negotiation.frozen_now(found) != found.figures
    waits = found.status == Status.PROPOSED and not is_changed
    months, year = months_of(found.figures), year_of(plan)
    rounds = negotiation.rounds_with(found.person, plan=plan)
    made = workbench.how_it_came_about(found.person, plans=[plan])
    answers = not is_own and is_draft and not is_changed and access.may_answer(request, found)
    changes = changes_since_signing([found]).get(found.pk, [])
    may_sign = is_own and not is_changed and found.status in {Status.PROPOSED, Status.HELD}
    context = {
        "round": found,
        "plan": plan,
        "metric": plan.metric,
        "year": name_of(year, plan.year_starts_on.month),
        "is_own": is_own,
        "is_changed": is_changed,
        "is_overdue": waits and is_overdue(found.answer_by, on=today),
        "waits": waits,
        "days_left": (found.answer_by - today).days,
        "badge": state_badge("ADJUSTED" if is_changed and changes else "CHANGED" if is_changed else found.status),
        "changes": changes,
        "noting": forms.NotingForm(initial={"seen": changes[-1].adjustment.pk})
        if is_own and _waits_for_note(changes)
        else None,
        "tiers": [(rules.Tier(name).label, getattr(found, name)) for name in rules.TIER_NAMES],
        "quarters": list(zip(QUARTER_NAMES, quarters_of(months), found.offered_quarters or [None] * 4, strict=True)),
        "months": [(month_name(month.starts_on), cell) for month, cell in zip(months_in(year), months, strict=True)],
        "basis": _basis(found),
        "made": [explained(step, found.person) for step in made.get(plan.pk, ())],
        "events": _events(negotiation.moves_of(rounds), plan, currency=currency),
        "latest": rounds[0] if rounds[0].pk != found.pk else None,
        "pledge": found.pledges.first(),
        "wording": wording_of(found, currency=currency) if may_sign else "",
        "accept": (accept or forms.AcceptForm()) if may_sign else None,
        "counter": (counter or _counter_form(found, currency=currency)) if is_own and waits and is_draft else None,
        "answer": (answer or answer_form(found, plan, currency=currency, on=today)) if answers else None,
        "difference": None if found.offered is None else found.offered - found.commit,
        "may_see_all": not is_own and access.plans_for(request).exists(),
    }
    refused = [form for form in (accept, counter, answer) if form is not None]
    # What was refused because the form has no place here any more is said above the page.
    stray = [form for form in refused if form not in (context["accept"], context["counter"], context["answer"])]
    context["refusals"] = [text for form in stray for errors in form.errors.values() for text in errors]
    return render(request, "targets/talk.html", context, status=422 if refused else 200)


def _counter_form(found, data=None, *, currency):
    return forms.CounterForm(data, metric=found.plan.metric, currency=currency)


def answer_form(found, plan, data=None, *, currency, on):
    """Return the form with which a manager answers, with the answers that are possible; None where there is none."""
    verbs = {
        Status.PROPOSED: [Verb.OFFER, Verb.WITHDRAW],
        Status.COUNTERED: [Verb.ADOPT, Verb.OFFER, Verb.HOLD, Verb.WITHDRAW],
        Status.HELD: [Verb.OFFER, Verb.WITHDRAW],
        Status.ACCEPTED: [Verb.WITHDRAW],
    }.get(found.status)
    if data is None and verbs is None:
        return None
    return forms.AnswerForm(
        data,
        metric=plan.metric,
        currency=currency,
        verbs=verbs or Verb.values,
        on=on,
        initial={"amount": found.offered, "verb": verbs[0] if verbs else None},
        auto_id=f"id_{found.pk}_%s",
    )


def _basis(found):
    """Return what was known when the round began, ready to be shown."""
    known = found.basis
    peers, growth = known.get("peers"), known.get("growth")
    basis = {
        "record": known.get("record"),
        "months": known.get("months", 0),
        "growth": growth and Decimal(growth),
        "peers": None,
    }
    basis["stage"] = TenureStage(known["stage"]).label if known.get("stage") else ""
    if peers:
        low, middle, high = (Decimal(peers[name]) for name in ("low", "middle", "high"))
        points = [low, middle, high, *([basis["growth"]] if growth else [])]
        span = (max(points) - min(points)) or Decimal(1)

        def at(value):
            return round((value - min(points)) / span * 100)

        basis["peers"] = {"people": peers["people"], "low": low, "middle": middle, "high": high}
        basis["marks"] = {
            "low": at(low),
            "width": at(high) - at(low),
            "middle": at(middle),
            "own": at(basis["growth"]) if growth else None,
        }
    return basis


_ICONS = {
    Kind.PROPOSE: ("send", ""),
    Kind.ACCEPT: ("signature", "on_pace"),
    Kind.COUNTER: ("message-2", "at_risk"),
    Kind.ADOPT: ("check", "on_pace"),
    Kind.OFFER: ("exchange", ""),
    Kind.HOLD: ("anchor", ""),
    Kind.WITHDRAW: ("arrow-back-up", ""),
    Kind.DEADLINE: ("calendar", ""),
    Kind.REMIND: ("bell", ""),
    Kind.OVERDUE: ("clock-exclamation", "behind"),
    Kind.NUDGE: ("bell", ""),
    Kind.SEEN: ("eye-check", "on_pace"),
}
_DAYS = {Kind.PROPOSE, Kind.DEADLINE}


def _events(moves, plan, *, currency):
    """Return everything that was said, newest first, as a timeline shows it."""
    metric, shown = plan.metric, []
    for move in moves:
        title = [str(_("Round %(number)s") % {"number": move.round.number}), move.get_kind_display()]
        if move.amount is not None:
            title.append(said(move.amount, metric, currency))
        if move.kind in _DAYS and move.day:
            title.append(_("answer by %(day)s") % {"day": move.day.isoformat()})
        icon, tone = _ICONS[move.kind]
        by = str(move.made_by) if move.made_by else ""
        shown.append({"at": move.made_at, "title": " · ".join(title), "text": move.text, "by": by, "icon": icon, "tone": tone})
    return shown


@require_POST
def accept(request, round_id):
    """Sign what was asked."""
    found, form = access.own_round(request, round_id), forms.AcceptForm(request.POST)
    if form.is_valid():
        try:
            pledge = services.accept(
                round=found,
                signed_name=form.cleaned_data["signed_name"],
                wording=wording_of(found, currency=request.company.currency),
                now=timezone.now(),
                by=request.user,
            )
        except services.TalkRefused as refusal:
            form.add_error(FIELD_OF.get(refusal.code), refusal.reason)
        else:
            messages.success(request, _("Signed. Your pledge is kept here."))
            return redirect("targets:pledge", pledge.pk)
    return _page(request, access.round_for(request, found.pk), accept=form)


def _waits_for_note(changes):
    return any(each.noted_at is None for each in changes)


@require_POST
def note_change(request, round_id):
    """Take note of what was made of the numbers that one has signed."""
    found, form = access.own_round(request, round_id), forms.NotingForm(request.POST)
    try:
        services.note_change(round=found, seen=form.seen_id, now=timezone.now(), by=request.user)
        messages.success(request, _("Thank you. Your manager sees that you took note."))
    except services.TalkRefused as refusal:
        messages.info(request, refusal.reason)
    return redirect("targets:talk", found.pk)


@require_POST
def counter(request, round_id):
    """Offer another amount."""
    found = access.own_round(request, round_id)
    form = _counter_form(found, request.POST, currency=request.company.currency)
    if form.is_valid():
        try:
            services.counter(
                round=found,
                reason=form.cleaned_data["reason"],
                client_ref=form.cleaned_data["client_ref"],
                now=timezone.now(),
                by=request.user,
                **form.amounts,
            )
        except REFUSALS as refusal:
            _say(form, refusal, amount="q1" if "quarters" in form.amounts else "year")
        else:
            messages.success(request, _("Sent. Your manager will answer; you see it here."))
            return redirect("targets:talk", found.pk)
    return _page(request, access.round_for(request, found.pk), counter=form)


@require_POST
def answer(request, round_id):
    """Answer a counter-proposal, or change or withdraw one's own proposal."""
    found, today = access.round_to_answer(request, round_id), timezone.localdate()
    form = answer_form(found, found.plan, request.POST, currency=request.company.currency, on=today)
    if form.is_valid():
        try:
            following = _carry_out(request, found, form.cleaned_data, today=today)
        except REFUSALS as refusal:
            # Only an offer shows the field of the amount; of any other answer it is said above them all.
            _say(form, refusal, amount="amount" if form.cleaned_data["verb"] == Verb.OFFER else None)
        else:
            if request.POST.get("from") == "talks":
                return redirect(f"{reverse('targets:talks', args=[found.plan_id])}?unit={found.unit_id}")
            return redirect("targets:talk", following.pk)
    return _page(request, access.round_for(request, found.pk), answer=form)


def _carry_out(request, found, given, *, today):
    """Do what a manager's form says and tell it; returns the round to go on with."""
    common = {"round": found, "client_ref": given["client_ref"], "now": timezone.now(), "by": request.user}
    match given["verb"]:
        case Verb.HOLD:
            replies.hold(reason=given["reason"], **common)
            messages.success(request, _("You hold to the proposal. They can read why, and may still accept."))
            return found
        case Verb.WITHDRAW:
            replies.take_back(reason=given["reason"], **common)
            messages.success(request, _("Taken back."))
            return found
        case Verb.ADOPT:
            done = replies.adopt(answer_by=given["answer_by"], today=today, **common)
        case _:
            done = replies.offer(
                amount=given["amount"], reason=given["reason"], answer_by=given["answer_by"], today=today, **common
            )
    metric, currency = found.plan.metric, request.company.currency
    now = said(done.round.commit, metric, currency)
    text = _("%(name)s is now asked for %(amount)s and has to sign that.") % {"name": found.person.name, "amount": now}
    if done.missing:
        words = _("%(unit)s: %(amount)s missing.") if done.missing > 0 else _("%(unit)s: %(amount)s over.")
        text = f"{text} {words % {'unit': found.unit.name, 'amount': said(abs(done.missing), metric, currency)}}"
    messages.success(request, text)
    return done.round


def _say(form, refusal, *, amount):
    """Say a refusal at the field that it is about."""
    field = FIELD_OF.get(refusal.code)
    if field == "amount" or refusal.code in {"same_amount", "order", "negative"}:
        field = amount
    form.add_error(field if field in form.fields else None, refusal.reason)


@require_GET
def pledge(request, pledge_id):
    """Show a signed pledge, to be printed."""
    found = access.pledge_for(request, pledge_id)
    current = access.round_for(request, found.round_id)
    plan = current.plan
    months = [rules.Tiers(*cell) for cell in found.months]
    context = {
        "pledge": found,
        "round": current,
        "plan": plan,
        "metric": plan.metric,
        "year": name_of(year_of(plan), plan.year_starts_on.month),
        "quarters": list(zip(QUARTER_NAMES, quarters_of(months), strict=True)),
        "total": rules.total(months),
        "is_valid": current.status == Status.ACCEPTED and negotiation.frozen_now(current) == current.figures,
        "is_own": access.is_own(request, current),
        "changes": changes_since_signing([current]).get(current.pk, []),
    }
    return render(request, "targets/pledge.html", context)
