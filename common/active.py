"""
For which company, and for which user, this thread or task works. Kept apart so that the database backend can ask.
"""

from contextvars import ContextVar

company_id_var: ContextVar[int | None] = ContextVar("company_id", default=None)
user_id_var: ContextVar[int | None] = ContextVar("user_id", default=None)


def active_company_id() -> int | None:
    """Return the id of the company this thread or task works for, or None."""
    return company_id_var.get()


def active_user_id() -> int | None:
    """Return the id of the signed-in user whose own memberships may be read across companies, or None."""
    return user_id_var.get()
