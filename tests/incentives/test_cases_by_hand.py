"""Cases that somebody opens by hand: under a rule that was known, decided by another, then the same life as all others."""

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest

from accounts.models import AuditEntry, Membership
from incentives.models import RuleCase
from incentives.queries import penalties as queries
from incentives.services import penalties as services
from teams.queries import sight_of
from tests.incentives.paying import lines_of, make_component, make_version, pay, sell
from tests.incentives.test_penalties import DAY, NOVEMBER, TODAY, lantern, propose, publish, refused  # noqa: F401
from tests.signing_in import browser

THAT_DAY = date(2026, 10, 20)


def open_case(cast, rule, *, who="bela", person="asha", **changes):
    given = {
        "person": getattr(cast, person).person, "happened_on": THAT_DAY, "account": "Left the customer waiting for two hours",
        "opener": getattr(cast, who).person, "on": TODAY, "by": getattr(cast, who).user,
    }  # fmt: skip
    return services.open_case(rule=rule, **given | changes)


def decide(cast, case, *, who="hana", is_confirmed=True):
    member = getattr(cast, who)
    return services.decide_case(
        case=case, is_confirmed=is_confirmed, reason="It was so", decider=member.person, on=TODAY, by=member.user
    )


@pytest.fixture
def rule(lantern):  # noqa: F811
    return publish(lantern, trigger="", threshold=None, title="On time").rule


class TestOpening:
    def test_keeps_what_happened_and_who_says_so(self, lantern, rule):  # noqa: F811
        case = open_case(lantern, rule)
        assert (case.status, case.happened_on, case.opened_by) == ("PROPOSED", THAT_DAY, lantern.bela.user)
        assert case.version == rule.versions.get()
        entry = AuditEntry.objects.get(action="incentives.case.opened")
        assert entry.after == {"person": "Asha", "happened_on": "2026-10-20"}

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"happened_on": TODAY + DAY}, "in_future"),
            ({"happened_on": date(2026, 9, 3)}, "too_long_ago"),
            ({"account": " "}, "no_account"),
            ({"person": "ada"}, "not_known"),
            ({"person": "bela", "who": "hana"}, "not_bound"),
        ],
        ids=["to come", "long past", "no words", "who never read it", "whom it does not hold for"],
    )
    def test_refuses_what_is_not_fair(self, lantern, rule, changes, code):  # noqa: F811
        refused(code, open_case, cast=lantern, rule=rule, **changes)
        assert not RuleCase.objects.exists()

    def test_nothing_counts_before_the_day_after_it_was_read(self, lantern):  # noqa: F811
        rule = publish(lantern, trigger="", threshold=None, read_on=THAT_DAY).rule
        refused("not_known", open_case, cast=lantern, rule=rule)
        assert open_case(lantern, rule, happened_on=THAT_DAY + DAY).pk

    def test_a_rule_counts_as_it_held_on_the_day(self, lantern, rule):  # noqa: F811
        new = services.write_rule(
            rule=rule, title="Strict", text="x", effect="PENALTY", applies_to="REPS", amount=900_00, consequence="y",
            by=lantern.hana.user,
        )  # fmt: skip
        services.publish_rule(version=new, holds_from=date(2026, 10, 25), on=date(2026, 10, 1), by=lantern.hana.user)
        assert open_case(lantern, rule).version.title == "On time"
        refused("not_known", open_case, cast=lantern, rule=rule, happened_on=date(2026, 10, 26))
        services.retire_rule(rule=rule, on=date(2026, 10, 22), by=lantern.hana.user)
        services.retire_rule(rule=rule, on=date(2026, 10, 30), by=lantern.hana.user)  # from a page that was opened before
        refused("not_in_force", open_case, cast=lantern, rule=rule, happened_on=date(2026, 10, 23))

    def test_nobody_opens_one_about_themselves(self, lantern):  # noqa: F811
        rule = publish(lantern, trigger="", threshold=None, applies_to="ALL", read_by=("bela",)).rule
        refused("oneself", open_case, cast=lantern, rule=rule, person="bela")

    def test_a_day_is_judged_once(self, lantern, rule):  # noqa: F811
        ref = uuid4()
        case = open_case(lantern, rule, client_ref=ref)
        assert open_case(lantern, rule, client_ref=ref) == case
        refused("there", open_case, cast=lantern, rule=rule)
        assert open_case(lantern, rule, happened_on=THAT_DAY + DAY) != case

    def test_what_the_records_propose_is_not_opened_again_by_hand_nor_the_other_way_round(self, lantern):  # noqa: F811
        first, second = publish(lantern).rule, publish(lantern).rule
        by_hand = open_case(lantern, first)
        assert propose(lantern) == 1
        assert list(RuleCase.objects.from_records().values_list("rule", flat=True)) == [second.pk]
        refused("there", open_case, cast=lantern, rule=second)
        by_hand.refresh_from_db()
        assert (by_hand.status, by_hand.measured) == ("PROPOSED", 1)
        decide(lantern, by_hand, is_confirmed=False)
        assert propose(lantern) == 1


class TestDeciding:
    def test_is_for_another_than_who_opened_it(self, lantern, rule):  # noqa: F811
        case = open_case(lantern, rule)
        refused("opener", decide, cast=lantern, case=case, who="bela")
        assert decide(lantern, case, who="dora").status == "CONFIRMED"

    def test_is_for_who_opened_it_where_there_is_nobody_else(self, lantern, rule):  # noqa: F811
        case = open_case(lantern, rule, who="hana")
        Membership.objects.exclude(pk__in=[lantern.hana.membership.pk, lantern.asha.membership.pk]).update(is_active=False)
        assert decide(lantern, case).status == "CONFIRMED"

    def test_then_it_is_appealed_against_and_deducted_like_all_others(self, lantern, rule):  # noqa: F811
        case = decide(lantern, open_case(lantern, rule))
        asha = lantern.asha
        assert queries.open_to_appeal(asha.person, on=TODAY) == [case]
        services.appeal(case=case, words="The lift was broken", on=TODAY + DAY, by=asha.user)
        dora = {"answerer": lantern.dora.person, "on": TODAY + 2 * DAY, "by": lantern.dora.user}
        services.answer_appeal(case=case, is_upheld=True, words="Take the stairs", **dora)
        make_component(make_version(), (0, None, 10))
        sell(asha.person, 8000, on=date(2026, 11, 4))
        pay(NOVEMBER, by=lantern.hana.user, now=datetime(2026, 12, 2, tzinfo=UTC))
        assert lines_of(asha.person, NOVEMBER) == [("EARNED", 800_00), ("DEDUCT", -100_00)]

    def test_waits_for_who_may_decide_and_not_for_who_opened_it(self, lantern, rule):  # noqa: F811
        open_case(lantern, rule)

        def waits_for(who):
            member = getattr(lantern, who)
            return queries.waiting_for_answer(sight_of(membership=member.membership, on=TODAY), user=member.user)

        assert {who: waits_for(who)[0] for who in ("bela", "dora", "hana", "boris", "asha")} == {
            "bela": 0, "dora": 1, "hana": 1, "boris": 0, "asha": 0,
        }  # fmt: skip


class TestPages:
    @pytest.fixture(autouse=True)
    def now(self, time_machine):
        time_machine.move_to(datetime(2026, 11, 3, 2, tzinfo=UTC))

    def post(self, who, rule, **changes):
        given = {
            "person": changes.pop("person"), "rule": rule.pk, "happened_on": "2026-10-20",
            "account": "Left <b>early</b>", "client_ref": uuid4(),
        }  # fmt: skip
        return browser(who).post("/lantern/rules/cases/new/", given | changes)

    def test_a_manager_opens_hr_decides_and_the_rep_reads(self, lantern, rule):  # noqa: F811
        answer = self.post(lantern.bela, rule, person=lantern.asha.person.pk)
        case = RuleCase.objects.get()
        assert answer.headers["location"] == f"/lantern/rules/cases/{case.pk}/"
        page = f"/lantern/rules/cases/{case.pk}/"
        shown = browser(lantern.bela).get(page).content.decode()
        assert "Left &lt;b&gt;early&lt;/b&gt;" in shown
        assert f"{page}decide/" not in shown
        assert browser(lantern.bela).get(f"{page}decide/").status_code == 403
        assert browser(lantern.asha).get(page).status_code == 404
        assert f"{page}decide/" in browser(lantern.hana).get(page).content.decode()
        # What is decided about stands beside the form that decides.
        assert "Left &lt;b&gt;early&lt;/b&gt;" in browser(lantern.hana).get(f"{page}decide/").content.decode()
        browser(lantern.hana).post(f"{page}decide/", {"answer": "confirm", "reason": "Seen by two"})
        assert "Seen by two" in browser(lantern.asha).get(f"{page}appeal/").content.decode()
        shown = browser(lantern.asha).get(page).content.decode()
        assert "Left &lt;b&gt;early&lt;/b&gt;" in shown and f"{page}appeal/" in shown

    def test_forms_that_were_answered_lead_back_to_the_case(self, lantern, rule):  # noqa: F811
        page = f"/lantern/rules/cases/{decide(lantern, open_case(lantern, rule)).pk}/"
        asha, hana = browser(lantern.asha), browser(lantern.hana)
        assert hana.get(f"{page}decide/").headers["location"] == page
        asha.post(f"{page}appeal/", {"words": "The lift was broken"})
        assert RuleCase.objects.get().status == "APPEALED"
        assert asha.get(f"{page}appeal/").headers["location"] == page
        # Who sends it once more keeps what was written, and is told why.
        again = asha.post(f"{page}appeal/", {"words": "And the stairs were wet"})
        assert again.status_code == 422 and "And the stairs were wet" in again.content.decode()

    def test_nobody_opens_one_about_whom_they_do_not_lead(self, lantern, rule):  # noqa: F811
        tried = [
            self.post(lantern.boris, rule, person=lantern.asha.person.pk),
            self.post(lantern.bela, rule, person=lantern.bela.person.pk),
            self.post(lantern.asha, rule, person=lantern.ada.person.pk),
        ]
        assert [answer.status_code for answer in tried] == [422, 422, 403]
        assert not RuleCase.objects.exists()

    def test_says_beside_the_field_what_is_wrong(self, lantern, rule):  # noqa: F811
        shown = self.post(lantern.bela, rule, person=lantern.ada.person.pk).content.decode()
        assert "nothing counts before somebody knew it" in shown

    def test_says_what_is_missing_where_no_rule_holds(self, lantern):  # noqa: F811
        assert "No rule holds yet" in browser(lantern.bela).get("/lantern/rules/cases/new/").content.decode()
