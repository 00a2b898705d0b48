import re
from fnmatch import fnmatch
from pathlib import PurePosixPath

import pytest
from django.contrib.staticfiles import finders

from tooling.build import NEVER_SERVED
from tooling.services import CLONE

TAGS = re.compile(r"""\{%\s*static\s+["']([^"']+)["']""")
IMPORTS = re.compile(r"""(?:from|import\()\s*["'](?:\.\./)+(vendor/[^"']+)["']""")


def loaded_by_pages():
    """Every file that a template or a script names."""
    for template in CLONE.glob("templates/**/*"):
        if template.is_file():
            yield from TAGS.findall(template.read_text())
    for script in CLONE.glob("static/**/*.js"):
        yield from IMPORTS.findall(script.read_text())


def is_left_out(name):
    return any(fnmatch(part, pattern) for part in PurePosixPath(name).parts for pattern in NEVER_SERVED)


@pytest.mark.parametrize("name", sorted(set(loaded_by_pages())))
def test_what_pages_load_is_there_and_collected(name):
    assert finders.find(name), f"{name} is in no package and no static folder"
    assert not is_left_out(name), f"{name} is left out of what is collected: NEVER_SERVED in tooling/build.py"


def test_the_scan_sees_templates_and_scripts():
    loaded = set(loaded_by_pages())
    assert "vendor/tabler/css/tabler.min.css" in loaded
    assert any(name.startswith("vendor/echarts/") for name in loaded)


def test_leaving_out_takes_whole_folders_and_patterns():
    assert is_left_out("vendor/tabler/libs/apexcharts/apexcharts.js")
    assert is_left_out("vendor/tabler/css/tabler.rtl.min.css")
