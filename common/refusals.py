"""The one shape of "no" that pure modules give: a code for programs, a sentence for people."""

from django.utils.translation import gettext_lazy as _


class Refusal(ValueError):
    """
    A value that cannot be taken, with the reason in the reader's language.

    The sentence is put together when it is read, not when it is raised: the same refusal may be stored by a background
    job and shown to two people in two languages. Keep ``code`` and ``params`` (plain values) for that.
    """

    sentences: dict = {}

    def __init__(self, code: str, **params):
        if code not in self.sentences:
            raise KeyError(code)
        super().__init__(code)
        self.code = code
        self.params = params

    @property
    def reason(self) -> str:
        """The sentence, in the language that is active now."""
        sentence = str(self.sentences[self.code])
        return sentence % self.params if self.params else sentence

    def __str__(self) -> str:
        return self.reason


class BadValue(Refusal):
    """A cell or field that cannot be read as what it should be."""

    sentences = {
        "empty": _("A value is needed."),
    }
