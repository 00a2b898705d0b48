"""The design system keeps its promises: legible in light and dark, every part in the catalogue, nothing inline."""

import re

import pytest
from django.conf import settings

TOKENS = (settings.BASE_DIR / "static" / "css" / "tokens.css").read_text()
CATALOGUE = (settings.BASE_DIR / "docs" / "design.md").read_text()
COMPONENTS = sorted(path.stem for path in (settings.BASE_DIR / "templates" / "_components").glob("*.html"))
TEMPLATES = sorted((settings.BASE_DIR / "templates").rglob("*.html"))

#: Words on the ground that they stand on.
TEXT_ON_GROUND = (
    [(ink, ground) for ink in ("ink", "ink-2", "ink-3", "accent") for ground in ("paper", "surface", "raised", "sunken")]
    + [(f"{verdict}", f"{verdict}-soft") for verdict in ("on-pace", "at-risk", "behind", "neutral")]
    + [(verdict, "surface") for verdict in ("on-pace", "at-risk", "behind", "neutral")]
    + [("accent-ink", "accent-soft"), ("on-accent", "accent"), ("on-amber", "amber"), ("at-risk", "amber-soft")]
    + [("ink", "accent-soft"), ("ink-2", "accent-soft")]
)


def palette(theme):
    block = re.search(rf'\[data-bs-theme="{theme}"\] \{{(.*?)\}}', TOKENS, re.S).group(1)
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", block))


def luminance(colour):
    digits = colour.lstrip("#")
    digits = "".join(sign * 2 for sign in digits) if len(digits) == 3 else digits
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    """Return the contrast ratio of WCAG 2.2, 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_is_legible_on_its_ground(theme):
    colours = palette(theme)
    faint = {
        f"{text} on {ground}": round(contrast(colours[text], colours[ground]), 2)
        for text, ground in TEXT_ON_GROUND
        if contrast(colours[text], colours[ground]) < 4.5
    }
    assert faint == {}


def test_light_and_dark_name_the_same_colours():
    assert palette("light").keys() == palette("dark").keys()


@pytest.mark.parametrize("name", COMPONENTS)
def test_every_component_is_in_the_catalogue(name):
    assert re.search(rf"`[^`\n]*\b{name}\b[^`\n]*`", CATALOGUE)


def test_every_chart_that_can_be_drawn_is_on_a_page_and_in_the_catalogue():
    drawn = re.search(r"const KINDS = \{(.*?)\};", (settings.BASE_DIR / "static" / "js" / "charts.js").read_text(), re.S)[1]
    kinds = set(re.findall(r"^  (\w+)", drawn, re.M))
    shown = {
        kind for path in TEMPLATES for kind in re.findall(r'"_components/chart\.html" with kind="(\w+)"', path.read_text())
    }
    listed = re.search(r"^## Charts$(.*?)^## ", CATALOGUE, re.S | re.M)[1]
    assert kinds == shown
    assert kinds == {kind for row in re.findall(r"^\| (`.*?`) \|", listed, re.M) for kind in re.findall(r"`(\w+)`", row)}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(settings.BASE_DIR / "templates")))
def test_no_template_carries_a_script_or_a_handler(path):
    source = path.read_text()
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", source)
    assert not re.search(r"\shx-on[:-]", source)
    inline = [tag for tag in re.findall(r"<script\b[^>]*>", source) if "src=" not in tag and "application/json" not in tag]
    assert inline == []
