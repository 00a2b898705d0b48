import os
import signal
import socket
import time
from pathlib import Path

import environ
import psycopg2
import pytest

from tooling.postgres import LONGEST_SOCKET_PATH, MIGRATOR, RUNTIME, SOCKET_NAME, Cluster, socket_folder
from tooling.speech import SetUpFailed


def ask(cluster, statement, *, role=RUNTIME):
    link = psycopg2.connect(cluster.url(role=role, database="sales"))
    try:
        link.autocommit = True
        with link.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else None
    finally:
        link.close()


def killed(cluster):
    """Kill the server with -9 and wait until its socket answers nobody."""
    pid = int((cluster.data / "postmaster.pid").read_text().splitlines()[0])
    os.kill(pid, signal.SIGKILL)
    while cluster.is_running():
        time.sleep(0.02)
    return pid


@pytest.mark.parametrize("depth", [0, 5, 60])
def test_the_socket_fits_however_deep_the_clone_lies(depth):
    folder = socket_folder(Path("/srv").joinpath(*["销售"] * depth, ".local"))
    with socket.socket(socket.AF_UNIX) as probe, pytest.raises(FileNotFoundError):
        probe.connect(os.fsencode(folder / SOCKET_NAME))  # an address that is too long is a ValueError or another OSError
    assert len(os.fsencode(folder / SOCKET_NAME)) <= LONGEST_SOCKET_PATH


def test_two_deep_clones_have_sockets_of_their_own():
    deep = Path("/srv") / ("d" * 120)
    assert socket_folder(deep / "one") != socket_folder(deep / "two")


def test_a_link_in_the_sockets_place_is_refused(local):
    cluster = Cluster(local, durable=False)
    elsewhere = local / "elsewhere"
    elsewhere.mkdir()
    cluster.sockets.symlink_to(elsewhere)
    with pytest.raises(SetUpFailed, match="belongs to"):
        cluster.start()
    assert elsewhere.stat().st_uid == os.geteuid()


def test_the_roles_may_what_the_walls_expect(cluster):
    roles = ask(
        cluster,
        "SELECT rolname, rolcanlogin, rolsuper, rolcreatedb, rolcreaterole, rolbypassrls,"
        "       pg_has_role(rolname, 'sfm_owner', 'MEMBER')"
        "  FROM pg_roles WHERE rolname LIKE 'sfm\\_%' ORDER BY rolname",
    )
    assert roles == [
        ("sfm_migrator", True, False, True, False, True, True),
        ("sfm_owner", False, False, False, False, False, True),
        ("sfm_runtime", True, False, False, False, False, False),
    ]


def test_the_runtime_role_makes_no_table_and_the_migrator_hands_its_own_over(cluster):
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        ask(cluster, "CREATE TABLE forbidden (id int)")
    ask(cluster, "CREATE TABLE handed_over (id int)", role=MIGRATOR)
    ask(cluster, "ALTER TABLE handed_over OWNER TO sfm_owner", role=MIGRATOR)
    assert ask(cluster, "SELECT tableowner FROM pg_tables WHERE tablename = 'handed_over'") == [("sfm_owner",)]


def test_the_address_is_read_by_the_settings_too(cluster):
    settings = environ.Env.db_url_config(cluster.url(role=RUNTIME, database="sales"))
    assert settings["USER"] == RUNTIME
    assert settings["NAME"] == "sales"
    assert settings["OPTIONS"]["host"] == str(cluster.sockets)


def test_starting_a_running_cluster_changes_nothing(cluster):
    before = (cluster.data / "postmaster.pid").read_text()
    cluster.start()
    cluster.prepare(database="sales")
    assert (cluster.data / "postmaster.pid").read_text() == before


def test_a_killed_cluster_starts_again_although_its_number_is_now_another_programs(cluster):
    pid = killed(cluster)
    file = cluster.data / "postmaster.pid"
    file.write_text(file.read_text().replace(str(pid), str(os.getpid()), 1))
    cluster.start()
    assert ask(cluster, "SELECT 1") == [(1,)]


def test_leftovers_of_killed_test_runs_go_and_the_newest_templates_stay(cluster):
    templates = [f"test_{number:012x}" for number in range(3)]
    for name in [*templates, f"{templates[0]}_new", f"{templates[1]}_gw0_77", "test_of_somebody"]:
        ask(cluster, f'CREATE DATABASE "{name}"', role=MIGRATOR)
    cluster.clear_leftovers()
    left = ask(cluster, "SELECT datname FROM pg_database WHERE datname LIKE 'test%' ORDER BY datname")
    assert left == [(templates[1],), (templates[2],), ("test_of_somebody",)]
