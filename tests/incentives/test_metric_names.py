"""The metrics on a statement are called as its reader calls them, whoever calculated it in whatever language."""

from decimal import Decimal

import pytest
from django.utils import translation

from common.tenancy import company_scope
from incentives.models import KpiPart, Statement, StatementLine
from incentives.queries.payslips import lines_of
from incentives.rules import telling
from incentives.rules.terms import ChosenBy, Kind, Steps
from targets.models import Metric
from targets.rollups import refresh_everything
from targets.services.metrics import add_builtin_metrics
from tests.incentives.paying import MARCH, make_component, make_version, pay, sell
from tests.targets.test_rollups import ask

NAMES = {"zh-hans": "销售额", "en": "Revenue"}


@pytest.fixture
def lantern(cast):
    with company_scope(cast.lantern):
        add_builtin_metrics()
        ask("revenue", MARCH.starts_on, commit=1_000_00, person=cast.asha.person, within=cast.one)
        sell(cast.asha.person, 800)
        refresh_everything()
        yield cast


def told(cast, language):
    statement = Statement.objects.get(person=cast.asha.person)
    with translation.override(language):
        return [sentence for line in lines_of(statement) for sentence in line.sentences]


def bonus(metric, version):
    make_component(version, kind=Kind.BONUS, amount=100_00, metric=metric, curve=[(0, None, 100)])


def kpi(metric, version):
    component = make_component(version, kind=Kind.KPI, amount=100_00, curve=[(0, None, 100)])
    KpiPart.objects.create(component=component, metric=metric, weight=Decimal(1))


def gated(metric, version):
    make_component(version, (0, None, 3), gate_metric=metric, gate_by_attainment=True, gate=[(0, None, 100)])


def by_value(metric, version):
    make_component(version, (0, None, 3), metric=metric, chosen_by=ChosenBy.VALUE, steps_read=Steps.FLAT)


@pytest.mark.parametrize("plan", [bonus, kpi, gated, by_value])
@pytest.mark.parametrize("calculated_in", ["zh-hans", "en"])
def test_are_named_in_the_readers_language(lantern, plan, calculated_in):
    plan(Metric.objects.get(code="revenue"), make_version())
    with translation.override(calculated_in):
        pay(by=lantern.hana.user)
    for language, name in NAMES.items():
        assert any(name in sentence for sentence in told(lantern, language))
        assert not any(NAMES[other] in sentence for other in NAMES if other != language for sentence in told(lantern, language))


def test_stand_in_a_line_in_no_language(lantern):
    bonus(Metric.objects.get(code="revenue"), make_version())
    digests = set()
    for language in NAMES:
        with translation.override(language):
            pay(by=lantern.hana.user)
        digests.add(Statement.objects.get(person=lantern.asha.person).digest)
    assert len(digests) == 1


def test_of_older_lines_stay_as_they_were_written(lantern):
    bonus(Metric.objects.get(code="revenue"), make_version())
    pay(by=lantern.hana.user)
    line = StatementLine.objects.get(statement__person=lantern.asha.person)
    attainment = line.facts["attainment"] | {"metric": "营业额"}
    del attainment["metric_id"]
    StatementLine.objects.filter(pk=line.pk).update(facts=line.facts | {"attainment": attainment})
    assert "营业额: 800 ÷ 1,000 = 80 %" in told(lantern, "en")


def test_that_are_gone_leave_the_arithmetic():
    facts = {"formula": "bonus", "attainment": {"metric_id": 7, "percent": 80}, "amount": 100, "payout": 80, "earned": 80}
    assert telling.tell(facts)[0] == "—: 80 %"
