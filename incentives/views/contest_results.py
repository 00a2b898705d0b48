"""The doors to what becomes of a contest: called off, fixed, awarded, put right; the winners' certificates."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from incentives.access.contests import contest_for, runs
from incentives.forms.contests import ReasonForm
from incentives.models import Contest
from incentives.queries.contest_words import prize_words
from incentives.queries.standings import fixed_lines
from incentives.rules.contest_kinds import RANKED
from incentives.rules.contests import flat
from incentives.services import contest_results as results
from incentives.services import contests as services
from incentives.views.certificates import certificate_of


@require_POST
def withdraw(request, contest_id):
    """Call an announced contest off."""
    return _deed(request, contest_id, services.withdraw_contest, _("The contest is called off."), with_reason=True)


@require_POST
def fix(request, contest_id):
    """Fix the standing of a contest that is over now, without waiting for the night."""
    given = {"on": timezone.localdate(), "now": timezone.now()}
    return _deed(request, contest_id, results.freeze_contest, _("The standing is fixed."), **given)


@require_POST
def award(request, contest_id):
    """Award the prizes by the fixed standing."""
    return _deed(request, contest_id, results.award_contest, _("The prizes are awarded."), on=timezone.localdate())


@require_POST
def rerank(request, contest_id):
    """Put the standing right with what is known now."""
    given = {"on": timezone.localdate(), "now": timezone.now()}
    return _deed(request, contest_id, results.rerank_contest, _("The standing is put right."), with_reason=True, **given)


def _deed(request, contest_id, service, said, *, with_reason=False, **given):
    found = contest_for(request, contest_id, to_run=True)
    if with_reason:
        form = ReasonForm(request.POST)
        if not form.is_valid():
            messages.error(request, services.ContestRefused("no_reason").reason)
            return redirect("incentives:contest", found.pk)
        given["reason"] = form.cleaned_data["reason"]
    try:
        service(contest=found, **given, by=request.user)
    except services.ContestRefused as refusal:
        messages.error(request, refusal.reason)
    else:
        messages.success(request, said)
    return redirect("incentives:contest", found.pk)


@require_GET
def certificate(request, contest_id):
    """Answer with the certificate of a winner as PDF: one's own, or for who runs the contest that of `?person=3`."""
    found = contest_for(request, contest_id)
    given, own = request.GET.get("person", ""), request.sight.person_id
    person_id = int(given) if given.isascii() and given.isdigit() and len(given) < 18 else own
    if found.status != Contest.Status.DECIDED or (person_id != own and not runs(request, found)):
        raise Http404
    lines = (line for line in flat(fixed_lines(found)) if not line.is_team and line.entry.key == person_id and line.wins)
    if (line := next(lines, None)) is None:
        raise Http404
    won = prize_words(line, request.company.currency)
    place = _("Place %(number)s") % {"number": line.place} if found.form in RANKED and line.place else ""
    return certificate_of(
        request,
        name=line.entry.name,
        sentence=" · ".join(filter(None, (found.name, place, won))),
        reason=found.purpose,
        decided_on=found.decided_on,
        decided_by=found.decided_by,
        file_name=f"contest-{found.pk}.pdf",
    )
