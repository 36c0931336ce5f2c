"""A session that is connected, or greeted too, for tests of what comes then."""

import smtplib

from bigfoot_smtp import SmtpMockTestCase, ehlo_reply


class Played(SmtpMockTestCase):
    """Base of tests with a session that is connected and greeted."""

    smtp_require_assertions = False

    def setUp(self):
        super().setUp()
        self.begin()

    def begin(self):
        """Begin a session."""
        self.session = self.smtp_mock.new_session().expect("connect", returns=None)
        self.session.expect("ehlo", returns=ehlo_reply("AUTH PLAIN LOGIN", "STARTTLS"))
        self.smtp = smtplib.SMTP("mail.example.com")
        self.smtp.ehlo()

    def called(self):
        """Return the names of the commands after the greeting."""
        return [each.call.method for each in self.smtp_timeline][2:]


def greeted(case, *steps, make=smtplib.SMTP):
    """Return a client that has greeted, its session scripted with ``steps``."""
    session = case.smtp_mock.new_session().expect("connect", returns=None)
    session.expect("ehlo", returns=(250, b"OK"))
    for method, outcome in steps:
        name = "raises" if isinstance(outcome, Exception) else "returns"
        session.expect(method, **{name: outcome})
    smtp = make("mail.example.com")
    smtp.ehlo()
    return smtp


class Connected(SmtpMockTestCase):
    """Base of tests that begin with a session that is only connected."""

    smtp_require_assertions = False

    def connected(self):
        """Return a client of a new session, and that session."""
        session = self.smtp_mock.new_session().expect("connect", returns=None)
        return smtplib.SMTP("mail.example.com"), session
