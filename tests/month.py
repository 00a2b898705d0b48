"""
A company's month, small enough to be worked out by hand: what the browser's story and the fast one start from, and what they must come to.

Banyue: East has team One (Mei leads An and Bo), West has team Two (Mo leads Cai). It is 18 March, the books of February are still
open, and everything of `make_month` was known by the evening of the 17th:

    10 Feb  An   2 worktops  1,000.00    400.00 paid on 20 Feb
    12 Feb  Bo   1 kitchen   2,000.00  2,000.00 paid on 25 Feb
    20 Feb  Cai  1 worktop     500.00
     5 Mar  Bo   1 island      700.00
    10 Mar  An   1 cabinet     900.01

On the 18th February is closed, and then this happens, in this order:

    hire             Ding begins in One, on 2 March
    late transfer    Bo has been in Two since 1 February: March follows, February stays with One
    transfer         Cai is in One from the 18th on
    shared credit    An's cabinet: 60 % An, 40 % Cai, and 30 % on top for Ding. 540.006 and 360.004 make 540.01 and 360.00
    late deal        Cai won a slab for 300.00 on 27 February, as one of Two: it counts on 1 March
    deal             Cai wins a door for 100.00 on the 18th, as one of One
    deal             Ding won a window for 50.00 on 17 March
    return           one of An's worktops came back on 12 March
    payment          200.00 for the cabinet on 15 March: 120.00 An, 80.00 Cai, 60.00 on top for Ding
    late payment     500.00 for Cai's worktop on 26 February, as one of Two: it counts on 1 March
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace

from accounts.models import Company
from accounts.rules import Role
from common.periods import Period
from common.tenancy import company_scope
from credits import services as credits
from customers.models import Customer
from deals.models import Deal, Product
from deals.rules import Line
from targets import rollups
from targets.services.metrics import add_builtin_metrics
from teams.models import Unit
from tests.cast import join
from tests.credits.stories import make_deal, make_payment

FEBRUARY = Period(date(2026, 2, 1), date(2026, 3, 1))
MARCH = Period(date(2026, 3, 1), date(2026, 4, 1))
TODAY, DAY_BEFORE = date(2026, 3, 18), date(2026, 3, 17)
KNOWN_AT = datetime(2026, 3, 17, 10, tzinfo=UTC)
METRICS = ("revenue", "deals_won", "cash_collected")
PEOPLE = {
    "an": "安宁",
    "bo": "柏舟",
    "cai": "蔡琳",
    "ding": "丁一",
    "mei": "梅雪",
    "mo": "莫言之",
    "fang": "方正",
    "he": "何慧",
}
UNITS = {"root": "半月家居", "east": "东区", "west": "西区", "one": "一组", "two": "二组"}
PRODUCTS = {"worktop": ("台面", 500), "kitchen": ("整体厨房", 2000), "island": ("岛台", 700), "cabinet": ("酒柜", "900.01"),
            "slab": ("岩板", 300), "door": ("门", 100), "window": ("窗", 50)}  # fmt: skip

#: What everybody's figures are: revenue, deals won, cash. Nothing else than addition is behind them.
THE_FEBRUARY = {
    "an": ("1000.00", 1, "400.00"),
    "bo": ("2000.00", 1, "2000.00"),
    "cai": ("500.00", 1, "0"),
    "one": ("3000.00", 2, "2400.00"),
    "two": ("500.00", 1, "0"),
    "east": ("3000.00", 2, "2400.00"),
    "west": ("500.00", 1, "0"),
    "root": ("3500.00", 3, "2400.00"),
}
MARCH_AS_KNOWN_BEFORE = {
    "an": ("900.01", 1, "0"),
    "bo": ("700.00", 1, "0"),
    "cai": ("0", 0, "0"),
    "one": ("1600.01", 2, "0"),
    "two": ("0", 0, "0"),
    "east": ("1600.01", 2, "0"),
    "west": ("0", 0, "0"),
    "root": ("1600.01", 2, "0"),
}
THE_MARCH = {
    "an": ("40.01", 1, "120.00"),  # 540.01 of the cabinet, less the worktop that came back
    "bo": ("700.00", 1, "0"),
    "cai": ("760.00", 2, "580.00"),  # 360 of the cabinet, the late slab, the door
    "ding": ("320.00", 1, "60.00"),  # the window, and 270 on top
    "one": ("190.01", 3, "120.00"),  # An, Cai's door, Ding's window
    "two": ("1360.00", 2, "580.00"),  # Bo, Cai's part of the cabinet, the late slab
    "east": ("190.01", 3, "120.00"),
    "west": ("1360.00", 2, "580.00"),
    "root": ("1550.01", 5, "700.00"),
}


def figures_of(table):
    """Return {(who, metric): amount} of a table."""
    return {(who, metric): Decimal(given) for who, row in table.items() for metric, given in zip(METRICS, row, strict=True)}


def make_month(*, slug="banyue"):
    """Make the company as it is known on the evening before; return who and what there is in it."""
    company = Company.objects.create(name=UNITS["root"], slug=slug)
    month = SimpleNamespace(company=company)
    with company_scope(company):
        add_builtin_metrics()
        month.units = _plant_units()
        month.members = {
            key: join(key, role, month.units.get(unit), name=PEOPLE.get(key), domain=f"{slug}.example.com")
            for key, role, unit in (
                ("an", Role.REP, "one"),
                ("bo", Role.REP, "one"),
                ("cai", Role.REP, "two"),
                ("mei", Role.MANAGER, "one"),
                ("mo", Role.MANAGER, "two"),
                ("fang", Role.DIRECTOR, "root"),
                ("he", Role.HR, "root"),
                ("wen", Role.ADMIN, None),
            )
        }
        month.people = {key: member.person for key, member in month.members.items() if member.person}
        month.products = {
            key: Product.objects.create(code=key, name=name, list_price=price) for key, (name, price) in PRODUCTS.items()
        }
        month.deals = {
            key: _sell(month, who, quantity, key.split("-")[0], day)
            for who, quantity, key, day in (
                ("an", 2, "worktop-an", date(2026, 2, 10)),
                ("bo", 1, "kitchen", date(2026, 2, 12)),
                ("cai", 1, "worktop-cai", date(2026, 2, 20)),
                ("bo", 1, "island", date(2026, 3, 5)),
                ("an", 1, "cabinet", date(2026, 3, 10)),
            )
        }
        make_payment(month.deals["worktop-an"], 400, date(2026, 2, 20))
        make_payment(month.deals["kitchen"], 2000, date(2026, 2, 25))
        credits.post_all(recorded_at=KNOWN_AT)
        rollups.refresh_everything()
    return month


def line_of(month, key):
    """Return one piece of a product at its price, as a deal is logged with it."""
    product = month.products[key]
    return Line(product, 1, product.list_price)


def _plant_units():
    kinds = {"root": ("COMPANY", None), "east": ("REGION", "root"), "west": ("REGION", "root"), "one": ("TEAM", "east"),
             "two": ("TEAM", "west")}  # fmt: skip
    units = {}
    for position, (key, (kind, parent)) in enumerate(kinds.items()):
        units[key] = Unit.objects.create(name=UNITS[key], kind=kind, parent=units.get(parent), position=position)
    return units


def _sell(month, who, quantity, product, day):
    product, owner = month.products[product], month.people[who]
    customer, _is_new = Customer.objects.get_or_create(name=f"{owner.name}的客户", owner=owner)
    lines = [(product, quantity, Decimal(product.list_price), 0)]
    return make_deal(owner, lines=lines, closed_on=day, opened_on=day, customer=customer, stage=Deal.Stage.CONTRACT)
