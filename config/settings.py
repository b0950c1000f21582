"""All settings, from environment variables (listed in .env.example). ``X_FILE`` names a file that holds the value of ``X``.

``JIANDI_MODE=development`` (default) runs from a checkout with SQLite and no other server; ``production`` wants
PostgreSQL and Redis and refuses to start with an unsafe value.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import django_stubs_ext
import environ
from celery.schedules import crontab
from django.core.exceptions import ImproperlyConfigured

from config import api_described

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.FileAwareEnv()


def require(holds: bool, sentence: str) -> None:
    """Refuse to start, saying which variable is wrong."""
    if not holds:
        raise ImproperlyConfigured(sentence)


# -- mode -----------------------------------------------------------------------------------------------------------

JIANDI_MODE = env.str("JIANDI_MODE", default="development")
require(JIANDI_MODE in ("development", "production"), f"JIANDI_MODE must be development or production, not {JIANDI_MODE!r}.")
PRODUCTION = JIANDI_MODE == "production"
DEBUG = env.bool("DEBUG", default=not PRODUCTION)
# A demonstration: accounts with a published password exist and the sign-in page names them.
JIANDI_DEMO = env.bool("JIANDI_DEMO", default=False)

DEVELOPMENT_KEY = "jiandi-development-key-that-production-refuses-to-start-with"
SECRET_KEY = env.str("SECRET_KEY", default="" if PRODUCTION else DEVELOPMENT_KEY).strip()
# Former keys, the latest first: what was encrypted or signed with one is still read, nothing new is made with it.
SECRET_KEY_FALLBACKS = re.findall(r"[^\s,]+", env.str("SECRET_KEY_FALLBACKS", default=""))
LOCAL_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=[] if PRODUCTION else LOCAL_HOSTS)
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])
DATABASE_URL = env.str("DATABASE_URL", default="").strip()
REDIS_URL = env.str("REDIS_URL", default="").strip()

if PRODUCTION:
    require(not DEBUG, "DEBUG must not be on in production.")
    require(not JIANDI_DEMO, "JIANDI_DEMO must not be on in production: its accounts have a published password.")
    require(len(SECRET_KEY) >= 50, "SECRET_KEY (or SECRET_KEY_FILE) must be set to at least 50 random characters in production.")
    require(len(set(SECRET_KEY)) >= 5, "SECRET_KEY must be random: it has fewer than 5 different characters.")
    require(SECRET_KEY != DEVELOPMENT_KEY, "SECRET_KEY must not be the published development key in production.")
    require(all(len(key) >= 50 for key in SECRET_KEY_FALLBACKS), "SECRET_KEY_FALLBACKS must hold keys of at least 50 characters.")
    require(DEVELOPMENT_KEY not in SECRET_KEY_FALLBACKS, "SECRET_KEY_FALLBACKS must not hold the published development key.")
    require(bool(ALLOWED_HOSTS), "ALLOWED_HOSTS must name the site's host names in production.")
    require(not any("*" in host for host in ALLOWED_HOSTS), "ALLOWED_HOSTS must not contain * in production.")
    require(DATABASE_URL.startswith(("postgres://", "postgresql://")), "DATABASE_URL must be a postgres:// address in production.")
    require(REDIS_URL.startswith(("redis://", "rediss://", "unix://")), "REDIS_URL must be a redis:// address in production.")

# -- the data folder ------------------------------------------------------------------------------------------------

DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "data"))).resolve()
EVIDENCE_DIR = DATA_DIR / "evidence"
UPLOAD_DIR = DATA_DIR / "uploads"
# The files of the public site; in production a folder of its own, which nginx reads.
PUBLIC_DIR = Path(env.str("PUBLIC_DIR", default="") or DATA_DIR / "public").resolve()
BROKER_DIR = DATA_DIR / "broker"
for folder in (EVIDENCE_DIR, UPLOAD_DIR, *(() if REDIS_URL else (BROKER_DIR / "messages", BROKER_DIR / "control"))):
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)

EVIDENCE_MAX_BYTES = env.int("EVIDENCE_MAX_BYTES", default=20 * 1024 * 1024)
ARCHIVE_MAX_BYTES = env.int("ARCHIVE_MAX_BYTES", default=500 * 1024 * 1024)
EVIDENCE_MAX_FILES = env.int("EVIDENCE_MAX_FILES", default=10)
EVIDENCE_MAX_MEASURE_BYTES = env.int("EVIDENCE_MAX_MEASURE_BYTES", default=200 * 1024 * 1024)
WORKBOOK_PACKAGE_MAX_BYTES = env.int("WORKBOOK_PACKAGE_MAX_BYTES", default=100 * 1024 * 1024)
FILE_UPLOAD_TEMP_DIR = str(UPLOAD_DIR)
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
# A page of the register has a box to tick for each measure.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2500

# -- what is installed ----------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    # First: its commands stand in for Django's, which would go round the book.
    "config.apps.ProjectConfig",
    "config.apps.ReferenceAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "csp",
    "apps.ledgers.apps.LedgersConfig",
    "apps.units.apps.UnitsConfig",
    "apps.issues.apps.IssuesConfig",
    "apps.measures.apps.MeasuresConfig",
    "apps.supervision.apps.SupervisionConfig",
    "apps.reports.apps.ReportsConfig",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "config.middleware.PublicPagesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.sessions.IdleSessionMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.middleware.PrivatePagesMiddleware",
    "config.middleware.SignInRequiredMiddleware",
    "config.middleware.OneTimePasswordMiddleware",
    "config.middleware.RefusalMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context.shell",
            ],
        },
    },
]

# -- database -------------------------------------------------------------------------------------------------------


def sqlite_at(path: str) -> dict[str, Any]:
    """Writers queue (immediate transactions, 20 s); a commit is on the disk before it is acknowledged."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA recursive_triggers=ON;",
        },
    }


def database() -> dict[str, Any]:
    if not DATABASE_URL:
        return sqlite_at(str(DATA_DIR / "jiandi.sqlite3"))
    found: dict[str, Any] = env.db_url_config(DATABASE_URL)
    if found.get("ENGINE") == "django.db.backends.sqlite3":
        return sqlite_at(found["NAME"])
    require(found.get("ENGINE") == "django.db.backends.postgresql", "DATABASE_URL must be a postgres:// or sqlite:/// address.")
    found["OPTIONS"] = {"connect_timeout": 10, **found.get("OPTIONS", {})}
    return {**found, "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}


DATABASES = {"default": database()}

# -- people and sessions --------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "units.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "config.passwords.LengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "config.passwords.SimilarityValidator"},
    {"NAME": "config.passwords.CommonValidator"},
    {"NAME": "config.passwords.NumericValidator"},
]

LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/workbench/"
ACCOUNT_ADAPTER = "apps.units.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_SESSION_REMEMBER = False
# Ten failures a minute from one address, five in a quarter of an hour for one account from one address.
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/15m/key"}

SESSION_COOKIE_AGE = 8 * 60 * 60
SESSION_IDLE_MINUTES = env.int("SESSION_IDLE_MINUTES", default=60)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "config.views.csrf_failure"

# -- what the browser is told ---------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# Proxies in front of gunicorn whose X-Forwarded-For and X-Forwarded-Proto are believed.
TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=1 if PRODUCTION else 0)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT
if TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

if PRODUCTION:
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_SECURE = True
    CSRF_COOKIE_NAME = "__Host-csrf"

# -- language and time ----------------------------------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = env.str("TIME_ZONE", default="Asia/Shanghai")
USE_I18N = True
USE_TZ = True

# -- files ----------------------------------------------------------------------------------------------------------

NODE_MODULES = BASE_DIR / "node_modules"
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(BASE_DIR / "staticfiles"))).resolve()
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "config.assets.PackageFinder",
]
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ("gz", "zip", "png", "jpg", "woff", "woff2", "map")
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(DATA_DIR)}},
    # No base_url: evidence has no address of its own, a view checks permission on every download.
    "evidence": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(EVIDENCE_DIR)}},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# -- cache and jobs -------------------------------------------------------------------------------------------------

CACHES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    # Shared by the web processes, so that a throttle counts once.
    else {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": str(DATA_DIR / "cache")}
}

# A task that is not acknowledged within VISIBILITY seconds is delivered again; it must be dead by then (security.md R-20).
VISIBILITY = env.int("JOB_VISIBILITY_SECONDS", default=600)
CELERY_BROKER_URL = REDIS_URL or "filesystem://localhost//"
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = (
    {"visibility_timeout": VISIBILITY, "unacked_restore_interval": 5, "unacked_restore_throttle": 1}
    if REDIS_URL
    else {
        "data_folder_in": str(BROKER_DIR / "messages"),
        "data_folder_out": str(BROKER_DIR / "messages"),
        "control_folder": str(BROKER_DIR / "control"),
    }
)
CELERY_VISIBILITY_TIMEOUT = VISIBILITY
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_SERIALIZER = "json"
CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_TASK_TIME_LIMIT = 300
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 20
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_ENABLE_REMOTE_CONTROL = bool(REDIS_URL)
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = TIME_ZONE
# The first pause before a job that failed is tried again; each further one is twice as long.
JOB_RETRY_SECONDS = env.int("JOB_RETRY_SECONDS", default=30)
CELERY_BEAT_SCHEDULE = {
    # Every hour, although the day changes once: the job is idempotent, and a missed midnight is made good within the hour.
    "derive-timeliness": {"task": "supervision.derive_timeliness", "schedule": crontab(minute="5")},
    "propose-escalations": {"task": "supervision.propose_escalations", "schedule": crontab(minute="20")},
    # Every hour: what is made is made once a working day. Five minutes after the cut, so that acts on their way are in it.
    "build-digests": {"task": "supervision.build_digests", "schedule": crontab(minute="35")},
    "tend-feedback": {"task": "reports.tend_feedback", "schedule": crontab(minute="50")},
    "keep-site": {"task": "reports.keep_site", "schedule": crontab(minute="*/5")},
    "send-digests": {"task": "supervision.send_digests", "schedule": crontab()},
    "call-hooks": {"task": "supervision.call_hooks", "schedule": crontab()},
    "render-overdue": {"task": "reports.render_overdue", "schedule": crontab(minute="*/5")},
    "forget-answers": {"task": "supervision.forget_answers", "schedule": crontab(minute="55")},
    "resume-imports": {"task": "supervision.resume_imports", "schedule": crontab(minute="*/5")},
}

# -- what leaves the house -------------------------------------------------------------------------------------------

# The address under which people reach the site: links in e-mails and channels begin with it.
SITE_URL = env.str("SITE_URL", default="").strip().rstrip("/")
if not SITE_URL:
    SITE_URL = f"https://{ALLOWED_HOSTS[0].lstrip('.')}" if PRODUCTION else "http://127.0.0.1:8000"
require(SITE_URL.startswith(("https://", "http://")), "SITE_URL must begin with https:// (or http://).")
# Without a host no e-mail is sent.
EMAIL_HOST = env.str("EMAIL_HOST", default="").strip()
EMAIL_TLS = env.str("EMAIL_TLS", default="starttls").strip()
require(EMAIL_TLS in ("none", "starttls", "ssl"), f"EMAIL_TLS must be none, starttls or ssl, not {EMAIL_TLS!r}.")
EMAIL_PORT = env.int("EMAIL_PORT", default=465 if EMAIL_TLS == "ssl" else 587 if EMAIL_TLS == "starttls" else 25)
EMAIL_USER = env.str("EMAIL_USER", default="").strip()
EMAIL_PASSWORD = env.str("EMAIL_PASSWORD", default="").strip()
EMAIL_FROM = env.str("EMAIL_FROM", default="").strip()
require(not EMAIL_HOST or "@" in EMAIL_FROM, "EMAIL_FROM must be the sender's e-mail address where EMAIL_HOST is set.")
# Kinds of channels the office may set up, as apprise names them. Addresses of channels and hooks inside the house's own net are refused
# unless this says so.
CHANNEL_SCHEMES: list[str] = env.list("CHANNEL_SCHEMES", default=["wecombot", "dingtalk", "feishu", "lark"])
CHANNEL_PRIVATE_HOSTS = env.bool("CHANNEL_PRIVATE_HOSTS", default=False)

# -- what the public writes ------------------------------------------------------------------------------------------

# How many messages the site takes within an hour, from all addresses; in how many working days one is to be answered; for how many days
# the sender's contact is kept.
FEEDBACK_PER_HOUR = env.int("FEEDBACK_PER_HOUR", default=60)
FEEDBACK_WORKING_DAYS = env.int("FEEDBACK_WORKING_DAYS", default=15)
FEEDBACK_CONTACT_DAYS = env.int("FEEDBACK_CONTACT_DAYS", default=180)

# -- open data -------------------------------------------------------------------------------------------------------

# Under what terms everybody may use published editions: one sentence, and where the terms stand in full.
DATA_LICENCE = env.str("DATA_LICENCE", default="").strip()
if not DATA_LICENCE:
    DATA_LICENCE = "通报内容及数据可以免费使用、复制、改编和再传播，使用时请注明出处和版次，不得歪曲原意。"
DATA_LICENCE_URL = env.str("DATA_LICENCE_URL", default="").strip()

# -- API ------------------------------------------------------------------------------------------------------------

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        # The first one answers 401 with its name to those who did not say who they are.
        "config.api_auth.HouseToken",
        "config.api_auth.HouseSession",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated", "config.api_auth.InScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["apps.units.parsers.BoundedJSONParser"],
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "config.pagination.Pages",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": [
        "rest_framework.throttling.AnonRateThrottle",
        "rest_framework.throttling.UserRateThrottle",
        "config.api_auth.EachTokenThrottle",
    ],
    # “token”: tries to fetch one with a password; “each_token”: requests with one token.
    "DEFAULT_THROTTLE_RATES": {"anon": "60/min", "user": "600/min", "token": "10/min", "each_token": "300/min"},
    "EXCEPTION_HANDLER": "config.api_errors.handler",
    "NUM_PROXIES": TRUSTED_PROXY_COUNT,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = api_described.SETTINGS

# -- the wall chart --------------------------------------------------------------------------------------------------

WALL_REFRESH_SECONDS = env.int("WALL_REFRESH_SECONDS", default=60)
WALL_TURN_SECONDS = env.int("WALL_TURN_SECONDS", default=20)

# -- logs -----------------------------------------------------------------------------------------------------------

LOG_LEVEL = env.str("LOG_LEVEL", default="INFO").upper()
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "config.logs.LineFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"handlers": ["stderr"], "level": LOG_LEVEL, "propagate": False},
        # It greets at every start, and tells of damage in uploads that is refused in words anyway.
        "pikepdf": {"level": "ERROR"},
        # It tells each step; and its warning of a missing glyph is listened to (apps/measures/papers/pdf.py), whatever LOG_LEVEL is.
        "weasyprint": {"level": "WARNING"},
        # What it says may name the secret part of a channel's address.
        "apprise": {"handlers": [], "level": "WARNING", "propagate": False},
    },
}
