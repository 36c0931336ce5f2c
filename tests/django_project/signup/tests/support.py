"""What the tests of mail share."""

import unittest

from django.core import mail
from django.test import SimpleTestCase

from bigfoot_smtp import MessageWith
from bigfoot_smtp.django import DjangoSmtpMockTestCase


def send(to=("you@example.com",), **kwargs):
    """Send "Hello" by ``send_mail``."""
    return mail.send_mail("Hello", "How are you?", "me@example.com", list(to), **kwargs)


class HelloTestCase(DjangoSmtpMockTestCase, SimpleTestCase):
    """The assertions of one delivery of "Hello", part by part."""

    def assert_connected_and_greeted(self, port=2525, protocol="smtp"):
        self.smtp_mock.assert_connect(host="mail.example.com", port=port, protocol=protocol)
        self.smtp_mock.assert_ehlo(name="")

    def assert_sendmail(self, to=("you@example.com",)):
        return self.smtp_mock.assert_sendmail(
            from_addr="me@example.com",
            to_addrs=to,
            msg=MessageWith(subject="Hello", to=to, text="How are you?"),
        )

    def may_quit(self, session):
        """Script the QUIT that only the newer versions of Django send after a failure."""
        session.expect("quit", returns=(221, b"Bye"), required=False)

    def assert_quit_if_sent(self):
        self.assertIn(
            [self.smtp_mock.assert_quit().call.method for _ in self.smtp_timeline.unasserted],
            ([], ["quit"]),
        )


def report(case):
    """Run the test ``test`` of ``case`` and return all that failed, as text."""
    result = unittest.TestResult()
    unittest.TestSuite([case("test")]).run(result)
    return "\n".join(text for _, text in result.failures + result.errors)
