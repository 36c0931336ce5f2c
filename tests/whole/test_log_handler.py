"""``logging.handlers.SMTPHandler``, unchanged, against the fake: asserted step by step."""

import contextlib
import io
import logging
import logging.handlers
import unittest

from bigfoot_smtp import SMTPLIB, MessageWith, SmtpMockTestCase, ehlo_reply
from tests.support import inner

CREDENTIALS = ("user@example.com", "s3cret")


def handler(**options):
    return logging.handlers.SMTPHandler(
        mailhost=("mail.example.com", 587),
        fromaddr="app@example.com",
        toaddrs=["ops@example.com", "dev@example.com"],
        subject="It broke",
        timeout=7.0,
        **options,
    )


def log(emitter, text="disk full"):
    """Emit one error through ``emitter``; return what it printed of its own failure."""
    record = logging.LogRecord("app", logging.ERROR, "app.py", 1, text, None, None)
    stderr = io.StringIO()
    with contextlib.redirect_stderr(stderr):
        emitter.handle(record)
    return stderr.getvalue()


def script(case, *steps):
    session = case.smtp_mock.new_session()
    for method, answer in steps:
        session.expect(method, returns=answer)
    return session


MESSAGE = MessageWith(
    subject="It broke",
    from_="app@example.com",
    to=["ops@example.com", "dev@example.com"],
    text="disk full",
)


class Swallowed(unittest.TestCase):
    def test_a_violation_is_told_without_the_frames_of_the_package(self):
        def body(case):
            log(handler())

        verdict = inner.run_body(body)
        self.assertIn("logging", verdict.text.partition("bigfoot_smtp.")[0])
        for name in ("_fake.py", "_peer.py", "_scenario.py"):
            self.assertNotIn(name, verdict.text)

    def test_a_violation_is_not_printed_by_the_handler(self):
        """The test fails by it; any other error of a handler is printed as ever."""
        printed = []

        class Broken(logging.Handler):
            def emit(self, record):
                try:
                    raise LookupError("broken")
                except LookupError:
                    self.handleError(record)

        def body(case):
            printed.extend([log(handler()), log(Broken())])

        self.assertEqual(inner.run_body(body).counts, inner.FAILED)
        self.assertEqual(printed[0], "")
        self.assertIn("LookupError: broken", printed[1])


class Sending(SmtpMockTestCase):
    smtp_state_machine = SMTPLIB

    def test_plain(self):
        script(
            self,
            ("connect", None),
            ("ehlo", (250, b"OK")),
            ("send_message", {}),
            ("quit", (221, b"Bye")),
        )
        self.assertEqual(log(handler()), "")
        self.smtp_mock.assert_connect(host="mail.example.com", port=587, timeout=7.0)
        self.smtp_mock.assert_ehlo(name="")
        self.smtp_mock.assert_send_message(msg=MESSAGE)
        self.smtp_mock.assert_quit()
        (mail,) = self.smtp_mock.outbox
        self.assertEqual(mail.to_addrs, ["ops@example.com", "dev@example.com"])

    def test_secure(self):
        script(
            self,
            ("connect", None),
            ("ehlo", ehlo_reply("STARTTLS")),
            ("starttls", (220, b"Ready")),
            ("ehlo", ehlo_reply("AUTH PLAIN")),
            ("login", (235, b"OK")),
            ("send_message", {}),
            ("quit", (221, b"Bye")),
        )
        self.assertEqual(log(handler(credentials=CREDENTIALS, secure=())), "")
        self.smtp_mock.assert_connect(host="mail.example.com", port=587)
        self.smtp_mock.assert_ehlo(name="")
        self.smtp_mock.assert_starttls()
        self.smtp_mock.assert_ehlo(name="")
        self.smtp_mock.assert_login(user="user@example.com", password="s3cret")
        self.smtp_mock.assert_send_message(msg=MESSAGE)
        self.smtp_mock.assert_quit()

    def test_credentials_without_secure(self):
        script(
            self,
            ("connect", None),
            ("ehlo", ehlo_reply("AUTH PLAIN")),
            ("login", (235, b"OK")),
            ("send_message", {}),
            ("quit", (221, b"Bye")),
        )
        self.assertEqual(log(handler(credentials=CREDENTIALS)), "")
        self.smtp_mock.assert_connect(host="mail.example.com", port=587)
        self.smtp_mock.assert_ehlo(name="")
        self.smtp_mock.assert_login(user="user@example.com", password="s3cret")
        self.smtp_mock.assert_send_message(msg=MESSAGE)
        self.smtp_mock.assert_quit()

    def test_a_refused_login_is_printed_by_the_handler(self):
        script(self, ("connect", None), ("ehlo", ehlo_reply("AUTH PLAIN")), ("login", (535, b"No")))
        self.assertIn("SMTPAuthenticationError", log(handler(credentials=CREDENTIALS)))
        self.smtp_mock.assert_connect(host="mail.example.com", port=587)
        self.smtp_mock.assert_ehlo(name="")
        self.smtp_mock.assert_login(user="user@example.com", password="s3cret")
        self.assertEqual(self.smtp_mock.outbox, [])


class Swallowing(unittest.TestCase):
    """The handler catches every exception; the end of the test tells them."""

    def verdict(self, *steps, **options):
        def body(case):
            script(case, *steps)
            log(handler(**options))

        return inner.run_body(body, smtp_state_machine=SMTPLIB, smtp_require_assertions=False)

    def assert_reported(self, verdict, *words):
        self.assertEqual(verdict.counts, inner.FAILED, verdict)
        for word in ("Swallowed", "test_log_handler.py", *words):
            self.assertIn(word, verdict.text)

    def test_no_script(self):
        self.assert_reported(self.verdict(), "connect", "mail.example.com")

    def test_a_step_that_is_missing(self):
        verdict = self.verdict(("connect", None), ("ehlo", (250, b"OK")), ("quit", (221, b"Bye")))
        self.assert_reported(verdict, "send_message is not the next step", "quit", "never used")

    def test_the_greeting_that_is_missing(self):
        verdict = self.verdict(("connect", None), ("send_message", {}))
        self.assert_reported(verdict, "ehlo is not the next step", "send_message")

    def test_secure_without_a_second_greeting(self):
        verdict = self.verdict(
            ("connect", None),
            ("ehlo", ehlo_reply("STARTTLS")),
            ("starttls", (220, b"Ready")),
            credentials=CREDENTIALS,
            secure=(),
        )
        self.assert_reported(verdict, "ehlo is not the next step")
        self.assertNotIn("s3cret", verdict.text)
