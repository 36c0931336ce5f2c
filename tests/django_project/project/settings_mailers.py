"""The example project with the ``MAILERS`` setting of Django 6.1."""

from project.common import *  # noqa: F401, F403

ADMINS = ["admin@example.com"]
MAILERS = {
    "default": {"OPTIONS": {"host": "mail.example.com", "port": 2525, "timeout": 10}},
    "bulk": {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {"host": "bulk.example.com", "port": 25},
    },
    "log": {
        "BACKEND": "django.core.mail.backends.filebased.EmailBackend",
        "OPTIONS": {"file_path": "mail.log"},
    },
}
