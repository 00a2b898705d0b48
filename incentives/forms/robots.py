"""Shape of what is typed about a group robot."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from common.fields import OnceForm
from incentives.rules.robots import BadAddress, Topic, read_address


class RobotForm(OnceForm):
    """A robot of a group: its address, what it posts, and whether amounts stand in it."""

    name = forms.CharField(label=_("Name"), max_length=60, help_text=_("For example the group it posts to."))
    address = forms.CharField(
        label=_("Address (webhook)"),
        max_length=500,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "url", "spellcheck": "false"}),
        help_text=_("As DingTalk, WeCom or Feishu shows it when the robot is made. It is kept sealed and never shown again."),
    )
    secret = forms.CharField(
        label=_("Secret for signing"),
        required=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Only if the robot asks for signed messages. If it asks for a keyword, choose the name of the company."),
    )
    topics = forms.MultipleChoiceField(
        label=_("What it posts"), choices=Topic.choices, widget=forms.CheckboxSelectMultiple, required=True
    )
    shows_amounts = forms.BooleanField(
        label=_("Amounts stand in the messages"),
        required=False,
        help_text=_(
            "Without it no figure of a deal, contest or prize leaves the company; numbers in what people wrote are left out too."
        ),
    )
    language = forms.ChoiceField(label=_("Language of the messages"), choices=settings.LANGUAGES, initial="zh-hans")
    is_active = forms.BooleanField(label=_("Active"), required=False, initial=True)

    def __init__(self, *args, is_new, **kwargs):
        """:param is_new: whether the robot is still to be made; else the address may stay empty, and is kept."""
        super().__init__(*args, **kwargs)
        if is_new:
            del self.fields["is_active"]
        else:
            self.fields["address"].required = False
            self.fields["address"].help_text = _("Left empty: as it is. A new address needs its secret again.")
            del self.fields["client_ref"]

    def clean_address(self):
        address = self.cleaned_data["address"]
        if address:
            try:
                read_address(address)
            except BadAddress as refused:
                raise forms.ValidationError(refused.reason) from refused
        return address

    def clean(self):
        given = super().clean()
        if given.get("secret") and not given.get("address") and "address" not in self.errors:
            self.add_error("address", _("Enter the address as well: it and its secret are kept together."))
        return given

    @classmethod
    def initial_of(cls, robot):
        """Return what the form shows of a robot: all but its secrets."""
        return {name: getattr(robot, name) for name in ("name", "topics", "shows_amounts", "language", "is_active")}
