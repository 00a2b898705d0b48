"""Every route there is, and the rows that say who may take it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.urls import URLPattern, get_resolver, reverse, set_script_prefix

from tests.guards.world import ROLES

VARIANTS = ("near", "peer", "far", "rival")
#: Whose things are out of whose sight.
OUT_OF_SIGHT = {"near": (), "peer": ("rep",), "far": ("rep", "manager", "director"), "rival": tuple(ROLES)}


def routes_of(urlconf):
    """Yield the full name of every route below a URLconf; one without a name is called by its pattern."""
    yield from _below(get_resolver(urlconf).url_patterns, "", "")


def _below(patterns, namespace, prefix):
    for entry in patterns:
        if isinstance(entry, URLPattern):
            yield f"{namespace}{entry.name}" if entry.name else f"{prefix}{entry.pattern}"
        else:
            within = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from _below(entry.url_patterns, within, f"{prefix}{entry.pattern}")


@dataclass(frozen=True)
class Row:
    """
    Who may take a route, and what happens then: statuses for rep, manager, director, HR and admin.

    :param of: the kinds of things in its address (see `World.keep`).
    :param asks: the kinds of things in its query, as `?person=3`; `query` is what else the query has to say.
    :param get: statuses of GET; None if it only takes POST (then it leads to the page above: 302).
    :param post: statuses of POST; None if it only takes GET (405 then).
    :param body: what is posted; or a function of `it`, which gives the id of a kind of thing.
    :param peer: what a rep gets for a colleague's thing, if not 404.
    :param far: what rep, manager and director get for a thing out of their sight, if not 404.
    """

    of: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    query: dict = field(default_factory=dict)
    get: tuple[int, ...] | None = None
    post: tuple[int, ...] | None = None
    body: dict | Callable = field(default_factory=dict)
    peer: int = 404
    far: tuple[int, ...] = (404, 404, 404)

    def expected(self, method, role, whose):
        """Return the statuses that are right for a role and a thing of somebody's."""
        statuses = getattr(self, method)
        if statuses is None:
            return {302 if method == "get" else 405}
        status = statuses[list(ROLES).index(role)]
        if role not in OUT_OF_SIGHT[whose] or not self.things:
            return {status}
        if status >= 400:
            # Without the right it does not matter which refusal comes first.
            return {status, 404}
        return {404 if whose == "rival" else self.peer if whose == "peer" else self.far[list(ROLES).index(role)]}

    @property
    def things(self):
        """Kinds of things that belong to somebody; a kind that ends in `_verb` is a word of the address."""
        return tuple(kind for kind in self.of + self.asks if not kind.endswith("_verb"))

    def variants(self, world):
        """Yield whose things there are to try."""
        return ["near", *(whose for whose in VARIANTS[1:] if any(world.has(kind, whose) for kind in self.things))]

    def body_for(self, world, whose="near"):
        return dict(self.body(lambda kind: world.id_of(kind, whose)) if callable(self.body) else self.body)


def row(get=None, *, of="", asks="", query=None, post=None, body=None, peer=404, far="404 404 404"):
    """Write a row as it reads best: statuses as words, in the order rep, manager, director, HR, admin."""
    return Row(
        tuple(of.split()), tuple(asks.split()), query or {}, _statuses(get), _statuses(post), body or {}, peer, _statuses(far)
    )


def _statuses(words):
    return None if words is None else tuple(map(int, words.split()))


def address(name, world, row, whose="near", *, company="lantern", foreign=None):
    """
    Return the address of a company route.

    :param foreign: only the part of the address at this position is `whose`; the others are near.
    """
    asked = {kind: world.id_of(kind, whose) for kind in row.asks} | row.query
    owners = [whose if foreign is None or place == foreign else "near" for place in range(len(row.of))]
    given = [world.id_of(kind, owner) for kind, owner in zip(row.of, owners, strict=True)]
    set_script_prefix("/")
    return (
        f"/{company}{reverse(name, urlconf='salesforce_mgmt.company_urls', args=given)}{'?' if asked else ''}{urlencode(asked)}"
    )
