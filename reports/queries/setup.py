"""What the admin looks at first: is everything set up, and is it healthy?"""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Invitation, Membership
from accounts.queries import trail
from customers.models import Customer
from deals.models import Deal, Product
from jobs.models import Job
from jobs.registry import kinds
from reports.models import Indicator
from targets.models import Plan
from teams.models import Assignment, Unit
from teams.queries import people_without_sign_in

#: How much of a change the home tells; the audit trail tells all of it.
LONGEST_SUMMARY = 80


@dataclass(frozen=True)
class Step:
    """One thing to set up: whether it is done, what there is, and where to go on."""

    title: str
    about: str
    is_done: bool
    url: str
    action: str


def setup_steps(*, on):
    """Return the steps of setting a company up, in the order in which they make sense."""
    units = Unit.objects.exclude(parent=None).count()
    people = Assignment.objects.on(on).count()
    members = Membership.objects.filter(is_active=True).count()
    waiting = Invitation.objects.filter(accepted_at=None, withdrawn_at=None).count()
    products, customers, deals = Product.objects.count(), Customer.objects.count(), Deal.objects.count()
    published = Plan.objects.filter(status=Plan.Status.PUBLISHED).count()
    indicators = Indicator.objects.filter(is_active=True).count()
    return [
        Step(
            _("Draw the organisation"),
            _("%(n)s units below the company") % {"n": units},
            units > 0,
            reverse("teams:organisation"),
            _("Organisation"),
        ),
        Step(
            _("Bring in people"),
            _("%(n)s people in their place today") % {"n": people},
            people > 1,
            reverse("exchange:list"),
            _("Import people"),
        ),
        Step(
            _("Let them sign in"),
            _("%(n)s members, %(w)s invitations open, %(without)s people without a sign-in")
            % {"n": members, "w": waiting, "without": people_without_sign_in(on=on).count()},
            members > 1,
            reverse("settings:members"),
            _("Invite"),
        ),
        Step(
            _("List the products"),
            _("%(n)s products") % {"n": products},
            products > 0,
            reverse("deals:products"),
            _("Products"),
        ),
        Step(
            _("Bring in customers and deals"),
            _("%(c)s customers, %(d)s deals") % {"c": customers, "d": deals},
            customers > 0 and deals > 0,
            reverse("exchange:list"),
            _("Import"),
        ),
        Step(
            _("Publish targets"),
            _("%(n)s published plans") % {"n": published},
            published > 0,
            reverse("targets:plans"),
            _("Targets"),
        ),
        Step(
            _("Agree on the assessment"),
            _("%(n)s indicators") % {"n": indicators},
            indicators > 0,
            reverse("reports:assessments"),
            _("Assessment"),
        ),
    ]


@dataclass(frozen=True)
class Run:
    """The newest job of a kind, in words."""

    title: str
    at: object
    status: str
    tone: str


_TONES = {Job.Status.DONE: "on_pace", Job.Status.FAILED: "behind", Job.Status.RUNNING: "accent", Job.Status.QUEUED: "neutral"}


def last_runs():
    """Return the newest job of each kind, newest first."""
    newest = Job.objects.order_by("kind", "-created_at", "-pk").distinct("kind")
    known = kinds()
    return [
        Run(str(known[job.kind].title), job.created_at, job.get_status_display(), _TONES[job.status])
        for job in sorted(newest, key=lambda job: job.created_at, reverse=True)
        if job.kind in known
    ]


@dataclass(frozen=True)
class Change:
    """A line of the audit trail, as the timeline shows it."""

    title: str
    text: str
    by: str
    at: object
    icon: str = ""
    tone: str = ""


def latest_changes(limit=8):
    """Return the newest entries of the audit trail, in its words."""
    lines = [trail.line_of(entry) for entry in trail.entries()[:limit]]
    return [Change(f"{line.about_kind} · {line.action}", _about(line), line.by, line.at) for line in lines]


def _about(line):
    shown = line.summary if len(line.summary) <= LONGEST_SUMMARY else f"{line.summary[:LONGEST_SUMMARY]}…"
    return f"{line.about} – {shown}" if shown else line.about
