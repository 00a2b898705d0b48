"""What lists of deals and products can be narrowed by."""

from django import forms
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from common.layouts import DayInput
from common.lists import FilterForm, RowChoice
from common.period_names import name_of
from common.periods import PeriodKind, format_code, parse_code, period_of, previous
from customers.models import Channel, name_key_of
from deals import queries
from deals.models import Deal, DealLine, Product, ProductLine
from teams.models import Assignment
from teams.queries import names_in_sight, people_in_sight, subtree_ids, units_in_sight


class PlaceFilter(FilterForm):
    """Whose deals: of a person, a unit, a channel."""

    owner = RowChoice(label=_("Owner"), empty_label=_("All"))
    unit = RowChoice(label=_("Team or region"), empty_label=_("All"))
    channel = RowChoice(label=_("Channel"), empty_label=_("All"))

    def __init__(self, given, *, sight, **kwargs):
        super().__init__(given, **kwargs)
        self.sight = sight
        self.sold = queries.names_of_what_is_sold()
        self.fields["channel"].offer(self.sold.channels, Channel.objects.all)
        if sight.sees_others:
            names = names_in_sight(sight)
            self.fields["owner"].offer(names.people, lambda: people_in_sight(sight))
            self.fields["unit"].offer(names.units, lambda: units_in_sight(sight))
        else:
            del self.fields["owner"], self.fields["unit"]

    def narrow_owner(self, rows, owner):
        return rows.filter(owner=owner)

    def narrow_unit(self, rows, unit):
        """A deal belongs to the unit its owner was in on the day it was closed; an open one to where the owner is now."""
        there = Assignment.objects.filter(person=OuterRef("owner"), unit_id__in=subtree_ids([unit.pk]))
        then = there.filter(
            Q(ends_before=None) | Q(ends_before__gt=OuterRef("closed_on")), starts_on__lte=OuterRef("closed_on")
        )
        return rows.filter(Q(Exists(then)) | Q(Exists(there.on(self.sight.on)), closed_on=None))

    def narrow_channel(self, rows, channel):
        return rows.filter(channel=channel)


class DealFilter(PlaceFilter):
    """The list of deals."""

    sorts = {
        "day": ("closed_on", "opened_on", "pk"),
        "number": ("number",),
        "customer": ("customer__name", "pk"),
        "owner": ("owner__name", "-closed_on", "pk"),
        "amount": ("amount", "pk"),
        "status": ("status", "-closed_on", "pk"),
        "stage": ("stage", "pk"),
    }
    default_sort = "-day"
    field_order = ["q", "status", "period", "stage", "owner", "unit", "product", "line", "channel", "grade", "since", "until"]
    field_order += ["expected_since", "expected_until"]

    q = forms.CharField(label=_("Search"), max_length=80)
    status = forms.ChoiceField(label=_("Status"), choices=[("", _("All")), *Deal.Status.choices])
    stage = forms.ChoiceField(label=_("Stage"), choices=[("", _("All")), *Deal.Stage.choices])
    period = forms.ChoiceField(label=_("Period"))
    product = RowChoice(label=_("Product"), empty_label=_("All"))
    line = RowChoice(label=_("Product line"), empty_label=_("All"))
    grade = forms.ChoiceField(label=_("Grade"), choices=[("", _("All")), ("A", "A"), ("B", "B"), ("C", "C")])
    since = forms.DateField(label=_("From"), widget=DayInput())
    until = forms.DateField(label=_("To"), widget=DayInput())
    expected_since = forms.DateField(label=_("Expected from"), widget=DayInput())
    expected_until = forms.DateField(label=_("Expected by"), widget=DayInput())

    def __init__(self, given, *, company, **kwargs):
        super().__init__(given, **kwargs)
        self.first_month = company.fiscal_year_starts_in
        self.fields["product"].offer(self.sold.products, Product.objects.all)
        self.fields["line"].offer(self.sold.lines, ProductLine.objects.all)
        self.fields["period"].choices = [("", _("All")), *self._periods(given.get("period", ""))]

    def _periods(self, asked):
        """This and the last month, quarter and year; and the one that a link asked for."""
        found = {}
        for kind in (PeriodKind.MONTH, PeriodKind.QUARTER, PeriodKind.YEAR):
            now = period_of(self.sight.on, kind, self.first_month)
            for period in (now, previous(now, kind)):
                found[format_code(period, self.first_month)] = name_of(period, self.first_month)
        try:
            period = parse_code(asked, self.first_month)
        except ValueError:
            return list(found.items())  # the field then says that it is not one of the choices
        return list(({asked: name_of(period, self.first_month)} | found).items())

    def narrow_q(self, rows, text):
        match = Q(number__istartswith=text.strip()) | Q(title__icontains=text.strip())
        if key := name_key_of(text):
            match |= Q(customer__name_key__contains=key)
        return rows.filter(match)

    def narrow_status(self, rows, status):
        return rows.filter(status=status)

    def narrow_stage(self, rows, stage):
        return rows.filter(stage=stage)

    def narrow_period(self, rows, code):
        period = parse_code(code, self.first_month)
        return self.narrow_until(self.narrow_since(rows, period.starts_on), period.last_day)

    def narrow_product(self, rows, product):
        return rows.filter(Exists(DealLine.objects.filter(deal=OuterRef("pk"), product=product)))

    def narrow_line(self, rows, line):
        return rows.filter(Exists(DealLine.objects.filter(deal=OuterRef("pk"), product__line=line)))

    def narrow_grade(self, rows, grade):
        return rows.filter(customer__grade=grade)

    def narrow_since(self, rows, day):
        """Closed deals by the day they were closed, open ones by the day they were opened."""
        return rows.filter(Q(closed_on__gte=day) | Q(closed_on=None, opened_on__gte=day))

    def narrow_until(self, rows, day):
        return rows.filter(Q(closed_on__lte=day) | Q(closed_on=None, opened_on__lte=day))

    def narrow_expected_since(self, rows, day):
        return rows.filter(expected_on__gte=day)

    def narrow_expected_until(self, rows, day):
        return rows.filter(expected_on__lte=day)


class PipelineFilter(PlaceFilter):
    """The pipeline."""

    default_sort = "stage"
    sorts = {"stage": ("stage", "pk")}
    until = forms.DateField(label=_("Expected by"), widget=DayInput())

    def narrow_until(self, rows, day):
        return rows.filter(expected_on__lte=day)


class ProductFilter(FilterForm):
    """The list of products."""

    sorts = {
        "name": ("name", "pk"),
        "code": ("code",),
        "line": ("line__name", "name", "pk"),
        "price": ("list_price", "pk"),
    }
    default_sort = "name"

    q = forms.CharField(label=_("Search"), max_length=80)
    line = forms.ModelChoiceField(label=_("Product line"), queryset=None, empty_label=_("All"))
    active = forms.ChoiceField(label=_("Shown"), choices=[("", _("All")), ("yes", _("On sale")), ("no", _("Not on sale"))])

    def __init__(self, given, **kwargs):
        super().__init__(given, **kwargs)
        self.fields["line"].queryset = ProductLine.objects.all()

    def narrow_q(self, rows, text):
        return rows.filter(Q(name__icontains=text) | Q(code__istartswith=text))

    def narrow_line(self, rows, line):
        return rows.filter(line=line)

    def narrow_active(self, rows, active):
        return rows.filter(is_active=active == "yes")
