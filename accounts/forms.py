"""Shapes of input: sign-in, joining, a company's settings, members, the audit trail's filter."""

import zoneinfo

from allauth.account.forms import LoginForm as AllauthLoginForm
from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Column, Fieldset, Layout, Row, Submit
from django import forms
from django.contrib.auth.password_validation import password_validators_help_text_html, validate_password
from django.contrib.postgres.forms import SimpleArrayField
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts import rules
from accounts.models import Company
from accounts.rules import Role

WEEKDAYS = (
    (1, _("Monday")),
    (2, _("Tuesday")),
    (3, _("Wednesday")),
    (4, _("Thursday")),
    (5, _("Friday")),
    (6, _("Saturday")),
    (7, _("Sunday")),
)
MONTHS = (
    (1, _("January")),
    (2, _("February")),
    (3, _("March")),
    (4, _("April")),
    (5, _("May")),
    (6, _("June")),
    (7, _("July")),
    (8, _("August")),
    (9, _("September")),
    (10, _("October")),
    (11, _("November")),
    (12, _("December")),
)
CURRENCIES = (
    ("CNY", _("Renminbi (CNY)")),
    ("HKD", _("Hong Kong dollar (HKD)")),
    ("TWD", _("New Taiwan dollar (TWD)")),
    ("SGD", _("Singapore dollar (SGD)")),
    ("USD", _("US dollar (USD)")),
    ("EUR", _("Euro (EUR)")),
    ("GBP", _("Pound sterling (GBP)")),
    ("JPY", _("Yen (JPY)")),
)
COUNTRIES = (
    ("CN", _("Chinese mainland")),
    ("HK", _("Hong Kong")),
    ("TW", _("Taiwan")),
    ("SG", _("Singapore")),
    ("US", _("United States")),
    ("GB", _("United Kingdom")),
    ("DE", _("Germany")),
    ("JP", _("Japan")),
)


class PhoneField(forms.CharField):
    """A phone number, kept in its one normal form; without a country code it is a Chinese one."""

    widget = forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"})

    def __init__(self, **kwargs):
        super().__init__(**{"label": _("Mobile number"), "max_length": 40} | kwargs)

    def to_python(self, value):
        value = super().to_python(value)
        if value in self.empty_values:
            return value
        try:
            return rules.normal_phone(value)
        except ValueError as error:
            raise ValidationError(_("This is not a phone number."), code="invalid") from error


class LoginForm(AllauthLoginForm):
    """Sign-in with an e-mail address or a phone number, typed in any usual way."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        login = self.fields["login"]
        login.label = _("E-mail or phone number")
        login.max_length = 254
        login.widget.attrs |= {"placeholder": "", "autocomplete": "username", "autocapitalize": "none", "maxlength": 254}
        self.fields["password"].widget.attrs["placeholder"] = ""

    def clean_login(self):
        login = super().clean_login()
        try:
            return login if "@" in login else rules.normal_phone(login)
        except ValueError:
            return login  # no such account, which is said as for any other


class JoinForm(forms.Form):
    """Who joins by a link and has no account yet."""

    name = forms.CharField(label=pgettext_lazy("person", "Name"), max_length=80)
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=password_validators_help_text_html,
    )
    password_again = forms.CharField(
        label=_("Password, once more"),
        strip=False,
        max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user
        self.helper = FormHelper()
        self.helper.add_input(Submit("submit", _("Join"), css_class="w-100"))

    def clean(self):
        given = super().clean()
        password = given.get("password")
        if password and password != given.get("password_again"):
            self.add_error("password_again", _("The two passwords are not the same."))
        elif password:
            self.user.name = given.get("name", "")
            try:
                validate_password(password, self.user)
            except ValidationError as error:
                self.add_error("password", error)
        return given


#: The largest value of each rule that is a number.
MOST = {"visit_minimum_minutes": 480, "span_of_control_from": 500, "span_of_control_to": 500, "ranking_minimum": 1000}


class NumbersField(SimpleArrayField):
    """Numbers or percentages as people list them: ``30, 60, 80`` or ``30、60、80``, with or without the sign."""

    _SIGNS = str.maketrans({"，": ",", "、": ",", ";": ",", "；": ",", "%": "", "％": ""})

    def to_python(self, value):
        return super().to_python(value.translate(self._SIGNS).strip(" ,") if isinstance(value, str) else value)

    def prepare_value(self, value):
        return ", ".join(map(str, value)) if isinstance(value, list | tuple) else value


class CompanyForm(forms.ModelForm):
    """A company's settings, with what each of them changes."""

    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=lambda: [(zone, zone) for zone in sorted(zoneinfo.available_timezones())],
        help_text=_("Decides when a day begins: for deals, visits, rankings and the nightly roll-up."),
    )
    currency = forms.ChoiceField(label=_("Currency"), choices=CURRENCIES, help_text=_("In which every amount is shown."))
    country = forms.ChoiceField(
        label=_("Public holidays of"), choices=COUNTRIES, help_text=_("Free days and make-up days of the working calendar.")
    )
    fiscal_year_starts_in = forms.TypedChoiceField(
        label=_("First month of the fiscal year"),
        choices=MONTHS,
        coerce=int,
        help_text=_("Quarters and years are counted from this month."),
    )
    working_weekdays = forms.TypedMultipleChoiceField(
        label=_("Working weekdays"),
        choices=WEEKDAYS,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Every figure per day, and every pace, counts these days, less holidays, plus make-up days."),
    )
    ramp_percents = NumbersField(
        forms.IntegerField(min_value=0, max_value=100),
        label=_("Ramp of newcomers, in %"),
        max_length=24,
        required=False,
        help_text=_(
            "Of a whole target, in the first, second … month of service; then all of it. A split by headcount goes by it."
        ),
    )
    complaint_weights = NumbersField(
        forms.IntegerField(min_value=1, max_value=100),
        label=_("Weights of complaints"),
        help_text=_("How much a minor, a serious and a severe complaint count. Holds for what is raised from now on."),
    )
    review_weekday = forms.TypedChoiceField(
        label=_("Weekday of the review meeting"),
        choices=WEEKDAYS,
        coerce=int,
        help_text=_("The agenda of the weekly meeting is prepared for this day."),
    )

    class Meta:
        model = Company
        fields = (
            "name",
            "time_zone",
            "currency",
            "country",
            "fiscal_year_starts_in",
            "working_weekdays",
            "review_weekday",
            "visit_minimum_minutes",
            "span_of_control_from",
            "span_of_control_to",
            "ranking_minimum",
            "ramp_percents",
            "adjustment_approval",
            "complaint_weights",
            "targets_need_acceptance",
        )
        help_texts = {
            "adjustment_approval": _(
                "Whoever asks never approves themselves, unless there is nobody else for the whole company."
            ),
            "targets_need_acceptance": _("Otherwise the check before publishing only says who has not accepted."),
            "visit_minimum_minutes": _("A shorter visit is kept, but does not count."),
            "span_of_control_from": _("A manager with fewer reps is pointed out in the organisation."),
            "span_of_control_to": _("A manager with more reps is pointed out in the organisation."),
            "ranking_minimum": _("Who closed fewer deals has a win rate, but no place by it; with 1 everybody has one."),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("currency", "country"):
            # Founded with one that is not offered: it stays possible.
            field, current = self.fields[name], getattr(self.instance, name)
            if current not in dict(field.choices):
                field.choices = [*field.choices, (current, current)]
        for name, most in (
            ("visit_minimum_minutes", 480),
            ("span_of_control_from", 500),
            ("span_of_control_to", 500),
            ("ranking_minimum", 1000),
        ):
            self.fields[name] = forms.IntegerField(
                label=self.fields[name].label, help_text=self.fields[name].help_text, min_value=0, max_value=most
            )
        self.helper = FormHelper()
        self.helper.layout = Layout(
            Fieldset(_("Company"), Row(Column("name", css_class="col-md-6"), Column("currency", css_class="col-md-6"))),
            Fieldset(
                _("Time"),
                Row(
                    Column("time_zone", css_class="col-md-6"),
                    Column("fiscal_year_starts_in", css_class="col-md-6"),
                    Column("working_weekdays", css_class="col-md-6 weekdays"),
                    Column("country", "review_weekday", css_class="col-md-6"),
                ),
            ),
            Fieldset(
                _("Rules"),
                Row(
                    Column("visit_minimum_minutes", css_class="col-md-4"),
                    Column("span_of_control_from", css_class="col-md-4"),
                    Column("span_of_control_to", css_class="col-md-4"),
                    Column("ranking_minimum", css_class="col-md-4"),
                    Column("ramp_percents", css_class="col-md-4"),
                    Column("adjustment_approval", css_class="col-md-8"),
                    Column("complaint_weights", css_class="col-md-4"),
                    Column("targets_need_acceptance", css_class="col-md-4"),
                ),
            ),
            HTML('<div class="form-actions">'),
            Submit("submit", _("Save")),
            HTML("</div>"),
        )

    def clean(self):
        given = super().clean()
        fewest, most = given.get("span_of_control_from"), given.get("span_of_control_to")
        if fewest is not None and most is not None and fewest > most:
            self.add_error("span_of_control_to", _("This must not be less than the fewest."))
        return given

    def save(self, commit=True):
        raise TypeError("Settings are changed by the service.")

    def validate_constraints(self):
        """Checked in `clean`, with a sentence at the field."""


class RoleForm(forms.Form):
    """Another role for a member."""

    role = forms.ChoiceField(label=_("Role"), choices=Role)


class SignInForm(forms.Form):
    """The addresses with which a member signs in: one of the two, or both."""

    email = forms.EmailField(
        label=_("E-mail"), required=False, widget=forms.EmailInput(attrs={"autocomplete": "off", "autocapitalize": "none"})
    )
    phone = PhoneField(required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["phone"].widget.attrs["autocomplete"] = "off"
        self.helper = FormHelper()
        self.helper.attrs = {"novalidate": True}
        self.helper.add_input(Submit("submit", _("Change the address")))

    def clean(self):
        given = super().clean()
        if not self.errors and not given.get("email") and not given.get("phone"):
            self.add_error("email", _("An e-mail address or a phone number is needed."))
        return given


class AuditFilter(forms.Form):
    """Which part of the audit trail: by whom, what, about what, from when to when."""

    q = forms.CharField(label=_("About"), required=False, max_length=80, widget=forms.TextInput(attrs={"type": "search"}))
    by = forms.ChoiceField(label=_("Who"), required=False)
    kind = forms.ChoiceField(label=_("What"), required=False)
    verb = forms.ChoiceField(label=_("Action"), required=False)
    from_day = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    to_day = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args, people, kinds, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["by"].choices = [("", _("Everybody")), ("system", _("The system")), *people]
        self.fields["kind"].choices = [("", _("Everything")), *kinds]
        verbs = sorted(((verb, str(word)) for verb, word in rules.VERBS.items()), key=lambda pair: pair[1])
        self.fields["verb"].choices = [("", _("All actions")), *verbs]
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-select" if isinstance(field, forms.ChoiceField) else "form-control"
