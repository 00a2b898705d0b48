"""What is sold."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.services import record
from common.cleaning import clean_values
from common.money import from_minor, to_minor
from common.refusals import Refusal
from deals import signals
from deals.models import Product, ProductLine

CHANGEABLE = frozenset(["code", "name", "line", "list_price", "cost", "measured_in", "is_active"])


class ProductRefused(Refusal):
    """A product or product line that cannot be kept."""

    sentences = {
        "code_taken": _("There is already a product with this code."),
        "name_taken": _("There is already a product line with this name."),
        "negative": _("A price cannot be negative."),
    }


@transaction.atomic
def add_product(*, code, name, list_price, line=None, cost=0, measured_in="", is_active=True, by) -> Product:
    """:raises ProductRefused, BadAmount, ValidationError:"""
    product = Product(
        code=code, name=name, line=line, list_price=list_price, cost=cost, measured_in=measured_in, is_active=is_active
    )
    _save_product(product)
    record("deals.product.added", about=product, by=by, after=_facts_of(product))
    return product


@transaction.atomic
def change_product(*, product, by, **changes) -> Product:
    """
    Change a product (any of `CHANGEABLE`); deals keep the prices they were made at.

    :raises ProductRefused, BadAmount, ValidationError:
    """
    if unknown := changes.keys() - CHANGEABLE:
        raise TypeError(f"Not changeable: {sorted(unknown)}")
    product = Product.objects.select_for_update(of=("self",)).get(pk=product.pk)
    before = _facts_of(product)
    for field, value in changes.items():
        setattr(product, field, value)
    _save_product(product)
    after = _facts_of(product)
    changed = [name for name in after if after[name] != before[name]]
    if changed:
        record(
            "deals.product.changed",
            about=product,
            by=by,
            before={name: before[name] for name in changed},
            after={name: after[name] for name in changed},
        )
    if "line" in changed:
        signals.product_changed.send(sender=Product, product_ids=[product.pk])
    return product


@transaction.atomic
def add_line(*, name, by) -> ProductLine:
    """Add a product line. :raises ProductRefused: `name_taken`."""
    line = ProductLine(name=name.strip())
    _save_line(line)
    record("deals.product_line.added", about=line, by=by, after={"name": line.name})
    return line


@transaction.atomic
def change_line(*, line, name, by) -> ProductLine:
    """Rename a product line. :raises ProductRefused: `name_taken`."""
    before = line.name
    line.name = name.strip()
    _save_line(line)
    record("deals.product_line.changed", about=line, by=by, before={"name": before}, after={"name": line.name})
    return line


def _save_product(product):
    product.list_price, product.cost = from_minor(to_minor(product.list_price)), from_minor(to_minor(product.cost))
    clean_values(product)
    if product.list_price < 0 or product.cost < 0:
        raise ProductRefused("negative")
    if Product.objects.filter(code=product.code).exclude(pk=product.pk).exists():
        raise ProductRefused("code_taken")
    product.save()


def _save_line(line):
    clean_values(line)
    if ProductLine.objects.filter(name=line.name).exclude(pk=line.pk).exists():
        raise ProductRefused("name_taken")
    line.save()


def _facts_of(product):
    return {name: None if (value := getattr(product, name)) in (None, "") else str(value) for name in sorted(CHANGEABLE)}
