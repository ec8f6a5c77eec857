"""Settings, all from the environment; production refuses to start without its secrets."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from celery.schedules import crontab
from csp.constants import NONE, SELF

from config.environment import (
    application_role,
    caches,
    check_production,
    environment_of,
    file_store,
    link_seconds,
    listed,
    named_environment,
    parse_database_url,
    whether,
    whole,
)
from config.logs import configure_structlog, logging_settings
from config.office import UNFOLD  # noqa: F401 - read by the admin's theme

BASE_DIR = Path(__file__).resolve().parent.parent
ENV = environment_of(BASE_DIR)
FOREST_ENV = named_environment(ENV)
PRODUCTION = FOREST_ENV == "production"
if PRODUCTION:
    check_production(ENV)

# --- The process -------------------------------------------------------------------------------------------------
DEBUG = whether(ENV.get("DEBUG", "")) and not PRODUCTION
SECRET_KEY = ENV.get("SECRET_KEY") or "for-development-on-one-machine-only"
SECRET_KEY_FALLBACKS = listed(ENV.get("SECRET_KEY_FALLBACKS", ""))
# By what the receipt codes of complaints are hashed. Whoever replaces SECRET_KEY keeps the former one here: codes are in people's hands for years.
COMPLAINT_CODE_KEY = ENV.get("COMPLAINT_CODE_KEY") or SECRET_KEY
ALLOWED_HOSTS = listed(ENV.get("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1],testserver"))
# What the programme is called from outside: links in published reports begin with it.
PUBLIC_URL = ENV.get("PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
DATA_DIR = Path(ENV.get("FOREST_DATA") or BASE_DIR / "var")
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Database: the application's role, and the owner's for migrations -----------------------------------------------
DATABASE_URL = ENV.get("DATABASE_URL") or "postgresql:///forest_dividend"
DATABASE_OWNER_URL = ENV.get("DATABASE_OWNER_URL", "")
DATABASE_OWNER = parse_database_url(DATABASE_OWNER_URL, name="DATABASE_OWNER_URL") if DATABASE_OWNER_URL else None
DATABASE_APP_ROLE = application_role(url=DATABASE_URL, owner_url=DATABASE_OWNER_URL, named=ENV.get("DATABASE_APP_ROLE", ""))
DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        **parse_database_url(DATABASE_URL),
        "CONN_MAX_AGE": whole(ENV, "DATABASE_CONN_MAX_AGE", 60 if PRODUCTION else 0),
        "CONN_HEALTH_CHECKS": True,
    }
}

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "config.apps.OfficeConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_celery_beat",
    "django_celery_results",
    "axes",
    "csp",
    "core",
    "core.people",
    "core.audit",
    "revenue.ledger",
    "communities.registry",
    "revenue.credits",
    "revenue.sharing",
    "communities.consent",
    "revenue.disbursements",
    "communities.spending",
    "communities.callbacks",
    "communities.grievances",
    "reports",
    "config",
]
MIDDLEWARE = [
    "config.middleware.TrustedProxy",
    "config.middleware.RefuseNull",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "config.middleware.AdminContentPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "core.digits.RememberDigits",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "core.people.middleware.ChoosePasswordFirst",
    "core.people.middleware.OfficeForOffice",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "core.audit.middleware.RememberOrigin",
    "axes.middleware.AxesMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["core.templatetags.khmer_dates"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "core.context.programme",
            ],
        },
    },
]

# --- People ----------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator", "OPTIONS": {"user_attributes": ["username", "full_name"]}},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login/"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
# By person and address together: nobody can lock somebody else out from afar.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
AXES_LOCKOUT_TEMPLATE = "people/locked_out.html"

# --- Languages and time ------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("km", "ខ្មែរ")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["config.formats"]
TIME_ZONE = ENV.get("TIME_ZONE", "Asia/Phnom_Penh")
USE_TZ = True

# --- Files: static ones for everybody, uploads outside the web root and through views only ----------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(ENV.get("STATIC_ROOT") or BASE_DIR / "staticfiles")
WHITENOISE_USE_FINDERS = not PRODUCTION
MEDIA_ROOT = Path(ENV.get("MEDIA_ROOT") or DATA_DIR / "files")
STORAGES: dict[str, dict[str, Any]] = {
    "default": file_store(ENV),
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
FILES_LINK_SECONDS = link_seconds(ENV)
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
# Bytes. What is larger is answered with a sentence at its field; the proxy in front cuts off far above it.
FILE_UPLOAD_MAX = 20 * 1024 * 1024
PHOTO_UPLOAD_MAX = 12 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

# --- Signing reports: a PKCS#12 file and its passphrase, or nothing: then reports say that they are unsigned ------------------
SIGNING_CERTIFICATE = ENV.get("SIGNING_CERTIFICATE", "")
SIGNING_PASSPHRASE = ENV.get("SIGNING_PASSPHRASE", "")
# A small PNG or JPEG picture on the cover of reports, or nothing.
EMBLEM_FILE = ENV.get("EMBLEM_FILE", "")

# --- The wire ----------------------------------------------------------------------------------------------------------
BEHIND_PROXY = whether(ENV.get("BEHIND_PROXY", ""))
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = whether(ENV.get("SECURE_SSL_REDIRECT", "1" if PRODUCTION else "0"))
SECURE_REDIRECT_EXEMPT = [r"^health/$"]
SECURE_HSTS_SECONDS = whole(ENV, "SECURE_HSTS_SECONDS", 365 * 24 * 3600) if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_NAME = "forest_session"
CSRF_COOKIE_NAME = "forest_csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = listed(ENV.get("CSRF_TRUSTED_ORIGINS", ""))
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

if FILES_LINK_SECONDS:
    # Photos and recordings come from the store itself then, each by a link that expires.
    CONTENT_SECURITY_POLICY["DIRECTIVES"]["img-src"].append(STORAGES["default"]["OPTIONS"]["endpoint_url"])

# --- API ---------------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["core.people.api.SignedIn"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination",
    "PAGE_SIZE": 50,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "core.api.answer_refusal",
    "UPLOADED_FILES_USE_URL": False,
    # Far above what a person or a spreadsheet asks; one machine gone wild is answered with 429.
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.AnonRateThrottle", "rest_framework.throttling.UserRateThrottle"],
    # By the address that TrustedProxy found: what a caller writes about itself is not counted by.
    "NUM_PROXIES": 0,
    "DEFAULT_THROTTLE_RATES": {"anon": "240/min", "user": "1200/min"},
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Forest Dividend",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "core.api.describe_refusals"],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    # One list of choices that spending and training share.
    "ENUM_NAME_OVERRIDES": {"RecordStatusEnum": "communities.spending.models.Status"},
}

# --- Counting callers: nothing else is kept in a cache, so an empty one is never wrong ---------------------------------------------
CACHES = caches(ENV.get("CACHE_URL", ""))

# --- Queue: a row of ours is the truth of each job, the message only a hint --------------------------------------------------
CELERY_BROKER_URL = ENV.get("CELERY_BROKER_URL") or "filesystem://"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {}
if CELERY_BROKER_URL.startswith("filesystem"):
    _broker = DATA_DIR / "broker"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_broker / "queue"),
        "data_folder_out": str(_broker / "queue"),
        "processed_folder": str(_broker / "processed"),
        "control_folder": str(_broker / "control"),
        "store_processed": False,
        "polling_interval": 0.1,
    }
elif CELERY_BROKER_URL.startswith("redis"):
    # Seconds. Longer than the longest task (core.tasks), or Redis would run it twice.
    CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 1200, "unacked_restore_interval": 5, "unacked_restore_throttle": 1}
JOB_LEASE_SECONDS = whole(ENV, "JOB_LEASE_SECONDS", 60)
JOB_PATIENCE_SECONDS = whole(ENV, "JOB_PATIENCE_SECONDS", 5)
JOB_SEND_AGAIN_SECONDS = whole(ENV, "JOB_SEND_AGAIN_SECONDS", 30)
CELERY_RESULT_BACKEND = "django-db"
CELERY_RESULT_EXPIRES = timedelta(days=7)
CELERY_TASK_SERIALIZER = CELERY_RESULT_SERIALIZER = CELERY_EVENT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = CELERY_RESULT_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 960
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 5
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "send lost jobs again": {"task": "core.tasks.sweep_jobs", "schedule": timedelta(seconds=10)},
    "seal what is new": {"task": "core.audit.tasks.seal", "schedule": timedelta(minutes=1)},
    "check the books": {"task": "reports.tasks.check_books_nightly", "schedule": crontab(hour="1", minute="30")},
    "make the reports that are due": {"task": "reports.tasks.make_due_reports", "schedule": timedelta(minutes=5)},
    "send what still waits to be sent": {"task": "reports.tasks.sweep_notices", "schedule": timedelta(minutes=5)},
    "take complaints nobody answered higher": {"task": "communities.grievances.tasks.escalate_overdue", "schedule": crontab(hour="6", minute="15")},
    "publish the counts of complaints": {"task": "communities.grievances.tasks.publish_counts", "schedule": crontab(hour="6", minute="30")},
    "propose periods to close": {"task": "reports.tasks.propose_periods", "schedule": crontab(hour="6", minute="0")},
}

# --- E-mail --------------------------------------------------------------------------------------------------------------
# Without a mail server e-mails are written to a folder, so that a demonstration writes to nobody; production waits for one.
EMAIL_HOST = ENV.get("EMAIL_HOST", "")
EMAIL_PORT = whole(ENV, "EMAIL_PORT", 587)
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = ENV.get("EMAIL_HOST_USER", ""), ENV.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = whether(ENV.get("EMAIL_USE_TLS", "1"))
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = ENV.get("EMAIL_FROM", "reports@localhost")
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST or PRODUCTION else 'filebased'}.EmailBackend"
EMAIL_FILE_PATH = str(MEDIA_ROOT.parent / "mail")

# --- Logs --------------------------------------------------------------------------------------------------------------
configure_structlog()
LOGGING = logging_settings(level=ENV.get("LOG_LEVEL", "INFO" if PRODUCTION else "WARNING"), as_json=PRODUCTION)
