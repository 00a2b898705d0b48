"""What accounts announces to the floors above. Receivers run inside the change's transaction and its company's scope."""

from django.dispatch import Signal

#: A company exists and has its first admin. Sends company=, by=.
company_created = Signal()
#: A company's settings are about to change; a receiver may refuse. Nothing is locked yet. Sends company=, settings=.
company_settings_changing = Signal()
#: A company's settings changed. Sends company=, changed= (names of fields), by=.
company_settings_changed = Signal()
#: Somebody joined by a link. Sends invitation=, membership=.
invitation_accepted = Signal()
#: A member may no longer enter, or may again. Sends membership=, by=.
member_deactivated = Signal()
member_reactivated = Signal()
