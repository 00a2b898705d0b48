"""Shapes of what is typed to honour somebody, and of how a company honours."""

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from common.fields import OnceForm, SearchedSelect
from common.lists import FilterForm, RowChoice
from common.money import LIMIT, from_minor, to_minor
from incentives.queries.honours import AWARD, PRAISE, VICTORY
from incentives.rules.honours import NOMINATED_KINDS, AwardKind
from teams.models import Person

MOST = from_minor(LIMIT)


class WallFilter(FilterForm):
    """Which honours: of whom, of what kind."""

    kind = forms.ChoiceField(
        label=_("Kind of honour"),
        choices=[("", _("All honours")), (AWARD, _("Awards")), (VICTORY, _("Victory reports")), (PRAISE, _("Praise"))],
    )
    person = RowChoice(label=_("Person"), empty_label=_("Everybody"))
    parameters = frozenset({"period"})

    def __init__(self, given, *, names):
        super().__init__(given)
        self.fields["person"].offer(names, Person.objects.all)

    @property
    def chosen(self):
        """What `queries.honours.wall` takes, of a form that could be read."""
        return {"kind": self.cleaned_data["kind"], "person": self.cleaned_data["person"]}


class NominateForm(OnceForm):
    """Whom, for which award of which quarter, and why."""

    kind = forms.ChoiceField(label=_("Award"), choices=[(kind, kind.label) for kind in NOMINATED_KINDS])
    quarter = forms.ChoiceField(label=_("Quarter"))
    person = forms.ModelChoiceField(
        label=_("Whom do you nominate?"),
        queryset=None,
        empty_label=_("Choose somebody"),
        widget=SearchedSelect(has_numbers=False),
    )
    reason = forms.CharField(
        label=_("What for?"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What they did, and whom it helped. Everybody in the company sees it."),
    )

    def __init__(self, *args, people, quarters, **kwargs):
        """:param quarters: (code, name) of those that are open."""
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = people
        self.fields["quarter"].choices = quarters

    def clean_kind(self):
        return AwardKind(self.cleaned_data["kind"])


class GiveAwardForm(forms.Form):
    """To whom, for what, and the money that goes with it."""

    winner = forms.ChoiceField(label=_("Who is honoured?"), widget=SearchedSelect)
    reason = forms.CharField(
        label=_("What for?"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("It stands on the wall of honours and on the certificate."),
    )
    prize = forms.DecimalField(
        label=_("Prize money"), required=False, min_value=0, max_value=MOST, max_digits=15, decimal_places=2, initial=0
    )

    def __init__(self, *args, winners, may_attach_money, **kwargs):
        """:param winners: (key, name) of whom one may honour."""
        super().__init__(*args, **kwargs)
        self.fields["winner"].choices = winners
        if not may_attach_money:
            del self.fields["prize"]

    def clean_prize(self):
        return self.cleaned_data["prize"] or Decimal(0)


class WithdrawAwardForm(forms.Form):
    """Why an award is taken back."""

    reason = forms.CharField(label=_("Why is it withdrawn?"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))


class HonourSettingsForm(forms.Form):
    """How a company honours; amounts as people type them."""

    deal_limit = forms.DecimalField(
        label=_("Victory report from a deal of"),
        required=False,
        min_value=Decimal("0.01"),
        max_value=MOST,
        max_digits=15,
        decimal_places=2,
        help_text=_("Left empty: no reports of deals."),
    )
    reports_targets = forms.BooleanField(label=_("Also when a person, team or region reaches its target"), required=False)
    shows_amounts = forms.BooleanField(
        label=_("Amounts stand on victory reports"),
        required=False,
        help_text=_("Without it neither the wall nor the picture says how much."),
    )
    prize_limit = forms.DecimalField(
        label=_("Prize that managers and directors may attach, at most"),
        min_value=0,
        max_value=MOST,
        max_digits=15,
        decimal_places=2,
        help_text=_("0: only HR and admins attach money to an award."),
    )
    contest_limit = forms.DecimalField(
        label=_("Prizes of a contest that a manager announces, at most"),
        required=False,
        min_value=0,
        max_value=MOST,
        max_digits=15,
        decimal_places=2,
        help_text=_(
            "Compared with the most that all prizes of a contest can come to. Above this a director, HR or an admin has to "
            "announce it. Empty: no limit."
        ),
    )
    appeal_days = forms.IntegerField(
        label=_("Days to appeal against a decision"),
        min_value=1,
        max_value=60,
        help_text=_("From the day on which the person was told."),
    )

    @classmethod
    def initial_of(cls, row):
        """Return what the form shows of a row of settings."""
        return {
            "deal_limit": None if row.deal_limit is None else from_minor(row.deal_limit),
            "reports_targets": row.reports_targets,
            "shows_amounts": row.shows_amounts,
            "prize_limit": from_minor(row.prize_limit),
            "contest_limit": None if row.contest_limit is None else from_minor(row.contest_limit),
            "appeal_days": row.appeal_days,
        }

    @property
    def values(self):
        """What was typed as the service takes it: amounts in minor units."""
        given = self.cleaned_data
        return given | {
            **{name: None if given[name] is None else to_minor(given[name]) for name in ("deal_limit", "contest_limit")},
            "prize_limit": to_minor(given["prize_limit"]),
        }
