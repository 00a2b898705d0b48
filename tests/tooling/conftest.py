import shutil
import tempfile
from pathlib import Path

import pytest

from tooling.postgres import Cluster


@pytest.fixture
def local():
    """A folder as a clone's `.local`. Not pytest's own: that one is closed to the account PostgreSQL has under root."""
    folder = Path(tempfile.mkdtemp(prefix="sfm-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def cluster(local):
    cluster = Cluster(local, durable=False)
    cluster.start()
    cluster.prepare(database="sales")
    yield cluster
    cluster.stop()
