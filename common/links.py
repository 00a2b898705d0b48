"""A choice of a page that is a link."""

from typing import NamedTuple


class Link(NamedTuple):
    """Its words, its address, whether it is the one that is on, and what it stands for, where somebody asks."""

    label: str
    url: str
    active: bool
    code: str = ""
