"""
How the tests are handed out to several processes: those of a file stay together, and whatever takes long begins first.

What a file's tests share (a world, a story, a stage with its server and browser) is then made once, by one process. The files
of a few folders share more than that and stay together as well.
"""

from xdist.scheduler import LoadScopeScheduling

#: Folders whose tests share one thing that takes long to make: the journeys their stage.
TOGETHER = ("tests/journeys/",)
#: What begins first, in this order: whoever got it last would keep everybody waiting at the end.
FIRST = (*TOGETHER, "tests/guards/", "tests/faults/", "tests/demo/")


class HandingOut(LoadScopeScheduling):
    """Hands out shares, whole, in the order in which the tests were collected."""

    def __init__(self, config, log=None):
        super().__init__(config, log)
        config.option.loadscopereorder = False

    def _split_scope(self, nodeid):
        return share_of(nodeid)


def share_of(nodeid):
    """Return the share that a test belongs to: its folder if that stays together, else its file."""
    return next((folder for folder in TOGETHER if nodeid.startswith(folder)), nodeid.split("::", 1)[0])


def turn_of(nodeid):
    """Return when a test's turn is, as a number to sort by; what has the same keeps its random order."""
    return next((turn for turn, folder in enumerate(FIRST) if nodeid.startswith(folder)), len(FIRST))
