"""What is sealed changes no more: the models refuse, and only the service that holds the key may go on."""

from contextlib import contextmanager
from contextvars import ContextVar

from django.db import models

from common.tenancy import CompanyManager, CompanyQuerySet

_unsealed = ContextVar("what may be written though it is sealed", default=False)


class SealedRow(RuntimeError):
    """A row that is sealed was about to be changed or deleted."""


@contextmanager
def unsealing():
    """Let sealed rows be written: for the services that record what happens to a sealed statement."""
    token = _unsealed.set(True)
    try:
        yield
    finally:
        _unsealed.reset(token)


class SealedQuerySet(CompanyQuerySet):
    """Rows of which some are sealed: bulk writes refuse them as `save()` does."""

    def update(self, **values):
        self._refuse_sealed(self)
        return super().update(**values)

    def delete(self):
        self._refuse_sealed(self)
        return super().delete()

    def bulk_update(self, objs, *args, **kwargs):
        objs = list(objs)
        self._refuse_sealed(self.model.objects.filter(pk__in=[obj.pk for obj in objs]))
        return super().bulk_update(objs, *args, **kwargs)

    def bulk_create(self, objs, *args, **kwargs):
        objs = list(objs)
        self.model.refuse_sealed_parents(objs)
        return super().bulk_create(objs, *args, **kwargs)

    def _refuse_sealed(self, rows):
        if not _unsealed.get() and self.model.objects.filter(self.model.sealed, pk__in=rows.order_by().values("pk")).exists():
            raise SealedRow(self.model._meta.label)


class Sealed(models.Model):
    """
    A row that cannot be changed once `sealed`, a condition on its table, holds for what is stored of it.

    A subclass whose rows hang on a sealed one names that reference in `sealed_with`.
    """

    sealed: models.Q
    sealed_with = ""

    objects = CompanyManager.from_queryset(SealedQuerySet)()

    class Meta:
        abstract = True

    def save(self, *args, **kwargs):
        self._refuse_if_sealed()
        return super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        self._refuse_if_sealed()
        return super().delete(*args, **kwargs)

    @classmethod
    def refuse_sealed_parents(cls, rows):
        """
        Look whether new rows would hang on something sealed.

        :raises SealedRow: if one does.
        """
        if _unsealed.get() or not cls.sealed_with or not rows:
            return
        parent = cls._meta.get_field(cls.sealed_with)
        parents = {getattr(row, parent.attname) for row in rows}
        if parent.related_model.objects.filter(parent.related_model.sealed, pk__in=parents).exists():
            raise SealedRow(cls._meta.label)

    def _refuse_if_sealed(self):
        if _unsealed.get():
            return
        if self._state.adding:
            self.refuse_sealed_parents([self])
        elif type(self).objects.filter(type(self).sealed, pk=self.pk).exists():
            raise SealedRow(self._meta.label)
