"""Shapes of input about the organisation, and the filters of its lists."""

from datetime import date, timedelta

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Layout, Row, Submit
from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.forms import PhoneField
from accounts.rules import Role
from common.fields import LATEST, DayField, OnceForm
from common.layouts import DayInput
from common.lists import FilterForm, RowChoice
from teams import queries
from teams.models import CalendarException, Unit, UnitPlacement
from teams.rules import TenureStage

#: The first day of a working life that can still be of interest.
EARLIEST = date(1950, 1, 1)
#: The working calendar knows these years.
FIRST_CALENDAR_YEAR, LAST_CALENDAR_YEAR = 2000, 2100
FIELD_ROLES = [(role.value, role.label) for role in (Role.REP, Role.MANAGER, Role.DIRECTOR, Role.HR)]


class ParentField(forms.ModelChoiceField):
    """A unit, shown with how deep it stands in the tree."""

    def __init__(self, **kwargs):
        super().__init__(**{"queryset": None, "label": pgettext_lazy("organisation", "Unit")} | kwargs)

    def offer(self, nodes):
        """Offer the units of these trees, indented."""
        rows = list(_indented(nodes, depth=0))
        self.queryset = Unit.objects.filter(pk__in=[pk for pk, _name in rows])
        self.choices = [("", self.empty_label or ""), *rows]


def _indented(nodes, *, depth):
    for node in nodes:
        yield node.unit.pk, "\u2003" * depth + node.unit.name
        yield from _indented(node.children, depth=depth + 1)


class LaidOut:
    """A form that crispy draws: fields in rows, one button, and a frame of its own."""

    rows: tuple = ()
    submit = _("Save")

    @property
    def helper(self):
        helper = FormHelper()
        fields = [
            Row(*(Column(name, css_class="col-sm") for name in row)) if isinstance(row, tuple) else row for row in self.rows
        ]
        helper.layout = Layout(*fields, Submit("submit", self.submit))
        return helper


class PersonFields(forms.Form):
    """What is known about somebody, wherever they stand."""

    name = forms.CharField(label=pgettext_lazy("person", "Name"), max_length=80)
    employee_number = forms.CharField(label=_("Employee number"), max_length=40)
    phone = PhoneField(required=False)
    email = forms.EmailField(label=_("E-mail"), required=False, max_length=254)
    birthday = DayField(label=_("Birthday"), required=False, earliest=date(1900, 1, 1), latest=date(2020, 12, 31))
    hobbies = forms.CharField(label=_("Hobbies"), required=False, max_length=200)
    strengths = forms.CharField(
        label=_("Strengths"), required=False, max_length=200, help_text=_("Looked at when work is given out.")
    )


class HireForm(LaidOut, PersonFields):
    """A new person with their first place."""

    unit = ParentField(empty_label=_("Choose a unit"))
    role = forms.ChoiceField(label=_("Role"), choices=FIELD_ROLES)
    hired_on = DayField(label=_("First day"), earliest=EARLIEST)
    field_order = ("name", "employee_number", "unit", "role", "hired_on")
    rows = (
        ("name", "employee_number"),
        ("unit", "role", "hired_on"),
        ("phone", "email"),
        ("birthday", "hobbies"),
        "strengths",
    )
    submit = _("Hire")

    def __init__(self, *args, nodes, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["unit"].offer(nodes)


class PersonForm(LaidOut, PersonFields):
    """What HR may change about somebody."""

    rows = (("name", "employee_number"), ("phone", "email"), ("birthday", "hobbies"), "strengths")


class OwnProfileForm(LaidOut, forms.Form):
    """What people may change about themselves."""

    phone = PhoneField(required=False)
    email = forms.EmailField(label=_("E-mail"), required=False, max_length=254)
    birthday = PersonFields.base_fields["birthday"]
    hobbies = PersonFields.base_fields["hobbies"]
    strengths = PersonFields.base_fields["strengths"]
    rows = (("phone", "email"), ("birthday", "hobbies"), "strengths")


class TransferForm(LaidOut, forms.Form):
    """Where somebody goes, as what, from when."""

    unit = ParentField(empty_label=_("Choose a unit"), label=_("New unit"))
    role = forms.ChoiceField(label=_("Role"), choices=FIELD_ROLES)
    from_day = DayField(label=_("From"), earliest=EARLIEST, help_text=_("The first day in the new place; it may be past."))
    rows = (("unit", "role", "from_day"),)
    submit = _("Transfer")

    def __init__(self, *args, nodes, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["unit"].offer(nodes)


class RehireForm(TransferForm):
    """Where somebody who left begins again."""

    submit = _("Hire again")


class LeaveForm(LaidOut, forms.Form):
    """When somebody stops, and why."""

    last_day = DayField(label=_("Last day at work"), earliest=EARLIEST, latest=LATEST - timedelta(days=1))
    reason = forms.CharField(
        label=_("Reason"), required=False, max_length=200, help_text=_("For the turnover figures; nobody below HR sees it.")
    )
    rows = (("last_day", "reason"),)
    submit = _("End the employment")


class UnitForm(LaidOut, forms.Form):
    """A new unit below another one."""

    name = forms.CharField(label=_("Name"), max_length=80)
    kind = forms.ChoiceField(
        label=_("Kind of unit"), choices=[(kind.value, kind.label) for kind in (Unit.Kind.REGION, Unit.Kind.TEAM)]
    )
    parent = ParentField(label=_("Belongs to"), empty_label=None)
    rows = ("name", ("kind", "parent"))
    submit = _("Add the unit")

    def __init__(self, *args, nodes, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["parent"].offer(nodes)


class RenameUnitForm(LaidOut, forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80)
    rows = ("name",)


class MoveUnitForm(LaidOut, forms.Form):
    """Where a unit goes, from when."""

    parent = ParentField(label=_("Belongs to"), empty_label=None)
    from_day = DayField(
        label=_("From"),
        earliest=UnitPlacement.FIRST_DAY,
        help_text=_("The first day in the new place; it may be past or to come."),
    )
    rows = (("parent", "from_day"),)
    submit = _("Move")

    def __init__(self, *args, nodes, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["parent"].offer(nodes)


class CloseUnitForm(LaidOut, forms.Form):
    closed_on = DayField(label=_("Closed from"))
    rows = ("closed_on",)
    submit = _("Close the unit")


class InviteForm(LaidOut, forms.Form):
    """Who gets a link with which they join."""

    person = forms.ModelChoiceField(
        label=_("Person in the organisation"),
        queryset=None,
        required=False,
        empty_label=_("Nobody yet – just an account"),
        help_text=_("Whoever accepts signs in as this person, with their figures."),
    )
    name = forms.CharField(
        label=pgettext_lazy("person", "Name"),
        max_length=80,
        required=False,
        help_text=_("Not needed for a person chosen above."),
    )
    role = forms.ChoiceField(label=_("Role"), choices=Role)
    email = forms.EmailField(label=_("E-mail"), required=False, max_length=254)
    phone = PhoneField(required=False)
    rows = ("person", ("name", "role"), ("email", "phone"))
    submit = _("Make the link")

    def __init__(self, *args, people, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = people

    def clean(self):
        given = super().clean()
        if not given.get("person") and not given.get("name"):
            self.add_error("name", _("Who is it for?"))
        if not given.get("email") and not given.get("phone") and not {"email", "phone"} & self.errors.keys():
            self.add_error("email", _("An e-mail address or a phone number is needed."))
        return given


class ExceptionForm(LaidOut, forms.Form):
    """A day that is not what the calendar says."""

    day = DayField(label=_("Day"), earliest=date(FIRST_CALENDAR_YEAR, 1, 1), latest=date(LAST_CALENDAR_YEAR, 12, 31))
    is_working = forms.TypedChoiceField(
        label=_("What it is"),
        choices=(("free", _("Free")), ("working", _("Working day"))),
        coerce=lambda value: value == "working",
    )
    name = forms.CharField(label=_("Reason"), max_length=CalendarException._meta.get_field("name").max_length)
    rows = ("day", "is_working", "name")
    submit = _("Set")


class TaskForm(LaidOut, OnceForm):
    """A task for oneself or for somebody one leads."""

    title = forms.CharField(label=_("Task"), max_length=200)
    owner = forms.ModelChoiceField(label=_("Who"), queryset=None, empty_label=None)
    due_on = DayField(label=_("Due"))
    is_urgent = forms.BooleanField(label=_("Urgent"), required=False)
    note = forms.CharField(label=_("Note"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    rows = ("title", ("owner", "due_on"), "note", "is_urgent", "client_ref")
    submit = _("Add the task")

    def __init__(self, *args, owners, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = owners


class PeopleFilter(forms.Form):
    """Which people of those in sight a list shows."""

    STATUSES = (
        ("", _("Employed")),
        ("coming", _("Not yet begun")),
        ("left", pgettext_lazy("person", "Left")),
        ("all", _("Everybody")),
    )

    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Name or employee number"), "class": "form-control"}),
    )
    unit = RowChoice(label=pgettext_lazy("organisation", "Unit"), required=False, empty_label=_("All units"))
    role = forms.ChoiceField(label=_("Role"), required=False, choices=[("", _("All roles")), *FIELD_ROLES])
    stage = forms.ChoiceField(label=_("Tenure stage"), required=False, choices=[("", _("All stages")), *TenureStage.choices])
    status = forms.ChoiceField(label=_("Status"), required=False, choices=STATUSES)

    def __init__(self, *args, sight, **kwargs):
        super().__init__(*args, **kwargs)
        units = [(pk, "\u2003" * depth + name) for pk, name, depth in queries.units_by_depth(sight)]
        self.fields["unit"].offer(units, lambda: queries.units_in_sight(sight))
        for name in ("unit", "role", "stage", "status"):
            self.fields[name].widget.attrs["class"] = "form-select"


class TaskFilter(forms.Form):
    """Which tasks a list shows."""

    status = forms.ChoiceField(
        label=_("Status"), required=False, choices=[("", pgettext_lazy("task", "Open")), ("DONE", _("Done")), ("all", _("All"))]
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["status"].widget.attrs["class"] = "form-select"


class PeoplesDaysFilter(FilterForm):
    """
    What narrows a list of what people did on days: of whom, of which unit, from which day and to which.

    A subclass names the field of the day, and in `field_order` where these stand among its own. Who sees only themselves has
    nobody to choose.
    """

    day_field = ""

    person = RowChoice(label=_("Person"), empty_label=_("All"))
    unit = RowChoice(label=_("Team or region"), empty_label=_("All"))
    since = forms.DateField(label=_("From"), widget=DayInput())
    until = forms.DateField(label=_("To"), widget=DayInput())

    def __init__(self, given, *, sight, **kwargs):
        super().__init__(given, **kwargs)
        self.sight = sight
        if sight.sees_others:
            names = queries.names_in_sight(sight)
            self.fields["person"].offer(names.people, lambda: queries.people_in_sight(sight))
            self.fields["unit"].offer(names.units, lambda: queries.units_in_sight(sight))
        else:
            del self.fields["person"], self.fields["unit"]

    def narrow_person(self, rows, person):
        return rows.filter(person=person)

    def narrow_unit(self, rows, unit):
        people = queries.people_in_sight(self.sight).filter(unit_id__in=queries.subtree_ids([unit.pk]))
        return rows.filter(person_id__in=list(people.values_list("pk", flat=True)))

    def narrow_since(self, rows, day):
        return rows.filter(**{f"{self.day_field}__gte": day})

    def narrow_until(self, rows, day):
        return rows.filter(**{f"{self.day_field}__lte": day})
