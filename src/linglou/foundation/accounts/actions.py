"""Writes about accounts: codes are issued and used up, accounts made and reset, sessions ended, tokens made and revoked."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linglou.foundation.access.actor import Actor
from linglou.foundation.access.roles import Role
from linglou.foundation.accounts import queries, rules
from linglou.foundation.accounts.models import Account, ActivationCode, ApiToken
from linglou.foundation.accounts.problems import (
    ACTIVATION_REFUSED,
    BAD_TOKEN,
    LOGIN_TAKEN,
    NOBODY_TO_ACTIVATE,
    PASSWORD_REFUSED,
    SCHOOL_EXISTS,
    TOKEN_FROM_TOKEN,
    TOKEN_VERBS_REFUSED,
    TOO_MANY_FOR_ONE_SHEET,
    TOO_MANY_TOKENS,
)
from linglou.foundation.audit import actions as audit
from linglou.foundation.people import actions as people
from linglou.foundation.people.models import Person, PersonKind, Tree, Unit, UnitKind
from linglou.kernel import ids
from linglou.kernel.common_problems import INVALID_INPUT, NO_CHINESE_FONT, NOT_FOUND
from linglou.kernel.problems import FieldError, Problem
from linglou.kernel.secrets import blind_index


@dataclass(frozen=True)
class IssuedCode:
    """A code in clear: it exists only in the answer to the request that issued it."""

    person_id: int
    number: str
    name: str
    unit: str
    code: str
    expires_at: datetime


# accounts


@transaction.atomic
def create_account(*, person: Person, password: str | None, at: datetime, by: Actor | None) -> Account:
    """The log-in of a person who has none (``password=None``: an unusable one, until a code is used). The log-in is the number,
    with the school's code in front where another school has the same. Raises ``Problem(LOGIN_TAKEN)``."""
    account = Account(person=person, login=_free_login(person), created_at=at)
    account.set_password(password)
    try:
        with transaction.atomic():
            account.save()
    except IntegrityError as error:
        raise Problem(LOGIN_TAKEN, login=account.login) from error
    _audit(account, by=by, at=at, action="account.create")
    return account


def _free_login(person: Person) -> str:
    login = rules.login_of(person.number)
    if not Account.objects.filter(login=login).exists():
        return login
    school = Unit.objects.get(pk=person.school_id)
    return rules.login_of(person.number, school.code or str(school.pk))


def check_password(password: str) -> None:
    """Raises ``Problem(PASSWORD_REFUSED)`` with what is wrong with it; the password itself is never part of the answer."""
    try:
        validate_password(password)
    except ValidationError as error:
        errors = tuple(FieldError("password", "password-refused", message) for message in error.messages)
        raise Problem(PASSWORD_REFUSED, errors=errors) from error


@transaction.atomic
def record_login(*, account: Account, at: datetime) -> None:
    _audit(account, by=queries.bare_actor(account), at=at, action="account.login")


@transaction.atomic
def record_password_change(*, account: Account, at: datetime) -> None:
    _audit(account, by=queries.bare_actor(account), at=at, action="account.change-password")


@transaction.atomic
def record_second_factor(*, account: Account, at: datetime, enrolled: bool) -> None:
    action = "account.enrol-second-factor" if enrolled else "account.drop-second-factor"
    _audit(account, by=queries.bare_actor(account), at=at, action=action)


@transaction.atomic
def choose_language(*, language: str, at: datetime, by: Actor) -> Account:
    """In which language messages and pages come. Raises ``Problem(INVALID_INPUT)`` for one that we do not speak."""
    if language not in dict(settings.LANGUAGES):
        raise Problem(INVALID_INPUT, (FieldError("language", "unknown-language", str(_("没有这种语言。")), language),))
    account = Account.objects.select_for_update(of=("self",)).select_related("person").get(pk=by.account_id)
    if account.language != language:
        account.language = language
        account.save(update_fields=["language"])
        _audit(account, by=by, at=at, action="account.choose-language")
    return account


# who leaves, and who returns


@transaction.atomic
def end_for_leavers(*, at: datetime, limit: int, person_ids: Sequence[int] | None = None) -> int:
    """End the accounts of those (of ``person_ids``, or of everybody) who have left, at most ``limit``: no log-in, no session, no
    token, and no code that still waits; how many persons that were. Again is no error."""
    leavers = queries.leavers_with_access(at=at, person_ids=person_ids)[:limit]
    accounts = list(
        Account.objects.select_for_update(of=("self",)).select_related("person").filter(person__in=leavers, is_active=True)
    )
    ActivationCode.objects.filter(person__in=leavers, used_at=None, expires_at__gt=at).update(expires_at=at)
    for account in accounts:
        account.is_active, account.left_at = False, at
        account.save(update_fields=["is_active", "left_at"])
        end_all_sessions(account)
        account.api_tokens.filter(revoked_at=None).update(revoked_at=at)
        _audit(account, by=None, at=at, action="account.end")
    return len(leavers)


@transaction.atomic
def restore_for_returners(*, at: datetime, limit: int, person_ids: Sequence[int] | None = None) -> int:
    """Give those who left and belong to the school again their log-in back, with the password they had; tokens stay revoked. How
    many, at most ``limit``."""
    ended = Account.objects.select_for_update(of=("self",)).select_related("person").filter(queries.is_back(at))
    accounts = list((ended if person_ids is None else ended.filter(person__in=person_ids)).order_by("pk")[:limit])
    for account in accounts:
        account.is_active, account.left_at = True, None
        account.save(update_fields=["is_active", "left_at"])
        _audit(account, by=None, at=at, action="account.restore")
    return len(accounts)


def _audit(account: Account, *, by: Actor | None, at: datetime, action: str, **detail: Any) -> None:
    audit.record(
        by=by, school_id=account.person.school_id, at=at, action=action, subject_type="account", subject_id=account.pk,
        person_id=account.person_id, **detail,
    )  # fmt: skip


# activation codes


@transaction.atomic
def issue_codes(
    *, unit: Unit, whom: queries.Whom, renew: bool, days: int, at: datetime, by: Actor
) -> tuple[list[IssuedCode], list[queries.Candidate]]:
    """Codes for everybody at a unit (or their guardians) who has no account yet; with ``renew`` also for those whose code is
    still waiting, which then stops working. Returns the codes and the people who were passed over because their posts are
    above the issuer. Raises ``Problem`` (NOBODY_TO_ACTIVATE, TOO_MANY_FOR_ONE_SHEET)."""
    candidates = queries.candidates(unit=unit, whom=whom, by=by, at=at)
    passed_over = [c for c in candidates if c.obstacle is rules.Obstacle.ABOVE_SCOPE]
    chosen = [c for c in candidates if c.obstacle is None and not c.has_account and (renew or not c.has_waiting_code)]
    if not chosen:
        raise Problem(NOBODY_TO_ACTIVATE, unit=unit.name)
    if len(chosen) > rules.SHEET_LIMIT:
        raise Problem(TOO_MANY_FOR_ONE_SHEET, limit=rules.SHEET_LIMIT, count=len(chosen))
    expires_at = at + timedelta(days=days)
    issued = [
        IssuedCode(c.person_id, c.number, c.name, c.unit_name, ids.readable(rules.CODE_LETTERS), expires_at) for c in chosen
    ]
    _keep(issued, at=at, by=by)
    audit.record_many(
        by=by, school_id=unit.school_id or 0, at=at, action="code.issue", person_ids=[c.person_id for c in issued],
        unit_id=unit.pk,
    )  # fmt: skip
    return issued, passed_over


@transaction.atomic
def issue_sheet(
    *, unit: Unit, whom: queries.Whom, renew: bool, days: int, format: str, can_print: bool, at: datetime, by: Actor
) -> tuple[list[IssuedCode], list[queries.Candidate]]:
    """``issue_codes`` for a file that is taken away: the download itself is audited. Nothing is issued for a PDF that cannot
    be printed (``Problem(NO_CHINESE_FONT)``): earlier codes go on working."""
    if format == "pdf" and not can_print:
        raise Problem(NO_CHINESE_FONT)
    issued, passed_over = issue_codes(unit=unit, whom=whom, renew=renew, days=days, at=at, by=by)
    audit.record(
        by=by, school_id=unit.school_id or 0, at=at, action="code.sheet", subject_type="unit", subject_id=unit.pk,
        name=unit.name, format=format, persons=len(issued), days=days,
    )  # fmt: skip
    return issued, passed_over


@transaction.atomic
def issue_code(*, person: Person, days: int, drop_second_factor: bool, at: datetime, by: Actor) -> IssuedCode:
    """One code for one person. For somebody who has an account it is a reset: the old password, every session and every token
    stop working at once. Raises ``Problem`` (NOT_FOUND, ACCOUNT_EXISTS, ABOVE_YOUR_SCOPE)."""
    unit_name = queries.check_may_issue(person=person, by=by, at=at)
    issued = IssuedCode(
        person.pk, person.number, person.name, unit_name, ids.readable(rules.CODE_LETTERS), at + timedelta(days=days)
    )
    _keep([issued], at=at, by=by)
    account = Account.objects.select_for_update().filter(person=person).first()
    if account:
        account.set_unusable_password()
        account.save(update_fields=["password"])
        end_all_sessions(account)
        account.api_tokens.filter(revoked_at=None).update(revoked_at=at)
        if drop_second_factor:
            Authenticator.objects.filter(user_id=account.pk).delete()
        _audit(account, by=by, at=at, action="account.reset", second_factor_dropped=drop_second_factor)
    else:
        audit.record_many(by=by, school_id=person.school_id, at=at, action="code.issue", person_ids=[person.pk])
    return issued


def _keep(issued: Sequence[IssuedCode], *, at: datetime, by: Actor) -> None:
    ActivationCode.objects.bulk_create(
        [
            ActivationCode(
                person_id=one.person_id, code_hash=_code_hash(one.person_id, one.code), issued_at=at, issued_by=by.person_id,
                expires_at=one.expires_at,
            )
            for one in issued
        ],
        update_conflicts=True,
        unique_fields=["person"],
        update_fields=["code_hash", "issued_at", "issued_by", "expires_at", "used_at"],
    )  # fmt: skip


def _code_hash(person_id: int, code: str) -> str:
    """Keyed and bound to the person. 60 random bits need no slow hash, and a stolen table is worth nothing without the key."""
    return blind_index("activation-code", f"{person_id}:{code}")


@transaction.atomic
def activate(*, number: str, code: str, password: str, at: datetime) -> Account:
    """Use a code up: make the account, or give a reset one its new password. An unknown number, a wrong, an expired and a used
    code all answer alike. Raises ``Problem`` (ACTIVATION_REFUSED, PASSWORD_REFUSED)."""
    check_password(password)
    typed = rules.plain_code(code)
    waiting = ActivationCode.objects.select_for_update(of=("self",)).select_related("person")
    for row in waiting.filter(_has_number(number), used_at=None, expires_at__gt=at):
        if hmac.compare_digest(row.code_hash, _code_hash(row.person_id, typed)):
            row.used_at = at
            row.save(update_fields=["used_at"])
            return _open(row.person, password, at=at)
    raise Problem(ACTIVATION_REFUSED)


def _has_number(number: str) -> Q:
    """By (school, number), which is how persons are indexed; cases of letters are forgiven."""
    typed = rules.plain(number)
    schools = Unit.objects.filter(kind=UnitKind.SCHOOL).values("pk")
    return Q(person__school__in=schools, person__number__in={typed, typed.upper(), typed.lower()})


def _open(person: Person, password: str, *, at: datetime) -> Account:
    account = Account.objects.filter(person=person).first()
    if account is None:
        account = create_account(person=person, password=password, at=at, by=None)
    else:
        account.set_password(password)
        account.save(update_fields=["password"])
        end_all_sessions(account)
    _audit(account, by=queries.bare_actor(account), at=at, action="account.activate")
    return account


# sessions


def end_all_sessions(account: Account, *, but: str | None = None) -> None:
    """Log the account out everywhere, except the session with key ``but``."""
    for session in UserSession.objects.filter(user_id=account.pk).exclude(session_key=but or ""):
        session.end()


@transaction.atomic
def end_session(*, account: Account, session_id: int, at: datetime) -> None:
    """Log one session of the account out. Raises ``Problem(NOT_FOUND)`` for a session of somebody else."""
    session = UserSession.objects.filter(user_id=account.pk, pk=session_id).first()
    if session is None:
        raise Problem(NOT_FOUND)
    session.end()
    _audit(account, by=queries.bare_actor(account), at=at, action="account.end-session")


@transaction.atomic
def end_other_sessions(*, account: Account, but: str, at: datetime) -> None:
    """Log the account out everywhere but in the session with key ``but``."""
    end_all_sessions(account, but=but)
    _audit(account, by=queries.bare_actor(account), at=at, action="account.end-session")


# API tokens


@transaction.atomic
def create_token(*, name: str, verbs: Iterable[str], days: int, at: datetime, by: Actor) -> tuple[ApiToken, str]:
    """A token limited to some of one's own verbs, and its secret: shown now and never again. Raises ``Problem``
    (TOKEN_FROM_TOKEN, TOKEN_VERBS_REFUSED, TOO_MANY_TOKENS)."""
    if by.token_verbs is not None:
        raise Problem(TOKEN_FROM_TOKEN)
    granted, refused = rules.token_verbs(verbs, queries.verbs_of(by))
    if refused:
        raise Problem(TOKEN_VERBS_REFUSED, verbs="、".join(refused))
    account = Account.objects.select_for_update().get(pk=by.account_id)
    if queries.live_tokens(account.pk, at=at).count() >= rules.TOKEN_LIMIT:
        raise Problem(TOO_MANY_TOKENS, limit=rules.TOKEN_LIMIT)
    secret = rules.TOKEN_MARK + ids.token()
    token = ApiToken.objects.create(
        account=account, school_id=by.school_id, name=name, prefix=secret[:8], token_hash=_token_hash(secret),
        verbs=sorted(granted), created_at=at, expires_at=at + timedelta(days=days),
    )  # fmt: skip
    _audit(account, by=by, at=at, action="token.create", token_id=token.pk, verbs=sorted(granted))
    return token, secret


@transaction.atomic
def revoke_token(*, token_id: int, at: datetime, by: Actor) -> None:
    """Stop a token of one's own; again is no error. Raises ``Problem(NOT_FOUND)``."""
    token = ApiToken.objects.select_related("account__person").filter(account_id=by.account_id, pk=token_id).first()
    if token is None:
        raise Problem(NOT_FOUND)
    if token.revoked_at is None:
        token.revoked_at = at
        token.save(update_fields=["revoked_at"])
        _audit(token.account, by=by, at=at, action="token.revoke", token_id=token.pk)


def actor_of_token(secret: str, *, at: datetime) -> Actor:
    """Who a bearer token speaks for, limited to its verbs; notes its use at most once a minute. Raises
    ``Problem(BAD_TOKEN)`` for one that is unknown, expired, revoked, or whose account is closed."""
    token = queries.live_token(_token_hash(secret), at=at)
    if token is None:
        raise Problem(BAD_TOKEN)
    ApiToken.objects.filter(Q(last_used_at=None) | Q(last_used_at__lt=at - rules.TOKEN_USE_NOTED_EVERY), pk=token.pk).update(
        last_used_at=at
    )
    return queries.actor_of_token(token, at=at)


def _token_hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


# the first run


@transaction.atomic
def found_school(*, name: str, code: str, number: str, person_name: str, password: str, at: datetime) -> Account:
    """The school, its first administrator and their account, of an empty installation. Raises ``Problem`` (SCHOOL_EXISTS,
    PASSWORD_REFUSED); two wizards at once make one school."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('found-school', 0))")
    if queries.has_school():
        raise Problem(SCHOOL_EXISTS)
    check_password(password)
    school = people.open_unit(parent=None, tree=Tree.ADMINISTRATION, kind=UnitKind.SCHOOL, name=name, code=code, at=at, by=None)
    return create_administrator(school=school, number=number, name=person_name, password=password, at=at)


@transaction.atomic
def create_administrator(*, school: Unit, number: str, name: str, password: str, at: datetime) -> Account:
    """A member of staff with the administrator's post at the school and a log-in; somebody who exists is appointed and given
    the password. Raises ``Problem`` (PASSWORD_REFUSED, LOGIN_TAKEN)."""
    check_password(password)
    person = Person.objects.filter(school=school, number=rules.plain(number)).first()
    if person is None:
        person = Person.objects.create(
            school=school, number=rules.plain(number), name=name, kind=PersonKind.STAFF, created_at=at
        )
        people.join(person=person, unit=school, at=at, by=None)
    if not queries.holds(person.pk, Role.ADMINISTRATOR, at=at):
        people.appoint(person=person, role=Role.ADMINISTRATOR, unit=school, at=at, by=None)
    account = Account.objects.filter(person=person).first()
    if account is None:
        return create_account(person=person, password=password, at=at, by=None)
    account.set_password(password)
    account.save(update_fields=["password"])
    end_all_sessions(account)
    _audit(account, by=None, at=at, action="account.reset")
    return account
