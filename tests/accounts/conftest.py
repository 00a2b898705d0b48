"""Sign-in in tests: a cache of their own and a quick hash."""

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def own_cache(settings):
    """Rate limits count in a cache of their own: tests that run at the same time must not use up each other's tries."""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "tests"}}
    # A real password's hash takes half a second, by design.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()
