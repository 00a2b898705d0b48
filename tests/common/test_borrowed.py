"""What we say instead of Django and allauth must still be what they ask for, and must win."""

from importlib.util import find_spec
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import translation

from common import borrowed, catalogues

LENDERS = ("django/conf/locale", "django/contrib/auth/locale", "allauth/locale")


def lent():
    """Every msgid that the installed Django and allauth know in Chinese."""
    for lender in LENDERS:
        package = lender.split("/")[0]
        site_packages = Path(find_spec(package).submodule_search_locations[0]).parent
        catalog = catalogues.load(site_packages / lender / catalogues.LANGUAGE / "LC_MESSAGES" / "django.po")
        yield from (catalogues.singular_of(entry) for entry in catalogues.entries(catalog))


def test_every_borrowed_sentence_still_exists_where_it_was_borrowed():
    assert set(borrowed.BORROWED) - set(lent()) == set()


@pytest.mark.parametrize("sentence", ["Incorrect code.", "New Password (again)"])
def test_our_words_win(sentence, settings):
    call_command("messages", compile=True)
    settings.LOCALE_PATHS = list(settings.LOCALE_PATHS)  # makes Django read the catalogues again
    ours = {
        catalogues.singular_of(entry): catalogues.translation_of(entry)
        for entry in catalogues.entries(
            catalogues.load(Path(settings.BASE_DIR) / "common/locale/zh_Hans/LC_MESSAGES/django.po")
        )
    }
    with translation.override("zh-hans"):
        assert translation.gettext(sentence) == ours[sentence]
    with translation.override("en"):
        assert translation.gettext(sentence) == sentence
