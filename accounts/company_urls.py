"""Routes of a company's own settings, members and audit trail."""

from django.urls import path

from accounts.views import audit, company

app_name = "settings"
urlpatterns = [
    path("", company.company_settings, name="company"),
    path("members/", company.members, name="members"),
    path("members/<int:membership_id>/role/", company.change_role, name="change_role"),
    path("members/<int:membership_id>/sign-in/", company.change_sign_in, name="change_sign_in"),
    path("members/<int:membership_id>/deactivate/", company.deactivate, name="deactivate"),
    path("members/<int:membership_id>/reactivate/", company.reactivate, name="reactivate"),
    path("members/<int:membership_id>/password-link/", company.password_link, name="password_link"),
    path("invitations/<int:invitation_id>/withdraw/", company.withdraw_invitation, name="withdraw_invitation"),
    path("audit/", audit.audit, name="audit"),
]
