from decimal import Decimal

import pytest
from django.utils import translation

from common.templatetags import cells


class TestBullet:
    def test_the_bar_is_capped_the_figure_is_not(self):
        html = cells.bullet(Decimal("124.6"), Decimal("78"), "on_pace")
        assert "width:100%" in html
        assert "124.6%" in html
        assert "is-over" in html

    def test_says_done_and_gone_to_a_screen_reader(self):
        with translation.override("en"):
            html = cells.bullet(Decimal("42"), Decimal("78"))
        assert 'aria-label="42.0% of the target – 78.0% of the time gone"' in html

    def test_without_a_target_there_is_no_bar_and_no_verdict(self):
        html = cells.bullet(None)
        assert "width:0%" in html
        assert "is-neutral" in html
        assert "—" in html
        assert "bullet-mark" not in html


class TestVerdict:
    @pytest.mark.parametrize(("status", "word"), [("on_pace", "On pace"), ("at_risk", "At risk"), ("behind", "Behind")])
    def test_has_a_word_and_a_sign_beside_the_colour(self, status, word):
        with translation.override("en"):
            html = cells.verdict(status)
        assert word in html
        assert "ti ti-" in html

    def test_refuses_a_status_that_has_no_colour(self):
        with pytest.raises(KeyError):
            cells.verdict("great")


class TestMoved:
    def test_is_heard_in_words(self):
        with translation.override("en"):
            assert "Up 3 places" in cells.moved(3)
            assert "Down 1 place<" in cells.moved(-1)
            assert "New in the ranking" in cells.moved(None)


class TestPerson:
    def test_a_hostile_name_stays_text(self):
        html = cells.person("<script>x</script>", url="/p/1/", note="<b>")
        assert "<script>" not in html
        assert "<b>" not in html
        assert 'href="/p/1/"' in html


class TestSpark:
    def test_draws_a_point_for_each_value(self):
        html = cells.spark([1, 3, 2], "Last <three> months")
        assert html.count(",") == 3
        assert 'aria-label="Last &lt;three&gt; months"' in html

    def test_one_value_is_no_line(self):
        assert cells.spark([1], "x") == "—"
        assert cells.spark((), "x") == "—"
