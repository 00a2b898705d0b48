"""Forms that are sent twice: what a reference has made already, also when both arrive at the same moment."""

from uuid import UUID

from common.locks import LockSpace, hold


def made_before(rows, client_ref):
    """
    Return the row that this reference of the browser's has made, None if it has made none yet, or there is no reference.

    Whoever asks second waits until the first one's transaction is over, and then sees what it made. Ask before anything else
    is looked at: what the first one changed would refuse the second.
    """
    if client_ref is None:
        return None
    hold(LockSpace.CLIENT_REF, UUID(str(client_ref)).int)
    return rows.filter(client_ref=client_ref).first()
