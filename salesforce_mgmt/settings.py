"""
Settings, read from the environment; the defaults suit a developer's machine, never production.

Production must set SECRET_KEY, DATABASE_URL, REDIS_URL, ALLOWED_HOSTS and BASE_URL. See docs/running.md.
"""

from pathlib import Path

import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

DEBUG = env.bool("DEBUG", default=False)
DEMO = env.bool("DEMO", default=False)  # show the demo's sign-ins, and let their password in
SECRET_KEY = env.str("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
BASE_URL = env.str("BASE_URL", default="http://localhost:8000")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[BASE_URL])

INSTALLED_APPS = [
    "common",
    "accounts",
    "jobs",
    "teams",
    "customers",
    "deals",
    "visits",
    "credits",
    "targets",
    "incentives",
    "meetings",
    "reports",
    "exchange",
    "demo",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "django_htmx",
    "rest_framework",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "accounts.middleware.HealthMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "accounts.middleware.PolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "accounts.middleware.UserMiddleware",
    "accounts.middleware.LanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.middleware.CompanyMiddleware",
    "accounts.middleware.PageAboveMiddleware",
    "teams.middleware.PersonMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "accounts.middleware.ReadingMiddleware",
]

ROOT_URLCONF = "salesforce_mgmt.urls"  # outside any company
COMPANY_URLCONF = "salesforce_mgmt.company_urls"  # inside one: everything below /<company-slug>/
WSGI_APPLICATION = "salesforce_mgmt.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "common.spoken.Loader",
                    [f"django.template.loaders.{kind}.Loader" for kind in ("filesystem", "app_directories")],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.context_processors.company",
                "teams.context_processors.own_page",
                "reports.context_processors.navigation",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "common.templatetags.figures",
                "common.templatetags.keeping",
                "common.templatetags.pages",
            ],
        },
    },
]

# Two doors to one database (docs/architecture.md, "Tenancy"): `default` is the runtime role under row-level security;
# `migrator` exists only where migrations and platform jobs run.
DATABASES = {
    "default": env.db("DATABASE_URL")
    | {"ENGINE": "common.db.postgres", "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True, "ATOMIC_REQUESTS": True}
}
DATABASES["default"].setdefault("OPTIONS", {})
if env.str("MIGRATOR_DATABASE_URL", default=""):
    DATABASES["migrator"] = env.db("MIGRATOR_DATABASE_URL") | {"ENGINE": "common.db.postgres"}
# Statements of every page are prepared once per connection; a pooler that shares connections by transaction cannot bear that.
DATABASE_PREPARES = env.bool("DATABASE_PREPARES", default=True)
DATABASE_OWNER_ROLE = env.str("DATABASE_OWNER_ROLE", default="sfm_owner")
DATABASE_RUNTIME_ROLE = env.str("DATABASE_RUNTIME_ROLE", default="sfm_runtime")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "accounts.adapters.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
SESSION_ENGINE = "accounts.sessions"
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_DISPLAY = str
ACCOUNT_LOGIN_METHODS = {"email", "phone"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "phone", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # people join by invitation; the link was the verification
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # strangers get no mail because somebody typed their address
ACCOUNT_FORMS = {"login": "accounts.forms.LoginForm"}
ACCOUNT_LOGOUT_ON_GET = False
# Per address of the network, a whole office comes in by one; per account, five wrong passwords in five minutes are enough.
ACCOUNT_RATE_LIMITS = {"login": "300/m/ip", "login_failed": "60/m/ip,5/300s/key"}
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if env.bool("BEHIND_PROXY", default=False) else 0
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Sales Force"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
# One catalogue per app (`manage.py messages`), so that parallel work does not meet in one file.
LOCALE_PATHS = [BASE_DIR / app / "locale" for app in INSTALLED_APPS if "." not in app and (BASE_DIR / app).is_dir()]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
_npm = BASE_DIR / "node_modules"
STATICFILES_DIRS = [BASE_DIR / "static"] + [
    (prefix, path)
    for prefix, path in {
        "vendor/tabler": _npm / "@tabler" / "core" / "dist",
        "vendor/tabler-icons": _npm / "@tabler" / "icons-webfont" / "dist",
        "vendor/htmx": _npm / "htmx.org" / "dist",
        "vendor/echarts": _npm / "echarts" / "dist",
        "vendor/tabulator": _npm / "tabulator-tables" / "dist",
        "vendor/idb": _npm / "idb" / "build",
    }.items()
    if path.is_dir()
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedStaticFilesStorage"
    },
}
MEDIA_ROOT = Path(
    env.str("MEDIA_ROOT", default=str(BASE_DIR / "media"))
)  # uploads and exports; served only by views that ask `access`

# The font inside PDF files and pictures; of the npm package only where it is drawn from, never served.
PAPER_FONTS = env.str("PAPER_FONTS", default=str(_npm / "@embedpdf" / "fonts-sc" / "fonts"))

IMPORT_FILES_KEPT_DAYS = env.int("IMPORT_FILES_KEPT_DAYS", default=30)  # after their import; then the files are removed

FORM_RENDERER = "common.quick_forms.QuickRenderer"
CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BASE_URL.startswith("https://")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=False) else None
SECURE_SSL_REDIRECT = env.bool("SSL_REDIRECT", default=False)
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("HSTS_INCLUDE_SUBDOMAINS", default=False)
SECURE_HSTS_PRELOAD = env.bool("HSTS_PRELOAD", default=False)
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 2**20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        # ECharts and Tabulator set styles on elements they create.
        "style-src": [SELF, "'unsafe-inline'"],
        "img-src": [SELF, "data:", "blob:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": None,
}

REDIS_URL = env.str("REDIS_URL", default="redis://localhost:6379/0")
CACHES = {
    "default": {
        "BACKEND": "common.caches.SteadyCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 2},
    }
}
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_DEFAULT_QUEUE = "interactive"
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 4 * 3600}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A new connection for every message would cost as much as a job of it; `salesforce_mgmt.celery` looks after kept ones.
CELERY_DB_REUSE_MAX = 1_000_000
# Where jobs themselves run is said by their kind (`jobs.registry`); these are the short tasks around them.
CELERY_TASK_ROUTES = {"jobs.tasks.*": {"queue": "interactive"}}
# Two beats, or a tick too many, do no harm: what is due is decided by the rows. Unread ticks expire before the next.
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "jobs.tasks.sweep_jobs", "schedule": 30.0, "options": {"expires": 25}},
    "tick": {"task": "jobs.tasks.tick", "schedule": crontab(minute="*/15"), "options": {"expires": 14 * 60}},
}
CELERY_BEAT_SCHEDULER = "redbeat.RedBeatScheduler"
CELERY_REDBEAT_REDIS_URL = REDIS_URL
CELERY_REDBEAT_LOCK_TIMEOUT = 60  # a crashed beat is replaced after a minute, not after 25
CELERY_TIMEZONE = "UTC"

EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="noreply@localhost")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django.db.backends": {"level": "INFO"},
        "fontTools": {"level": "WARNING"},  # says which characters it takes out of the font, for every document
    },
}

#: What the platform calls itself until a company says otherwise.
PRODUCT_NAME = _("Sales Force Management")
