"""Near matches: exact, a guess with its reason, or only a suggestion."""

import pytest

from common.matching import Certainty, NameIndex, fold, suggest_mapping
from tests.properties import given, st


class TestFold:
    @pytest.mark.parametrize(
        ("text", "folded"),
        [
            ("GTX Pro", "gtxpro"),
            ("ＧＴＸ－Ｐｒｏ", "gtxpro"),
            ("客户名称（必填）*", "客户名称必填"),
            ("close_value", "closevalue"),
            ("C#", "c#"),
            ("C++", "c++"),
            (" - ", ""),
        ],
    )
    def test_keeps_letters_digits_and_meaningful_signs(self, text, folded):
        assert fold(text) == folded

    @given(st.text(alphabet="aBcZ09客户é#+", max_size=20), st.text(alphabet=" -_.,()（）·'\u3000", max_size=3))
    def test_case_spaces_and_punctuation_never_matter(self, text, between):
        assert fold(between.join(text.upper())) == fold(text.lower())
        assert fold(fold(text)) == fold(text)


class TestNames:
    PRODUCTS = ("GTX Basic", "GTX Pro", "GTX Plus Basic", "GTX Plus Pro", "MG Special", "MG Advanced", "GTK 500")

    def test_a_known_name_is_exact(self):
        match = NameIndex(self.PRODUCTS).find(" GTX Pro ")
        assert (match.found, match.certainty, match.reason) == ("GTX Pro", Certainty.EXACT, "")

    @pytest.mark.parametrize("given_name", ["GTXPro", "gtx pro", "GTX-Pro", "ＧＴＸ　Ｐｒｏ"])
    def test_the_same_letters_are_a_guess_with_its_reason(self, given_name):
        match = NameIndex(self.PRODUCTS).find(given_name)
        assert (match.found, match.certainty) == ("GTX Pro", Certainty.GUESS)
        assert given_name in match.reason
        assert "GTX Pro" in match.reason

    def test_two_names_with_the_same_letters_are_never_guessed(self):
        match = NameIndex(["GTX Pro", "GTX-Pro"]).find("gtxpro")
        assert (match.found, match.certainty, match.suggestions) == (None, Certainty.NONE, ("GTX Pro", "GTX-Pro"))

    def test_a_near_name_is_only_suggested(self):
        match = NameIndex(self.PRODUCTS).find("GTX Plus Basik")
        assert (match.found, match.certainty, match.suggestions) == (None, Certainty.NONE, ("GTX Plus Basic",))
        assert "GTX Plus Basic" in match.reason

    @pytest.mark.parametrize("given_name", ["Apple", "", "-", "GTX", "GTX Basic Plus"])
    def test_anything_else_is_unknown(self, given_name):
        match = NameIndex(self.PRODUCTS).find(given_name)
        assert (match.found, match.certainty, match.suggestions) == (None, Certainty.NONE, ())
        assert match.reason

    def test_signs_that_tell_names_apart_are_kept(self):
        assert NameIndex(["C++"]).find("C#").certainty == Certainty.NONE

    @given(st.lists(st.text(max_size=8), max_size=8), st.text(max_size=8))
    def test_only_known_names_are_ever_found(self, names, given_name):
        match = NameIndex(names).find(given_name)
        assert match.found is None or match.found in names
        assert (match.found is None) == (match.certainty == Certainty.NONE)
        assert set(match.suggestions) <= set(names)


class TestHeaders:
    FIELDS = {
        "number": ("单号", "Deal number", "opportunity_id"),
        "customer": ("客户", "Customer", "客户名称", "account"),
        "owner": ("负责人", "Owner", "sales agent"),
        "won_on": ("成交日期", "Date won", "close date"),
        "amount": ("金额", "Amount", "成交金额", "close value"),
    }

    def test_a_foreign_systems_headers_find_their_fields(self):
        headers = [
            "opportunity_id",
            "sales_agent",
            "product",
            "account",
            "deal_stage",
            "engage_date",
            "close_date",
            "close_value",
        ]
        mapping = suggest_mapping(headers, self.FIELDS)
        assert {field: guess.header for field, guess in mapping.items()} == {
            "number": "opportunity_id",
            "customer": "account",
            "owner": "sales_agent",
            "won_on": "close_date",
            "amount": "close_value",
        }
        assert all(guess.is_sure for guess in mapping.values())

    def test_chinese_headers_with_marks_are_close_enough_but_not_sure(self):
        mapping = suggest_mapping(["*客户名称", "成交金额(元)", "负责人姓名", "备注"], self.FIELDS)
        assert (mapping["customer"].index, mapping["customer"].is_sure) == (0, True)
        assert (mapping["amount"].index, mapping["amount"].is_sure) == (1, False)
        assert (mapping["owner"].index, mapping["owner"].is_sure) == (2, False)
        assert "number" not in mapping

    def test_a_column_is_given_once_and_to_the_better_field(self):
        mapping = suggest_mapping(["Name"], {"a": ("Names",), "b": ("name",)})
        assert list(mapping) == ["b"]

    def test_an_unlike_header_is_left_alone(self):
        assert suggest_mapping(["备注", "", "x", "discount rate"], self.FIELDS) == {}

    @given(st.lists(st.text(max_size=12), max_size=8))
    def test_never_gives_a_column_twice(self, headers):
        mapping = suggest_mapping(headers, self.FIELDS)
        indexes = [guess.index for guess in mapping.values()]
        assert len(set(indexes)) == len(indexes)
        assert all(headers[guess.index] == guess.header for guess in mapping.values())
