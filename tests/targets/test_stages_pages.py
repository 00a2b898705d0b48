"""The pages of targets by stage: begun, typed in the grid, published, and told in the plan's history."""

import json

import pytest
from django.test import Client

from common.tenancy import company_scope
from targets.models import StagePlan
from targets.queries.stages import stage_sheet_of
from tests.targets.published import key_of
from tests.targets.test_stages import begun, lantern  # noqa: F401 - fixtures


@pytest.fixture
def sign_in():
    def as_member(member):
        client = Client()
        client.force_login(member.user)
        return client

    return as_member


def post_cells(client, where, cells, **given):
    answer = client.post(f"{where}cells/", {"tier": "commit", "cells": json.dumps(cells)} | given)
    return answer.status_code, answer.json()


@pytest.fixture
def where(begun):  # noqa: F811
    return f"/lantern/targets/stages/{begun.begun.pk}/"


class TestPages:
    def test_a_campaign_is_begun_from_the_list(self, lantern, sign_in):  # noqa: F811
        client, address = sign_in(lantern.amir), f"/lantern/targets/{lantern.plan.pk}/stages/"
        assert "Spring" in client.get(address).content.decode()
        assert client.post(address, {"own": lantern.campaign.pk}).status_code == 302
        with company_scope(lantern.lantern):
            assert StagePlan.objects.get().own == lantern.campaign

    def test_cells_are_taken_as_a_block_or_said_one_by_one(self, begun, where, sign_in):  # noqa: F811
        client, asha = sign_in(begun.bela), key_of(begun.asha, begun.one)
        stage = str(begun.campaign.stages.get(name="Opening").pk)
        status, answer = post_cells(client, where, [[asha, stage, "1.5万", None]])
        assert (status, answer["rows"][asha]["tiers"]["commit"][0]) == (200, 15_000_00)
        status, answer = post_cells(client, where, [[asha, stage, "x", None], [asha, "all", "12", 3]])
        assert (status, [fault["number"] for fault in answer["faults"]]) == (409, [0, 1])
        assert post_cells(client, where, [[asha, "all", "40000", None]])[1]["rows"][asha]["byHand"] == [0, 1, 2]

    @pytest.mark.parametrize("code", ["2026-05", "", "999999"])
    def test_an_unknown_column_is_not_found(self, begun, where, sign_in, code):  # noqa: F811
        body = {"tier": "commit", "cells": json.dumps([[key_of(begun.asha, begun.one), code, "1", None]])}
        assert sign_in(begun.bela).post(f"{where}cells/", body).status_code == 404

    def test_locked_undone_settled_and_published(self, begun, where, sign_in):  # noqa: F811
        client, asha = sign_in(begun.amir), key_of(begun.asha, begun.one)
        with company_scope(begun.lantern):
            stage = str(begun.campaign.stages.get(name="Opening").pk)
        client.post(f"{where}locks/", {"is_locked": "on", "cells": json.dumps([[asha, stage]])})
        assert post_cells(client, where, [[asha, stage, "1", None]])[0] == 422
        client.post(f"{where}locks/", {"is_locked": "", "cells": json.dumps([[asha, stage]])})
        step = post_cells(client, where, [[asha, stage, "1", None]])[1]["undo"]
        assert client.post(f"{where}publish/").status_code == 302
        with company_scope(begun.lantern):
            begun.begun.refresh_from_db()
            assert begun.begun.is_draft
        client.post(f"{where}undo/", {"step": step})
        client.post(f"{where}units/{begun.root.pk}/settle/")
        client.post(f"{where}publish/")
        with company_scope(begun.lantern):
            begun.begun.refresh_from_db()
            assert not begun.begun.is_draft
            assert stage_sheet_of(begun.begun, company=begun.lantern).sheet.gaps(f"u{begun.root.pk}") == []
        assert "Spring" in client.get(f"/lantern/targets/{begun.plan.pk}/history/").content.decode()
