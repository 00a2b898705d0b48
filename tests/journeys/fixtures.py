"""What the stories need: the product on its stage, a browser, and visitors whose faults are looked at in the end."""

import json
import os
import shutil
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.db import connections
from playwright.sync_api import sync_playwright

from tests.conftest import _administer, _schema_hash
from tests.guards.source import nothing
from tests.journeys.stage import Stage
from tests.journeys.visitor import DESKTOP, FLAGS, Visitor


@pytest.fixture(scope="session")
def stage(django_db_setup, django_db_blocker):
    """The product, served with a database of its own; `world` says what the guards' world holds and who can enter it."""
    database = f"test_stage_{os.getpid()}"
    with django_db_blocker.unblock():
        home = connections["migrator"].settings_dict["NAME"]
        owner = settings.DATABASE_OWNER_ROLE
        _administer(f'CREATE DATABASE "{database}" TEMPLATE "test_{_schema_hash()}" OWNER "{owner}"', database=home)
    folder = Path(tempfile.mkdtemp(prefix="sfm-stage-"))
    stage = Stage(database=database, folder=folder)
    try:
        stage.run("tests.journeys.staging", str(folder / "world.json"))
        told = json.loads((folder / "world.json").read_text())
        stage.world, stage.sessions = SimpleNamespace(things=told["things"]), told["sessions"]
        stage.month, stage.year = SimpleNamespace(**told["month"]), SimpleNamespace(**told["year"])
        stage.start_web()
        yield stage
    finally:
        stage.stop()
        shutil.rmtree(folder, ignore_errors=True)
        with django_db_blocker.unblock():
            _administer(f'DROP DATABASE "{database}" WITH (FORCE)', database=home)


@pytest.fixture(scope="module")
def browser():
    """A Chromium for a module's stories; each visitor has a fresh profile in it."""
    # The browser's event loop runs in this thread; questions to the database in between are no asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    program = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()
        connections.close_all()  # those made while the event loop ran are not seen by the rest of the tests
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def visitors(stage, browser, request):
    """Call it for somebody with a device; in the end nobody may have met an error that was not part of the story."""
    invited = []

    def invite(device=DESKTOP, *, name="visitor"):
        invited.append(Visitor(browser, stage.address, device, name=name))
        return invited[-1]

    yield invite
    faults = [fault for visitor in invited for fault in visitor.unforgiven()]
    for number, visitor in enumerate(invited):
        visitor.shot(f"{request.node.name}-end-{number}")
        visitor.context.close()
    nothing(faults)
