"""
The cache on Valkey, which may be away: what is kept there – progress, counts of attempts – is never worth an error.

Meanwhile each process remembers by itself, so that people can sign in and guessing passwords stays limited.
"""

import logging

import redis
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache

log = logging.getLogger(__name__)


def _or_by_itself(name):
    def method(self, *args, **kwargs):
        try:
            return getattr(RedisCache, name)(self, *args, **kwargs)
        except redis.RedisError as error:
            log.warning("the cache does not answer: %s", error)
            return getattr(self._meanwhile, name)(*args, **kwargs)

    method.__name__ = name
    return method


class SteadyCache(RedisCache):
    """Valkey's cache; while Valkey does not answer, the memory of this process."""

    def __init__(self, server, params):
        super().__init__(server, params)
        self._meanwhile = LocMemCache("while the cache is away", {key: params[key] for key in params if key != "OPTIONS"})

    add = _or_by_itself("add")
    get = _or_by_itself("get")
    set = _or_by_itself("set")
    touch = _or_by_itself("touch")
    delete = _or_by_itself("delete")
    get_many = _or_by_itself("get_many")
    has_key = _or_by_itself("has_key")
    incr = _or_by_itself("incr")
    set_many = _or_by_itself("set_many")
    delete_many = _or_by_itself("delete_many")
    clear = _or_by_itself("clear")
