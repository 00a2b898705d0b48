"""Shape of what is typed to thank somebody."""

from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _


class GivePraise(forms.Form):
    """Whom, and for what."""

    to = forms.ModelChoiceField(label=_("Whom do you thank?"), queryset=None, empty_label=_("Choose somebody"))
    text = forms.CharField(
        label=_("What did they do?"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Specific and at once: what exactly helped whom. Everybody in the company sees it."),
    )
    client_ref = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args, people, **kwargs):
        kwargs["initial"] = {"client_ref": uuid4()} | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = people
