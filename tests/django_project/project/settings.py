"""The example project with the ``EMAIL_*`` settings, which every Django has."""

import django

from project.common import *  # noqa: F401, F403

# From Django 6.0 an address alone, before it a pair with the name.
ADMINS = ["admin@example.com"] if django.VERSION >= (6,) else [("Admin", "admin@example.com")]
EMAIL_HOST = "mail.example.com"
EMAIL_PORT = 2525
EMAIL_TIMEOUT = 10
