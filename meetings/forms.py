"""Shapes of what is typed in and around a meeting."""

from datetime import timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

from common.fields import OnceField
from common.lists import FilterForm, RowChoice
from common.periods import iso_week_of
from common.questions import Question
from meetings import queries
from meetings.models import Decision, Meeting


def _day_input():
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class MeetingFilter(FilterForm):
    """What the list of meetings can be narrowed by."""

    unit = RowChoice(label=_("Unit"), empty_label=_("All"))
    status = forms.ChoiceField(label=_("Status"), choices=[("", _("All")), *Meeting.Status.choices])

    def __init__(self, given, *, sight, **kwargs):
        super().__init__(given, **kwargs)
        names = Question("units that met", (sight,), lambda: queries.units_that_met(sight).values_list("pk", "name"))
        self.fields["unit"].offer(names, lambda: queries.units_that_met(sight))

    @property
    def is_filtered(self):
        return bool(self.chips())

    def narrow_unit(self, meetings, unit):
        return meetings.filter(unit=unit)

    def narrow_status(self, meetings, status):
        return meetings.filter(status=status)


class CallMeeting(forms.Form):
    """Which unit meets, when and where."""

    unit = forms.ModelChoiceField(label=_("Unit"), queryset=None)
    day = forms.DateField(label=_("Day of the meeting"), widget=_day_input())
    time = forms.TimeField(label=_("Time"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    place = forms.CharField(
        label=_("Place or link"),
        max_length=300,
        required=False,
        help_text=_("A room, or the address of a video meeting (Tencent Meeting, Zoom, Teams …)."),
    )

    def __init__(self, *args, units, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = units

    @property
    def week_starts_on(self):
        return iso_week_of(self.cleaned_data["day"]).starts_on

    def clean_day(self):
        day = self.cleaned_data["day"]
        if not 2000 <= day.year <= 2099:
            raise forms.ValidationError(_("Give a day of this century."))
        return day


class _WithOwner(forms.Form):
    """
    A form that names somebody of the meeting.

    :param people: who may be named.
    :param choices: the same people as (id, name), read once for the many forms of a page.
    """

    def __init__(self, *args, people, choices=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["owner"].empty_label = "—"
        self.fields["owner"].queryset = people
        if choices is not None:
            self.fields["owner"].widget.choices = choices


class ItemNote(_WithOwner):
    """What was said on a point, and who takes it further."""

    notes = forms.CharField(label=_("What was said"), max_length=5000, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    owner = forms.ModelChoiceField(label=_("Who takes it further"), queryset=None, required=False)


class AddPoint(forms.Form):
    """A point of one's own."""

    title = forms.CharField(label=_("Point"), max_length=200)
    question = forms.CharField(label=_("Question"), max_length=300, required=False)


class Decide(_WithOwner):
    """A decision, and the task that follows from it."""

    text = forms.CharField(label=_("Decision"), max_length=Decision._meta.get_field("text").max_length)
    owner = forms.ModelChoiceField(label=_("Owner"), queryset=None, required=False)
    due_on = forms.DateField(label=_("Until"), required=False, widget=_day_input())
    client_ref = OnceField()

    def __init__(self, *args, on, **kwargs):
        kwargs["initial"] = {"due_on": on + timedelta(days=7)} | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)

    def clean(self):
        given = super().clean()
        if given.get("owner") and not given.get("due_on"):
            self.add_error("due_on", _("A task needs a day."))
        if not given.get("owner"):
            given["due_on"] = None
        return given


class Minutes(forms.Form):
    """The minutes as running text."""

    minutes = forms.CharField(label=_("Minutes"), max_length=20000, required=False, widget=forms.Textarea(attrs={"rows": 6}))
