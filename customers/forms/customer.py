"""Customers: added, changed, chosen, handed over, filtered."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Div, Field, Layout
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from common.fields import OnceField
from common.layouts import Bar, Chips, PickerInput
from common.lists import FilterForm, RowChoice
from common.questions import Question
from customers import queries
from customers.models import Channel, Customer
from teams.queries import names_in_sight, people_in_sight, subtree_ids, territories, units_in_sight

GRADES = (
    (Customer.Grade.A, _("A · every 7 days")),
    (Customer.Grade.B, _("B · every 14 days")),
    (Customer.Grade.C, _("C · every 30 days")),
)


class CustomerForm(forms.Form):
    """Adding or changing a customer; `person` owns it unless the member may choose somebody else."""

    client_ref = OnceField(required=False)
    name = forms.CharField(label=_("Name"), max_length=120)
    phone = forms.CharField(
        label=_("Phone number"), max_length=30, required=False, widget=forms.TextInput(attrs={"type": "tel"})
    )
    contact_name = forms.CharField(label=_("Contact"), max_length=80, required=False)
    grade = forms.ChoiceField(label=_("Grade"), choices=GRADES, initial=Customer.Grade.C, widget=forms.RadioSelect)
    channel = forms.ModelChoiceField(label=_("Channel"), queryset=None, required=False)
    territory = forms.ModelChoiceField(
        label=_("Territory"),
        queryset=None,
        required=False,
        help_text=_("Where its orders count by territory, whoever looks after it."),
    )
    owner = forms.ModelChoiceField(label=_("Owner"), queryset=None, required=False)
    industry = forms.CharField(label=_("Industry"), max_length=80, required=False)
    address = forms.CharField(label=_("Address"), max_length=200, required=False)
    credit_days = forms.IntegerField(label=_("Days of credit"), min_value=0, max_value=365, initial=30)
    external_ref = forms.CharField(label=_("Reference in another system"), max_length=80, required=False)
    note = forms.CharField(label=_("Note"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3}))
    is_duplicate_wanted = forms.BooleanField(label=_("Add it all the same: it is another customer"), required=False)

    def __init__(self, *args, sight, may_choose_owner, back, customer=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["channel"].queryset = Channel.objects.all()
        self.fields["territory"].queryset = territories(sight.on)
        if customer is not None or not may_choose_owner:
            del self.fields["owner"]
        else:
            people = people_in_sight(sight).employed_on(sight.on).order_by("name")
            self.fields["owner"].queryset = people
        self.is_duplicate = False
        self.customer = customer
        self.back = back

    @property
    def helper(self):
        """Laid out when shown, because the question about a duplicate is only asked when there is one."""
        more = [
            "channel",
            "territory",
            *(["owner"] if "owner" in self.fields else []),
            "industry",
            "address",
            "credit_days",
            "external_ref",
        ]
        helper = FormHelper()
        helper.attrs = {"novalidate": True}
        name = {"autocomplete": "off", "hx-get": self.back["similar"], "hx-target": "#similar", "hx-swap": "innerHTML"}
        watch = name | {
            "hx-trigger": "input changed delay:300ms",
            "hx-include": "#id_name, #id_phone",
            "hx-sync": "this:replace",
        }
        fold = HTML('<details class="more-fields"><summary>{{ more_fields_label }}</summary>')
        helper.layout = Layout(
            "client_ref",
            Field("name", **watch),
            Field("phone", **watch),
            HTML('<div id="similar" class="similar" aria-live="polite"></div>'),
            *(["is_duplicate_wanted"] if self.is_duplicate else []),
            "contact_name",
            Chips("grade"),
            *([] if self.customer else [fold]),
            Div(*more, css_class="form-columns"),
            "note",
            *([] if self.customer else [HTML("</details>")]),
            Bar(_("Save") if self.customer else _("Add the customer"), back=self.back["url"]),
        )
        if not self.is_duplicate:
            helper.render_hidden_fields = False
        return helper

    def given(self):
        """Return what a service takes."""
        return {name: value for name, value in self.cleaned_data.items() if name in self.fields}


class CustomerChoice(forms.Form):
    """
    The customer of a visit or deal: one that is there, or a new one by name and phone number.

    :param sight: whose customers may be chosen.
    """

    customer = forms.ModelChoiceField(
        label=_("Customer"),
        queryset=None,
        required=False,
        widget=PickerInput(
            route="customers:pick",
            placeholder=_("Name, phone number or contact"),
            new_field="new_customer",
            new_label=_("Add “%s” as a new customer"),
            store="customers",
        ),
    )
    new_customer = forms.CharField(max_length=120, required=False, widget=forms.HiddenInput)
    new_phone = forms.CharField(
        label=_("Phone number of the new customer"),
        max_length=30,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
    )

    def __init__(self, *args, sight, **kwargs):
        super().__init__(*args, **kwargs)
        field = self.fields["customer"]
        field.queryset = queries.customers_in_sight(sight).current()
        field.widget.chosen = self._name_chosen()

    def clean(self):
        cleaned = super().clean()
        if "customer" in cleaned and not cleaned["customer"] and not cleaned.get("new_customer", "").strip():
            self.add_error("customer", ValidationError(_("Choose a customer, or add a new one."), code="required"))
        return cleaned

    def choice(self):
        """Return what `customers.services.chosen_or_added` takes."""
        given = self.cleaned_data
        return {"customer": given["customer"], "name": given["new_customer"], "phone": given["new_phone"]}

    def _name_chosen(self):
        value = self["customer"].value()
        if value and str(value).isdecimal() and len(str(value)) < 19:
            return self.fields["customer"].queryset.filter(pk=value).values_list("name", flat=True).first() or ""
        return (self["new_customer"].value() or "")[:120]


class ReassignForm(forms.Form):
    """Giving customers to somebody else."""

    owner = forms.ModelChoiceField(label=_("Give to"), queryset=None)
    customers = forms.ModelMultipleChoiceField(queryset=None, widget=forms.MultipleHiddenInput)

    def __init__(self, *args, sight, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = people_in_sight(sight).employed_on(sight.on).order_by("name")
        self.fields["customers"].queryset = queries.customers_in_sight(sight)


class CustomerFilter(FilterForm):
    """What the list of customers can be narrowed by."""

    sorts = {
        "name": ("name", "pk"),
        "grade": ("grade", "name", "pk"),
        "owner": ("owner__name", "name", "pk"),
        "added": ("created_at", "pk"),
        "seen": ("seen_on", "name", "pk"),
    }
    default_sort = "name"

    q = forms.CharField(label=_("Search"), max_length=80)
    grade = forms.ChoiceField(label=_("Grade"), choices=[("", _("All")), *Customer.Grade.choices])
    owner = RowChoice(label=_("Owner"), empty_label=_("All"))
    unit = RowChoice(label=_("Team or region"), empty_label=_("All"))
    channel = RowChoice(label=_("Channel"), empty_label=_("All"))
    follow_up = forms.ChoiceField(label=_("Follow-up"), choices=[("", _("All")), ("overdue", _("Overdue"))])
    archived = forms.ChoiceField(label=_("Shown"), choices=[("", _("Current customers")), ("yes", _("Archived"))])

    def __init__(self, given, *, sight, **kwargs):
        super().__init__(given, **kwargs)
        self.sight = sight
        self.fields["channel"].offer(
            Question("names of channels", (), lambda: Channel.objects.values_list("pk", "name")), Channel.objects.all
        )
        if sight.sees_others:
            self.names = names_in_sight(sight)
            self.fields["owner"].offer(self.names.people, lambda: people_in_sight(sight))
            self.fields["unit"].offer(self.names.units, lambda: units_in_sight(sight))
        else:
            # Who sees only themselves has nothing to choose.
            self.names = None
            del self.fields["owner"], self.fields["unit"]

    def narrow(self, rows):
        rows = super().narrow(rows)
        if self.is_valid() and not self.cleaned_data.get("archived"):
            rows = rows.current()
        return rows

    def narrow_q(self, rows, text):
        return queries.found_by(rows, text)

    def narrow_grade(self, rows, grade):
        return rows.filter(grade=grade)

    def narrow_owner(self, rows, owner):
        return rows.filter(owner=owner)

    def narrow_unit(self, rows, unit):
        people = people_in_sight(self.sight).filter(unit_id__in=subtree_ids([unit.pk]))
        return rows.filter(owner_id__in=list(people.values_list("pk", flat=True)))

    def narrow_channel(self, rows, channel):
        return rows.filter(channel=channel)

    def narrow_follow_up(self, rows, _overdue):
        return queries.only_overdue(rows, on=self.sight.on)

    def narrow_archived(self, rows, _yes):
        return rows.filter(is_archived=True)
