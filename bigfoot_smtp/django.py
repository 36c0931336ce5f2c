"""``DjangoSmtpMockTestCase``: Django's own SMTP backend, talking to the script of the test.

The only module that imports Django.
"""

from __future__ import annotations

import functools
import warnings
from typing import Any, Callable, ClassVar, Dict, Mapping
from unittest import mock

import django.test.utils
from django.conf import settings
from django.core import mail
from django.utils.log import AdminEmailHandler

from bigfoot_smtp._commands.states import SMTPLIB, StateMachine
from bigfoot_smtp._report.base import BigfootError
from bigfoot_smtp._script.place import chain
from bigfoot_smtp.testcase import SmtpMockTestCase

__unittest = True  # keeps the frames of this file out of tracebacks

SMTP_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
"""Django's SMTP backend, the default of ``EMAIL_BACKEND`` and of a mailer's ``BACKEND``."""

_SETTINGS = {
    "host": "EMAIL_HOST",
    "port": "EMAIL_PORT",
    "username": "EMAIL_HOST_USER",
    "password": "EMAIL_HOST_PASSWORD",
    "use_tls": "EMAIL_USE_TLS",
    "use_ssl": "EMAIL_USE_SSL",
    "timeout": "EMAIL_TIMEOUT",
    "ssl_keyfile": "EMAIL_SSL_KEYFILE",
    "ssl_certfile": "EMAIL_SSL_CERTFILE",
}


class DjangoSmtpMockTestCase(SmtpMockTestCase):
    """Run each test with Django's SMTP backend in place, and ``smtplib`` faked below it.

    Put it before a test case of Django:
    ``class T(DjangoSmtpMockTestCase, django.test.TestCase)``. Django's test runner
    sends all mail to ``django.core.mail.outbox``; inside such a test it goes through
    the SMTP backend instead, with the project's own host, port, TLS and credentials.
    The ``EMAIL_*`` settings are used, or ``MAILERS`` (Django 6.1) if the project has it.

    Django asks the DNS for the name of its host; during a test it is ``localhost``. A view
    that fails because of a violation of the script is not reported to ``ADMINS`` by mail.

    :cvar str smtp_backend: the dotted path of the backend, for a project that has a
        subclass of Django's.
    :cvar dict smtp_options: arguments of the backend that this test case sets in place
        of the project's: ``host``, ``port``, ``username``, ``password``, ``use_tls``,
        ``use_ssl``, ``timeout``, ``ssl_keyfile``, ``ssl_certfile``.
    """

    smtp_state_machine: ClassVar[StateMachine] = SMTPLIB
    smtp_backend: ClassVar[str] = SMTP_BACKEND
    smtp_options: ClassVar[Mapping[str, Any]] = {}

    _smtp_settings = (*SmtpMockTestCase._smtp_settings, "smtp_backend", "smtp_options")

    def setUp(self) -> None:
        """Switch to the SMTP backend, then install the fake.

        :raises ValueError: for a name in ``smtp_options`` that the backend does not have.
        """
        override = django.test.utils.override_settings(**self._smtp_switched())
        _quietly(override.enable)
        self.addCleanup(_quietly, override.disable)
        host_name = mock.patch.object(mail.DNS_NAME, "get_fqdn", lambda: "localhost")
        host_name.start()
        self.addCleanup(host_name.stop)
        emit = _sparing_violations(AdminEmailHandler.emit)
        admins = mock.patch.object(AdminEmailHandler, "emit", emit)
        admins.start()
        self.addCleanup(admins.stop)
        super().setUp()

    def _smtp_switched(self) -> Dict[str, Any]:
        for name in self.smtp_options:
            if name not in _SETTINGS:
                known = ", ".join(_SETTINGS)
                raise ValueError(f"smtp_options has {name!r}; the options are {known}")
        if hasattr(mail, "mailers") and hasattr(settings, "MAILERS"):
            mailers = settings.MAILERS.items()
            return {"MAILERS": {alias: self._smtp_mailer(alias, own) for alias, own in mailers}}
        given = {_SETTINGS[name]: value for name, value in self.smtp_options.items()}
        return {"EMAIL_BACKEND": self.smtp_backend, **given}

    def _smtp_mailer(self, alias: str, config: Mapping[str, Any]) -> Dict[str, Any]:
        """Return the mailer ``alias`` with this test's backend and the project's options."""
        if config == {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}:
            # The runner replaced the project's own, and keeps it nowhere else.
            saved = getattr(django.test.utils._TestState, "saved_data", None)
            config = getattr(saved, "mailers", {}).get(alias, config)
        is_smtp = config.get("BACKEND", SMTP_BACKEND) in (SMTP_BACKEND, self.smtp_backend)
        own = config.get("OPTIONS", {}) if is_smtp else {}
        return {
            "BACKEND": self.smtp_backend,
            "OPTIONS": {"host": "localhost", **own, **self.smtp_options},
        }


def _sparing_violations(emit: Any) -> Any:
    """Return ``AdminEmailHandler.emit`` that mails no violation of the script to the admins.

    The view of the test failed by it; the mail would be the next violation.
    """

    @functools.wraps(emit)
    def emit_others(self: Any, record: Any) -> None:
        _, error, _ = record.exc_info or (None, None, None)
        if not any(isinstance(each, BigfootError) for each in chain(error)):
            emit(self, record)

    return emit_others


def _quietly(switch: Callable[[], None]) -> None:
    """Switch settings without the warning of Django 6.1 that ``EMAIL_*`` are deprecated."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        switch()
