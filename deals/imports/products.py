"""
Products in a file: what is sold, at which list price, at which cost.

A product is known by its code, or by its name when the file has none. Empty cells leave what is known.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from common import cells
from common.intake import Account, BadRow, Changes, Field, Lookup, Note, Row, Unclear, taken_over
from deals.models import Product, ProductLine
from deals.signals import product_changed

FIELDS = (
    Field(
        "name",
        _("Product"),
        cells.text(120),
        aliases=("产品", "产品名称", "商品", "商品名称", "product name", "item", "item name"),
        is_required=True,
        example=_("Oak door, 80 cm"),
    ),
    Field(
        "code",
        _("Product code"),
        cells.text(60),
        _("Best way to tell products apart; without it the name is used."),
        ("产品编码", "产品编号", "商品编码", "货号", "sku", "item number", "product id"),
        example="D-080",
    ),
    Field(
        "line",
        _("Product line"),
        cells.text(80),
        _("A product line that does not exist is made."),
        ("产品线", "产品系列", "系列", "产品类别", "品类", "series", "category", "product family"),
        example=_("Doors"),
    ),
    Field(
        "list_price",
        _("List price"),
        cells.amount,
        _("Needed for a new product."),
        ("标价", "标准价格", "单价", "售价", "零售价", "sales_price", "sales price", "price", "unit price"),
        is_required=True,
        example="1980",
    ),
    Field(
        "cost",
        _("Cost"),
        cells.amount,
        _("Without it the gross profit equals the revenue."),
        ("成本", "成本价", "单位成本", "进价", "unit cost", "cost price"),
        example="1120",
    ),
    Field("measured_in", _("Unit of measure"), cells.text(20), aliases=("单位", "计量单位", "uom", "unit"), example=_("piece")),
    Field(
        "is_active",
        _("On sale"),
        cells.truth,
        _("Yes or no; yes if the file does not say."),
        ("在售", "是否在售", "上架", "启用", "active", "is active"),
        example=_("Yes"),
    ),
)
PLAIN = ("name", "list_price", "cost", "measured_in", "is_active")


class BadProductRow(BadRow):
    sentences = {
        "two_of_this_name": _("Several products are called %(name)s: give the code."),
        "again": _("The same product as in row %(row)s."),
    }


class TakenProduct(Note):
    sentences = {
        "cost_unknown": _("The cost is not known: 0 is taken, so the gross profit equals the revenue."),
        "line_made": _("The product line %(name)s is new."),
    }


@dataclass
class _Picture:
    by_code: Lookup
    by_name: Lookup
    lines: Lookup
    new: list = field(default_factory=list)
    changed: list = field(default_factory=list)
    regrouped: list = field(default_factory=list)
    new_lines: list = field(default_factory=list)
    seen: dict = field(default_factory=dict)


def plan(rows: list[Row], *, account: Account, today: date, options: dict) -> Changes:
    """Say what the rows would change about products and product lines."""
    products, lines = list(Product.objects.order_by("pk")), list(ProductLine.objects.all())
    lines_by_pk = {line.pk: line for line in lines}
    for product in products:
        product.line = lines_by_pk.get(product.line_id)
    picture = _Picture(
        by_code=Lookup((p.code, p) for p in products),
        by_name=Lookup((p.name, p) for p in products),
        lines=Lookup((line.name, line) for line in lines),
    )
    for row in rows:
        try:
            _take(row, picture, account)
        except BadProductRow as said:
            account.reject(row.number, said)
    changes = Changes()
    changes.create(ProductLine, picture.new_lines)
    changes.create(Product, picture.new)
    changes.update(Product, picture.changed, (*PLAIN, "line"))
    if picture.regrouped:
        changes.then(lambda by: product_changed.send(sender=Product, product_ids=[p.pk for p in picture.regrouped]))
    account.also["product_lines"] += len(picture.new_lines)
    return changes


def _take(row, picture, account):
    product = _product_of(row, picture)
    if product is not None and id(product) in picture.seen:
        raise BadProductRow("again", row=picture.seen[id(product)])
    values = {key: row.values[key] for key in PLAIN if key in row.values}
    if row.get("line"):
        values["line"] = _line_of(row, picture, account)
    if product is None:
        if "cost" not in values:
            values["cost"] = Decimal(0)
            account.guess(row.number, TakenProduct("cost_unknown"), field_key="cost")
        product = Product(code=row.get("code") or values["name"][:60], **values)
        picture.new.append(product)
        picture.by_code.add(product.code, product)
        picture.by_name.add(product.name, product)
        account.create(row.number, product.name, values["line"].name if values.get("line") else "")
    else:
        before, after = taken_over(product, values)
        if after:
            picture.changed.append(product)
            if "line" in after:
                picture.regrouped.append(product)
            account.change(row.number, product, before, after)
        else:
            account.keep(row.number)
    picture.seen[id(product)] = row.number


def _product_of(row, picture):
    try:
        if code := row.get("code"):
            product, is_exact = picture.by_code.find(code)
        else:
            product, is_exact = picture.by_name.find(row.values["name"])
    except Unclear:
        raise BadProductRow("two_of_this_name", name=row.values["name"]) from None
    return product if is_exact else None


def _line_of(row, picture, account):
    name = row.values["line"]
    try:
        line, is_exact = picture.lines.find(name)
    except Unclear:
        line, is_exact = None, False
    if line is None or not is_exact:
        line = ProductLine(name=name)
        picture.new_lines.append(line)
        picture.lines.add(name, line)
        account.guess(row.number, TakenProduct("line_made", name=name), field_key="line")
    return line
