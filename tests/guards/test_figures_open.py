"""
Every figure on every page opens to what it is made of, for everybody who may see that.

A figure opens by a link around it, or beside another one that opens: in the same row of a table or list, or on the same card.
"""

from functools import cache

import pytest

from common import figures
from tests.guards.matrix import MATRIX
from tests.guards.opening import figures_of, marked_figures, openings_of
from tests.guards.routes import address
from tests.guards.source import nothing
from tests.guards.test_routes import ask
from tests.guards.world import ROLES

PAGES = sorted(name for name, row in MATRIX.items() if row.get and 200 in row.get)
#: Who may open everything.
SEE_EVERYBODY = {"hr", "admin"}
_LEAF = "it is the page that figures open to"
_ONE = "amounts of the one deal or payment that the page is about, as somebody typed them"
_PAY = "the one line that the page is about, told in its arithmetic; its statement is one press away"
_ASKED = "what is asked, not what was reached: set on this page or on the one it leads back to"
_AHEAD = "what has not happened: worked out as one looks, with the deal and the plan it follows from beside it"
_PROPOSAL = "a proposal beside last year's mix, gone when it is taken; what it rests on is in the plan"
_USUAL = "targets, and usual months estimated from many; the person's page says of how many and whose"
#: Pages and templates with figures that open to nothing more, and why.
CLOSED = {
    "figures:figure": _LEAF,
    "figures:rest": _LEAF,
    "reports:sales_figure": _LEAF,
    "credits:reconciliation": "it proves the whole ledger, measure by measure; a figure opens where it is one of somebody",
    "reports:wall": "it hangs on a wall, and nobody can press it",
    "incentives:statement": "it is the statement: each line opens to its arithmetic on the page itself",
    "incentives/pay_month.html": "sums of the list that they stand over",
    "incentives/pay_mine.html": "what is paid and due of the statement that the same card leads to",
    "incentives:pay_so_far": "the running month before there is a statement: worked out as one looks, kept nowhere",
    "incentives:pay_line": _LEAF,
    "incentives:what_if": _AHEAD,
    "incentives:deal_ahead": _AHEAD,
    "incentives:question_ask": _PAY,
    "incentives:corrections": "amounts as somebody decided them, with the reason beside each",
    "incentives:pay_terms": "what was agreed with each person, typed here",
    "deals:add": _ONE,
    "deals:deal": _ONE,
    "deals:deal_lines": _ONE,
    "deals:win": _ONE,
    "deals:cancel": _ONE,
    "deals:pay": _ONE,
    "deals:unpay": _ONE,
    "visits/_partials/expenses.html": "the sum of the list that it stands under",
    "deals:products": "a price list: what stands there was typed there",
    "incentives/team_rules.html": "what a rule says for each case, as somebody typed it",
    "incentives/_partials/rule_says.html": "what a rule says for each case, as somebody typed it",
    "incentives/_partials/case_amount.html": "what a rule says for each case, as somebody typed it",
    "incentives/contest_announce.html": "the prizes of the terms above it, added up",
    "incentives/_partials/prizes.html": "prize money of an award, as somebody typed it",
    "deals/_partials/deals.html": "the sum of the list that it stands under",
    "reports/assessments.html": "how many sheets the list below has",
    "targets:history": _ASKED,
    "targets:own_history": _ASKED,
    "targets:cell_history": _ASKED,
    "targets:adjustment": _ASKED,
    "targets:talks": _ASKED,
    "targets:talk": _ASKED,
    "targets:pledge": _ASKED,
    "targets:actions": "what is asked and planned, and its sums; what each channel brought opens beside it",
    "targets:divide_parts": _PROPOSAL,
    "targets:intentions": "what dealers said they will buy, as it was typed here",
    "targets:judgement": _USUAL,
    "targets:person_judgement": _USUAL,
    "targets/plan.html": _ASKED,
    "targets/_partials/plans.html": "targets of the year, with last year's figure as the plan shows and opens it",
    "targets/publish.html": _ASKED,
    "targets/stage_plan.html": _ASKED,
    "targets/row.html": _ASKED,
    "targets/split.html": _ASKED,
    "targets/_partials/year_preview.html": "a proposal, gone when it is taken; what it rests on is in the plan",
    "targets/_partials/level.html": "last year of the teams that a unit has now, to compare like with like: no unit's figure of then",
}
#: What else is looked at of a page.
MORE = {
    "reports:leaderboard": ["?week=2026-03-09", "?by=team", "?metric=win_rate", "?period=2026-W11"],
    "reports:unit": ["?period=2026-02", "?metric=average_order", "?as_of=2026-03-10&known=2026-03-17"],
    "reports:person": ["?period=2026-02", "?metric=win_rate"],
    "reports:sales": ["?by=product", "?by=customer&period=2026&side=quarters", "?by=region&basis=territory"],
    "reports:forecast": ["?period=2026-Q1"],
    "reports:assessment_sheet": [],
}
#: So many links of a page are followed.
MOST_FOLLOWED = 12
#: Templates that name people out of sight with their figure, which is open to all, and no more.
OUT_OF_SIGHT = {
    "incentives/_partials/contest_board.html",
    "incentives/_partials/latest.html",
    "reports/_partials/leaders.html",
    "meetings/_partials/rows_ranking.html",
}


def reason(figure, role):
    """Return whether it is all right for somebody that a figure opens to nothing."""
    return figure.template in CLOSED or (figure.template in OUT_OF_SIGHT and role not in SEE_EVERYBODY)


def pages_of(world, name):
    """Yield the addresses of a page for every role that may see it, as (role, who, address)."""
    row = MATRIX[name]
    for (role, who), status in zip(ROLES.items(), row.get, strict=True):
        if status == 200:
            yield from ((role, who, address(name, world, row) + more) for more in ["", *MORE.get(name, ())])


@pytest.fixture(scope="module")
def shut(world):
    """Return the figures of a page that open to nothing, as (role, address, figure); each page is asked once for all tests."""

    @cache
    def of(name):
        found = []
        with marked_figures():
            for role, who, where in pages_of(world, name):
                response = ask(world.clients[who], "get", where)
                if "html" in response.get("Content-Type", ""):
                    figures = figures_of(response.content.decode())
                    found += [(role, where, figure) for figure in figures if not figure.opens]
        return found

    return of


@pytest.mark.parametrize("name", [name for name in PAGES if name not in CLOSED])
def test_every_figure_opens(shut, name):
    nothing(sorted({f"{where} as {role}: {f.text} of {f.template}" for role, where, f in shut(name) if not reason(f, role)}))


@pytest.mark.parametrize("name", sorted({"reports:home", "meetings:meeting", "targets:mine", *MORE}))
def test_no_figure_opens_to_a_page_that_is_not_there(world, name):
    faults = []
    for role, who, where in pages_of(world, name):
        response = ask(world.clients[who], "get", where)
        found = sorted(link for link in openings_of(response.content.decode()) if not link.startswith("#"))
        faults += [
            f"{where} as {role} leads to {link}"
            for link in found[:MOST_FOLLOWED]
            if ask(world.clients[who], "get", link).status_code != 200
        ]
    nothing(faults)


class TestTheGuard:
    def test_finds_a_figure_without_a_link_however_it_is_written(self):
        link = '<a href="/lantern/figures/?metric=revenue">'
        for opened in (
            f"<p>{link}{{}}</a></p>",
            f"<table><tr><td>{link}a</a></td><td>{{}}</td></tr></table>",
            f'<div class="figure card">{link}a</a><p>{{}}<br>b</p></div>',
            f'<section class="card"><dl><dt>{{}}</dt></dl><table><tr><td>{link}a</a></td></tr></table></section>',
            '<td class="is-asked">{}</td>',
        ):
            assert all(figure.opens for figure in figures_of(opened.format(self.write()))), opened
        for shut in (
            "<p>{}</p>",
            '<a href="/lantern/people/3/">{}</a>',
            f"<p>{link}a</a> {{}}</p>",
            f"<table><tr><td>{link}a</a></td></tr><tr><td>{{}}</td></tr></table>",
            f'<section class="card">{link}a</a><table><tr><td>{{}}</td></tr></table></section>',
        ):
            assert [figure.opens for figure in figures_of(shut.format(self.write()))] == [False], shut

    def test_finds_a_board_whose_figures_lost_their_links(self, world, monkeypatch):
        monkeypatch.setattr("reports.queries.boards.lineage_url", lambda *_about, **_subject: "")
        with marked_figures():
            page = ask(world.clients["bela"], "get", address("reports:unit", world, MATRIX["reports:unit"])).content.decode()
        lost = {figure.template for figure in figures_of(page) if not figure.opens and not reason(figure, "manager")}
        assert lost >= {
            "reports/_partials/figures.html",
            "reports/_partials/lines.html",
        }

    def test_every_reason_is_still_needed(self, shut):
        written = {name for name in PAGES if shut(name)}
        written |= {figure.template for name in written for _role, _where, figure in shut(name)}
        nothing(sorted((set(CLOSED) | OUT_OF_SIGHT) - written))

    def write(self):
        with marked_figures():
            return figures.amount(5_00, kind="MONEY", language="en", scale=2, currency="CNY")
