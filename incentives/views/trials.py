"""The doors to trials of plans: ask for one, see how far it is, read what it comes to. For those who make plans only."""

from datetime import date
from decimal import Decimal

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.rules import Permission
from common.period_names import name_of
from common.periods import month_of
from incentives.access import plans as access
from incentives.models import PayPlanVersion, PlanTrial
from incentives.queries.plans import names_for, terms_of
from incentives.queries.trials import window_of
from incentives.rules import cliff_words
from incentives.services import trials as services
from jobs.queries import job_progress
from teams.access import require
from teams.models import Person

#: So many are listed on either side; the rest is a click away.
LISTED = 20


@require_http_methods(["GET", "HEAD", "POST"])
def trial(request, version_id):
    """Show the latest trial of a version with its comparison, or how far it is; sending asks for one anew."""
    version = access.draft_for(request, version_id)
    if version.status == PayPlanVersion.Status.DISCARDED:
        raise Http404
    if request.method == "POST":
        if version.components.exists():
            services.ask_for_trial(version=version, now=timezone.now(), by=request.user)
        else:
            messages.warning(request, _("It pays for nothing yet: there is nothing to try."))
        return redirect("incentives:plan_trial", version.pk)
    latest = version.trials.first()
    job = services.job_of(latest)
    is_ready = latest is not None and latest.made_at is not None
    context = {
        "version": version,
        "plan": version.plan,
        "trial": latest,
        "window": window_of(timezone.localdate(), request.company),
        "is_changed": is_ready and latest.revision != version.revision,
        "is_lost": latest is not None and not is_ready and job is None,
        "running": _progress_of(latest, job) if job is not None and not is_ready else None,
        "result": _shown(latest, request.company) if is_ready else None,
    }
    return render(request, "incentives/plan_trial.html", context)


@require_safe
def progress(request, trial_id):
    """How far a trial is, as a part of the page; with the way to its result once it is over."""
    require(request, Permission.PAY_PLAN)
    found = get_object_or_404(PlanTrial.objects.select_related("version"), pk=trial_id)
    if (job := services.job_of(found)) is None:
        raise Http404
    return render(request, "_components/progress.html", _progress_of(found, job))


def _progress_of(found, job):
    told = job_progress(job)
    url = reverse("incentives:plan_trial", args=[found.version_id])
    return {
        "id": f"job-{job.pk}",
        "url": reverse("incentives:plan_trial_progress", args=[found.pk]),
        "job": told,
        "result_url": url if told.is_over and not told.is_failed else None,
        "result": _("Look at the result"),
    }


def _shown(trial, company):
    """Return what a trial came to as the page shows it; None where nothing was paid."""
    result = trial.result
    if not (months := result.get("months")):
        return None
    names = [name_of(month_of(date.fromisoformat(row["starts_on"]))) for row in months]
    check = result["check"]
    return _people(result["people"]) | {
        "from": names[0],
        "to": names[-1],
        "paid": result["paid"],
        "cost": result["cost"],
        "difference": result["cost"] - result["paid"],
        "change": _percent(result["cost"] - result["paid"], result["paid"]),
        "chart": _chart(names, [row["cost"] for row in months], beside=_("Paid"), values=[row["paid"] for row in months]),
        "shares": _shares(result),
        "open": result["open"],
        "check": check | {"difference": check["again"] - check["paid"]},
        "cliffs": _cliffs(trial, company),
        "attained": _attained(result),
    }


def _people(rows):
    """Return those who would get more, those who would get less, and of how many it would be the same."""
    persons = Person.objects.in_bulk([row["id"] for row in rows])
    people = [
        row | {"person": persons[row["id"]], "difference": row["cost"] - row["paid"]} for row in rows if row["id"] in persons
    ]
    winners = [row for row in people if row["difference"] > 0]
    losers = [row for row in reversed(people) if row["difference"] < 0]
    return {
        "sides": [
            {"title": title, "rows": side[:LISTED], "more": side[LISTED:], "count": len(side)}
            for title, side in ((_("Would get more"), winners), (_("Would get less"), losers))
        ],
        "same": len(people) - len(winners) - len(losers),
    }


def _shares(result):
    """Return what both sides cost in per cent of what was achieved."""
    achieved = result["achieved"]
    wholes = ((_("In % of revenue"), achieved["revenue"]), (_("In % of gross profit"), achieved["gross_profit"]))
    return [
        {"label": label, "cost": _percent(result["cost"], whole), "paid": _percent(result["paid"], whole)}
        for label, whole in wholes
    ]


def _chart(labels, cost, *, beside, values):
    """Return the chart of what this version costs, with what it is compared with paler beside it."""
    series = [{"name": _("This version"), "values": cost}, {"name": beside, "values": values}]
    return {"unit": "MONEY", "labels": labels, "series": series, "ghost": [beside]}


def _cliffs(trial, company):
    """Return the jumps of the version in words; None where the trial was made before they were looked for."""
    if (rows := trial.result.get("cliffs")) is None:
        return None
    names = names_for(company, terms_of([trial.version]).values())
    return [cliff_words.tell(row, names=names) for row in rows]


def _attained(result):
    """Return what both sides cost at some levels of attainment, as it was first; None where the trial did not ask."""
    if (found := result.get("attained")) is None:
        return None
    as_it_was = {"percent": None, "live": result["paid"], "cost": result["cost"], "revenue": result["achieved"]["revenue"]}
    rows = [
        row | {
            "difference": row["cost"] - row["live"],
            "live_share": _percent(row["live"], row["revenue"]),
            "cost_share": _percent(row["cost"], row["revenue"]),
        }
        for row in (as_it_was, *found["rows"])
    ]  # fmt: skip
    levels = found["rows"]
    chart = _chart(
        [f"{row['percent']} %" for row in levels], [row["cost"] for row in levels],
        beside=_("Plans as they are"), values=[row["live"] for row in levels],
    )  # fmt: skip
    return {"rows": rows, "chart": chart, "without": found["without"]}


def _percent(part, whole):
    """Return a part in per cent of a whole, None of nothing or of a loss."""
    return Decimal(part) * 100 / whole if whole > 0 else None
