"""The settings of the example project, but for its mail."""

SECRET_KEY = "only for tests"
ROOT_URLCONF = "project.urls"
ALLOWED_HOSTS = ["localhost", "testserver"]
STATIC_URL = "/static/"
USE_TZ = True
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "signup"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
TEMPLATES = [
    {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True},
]
DEFAULT_FROM_EMAIL = "shop@example.com"
SERVER_EMAIL = "server@example.com"
