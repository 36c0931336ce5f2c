"""An SMTP object in a test: how it is made, and what it looks like."""

import functools
import inspect
import smtplib
import unittest

from bigfoot_smtp import SMTPLIB, SandboxNotActiveError, SmtpMockTestCase, StrictVerifier

RealSMTP, RealLMTP = smtplib.SMTP, smtplib.LMTP
RealSSL = getattr(smtplib, "SMTP_SSL", None)


class Early(RealSMTP):
    """A client that was defined before any test ran."""

    greeting = "as defined"

    def __init__(self, host, *, mark):
        self.mark = mark
        super().__init__(host, 2525)

    def noop(self):
        return ("overridden", *super().noop())


def early_default(cls=RealSMTP):
    return cls("mail.example.com")


class Made(SmtpMockTestCase):
    smtp_require_assertions = False

    def connection(self, *more):
        """Script one connection that goes on with ``more``."""
        session = self.smtp_mock.new_session().expect("connect", returns=None)
        for step in more:
            session.expect(step, returns=(250, b"OK"))
        return session


class Constructors(Made):
    def test_arguments_positional_and_by_keyword(self):
        for make in (
            lambda: smtplib.SMTP("mail.example.com", 587, "me.example.com", 7, ("127.0.0.1", 0)),
            lambda: smtplib.SMTP(
                host="mail.example.com",
                port=587,
                local_hostname="me.example.com",
                timeout=7,
                source_address=("127.0.0.1", 0),
            ),
        ):
            self.connection()
            smtp = make()
            self.smtp_mock.assert_connect(
                host="mail.example.com",
                port=587,
                timeout=7,
                local_hostname="me.example.com",
                source_address=("127.0.0.1", 0),
            )
            self.assertEqual((smtp.local_hostname, smtp.timeout), ("me.example.com", 7))

    def test_the_name_as_the_last_of_the_positional_arguments(self):
        self.connection()
        smtplib.SMTP("mail.example.com", 587, "me.example.com")
        self.smtp_mock.assert_connect(
            host="mail.example.com", port=587, local_hostname="me.example.com"
        )

    def test_the_port_that_smtplib_dials(self):
        for make, host, port, protocol in [
            (lambda: smtplib.SMTP("mail.example.com"), "mail.example.com", 25, "smtp"),
            (lambda: smtplib.SMTP("mail.example.com:2525"), "mail.example.com", 2525, "smtp"),
            (lambda: smtplib.SMTP("mail.example.com", 0), "mail.example.com", 25, "smtp"),
            (lambda: smtplib.LMTP("mail.example.com"), "mail.example.com", 2003, "lmtp"),
            (lambda: smtplib.LMTP("/run/lmtp"), "/run/lmtp", None, "lmtp"),
        ]:
            self.connection()
            make()
            self.smtp_mock.assert_connect(host=host, port=port, protocol=protocol)

    @unittest.skipIf(RealSSL is None, "this Python has no ssl")
    def test_smtp_ssl(self):
        self.connection()
        smtp = smtplib.SMTP_SSL("mail.example.com")
        self.smtp_mock.assert_connect(host="mail.example.com", port=465, protocol="smtps")
        self.assertIsInstance(smtp, RealSSL)

    def test_a_fall_from_tls_is_seen(self):
        self.connection()
        smtplib.SMTP("mail.example.com", 465)
        with self.assertRaisesRegex(AssertionError, "protocol"):
            self.smtp_mock.assert_connect(host="mail.example.com", port=465, protocol="smtps")

    def test_wrong_arguments(self):
        for arguments in [(1, 2, 3, 4, 5, 6), ()]:
            with self.assertRaises(TypeError):
                smtplib.SMTP(*arguments, no_such=1)
        with self.assertRaises(OSError):
            smtplib.SMTP("mail.example.com:port")
        self.assertEqual(len(self.smtp_timeline), 0)

    def test_signatures(self):
        for name, value in inspect.getmembers(RealSMTP, inspect.isfunction):
            if not name.startswith("_"):
                ours = inspect.signature(getattr(smtplib.SMTP, name))
                self.assertEqual(ours, inspect.signature(value), name)
        self.assertEqual(inspect.signature(smtplib.SMTP), inspect.signature(RealSMTP))


class Attributes(Made):
    def test_as_smtplib_leaves_them(self):
        session = self.connection()
        smtp = smtplib.SMTP("mail.example.com")
        self.assertIsNotNone(smtp.sock)
        self.assertEqual(
            (smtp.ehlo_resp, smtp.helo_resp, smtp.does_esmtp, smtp.esmtp_features),
            (None, None, False, {}),
        )
        session.expect("ehlo", returns=(250, b"mail.example.com\nSIZE 1000\nSTARTTLS"))
        smtp.ehlo("me")
        self.assertEqual(smtp.ehlo_resp, b"mail.example.com\nSIZE 1000\nSTARTTLS")
        self.assertTrue(smtp.does_esmtp)
        self.assertEqual(smtp.esmtp_features, {"size": "1000", "starttls": ""})
        self.assertTrue(smtp.has_extn("SIZE"))

    def test_helo(self):
        self.connection("helo")
        smtp = smtplib.SMTP("mail.example.com")
        smtp.helo()
        self.assertEqual((smtp.helo_resp, smtp.ehlo_resp), (b"OK", None))

    def test_the_name_of_the_client_is_not_asked_of_the_dns(self):
        self.connection()
        self.assertEqual(smtplib.SMTP("mail.example.com").local_hostname, "[127.0.0.1]")

    def test_without_a_connection(self):
        self.assertIsNone(smtplib.SMTP().sock)


class Classes(Made):
    def test_isinstance_against_either_class(self):
        for make in (smtplib.SMTP, RealSMTP, smtplib.LMTP, RealLMTP):
            smtp = make()
            for cls in (smtplib.SMTP, RealSMTP):
                self.assertIsInstance(smtp, cls)

    def test_a_class_imported_by_name(self):
        self.connection("noop")
        smtp = RealSMTP("mail.example.com")
        self.assertIs(type(smtp), smtplib.SMTP)
        smtp.noop()

    def test_a_default_argument_and_a_partial(self):
        self.connection()
        self.connection()
        self.assertIsInstance(early_default(), smtplib.SMTP)
        self.assertIsInstance(functools.partial(RealSMTP, port=1)("mail.example.com"), smtplib.SMTP)

    def test_a_subclass_defined_before(self):
        self.connection("noop")
        smtp = Early("mail.example.com", mark="mine")
        self.assertIsInstance(smtp, Early)
        self.assertEqual((smtp.mark, smtp.greeting), ("mine", "as defined"))
        self.assertEqual(smtp.noop(), ("overridden", 250, b"OK"))
        self.assertEqual((type(smtp).__name__, type(smtp).__module__), ("Early", __name__))
        self.smtp_mock.assert_connect(host="mail.example.com", port=2525)
        self.smtp_mock.assert_noop()

    def test_a_subclass_defined_in_the_test(self):
        class Late(smtplib.SMTP):
            def noop(self):
                return ("late", *super().noop())

        self.connection("noop")
        smtp = Late("mail.example.com")
        self.assertIs(type(smtp), Late)
        self.assertEqual(smtp.noop()[0], "late")

    def test_the_classes_are_what_they_are(self):
        self.assertIs(RealSMTP, smtplib.SMTP)
        self.assertTrue(issubclass(Early, smtplib.SMTP))
        self.assertEqual({smtplib.SMTP: "plain"}[RealSMTP], "plain")

    def test_lmtp_greets_by_lhlo(self):
        session = self.smtp_mock.new_session().expect("connect", returns=None)
        session.expect("ehlo", returns=(250, b"OK")).expect("quit", returns=(221, b"Bye"))
        with smtplib.LMTP("/run/lmtp") as lmtp:
            self.assertEqual(lmtp.ehlo(), (250, b"OK"))
        self.assertEqual(session.state, "closed")


class Leaving(Made):
    def test_by_hand(self):
        self.smtp_mock.new_session().expect_delivery()
        smtp = smtplib.SMTP("mail.example.com")
        smtp.ehlo()
        smtp.sendmail("a@x", "b@x", "hello")
        self.assertIsNone(smtp.__exit__())
        self.assertEqual(self.smtp_timeline[-1].call.method, "quit")


class ClassesOfSmtplib(Classes):
    smtp_state_machine = SMTPLIB


class Outside(unittest.TestCase):
    def test_a_client_outside_its_sandbox(self):
        with StrictVerifier().sandbox():
            client = smtplib.SMTP()
        for use in (client.noop, client.connect, client.getreply):
            with self.assertRaises(SandboxNotActiveError) as caught:
                use()
            self.assertIn("test_client.py", caught.exception.where)

    def test_a_real_client_made_before_does_not_dial(self):
        client = RealSMTP()
        verifier = StrictVerifier()
        with verifier.sandbox():
            with self.assertRaises(SandboxNotActiveError):
                client.connect("mail.example.com")
        self.assertEqual(len(verifier.violations()), 1)
