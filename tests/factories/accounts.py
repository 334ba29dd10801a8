"""Accounts to log in with, and browsers that are logged in."""

from __future__ import annotations

from allauth.account.internal.flows import login as records
from allauth.mfa.totp.internal import auth as totp
from django.test import Client

from linglou.foundation.accounts import actions
from linglou.foundation.accounts.models import Account
from linglou.foundation.people.models import Person
from linglou.kernel import clock

PASSWORD = "correct-horse-7"


def account(of: Person, password: str = PASSWORD) -> Account:
    existing = Account.objects.filter(person=of).first()
    return existing or actions.create_account(person=of, password=password, at=clock.now(), by=None)


def browser(of: Person, *, second_factor: bool = False, csrf: bool = False) -> Client:
    """Logged in as a person; with ``second_factor`` as one who has enrolled and passed it."""
    client = Client(enforce_csrf_checks=csrf)
    who = account(of)
    client.force_login(who)
    if second_factor:
        totp.TOTP.activate(who, totp.generate_totp_secret())
        session = client.session
        session[records.AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "mfa", "at": clock.now().timestamp()}]
        session[records._AUTHENTICATION_METHODS_USER_SESSION_KEY] = str(who.pk)
        session.save()
    return client


def token(of: Person, *verbs: str) -> str:
    """The secret of a fresh API token."""
    from linglou.foundation.people import queries

    actor = queries.actor_of(of, account_id=account(of).pk, at=clock.now())
    return actions.create_token(name="test", verbs=verbs, days=1, at=clock.now(), by=actor)[1]
