"""
Who may take which route outside of any company: sign-in, the switcher, invitations, the language, what machines ask for, the
platform's own pages.

A row is an address, the statuses of GET, and those of POST with nothing in it, each for nobody, a member, a member of another
company and a platform operator. `{0}` in an address is the id of the member's account,
`{1}` that of their company, `{2}` the secret of an invitation to it, `{3}` that of a question to one of its customers.
"""

OUTER = {
    "accounts:front_door": ("/", "302 302 302 302", "302 405 405 405"),
    "accounts:companies": ("/companies/", "302 200 200 200", "302 405 405 405"),
    "accounts:join": ("/join/lantern/{2}/", "200 200 200 200", "200 410 302 302"),
    "survey:answer": ("/survey/{3}/", "200 200 200 200", "422 403 403 403"),
    "set_language": ("/language/", "405 405 405 405", "302 302 302 302"),
    "offline": ("/offline/", "200 200 200 200", "405 405 405 405"),
    "service_worker": ("/sw.js", "200 200 200 200", "405 405 405 405"),
    "favicon": ("/favicon.ico", "302 302 302 302", "405 405 405 405"),
    # Pages of the sign-in library
    "account_login": ("/accounts/login/", "200 302 302 302", "200 302 302 302"),
    "account_logout": ("/accounts/logout/", "302 200 200 200", "302 302 302 302"),
    "account_inactive": ("/accounts/inactive/", "200 200 200 200", "405 405 405 405"),
    "account_signup": ("/accounts/signup/", "200 302 302 302", "200 302 302 302"),
    "account_reauthenticate": ("/accounts/reauthenticate/", "302 403 403 403", "302 403 403 403"),
    "account_change_password": ("/accounts/password/change/", "302 302 302 302", "302 302 302 302"),
    "account_set_password": ("/accounts/password/set/", "302 200 200 200", "302 200 200 200"),
    "account_reset_password": ("/accounts/password/reset/", "200 200 200 200", "200 200 200 200"),
    "account_reset_password_done": ("/accounts/password/reset/done/", "200 200 200 200", "405 405 405 405"),
    "account_reset_password_from_key": ("/accounts/password/reset/key/1-abc-def/", "200 200 200 200", "200 200 200 200"),
    "account_reset_password_from_key_done": ("/accounts/password/reset/key/done/", "200 200 200 200", "405 405 405 405"),
    "account_confirm_login_code": ("/accounts/login/code/confirm/", "302 302 302 302", "302 302 302 302"),
    "account_email_verification_sent": ("/accounts/confirm-email/", "302 404 404 404", "302 404 404 404"),
    "account_confirm_email": ("/accounts/confirm-email/abc/", "302 404 404 404", "302 404 404 404"),
    "account_email": ("/accounts/email/", "302 404 404 404", "302 404 404 404"),
    "account_verify_phone": ("/accounts/phone/verify/", "302 404 404 404", "302 404 404 404"),
    "account_change_phone": ("/accounts/phone/change/", "302 404 404 404", "302 404 404 404"),
    "mfa_index": ("/accounts/2fa/", "302 200 200 200", "302 405 405 405"),
    "mfa_authenticate": ("/accounts/2fa/authenticate/", "302 302 302 302", "302 302 302 302"),
    "mfa_reauthenticate": ("/accounts/2fa/reauthenticate/", "302 403 403 403", "302 403 403 403"),
    "mfa_activate_totp": ("/accounts/2fa/totp/activate/", "302 200 200 200", "302 200 200 200"),
    "mfa_deactivate_totp": ("/accounts/2fa/totp/deactivate/", "302 404 404 404", "302 404 404 404"),
    "mfa_view_recovery_codes": ("/accounts/2fa/recovery-codes/", "302 404 404 404", "302 405 405 405"),
    "mfa_generate_recovery_codes": ("/accounts/2fa/recovery-codes/generate/", "302 200 200 200", "302 200 200 200"),
    "mfa_download_recovery_codes": ("/accounts/2fa/recovery-codes/download/", "302 404 404 404", "302 404 404 404"),
    # Pages of it that stay closed, by the routes that stand before its own
    "accounts/email/": ("/accounts/email/", "302 404 404 404", "302 404 404 404"),
    "accounts/confirm-email/": ("/accounts/confirm-email/", "302 404 404 404", "302 404 404 404"),
    "accounts/confirm-email/<path:key>/": ("/accounts/confirm-email/abc/", "302 404 404 404", "302 404 404 404"),
    "accounts/phone/verify/": ("/accounts/phone/verify/", "302 404 404 404", "302 404 404 404"),
    "accounts/phone/change/": ("/accounts/phone/change/", "302 404 404 404", "302 404 404 404"),
    # The platform
    "admin:index": ("/platform/", "302 302 302 200", "302 302 302 200"),
    "admin:login": ("/platform/login/", "302 403 403 302", "302 403 403 200"),
    "admin:logout": ("/platform/logout/", "302 302 302 405", "302 302 302 200"),
    "admin:password_change": ("/platform/password_change/", "302 302 302 200", "302 302 302 200"),
    "admin:password_change_done": ("/platform/password_change/done/", "302 302 302 200", "302 302 302 405"),
    "admin:autocomplete": ("/platform/autocomplete/", "302 302 302 403", "302 302 302 405"),
    "admin:jsi18n": ("/platform/jsi18n/", "302 302 302 200", "302 302 302 405"),
    "admin:view_on_site": ("/platform/r/1/1/", "302 302 302 404", "302 302 302 404"),
    "admin:app_list": ("/platform/accounts/", "302 302 302 200", "302 302 302 200"),
    "platform/(?P<url>.*)$": ("/platform/nowhere", "302 302 302 404", "302 302 302 404"),
}
for kind, thing in (("company", "{1}"), ("user", "{0}")):
    at = f"/platform/accounts/{kind}/"
    OUTER |= {
        f"admin:accounts_{kind}_changelist": (at, "302 302 302 200", "302 302 302 200"),
        f"admin:accounts_{kind}_add": (f"{at}add/", "302 302 302 403", "302 302 302 403"),
        f"admin:accounts_{kind}_change": (f"{at}{thing}/change/", "302 302 302 200", "302 302 302 200"),
        f"admin:accounts_{kind}_delete": (f"{at}{thing}/delete/", "302 302 302 403", "302 302 302 403"),
        f"admin:accounts_{kind}_history": (f"{at}{thing}/history/", "302 302 302 200", "302 302 302 200"),
        f"platform/accounts/{kind}/<path:object_id>/": (f"{at}{thing}/", "302 302 302 302", "302 302 302 302"),
    }
