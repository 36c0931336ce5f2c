"""TLS and credentials, set on the test case."""

import smtplib

from bigfoot_smtp import ehlo_reply
from signup.tests.support import HelloTestCase, send


class StarttlsTests(HelloTestCase):
    smtp_options = {"port": 587, "use_tls": True}

    def test_starttls_comes_before_the_mail(self):
        self.smtp_mock.new_session().expect_delivery(starttls=True)
        send()
        self.assert_connected_and_greeted(587)
        self.smtp_mock.assert_starttls()
        self.smtp_mock.assert_ehlo(name="")
        self.assert_sendmail()
        self.smtp_mock.assert_quit()

    def test_a_server_without_starttls_gets_no_mail(self):
        session = self.smtp_mock.new_session()
        session.expect("connect", returns=None).expect("ehlo", returns=ehlo_reply())
        self.may_quit(session)
        with self.assertRaises(smtplib.SMTPNotSupportedError):
            send()
        self.assert_connected_and_greeted(587)
        self.assert_quit_if_sent()
        self.assertEqual(self.smtp_mock.outbox, [])


class SslTests(HelloTestCase):
    smtp_options = {"port": 465, "use_ssl": True}

    def test_the_connection_is_one_of_smtp_ssl(self):
        self.smtp_mock.new_session().expect_delivery()
        send()
        with self.assertRaisesRegex(AssertionError, "differs in protocol"):
            self.smtp_mock.assert_connect(host="mail.example.com", port=465)
        self.assert_connected_and_greeted(465, "smtps")
        self.assert_sendmail()
        self.smtp_mock.assert_quit()


class LoginTests(HelloTestCase):
    smtp_options = {"use_tls": True, "username": "shop", "password": "s3cret"}

    def test_login_comes_after_starttls(self):
        self.smtp_mock.new_session().expect_delivery(starttls=True, login=True)
        send()
        self.assert_connected_and_greeted()
        self.smtp_mock.assert_starttls()
        self.smtp_mock.assert_ehlo(name="")
        self.smtp_mock.assert_login(user="shop", password="s3cret")
        self.assert_sendmail()
        self.smtp_mock.assert_quit()

    def test_a_refused_login_reaches_the_caller(self):
        session = self.smtp_mock.new_session()
        session.expect("connect", returns=None)
        session.expect("ehlo", returns=ehlo_reply("STARTTLS"))
        session.expect("starttls", returns=(220, b"Go ahead"))
        session.expect("ehlo", returns=ehlo_reply("AUTH PLAIN LOGIN"))
        session.expect("login", returns=(535, b"Wrong password"))
        self.may_quit(session)
        with self.assertRaises(smtplib.SMTPAuthenticationError) as caught:
            send()
        self.assertEqual(caught.exception.smtp_code, 535)
        self.assert_connected_and_greeted()
        self.smtp_mock.assert_starttls()
        self.smtp_mock.assert_ehlo(name="")
        self.smtp_mock.assert_login(user="shop", password="s3cret")
        self.assert_quit_if_sent()
