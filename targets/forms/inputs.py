"""Shapes of input about what methods go by: a grid of numbers, a pasted block, a list of dealers."""

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from common.refusals import Refusal
from common.tables import parse_amount
from targets import rules
from targets.forms.plans import SheetForm
from targets.queries.inputs import about_key
from targets.rules import InputKind

#: What is typed into the grid, in the order of a pasted block; intentions have a page of their own.
GRID_KINDS = (InputKind.POTENTIAL, InputKind.FIXED_COST, InputKind.MARGIN, InputKind.HEADS, InputKind.WEIGHT)
MOST_LINES = 500
NEW_DEALERS = 4


def number_of(text, kind, currency):
    """
    Return a number as people write it (1,200 · 1.2万 · 35 %); None for nothing.

    :raises ValidationError: with the reason in the reader's words.
    """
    try:
        plain = (text or "").strip()
        value = parse_amount(plain.rstrip("%％").strip() if kind == InputKind.MARGIN else plain, scale=2, currency=currency)
        if value is not None:
            rules.check_input(kind, value)
    except Refusal as refusal:
        raise forms.ValidationError(refusal.reason, code=refusal.code) from refusal
    return value


class InputField(forms.CharField):
    """One number that a method goes by; cleaned to a decimal or None."""

    def __init__(self, *, kind, currency, **kwargs):
        widget = forms.TextInput(
            attrs={"class": "form-control num", "inputmode": "decimal", "autocomplete": "off", "aria-label": kwargs["label"]}
        )
        super().__init__(**{"max_length": 40, "required": False, "widget": widget} | kwargs)
        self.kind, self.currency = kind, currency

    def prepare_value(self, value):
        return f"{value:,f}".removesuffix(".00") if isinstance(value, Decimal) else value

    def clean(self, value):
        return number_of(super().clean(value), self.kind, self.currency)


class InputsForm(SheetForm):
    """The grid: potential, fixed cost and margin of everything below a unit; and a block that is pasted over it."""

    pasted = forms.CharField(
        label=_("Paste from a sheet"),
        required=False,
        max_length=40_000,
        strip=False,
        help_text=_(
            "A line each: name, market potential, fixed cost, margin in %, planned heads, free weight. An empty cell leaves what is there."
        ),
        widget=forms.Textarea(attrs={"rows": 5, "class": "form-control", "spellcheck": "false"}),
    )

    def __init__(self, *args, nodes, currency, **kwargs):
        super().__init__(*args, **kwargs)
        self.nodes, self.currency = nodes, currency
        for kind in GRID_KINDS:
            self.fields[f"source_{kind}"] = forms.CharField(
                label=_("Source"),
                required=False,
                max_length=200,
                widget=forms.TextInput(attrs={"class": "form-control", "placeholder": _("Where new numbers are from")}),
            )
            for node in nodes:
                self.fields[f"{kind}_{about_key(node)}"] = InputField(
                    kind=kind, currency=currency, label=f"{node.name} · {kind.label}"
                )

    def clean_pasted(self):
        """Return {field name: decimal} for what was pasted."""
        by_name, found = {}, {}
        for node in self.nodes:
            by_name.setdefault(node.name.strip().casefold(), []).append(node)
        lines = [line for line in self.cleaned_data["pasted"].splitlines() if line.strip()]
        if len(lines) > MOST_LINES:
            raise forms.ValidationError(_("At most %(number)s lines at once."), params={"number": MOST_LINES})
        for number, line in enumerate(lines, start=1):
            name, *cells = (cell.strip() for cell in line.split("\t"))
            nodes = by_name.get(name.casefold(), [])
            if not nodes and number == 1 and not any(char.isdigit() for cell in cells for char in cell):
                continue  # the heads of the columns
            found |= self._line(number, name, nodes, cells)
        return found

    def _line(self, number, name, nodes, cells):
        if len(nodes) != 1:
            said = (
                _("Line %(number)s: “%(name)s” stands for several rows.")
                if nodes
                else _("Line %(number)s: nobody is called “%(name)s”.")
            )
            raise forms.ValidationError(said, params={"number": number, "name": name[:80]})
        if len(cells) > len(GRID_KINDS) and any(cells[len(GRID_KINDS) :]):
            raise forms.ValidationError(_("Line %(number)s has more than six columns."), params={"number": number})
        values = {}
        for kind, cell in zip(GRID_KINDS, cells, strict=False):
            try:
                value = number_of(cell, kind, self.currency)
            except forms.ValidationError as error:
                params = {"number": number, "name": name[:80], "reason": error.messages[0]}
                raise forms.ValidationError(_("Line %(number)s, %(name)s: %(reason)s"), params=params) from error
            if value is not None:
                values[f"{kind}_{about_key(nodes[0])}"] = value
        return values

    def entries(self):
        """Yield (node, kind, value, source) of the whole grid, with what was pasted over it."""
        pasted = self.cleaned_data["pasted"]
        for kind in GRID_KINDS:
            for node in self.nodes:
                name = f"{kind}_{about_key(node)}"
                yield node, kind, pasted.get(name, self.cleaned_data[name]), self.cleaned_data[f"source_{kind}"]


class IntentionsForm(SheetForm):
    """What the dealers of one row say they want to buy: those kept, a few empty rows, and a block that is pasted below."""

    pasted = forms.CharField(
        label=_("Paste from a sheet"),
        required=False,
        max_length=40_000,
        strip=False,
        help_text=_("A line each: dealer, amount, note. They are added to the rows above."),
        widget=forms.Textarea(attrs={"rows": 4, "class": "form-control", "spellcheck": "false"}),
    )
    count = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=MOST_LINES, required=False)

    def __init__(self, *args, rows, currency, **kwargs):
        super().__init__(*args, **kwargs)
        self.currency = currency
        given = (args[0] if args else kwargs.get("data")) or {}
        shown = str(given.get("count", ""))
        # As many rows as were on the screen, whatever was added meanwhile; what is there now is looked after by `seen`.
        is_told = shown.isascii() and shown.isdigit() and len(shown) < 5
        self.number = min(int(shown), MOST_LINES) if is_told else len(rows) + NEW_DEALERS
        self.initial["count"] = self.number
        for i in range(self.number):
            row = rows[i] if i < len(rows) else None
            self._add(i, row)

    def _add(self, i, row):
        text = {"class": "form-control"}
        self.fields[f"dealer_{i}"] = forms.CharField(
            label=_("Dealer"),
            required=False,
            max_length=120,
            initial=row and row.dealer,
            widget=forms.TextInput(attrs=text | {"list": "dealers", "aria-label": _("Dealer"), "autocomplete": "off"}),
        )
        self.fields[f"amount_{i}"] = InputField(
            kind=InputKind.INTENTION, currency=self.currency, label=_("Amount"), initial=row and row.value
        )
        self.fields[f"note_{i}"] = forms.CharField(
            label=_("Note"),
            required=False,
            max_length=200,
            initial=row and row.source,
            widget=forms.TextInput(attrs=text | {"aria-label": _("Note")}),
        )

    @property
    def rows(self):
        return [(self[f"dealer_{i}"], self[f"amount_{i}"], self[f"note_{i}"]) for i in range(self.number)]

    def clean(self):
        given = super().clean()
        seen = set()
        for i in range(self.number):
            dealer, amount = given.get(f"dealer_{i}"), given.get(f"amount_{i}")
            if dealer and amount is None and f"amount_{i}" not in self.errors:
                self.add_error(f"amount_{i}", _("Type an amount."))
            if not dealer and (amount is not None or given.get(f"note_{i}")) and f"dealer_{i}" not in self.errors:
                self.add_error(f"dealer_{i}", _("Say whose intention this is."))
            if dealer and dealer in seen:
                self.add_error(f"dealer_{i}", _("This dealer stands here twice."))
            seen.add(dealer)
        return given

    def clean_pasted(self):
        """Return [(dealer, amount, note)]."""
        lines = [line for line in self.cleaned_data["pasted"].splitlines() if line.strip()]
        if len(lines) > MOST_LINES:
            raise forms.ValidationError(_("At most %(number)s lines at once."), params={"number": MOST_LINES})
        found = []
        for number, line in enumerate(lines, start=1):
            dealer, amount, note = (*(cell.strip() for cell in line.split("\t", 2)), "", "")[:3]
            try:
                value = number_of(amount, InputKind.INTENTION, self.currency)
                if not dealer or len(dealer) > 120 or value is None:
                    raise forms.ValidationError(_("A line needs a dealer and an amount."))
            except forms.ValidationError as error:
                params = {"number": number, "name": dealer[:80], "reason": error.messages[0]}
                raise forms.ValidationError(_("Line %(number)s, %(name)s: %(reason)s"), params=params) from error
            found.append((dealer, value, note[:200]))
        return found

    @property
    def intentions(self):
        typed = [(dealer, amount, note) for dealer, amount, note in self._typed() if dealer]
        return typed + self.cleaned_data["pasted"]

    def _typed(self):
        for i in range(self.number):
            yield tuple(self.cleaned_data[f"{name}_{i}"] for name in ("dealer", "amount", "note"))
