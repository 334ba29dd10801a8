"""Django settings. Everything that differs between installations comes from the environment (see docs/operators.md)."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from linglou.kernel.clock import CAMPUS_ZONE

PACKAGE = Path(__file__).parent
DATA = Path(os.environ.get("LINGLOU_DATA", "data")).absolute()
DEMO = os.environ.get("LINGLOU_DEMO") == "1"
SECRET_KEY = os.environ.get("LINGLOU_SECRET_KEY", "")
DEBUG = False
ALLOWED_HOSTS = os.environ.get("LINGLOU_HOSTS", "*").split(",")
CSRF_FAILURE_VIEW = "linglou.server.refusals.form_expired"
CSRF_TRUSTED_ORIGINS = [origin for origin in os.environ.get("LINGLOU_ORIGINS", "").split(",") if origin]
BEHIND_TLS = os.environ.get("LINGLOU_TLS") == "1"
PUBLIC_URL = os.environ.get("LINGLOU_PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")  # what links in messages begin with
MAIL_SERVER = os.environ.get("LINGLOU_MAIL", "")  # mailtos://user:password@smtp.example.edu.cn?from=linglou@example.edu.cn
CHANNELS_TO_THIS_MACHINE = os.environ.get("LINGLOU_LOCAL_CHANNELS") == "1"  # webhooks at 127.0.0.1, to try them out


def _database(url: str) -> dict[str, object]:
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": query.pop("user", None) or unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", None) or parts.hostname or "",
        "PORT": str(parts.port or ""),
        "OPTIONS": query,
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": True,
    }


DATABASE_URL = os.environ.get("DATABASE_URL", "postgresql:///linglou")
DATABASES = {"default": _database(DATABASE_URL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "linglou.ui",  # before allauth: its templates stand in for allauth's
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "linglou.foundation.audit",
    "linglou.foundation.rulebook",
    "linglou.foundation.people",
    "linglou.foundation.accounts",  # before allauth: its templates replace allauth's
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_htmx",
    "template_partials",
    "linglou.engines.rounds",
    "linglou.engines.tasks",
    "linglou.engines.notifications",
    "linglou.domains.command",
    "linglou.domains.signals",
    "linglou.domains.daily",
    "linglou.domains.movement",
    "linglou.domains.surveillance",
    "linglou.domains.cases",
    "linglou.domains.care",
    "linglou.flows",
    "linglou.boards",
    "linglou.api",
    "linglou.server",
]

MIDDLEWARE = [
    "linglou.server.middleware.ContentSecurity",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "linglou.server.middleware.Problems",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "linglou.ui.middleware.Language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "linglou.foundation.accounts.middleware.WhoIsAsking",
    "django.contrib.messages.middleware.MessageMiddleware",
    "linglou.foundation.accounts.middleware.FirstRun",
    "linglou.foundation.accounts.middleware.SecondFactor",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "linglou.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "linglou.ui.context.page",
                "linglou.boards.navigation.navigation",
            ],
        },
    }
]

AUTH_USER_MODEL = "accounts.Account"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "linglou.foundation.accounts.forms.LongEnough"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_USER_MODEL_USERNAME_FIELD = "login"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PRESERVE_USERNAME_CASING = False  # log-ins are kept in lower case, so that looking one up is an index scan
ACCOUNT_ADAPTER = "linglou.foundation.accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "linglou.foundation.accounts.forms.LoginForm",
    "reauthenticate": "linglou.foundation.accounts.forms.ReauthenticateForm",
    "change_password": "linglou.foundation.accounts.forms.ChangePasswordForm",
}
# A whole campus may share one address: attempts are counted generously per address, failures strictly per log-in.
ACCOUNT_RATE_LIMITS = {
    "login": "600/m/ip",
    "login_failed": "5/5m/key,60/5m/ip",
    "activate": "5/5m/key,60/5m/ip",
    "change_password": "5/m/user",
}
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if BEHIND_TLS else 0
MFA_ADAPTER = "linglou.foundation.accounts.adapter.SecondFactorAdapter"
MFA_FORMS = {
    "authenticate": "linglou.foundation.accounts.forms.SecondFactorForm",
    "reauthenticate": "linglou.foundation.accounts.forms.SecondFactorAgainForm",
    "activate_totp": "linglou.foundation.accounts.forms.SetUpSecondFactorForm",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Linglou"
REQUIRE_SECOND_FACTOR = not DEMO
USERSESSIONS_TRACK_ACTIVITY = False  # one write per request; accounts' own middleware notes activity every ten minutes

SESSION_COOKIE_AGE = 30 * 86400
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_TLS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_TLS else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "linglou_cache",
        # Counts of failed log-ins and used one-time codes stand here: Django's own 300 would throw them out in any busy minute.
        # What has expired is swept every day (server/housekeeping.py).
        "OPTIONS": {"MAX_ENTRIES": 50_000},
    },
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LOCALE_PATHS = [PACKAGE / "locale"]  # what belongs to no app: kernel, access, the menu
USE_TZ = True
TIME_ZONE = CAMPUS_ZONE.key

STATIC_URL = "/static/"
STATIC_ROOT = DATA / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = DATA / "files"
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024

LOGGING_CONFIG = "linglou.server.logs.configure"
LOGGING = {"format": "json-lines"}  # Django calls LOGGING_CONFIG only when this is not empty
SILENCED_SYSTEM_CHECKS: list[str] = []
