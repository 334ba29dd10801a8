"""Accounts to log in with, activation codes to get one, and tokens for API clients."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from linglou.foundation.people.models import Person, Unit
from linglou.kernel.privacy import Retention, classify


class AccountManager(BaseUserManager["Account"]):
    def get_by_natural_key(self, username: str | None) -> Account:
        return self.get(login=username)


class Account(AbstractBaseUser):
    """A log-in for one person. ``login`` is the number (学号/工号), prefixed by the school's code where two schools share it.
    ``left_at``: out of force since then because the person left; they get it back when they return. ``language``: of messages
    and pages, '' while none was chosen."""

    person = models.OneToOneField(Person, models.PROTECT, related_name="account")
    login = models.CharField(max_length=60, unique=True)
    email = models.EmailField(blank=True)
    is_active = models.BooleanField(default=True)
    left_at = models.DateTimeField(null=True)
    language = models.CharField(max_length=10, blank=True, default="")
    created_at = models.DateTimeField()

    objects = AccountManager()

    USERNAME_FIELD = "login"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    privacy = classify(
        internal="id person login is_active left_at language created_at last_login",
        personal="email",
        sensitive="password",
        retention=Retention.MEMBERSHIP,
    )

    # Django's own permission framework is not used: the policy is access/roles.py.
    is_staff = False
    is_superuser = False


class ActivationCode(models.Model):
    """A one-time code printed for a person; kept as a hash, replaced when issued again."""

    person = models.OneToOneField(Person, models.CASCADE, related_name="activation_code")
    code_hash = models.CharField(max_length=128)
    issued_at = models.DateTimeField()
    issued_by = models.BigIntegerField(null=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    privacy = classify(
        internal="id person issued_at issued_by expires_at used_at",
        sensitive="code_hash",
        retention=Retention.TRANSIENT,
    )


class ApiToken(models.Model):
    """A bearer token of an account, limited to some verbs; kept as a hash."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="api_tokens")
    school = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12)
    token_hash = models.CharField(max_length=64, unique=True)
    verbs = models.JSONField(default=list)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    privacy = classify(
        internal="id account school name prefix verbs created_at expires_at last_used_at revoked_at",
        sensitive="token_hash",
        retention=Retention.TRANSIENT,
    )
