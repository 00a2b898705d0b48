"""The production set gives nothing away and starts nothing half configured."""

import re

import pytest
import yaml

from tooling.services import CLONE

COMPOSE = (CLONE / "docker-compose.yml").read_text()
SERVICES = yaml.safe_load(COMPOSE)["services"]
SECRET_NAME = re.compile(r"SECRET|PASSWORD|TOKEN|_KEY$|_URL$")
ASKED_FOR = re.compile(r"\$\{[A-Z_]+:\?[^}]+\}")


def secrets():
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            if SECRET_NAME.search(variable):
                yield pytest.param(value, id=f"{name}-{variable}")


@pytest.mark.parametrize("value", list(secrets()))
def test_a_secret_is_asked_for_and_never_written_down(value):
    assert ASKED_FOR.search(value)
    written_down = ASKED_FOR.sub("", value)
    assert re.fullmatch(r"|[a-z]+://\w*:@[\w.:/]+", written_down)


def test_the_example_names_every_variable_that_is_asked_for_and_fills_in_none():
    asked_for = set(re.findall(r"\$\{([A-Z_]+):\?", COMPOSE))
    lines = [line for line in (CLONE / ".env.example").read_text().splitlines() if line and not line.startswith("#")]
    assert {line.removesuffix("=") for line in lines} == asked_for


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_only_the_migration_gets_the_migrators_key(name):
    assert "MIGRATOR_DATABASE_URL" not in SERVICES[name]["environment"]
    assert "MIGRATOR_DATABASE_URL" in SERVICES["migrate"]["environment"]


@pytest.mark.parametrize("name", ["postgres", "valkey", "worker", "beat"])
def test_health_is_checked(name):
    assert SERVICES[name]["healthcheck"]["test"]


def test_the_web_is_checked_by_its_image_and_runs_without_rights():
    dockerfile = (CLONE / "Dockerfile").read_text()
    assert "HEALTHCHECK" in dockerfile
    assert re.search(r"^USER app$", dockerfile, re.MULTILINE)
