"""
The first two tenancy walls (docs/architecture.md): a manager that refuses to work without a company, and writes
that refuse another company's rows. Walls three and four are raised in the database by `common.walls`.
"""

from contextlib import contextmanager

from django.db import models, transaction

from common.active import active_company_id, active_user_id, company_id_var, user_id_var

__all__ = [
    "CompanyForeignKey",
    "CompanyManager",
    "CompanyModel",
    "CompanyQuerySet",
    "DerivedModel",
    "ForeignCompany",
    "NoActiveCompany",
    "PartModel",
    "active_company_id",
    "active_user_id",
    "company_scope",
    "require_company_id",
    "user_scope",
    "visitor_scope",
]


class NoActiveCompany(RuntimeError):
    """Company data was asked for while no company is active."""


class ForeignCompany(RuntimeError):
    """A row of one company was about to be written while another one is active."""


def require_company_id() -> int:
    """
    Return the id of the active company.

    :raises NoActiveCompany: if none is active.
    """
    if (company_id := company_id_var.get()) is None:
        raise NoActiveCompany
    return company_id


@contextmanager
def company_scope(company, *, using="default"):
    """
    Work for one company, given as an object or an id, inside a transaction.

    Scopes nest: the outer company is active again afterwards. Inside a transaction no savepoint is made.
    """
    with _scope(company_id_var, getattr(company, "pk", company), using):
        yield


@contextmanager
def user_scope(user, *, using="default"):
    """Let the memberships of one user be read across companies, inside a transaction: for sign-in and the switcher."""
    with _scope(user_id_var, getattr(user, "pk", user), using):
        yield


@contextmanager
def visitor_scope(*, using="default"):
    """
    Open the transaction of one request; gives a function to call once the database was told which user enters which company.

    Until its end it works as a `company_scope` inside a `user_scope`. The database is not told of the way back: what it was
    told ends with the transaction.
    """
    connection = transaction.get_connection(using)
    tokens = [(variable, variable.set(variable.get())) for variable in (company_id_var, user_id_var)]

    def entered(*, company_id, user_id):
        company_id_var.set(company_id)
        user_id_var.set(user_id)
        connection.remember_announced()

    try:
        with transaction.atomic(using=using):
            yield entered
    finally:
        for variable, token in tokens:
            variable.reset(token)
        if connection.in_atomic_block:
            connection.announce_company()


@contextmanager
def _scope(variable, value, using):
    connection = transaction.get_connection(using)
    token = variable.set(value)
    try:
        if connection.in_atomic_block:
            connection.announce_company()
            yield
        else:
            # Which announces it as it begins.
            with transaction.atomic(using=using):
                yield
    finally:
        variable.reset(token)
        if connection.in_atomic_block:
            connection.announce_company()


class CompanyQuerySet(models.QuerySet):
    """Rows of the active company; bulk writes are checked as `save()` is."""

    def bulk_create(self, objs, *args, **kwargs):
        objs = list(objs)
        for obj in objs:
            obj.claim_company()
        return super().bulk_create(objs, *args, **kwargs)

    def bulk_update(self, objs, *args, **kwargs):
        objs = list(objs)
        for obj in objs:
            obj.claim_company()
        return super().bulk_update(objs, *args, **kwargs)


class CompanyManager(models.Manager.from_queryset(CompanyQuerySet)):
    """A manager that knows only the active company's rows, and raises when there is none."""

    def get_queryset(self):
        if (company_id := company_id_var.get()) is None:
            raise NoActiveCompany(self.model._meta.label)
        return super().get_queryset().filter(company_id=company_id)

    def none(self):
        return self.get_queryset().none()


class CompanyModel(models.Model):
    """
    A row that belongs to one company.

    Every unique constraint of a subclass begins with `company`; references to other company models are
    `CompanyForeignKey`s. `append_only = True` on a subclass takes UPDATE and DELETE away from the runtime role.
    """

    append_only = False

    company = models.ForeignKey("accounts.Company", on_delete=models.PROTECT, related_name="+", editable=False, db_index=False)

    objects = CompanyManager()

    class Meta:
        abstract = True

    def save(self, *args, **kwargs):
        self.claim_company()
        return super().save(*args, **kwargs)

    def claim_company(self):
        """
        Take the active company if the row has none yet.

        :raises NoActiveCompany: if none is active.
        :raises ForeignCompany: if the row belongs to another one.
        """
        if (company_id := company_id_var.get()) is None:
            raise NoActiveCompany(self._meta.label)
        if self.company_id is None:
            self.company_id = company_id
        elif self.company_id != company_id:
            raise ForeignCompany(f"{self._meta.label} of company {self.company_id} while {company_id} is active")


class PartModel(CompanyModel):
    """
    A table whose every row belongs to a row of another company table, by a reference that is never empty.

    That composite reference already says that the company is one there is; checking it by itself for each of very many rows
    costs as much again (docs/adr/0031).
    """

    company = models.ForeignKey(
        "accounts.Company", on_delete=models.PROTECT, related_name="+", editable=False, db_index=False, db_constraint=False
    )

    class Meta:
        abstract = True


class DerivedModel(CompanyModel):
    """
    A table whose rows one statement works out from other company rows, and can work out again.

    Its references were checked on the rows it comes from; the database does not check them a second time, which would
    double the cost of a roll-up (docs/adr/0006). It stands behind the other walls like any company table.
    """

    company = models.ForeignKey(
        "accounts.Company", on_delete=models.PROTECT, related_name="+", editable=False, db_index=False, db_constraint=False
    )

    class Meta:
        abstract = True


class CompanyForeignKey(models.ForeignKey):
    """
    A reference between two company models.

    Django's own constraint is left out: `common.walls` adds the composite one, `(company_id, x_id)` →
    `(company_id, id)`, with which a row cannot point into another company.
    """

    def __init__(self, to, on_delete=models.PROTECT, **kwargs):
        kwargs["db_constraint"] = False
        super().__init__(to, on_delete, **kwargs)
