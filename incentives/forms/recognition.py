"""Shape of what is typed to thank somebody."""

from django import forms
from django.utils.translation import gettext_lazy as _

from common.fields import OnceForm, SearchedSelect


class GivePraise(OnceForm):
    """Whom, and for what."""

    to = forms.ModelChoiceField(
        label=_("Whom do you thank?"),
        queryset=None,
        empty_label=_("Choose somebody"),
        widget=SearchedSelect(has_numbers=False),
    )
    text = forms.CharField(
        label=_("What did they do?"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Specific and at once: what exactly helped whom. Everybody in the company sees it."),
    )

    def __init__(self, *args, people, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = people
