"""The organisation: units, people, who was where from when to when, the working calendar, and tasks."""

from datetime import date

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import CheckConstraint, F, Func, Q, UniqueConstraint
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Invitation, Membership
from accounts.rules import Role
from common.periods import FIRST_YEAR
from common.tenancy import CompanyForeignKey, CompanyManager, CompanyModel, CompanyQuerySet


class Unit(CompanyModel):
    """
    A node of the organisation: the company itself, a region, a team, at any depth.

    `parent` is where it hangs today; where it hung on another day is in its placements.
    """

    class Kind(models.TextChoices):
        COMPANY = "COMPANY", _("Company")
        REGION = "REGION", _("Region")
        TEAM = "TEAM", _("Team")

    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    parent = CompanyForeignKey("self", null=True, blank=True, related_name="children", verbose_name=_("belongs to"))
    position = models.PositiveIntegerField(_("position"), default=0)
    closed_on = models.DateField(_("closed on"), null=True, blank=True)

    class Meta:
        verbose_name = _("unit")
        verbose_name_plural = _("units")
        ordering = ["position", "name"]
        constraints = [
            UniqueConstraint(fields=["company", "parent", "name"], name="one_unit_per_name_and_parent"),
            UniqueConstraint(fields=["company"], condition=Q(parent=None), name="one_root_unit"),
            CheckConstraint(condition=~Q(parent=F("id")), name="unit_is_not_its_own_parent"),
        ]

    def __str__(self):
        return self.name


class UnitPlacement(CompanyModel):
    """
    Under which unit another one hangs from a day on, and since when that is known. Rows are only added.

    On a day D, as known at K, the parent is that of the row with `recorded_at` ≤ K and `from_day` ≤ D that is greatest by
    (`from_day`, `recorded_at`, id). A unit that never moved has no row: it hangs where `Unit.parent` says. The first move
    writes two, the earlier of which has held, and was known, from the first day of all (`FIRST_DAY`).
    """

    append_only = True
    FIRST_DAY = date(FIRST_YEAR, 1, 1)

    unit = CompanyForeignKey(Unit, related_name="placements", verbose_name=_("unit"))
    parent = CompanyForeignKey(Unit, related_name="+", verbose_name=_("belongs to"))
    from_day = models.DateField(_("from"))
    recorded_at = models.DateTimeField(_("known since"), default=timezone.now)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)

    class Meta:
        verbose_name = _("place in the tree")
        verbose_name_plural = _("places in the tree")
        ordering = ["from_day", "recorded_at", "pk"]
        indexes = [models.Index(fields=["company", "unit", "from_day"], name="placement_by_unit")]
        constraints = [CheckConstraint(condition=~Q(parent=F("unit")), name="placement_is_not_in_itself")]

    def __str__(self):
        return f"{self.unit} · {self.parent}"


class PersonQuerySet(CompanyQuerySet):
    def employed_on(self, day):
        return self.filter(Q(left_on=None) | Q(left_on__gt=day), hired_on__lte=day)


class Person(CompanyModel):
    """Somebody who works, or worked, for the company. `left_on` is the first day they no longer do."""

    name = models.CharField(pgettext_lazy("person", "name"), max_length=80)
    employee_number = models.CharField(_("employee number"), max_length=40)
    membership = CompanyForeignKey(Membership, null=True, blank=True, related_name="person_rows", verbose_name=_("sign-in"))
    invitation = CompanyForeignKey(Invitation, null=True, blank=True, related_name="+")
    phone = models.CharField(_("phone number"), max_length=20, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    hired_on = models.DateField(_("hired on"))
    left_on = models.DateField(_("left on"), null=True, blank=True)
    leaving_reason = models.CharField(_("reason for leaving"), max_length=200, blank=True)
    birthday = models.DateField(_("birthday"), null=True, blank=True)
    hobbies = models.CharField(_("hobbies"), max_length=200, blank=True)
    strengths = models.CharField(_("strengths"), max_length=200, blank=True)

    objects = CompanyManager.from_queryset(PersonQuerySet)()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ["name", "pk"]
        constraints = [
            UniqueConstraint(fields=["company", "employee_number"], name="one_person_per_employee_number"),
            UniqueConstraint(fields=["company", "membership"], name="one_person_per_membership"),
            CheckConstraint(condition=Q(left_on=None) | Q(left_on__gt=F("hired_on")), name="person_leaves_after_being_hired"),
        ]

    def __str__(self):
        return self.name


class AssignmentQuerySet(CompanyQuerySet):
    def on(self, day):
        """Assignments in force on a day."""
        return self.filter(Q(ends_before=None) | Q(ends_before__gt=day), starts_on__lte=day)


class Assignment(CompanyModel):
    """
    Who is in which unit, in which role, from which day (in) to which day (out); open-ended when `ends_before` is empty.

    A deal is credited to the unit its owner was assigned to on the day of the deal, so rows are ended, never overwritten.
    """

    person = CompanyForeignKey(Person, related_name="assignments", verbose_name=_("person"))
    unit = CompanyForeignKey(Unit, related_name="assignments", verbose_name=_("unit"))
    role = models.CharField(_("role"), max_length=10, choices=Role)
    starts_on = models.DateField(_("from"))
    ends_before = models.DateField(_("until (exclusive)"), null=True, blank=True)

    objects = CompanyManager.from_queryset(AssignmentQuerySet)()

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        ordering = ["starts_on"]
        constraints = [
            CheckConstraint(condition=Q(ends_before=None) | Q(ends_before__gt=F("starts_on")), name="assignment_lasts_a_day"),
            ExclusionConstraint(
                name="one_assignment_at_a_time",
                expressions=[
                    (F("company"), RangeOperators.EQUAL),
                    (F("person"), RangeOperators.EQUAL),
                    (
                        Func(F("starts_on"), F("ends_before"), function="daterange", output_field=DateRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]
        indexes = [models.Index(fields=["company", "unit", "starts_on"], name="assignment_by_unit")]

    def __str__(self):
        return f"{self.person} · {self.unit}"


class CalendarException(CompanyModel):
    """A day on which the company works although the calendar says it is free, or the other way round."""

    day = models.DateField(_("day"))
    is_working = models.BooleanField(_("working day"))
    name = models.CharField(_("reason"), max_length=80)

    class Meta:
        verbose_name = _("calendar exception")
        verbose_name_plural = _("calendar exceptions")
        ordering = ["day"]
        constraints = [UniqueConstraint(fields=["company", "day"], name="one_calendar_exception_per_day")]

    def __str__(self):
        return f"{self.day} {self.name}"


class TaskQuerySet(CompanyQuerySet):
    def open(self):
        return self.filter(status=Task.Status.OPEN)


class Task(CompanyModel):
    """Something one person has promised to do by a day: from a meeting, a plan, a talk."""

    class Status(models.TextChoices):
        OPEN = "OPEN", pgettext_lazy("task", "Open")
        DONE = "DONE", _("Done")
        CANCELLED = "CANCELLED", _("Cancelled")

    title = models.CharField(_("task"), max_length=200)
    owner = CompanyForeignKey(Person, related_name="tasks", verbose_name=_("owner"))
    due_on = models.DateField(_("due"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.OPEN)
    is_urgent = models.BooleanField(_("urgent"), default=False)
    note = models.TextField(_("note"), blank=True, max_length=2000)
    # Made by the page that asked for the task, so that a button pressed twice makes one.
    client_ref = models.UUIDField(null=True, blank=True, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True, blank=True)

    objects = CompanyManager.from_queryset(TaskQuerySet)()

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        ordering = ["due_on", "pk"]
        indexes = [models.Index(fields=["company", "owner", "status", "due_on"], name="task_by_owner")]
        constraints = [
            UniqueConstraint(fields=["company", "client_ref"], name="one_task_per_client_ref"),
            CheckConstraint(
                condition=Q(status="DONE", done_at__isnull=False) | (~Q(status="DONE") & Q(done_at=None)),
                name="task_done_has_its_time",
            ),
        ]

    def __str__(self):
        return self.title
