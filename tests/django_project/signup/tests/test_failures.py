"""Servers that refuse, and connections that break."""

import smtplib

from bigfoot_smtp import UnmockedInteractionError, ehlo_reply
from signup.tests.support import HelloTestCase, send

REFUSED = (550, b"No such user")


class FailureTestCase(HelloTestCase):
    def greeted_session(self):
        """Return a session that is scripted up to the greeting."""
        session = self.smtp_mock.new_session().expect("connect", returns=None)
        return session.expect("ehlo", returns=ehlo_reply())


class RecipientTests(FailureTestCase):
    def test_all_recipients_refused(self):
        session = self.greeted_session().expect("sendmail", returns={"you@example.com": REFUSED})
        self.may_quit(session)
        with self.assertRaises(smtplib.SMTPRecipientsRefused) as caught:
            send()
        self.assertEqual(caught.exception.recipients, {"you@example.com": REFUSED})
        self.assert_connected_and_greeted()
        self.assert_sendmail()
        self.assert_quit_if_sent()
        self.assertEqual(self.smtp_mock.outbox, [])

    def test_one_of_two_recipients_refused(self):
        session = self.greeted_session().expect("sendmail", returns={"gone@example.com": REFUSED})
        session.expect("quit", returns=(221, b"Bye"))
        self.assertEqual(send(["gone@example.com", "you@example.com"]), 1)
        self.assert_connected_and_greeted()
        sendmail = self.assert_sendmail(["gone@example.com", "you@example.com"])
        self.assertEqual(sendmail.result, {"gone@example.com": REFUSED})
        self.smtp_mock.assert_quit()
        self.assertEqual(self.smtp_mock.outbox[0].to_addrs, ["you@example.com"])


class DisconnectTests(FailureTestCase):
    def test_disconnected_while_sending(self):
        gone = smtplib.SMTPServerDisconnected("Connection unexpectedly closed")
        self.greeted_session().expect("sendmail", raises=gone)
        with self.assertRaises(smtplib.SMTPServerDisconnected):
            send()
        self.assert_connected_and_greeted()
        self.assert_sendmail()

    def test_disconnected_at_the_end_is_no_failure(self):
        session = self.greeted_session().expect("sendmail", returns={})
        session.expect("quit", raises=smtplib.SMTPServerDisconnected("gone"))
        self.assertEqual(send(), 1)
        self.assert_connected_and_greeted()
        self.assert_sendmail()
        self.smtp_mock.assert_quit()


class FailSilentlyTests(FailureTestCase):
    def test_a_refused_connection_is_silent(self):
        self.smtp_mock.new_session().expect("connect", raises=ConnectionRefusedError(111, "No"))
        self.assertFalse(send(fail_silently=True))
        self.smtp_mock.assert_connect(host="mail.example.com", port=2525)

    def test_a_refused_mail_is_silent(self):
        session = self.greeted_session()
        session.expect("sendmail", raises=smtplib.SMTPDataError(554, b"Looks like spam"))
        session.expect("quit", returns=(221, b"Bye"))
        self.assertFalse(send(fail_silently=True))
        self.assert_connected_and_greeted()
        self.assert_sendmail()
        self.smtp_mock.assert_quit()

    def test_a_violation_is_not_silent(self):
        with self.assertRaises(UnmockedInteractionError):
            send(fail_silently=True)
