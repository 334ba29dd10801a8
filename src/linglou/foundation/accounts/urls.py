"""Pages of accounts. allauth's views are named one by one: signing up, e-mail and password-by-mail do not exist here."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from django.urls import include, path

from linglou.foundation.accounts.views import activation, codes, own, second_factor, setup, trail

own_pages = [
    path("account/", own.overview, name="overview"),
    path("account/activate/", activation.activate, name="activate"),
    path("account/codes/", codes.codes, name="codes"),
    path("account/codes/unit/<int:unit_id>/", codes.unit_codes, name="unit_codes"),
    path("account/codes/person/<int:person_id>/", codes.person_code, name="person_code"),
    path("account/language/", own.language, name="language"),
    path("account/sessions/", own.sessions, name="sessions"),
    path("account/sessions/end/", own.end_session, name="end_session"),
    path("account/tokens/", own.tokens, name="tokens"),
    path("account/tokens/<int:token_id>/revoke/", own.revoke_token, name="revoke_token"),
    path("account/looks/", own.looks, name="looks"),
    path("audit/", trail.search, name="trail"),
    path("audit/export/", trail.export, name="export_trail"),
    path("setup/", setup.set_up, name="setup"),
    path("setup/checklist/", setup.checklist, name="checklist"),
]

urlpatterns = [
    path("", include((own_pages, "accounts"))),
    path("account/login/", account.login, name="account_login"),
    path("account/logout/", account.logout, name="account_logout"),
    path("account/inactive/", account.account_inactive, name="account_inactive"),
    path("account/reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("account/password/", account.password_change, name="account_change_password"),
    path("account/second-factor/", mfa.index, name="mfa_index"),
    path("account/second-factor/login/", mfa.authenticate, name="mfa_authenticate"),
    path("account/second-factor/again/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("account/second-factor/set-up/", second_factor.set_up, name="mfa_activate_totp"),
    path("account/second-factor/drop/", second_factor.drop, name="mfa_deactivate_totp"),
    path("account/second-factor/codes/", second_factor.recovery_codes, name="mfa_view_recovery_codes"),
    path("account/second-factor/codes/new/", recovery.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("account/second-factor/codes/download/", recovery.download_recovery_codes, name="mfa_download_recovery_codes"),
]
