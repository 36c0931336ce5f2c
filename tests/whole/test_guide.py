"""Every example of the guide of the pytest plugin, rewritten for the test case."""

import smtplib
from email.message import EmailMessage

from bigfoot_smtp import (
    InvalidStateError,
    SmtpMockTestCase,
    SmtpPlugin,
    State,
    StrictVerifier,
    UnmockedInteractionError,
)
from tests.support import inner


def send_secure_email(host, port, user, password, from_addr, to_addrs, body):
    smtp = smtplib.SMTP(host, port)
    smtp.ehlo()
    smtp.starttls()
    smtp.login(user, password)
    smtp.sendmail(from_addr, to_addrs, body)
    smtp.quit()


def send_email(text, greet="ehlo"):
    smtp = smtplib.SMTP("mail.example.com", 25)
    getattr(smtp, greet)()
    smtp.sendmail("from@example.com", ["to@example.com"], text)
    smtp.quit()


def script_plain(session, greet="ehlo"):
    return (
        session.expect("connect", returns=None)
        .expect(greet, returns=(250, b"OK"))
        .expect("sendmail", returns={})
        .expect("quit", returns=(221, b"Bye"))
    )


class Setup(SmtpMockTestCase):
    def test_send_email(self):
        (
            self.smtp_mock.new_session()
            .expect("connect", returns=None)
            .expect("ehlo", returns=(250, b"OK"))
            .expect("sendmail", returns={})
            .expect("quit", returns=(221, b"Bye"))
        )
        send_email("Subject: hi\r\n\r\nhello")
        self.smtp_mock.assert_connect(host="mail.example.com", port=25)
        self.smtp_mock.assert_ehlo(name="")
        self.smtp_mock.assert_sendmail(
            from_addr="from@example.com",
            to_addrs=["to@example.com"],
            msg="Subject: hi\r\n\r\nhello",
        )
        self.smtp_mock.assert_quit()

    def test_manual_use(self):
        verifier = StrictVerifier()
        smtp_mock = SmtpPlugin(verifier)
        script_plain(smtp_mock.new_session())
        with verifier.sandbox():
            send_email("Subject: hi\r\n\r\nhello")
        smtp_mock.assert_connect(host="mail.example.com", port=25)
        smtp_mock.assert_ehlo(name="")
        smtp_mock.assert_sendmail(
            from_addr="from@example.com",
            to_addrs=["to@example.com"],
            msg="Subject: hi\r\n\r\nhello",
        )
        smtp_mock.assert_quit()
        verifier.verify_all()

    def test_a_second_plugin_on_one_verifier(self):
        verifier = StrictVerifier()
        SmtpPlugin(verifier)
        with self.assertRaises(ValueError):
            SmtpPlugin(verifier)
        with self.assertRaises(ValueError):
            SmtpPlugin(self.smtp_mock.verifier)


class Flows(SmtpMockTestCase):
    def test_send_secure_email(self):
        (
            self.smtp_mock.new_session()
            .expect("connect", returns=None)
            .expect("ehlo", returns=(250, b"OK"))
            .expect("starttls", returns=(220, b"Ready"))
            .expect("login", returns=(235, b"Auth OK"))
            .expect("sendmail", returns={})
            .expect("quit", returns=(221, b"Bye"))
        )
        send_secure_email(
            "smtp.example.com",
            587,
            "user@example.com",
            "s3cret",
            "user@example.com",
            ["recipient@example.com"],
            "Subject: Report\r\n\r\nSee attached.",
        )
        self.smtp_mock.assert_connect(host="smtp.example.com", port=587)
        self.smtp_mock.assert_ehlo(name="")
        self.smtp_mock.assert_starttls()
        self.smtp_mock.assert_login(user="user@example.com", password="s3cret")
        self.smtp_mock.assert_sendmail(
            from_addr="user@example.com",
            to_addrs=["recipient@example.com"],
            msg="Subject: Report\r\n\r\nSee attached.",
        )
        self.smtp_mock.assert_quit()

    def test_send_unauthenticated_email(self):
        script_plain(self.smtp_mock.new_session())
        send_email("Subject: test\r\n\r\ntest")
        self.smtp_mock.assert_connect(host="mail.example.com", port=25)
        self.smtp_mock.assert_ehlo(name="")
        self.smtp_mock.assert_sendmail(
            from_addr="from@example.com",
            to_addrs=["to@example.com"],
            msg="Subject: test\r\n\r\ntest",
        )
        self.smtp_mock.assert_quit()

    def test_helo_flow(self):
        script_plain(self.smtp_mock.new_session(), "helo")
        send_email("Subject: test\r\n\r\ntest", "helo")
        self.smtp_mock.assert_connect(host="mail.example.com", port=25)
        self.smtp_mock.assert_helo(name="")
        self.smtp_mock.assert_sendmail(
            from_addr="from@example.com",
            to_addrs=["to@example.com"],
            msg="Subject: test\r\n\r\ntest",
        )
        self.smtp_mock.assert_quit()

    def test_send_message(self):
        msg = EmailMessage()
        msg["Subject"] = "Report"
        msg["From"] = "from@example.com"
        msg["To"] = "to@example.com"
        msg.set_content("See attached.")
        (
            self.smtp_mock.new_session()
            .expect("connect", returns=None)
            .expect("ehlo", returns=(250, b"OK"))
            .expect("send_message", returns={})
            .expect("quit", returns=(221, b"Bye"))
        )
        smtp = smtplib.SMTP("mail.example.com", 25)
        smtp.ehlo()
        smtp.send_message(msg)
        smtp.quit()
        self.smtp_mock.assert_connect(host="mail.example.com", port=25)
        self.smtp_mock.assert_ehlo(name="")
        self.smtp_mock.assert_send_message(msg=msg)
        self.smtp_mock.assert_quit()


class StateMachine(SmtpMockTestCase):
    smtp_require_assertions = False

    def test_sendmail_right_after_connecting(self):
        session = self.smtp_mock.new_session().expect("connect", returns=None)
        session.expect("sendmail", returns={}, required=False)
        smtp = smtplib.SMTP("mail.example.com", 25)
        with self.assertRaises(InvalidStateError) as caught:
            smtp.sendmail("from@example.com", ["to@example.com"], "Subject: hi\r\n\r\nhello")
        self.assertEqual(caught.exception.method, "sendmail")
        self.assertEqual(caught.exception.current_state, "connected")
        self.assertEqual(caught.exception.valid_states, {"greeted", "authenticated", "sending"})
        self.assertIs(session.state, State.CONNECTED)
        self.assertEqual(len(self.smtp_timeline), 1)
        self.assertIn("SMTPLIB", str(caught.exception))
        self.assertIn("greeted by itself", str(caught.exception))

    def test_a_step_is_not_lost_by_the_refused_call_before_it(self):
        session = self.smtp_mock.new_session().expect("connect", returns=None)
        session.expect("ehlo", returns=(250, b"OK")).expect("sendmail", returns={})
        smtp = smtplib.SMTP("mail.example.com", 25)
        with self.assertRaises(InvalidStateError):
            smtp.sendmail("from@example.com", "to@example.com", "hello")
        smtp.ehlo()
        self.assertEqual(smtp.sendmail("from@example.com", "to@example.com", "hello"), {})

    def test_helo_where_ehlo_is_next(self):
        session = self.smtp_mock.new_session().expect("connect", returns=None)
        session.expect("ehlo", returns=(250, b"OK"))
        smtp = smtplib.SMTP("mail.example.com", 25)
        with self.assertRaises(UnmockedInteractionError):
            smtp.helo()
        self.assertEqual(smtp.ehlo(), (250, b"OK"))
        self.assertEqual(session.state, "greeted")


class Parameters(SmtpMockTestCase):
    smtp_require_assertions = False

    def test_the_answer_of_each_step_is_what_the_call_returns(self):
        (
            self.smtp_mock.new_session()
            .expect("connect", returns=None)
            .expect("ehlo", returns=(250, b"hello"))
            .expect("starttls", returns=(220, b"Go"))
            .expect("login", returns=(235, b"Auth OK"))
            .expect("sendmail", returns={"b@example.com": (550, b"Unknown")})
            .expect("send_message", returns={"c@example.com": (551, b"Moved")})
            .expect("quit", returns=(221, b"Bye"))
        )
        msg = EmailMessage()
        msg["From"], msg["To"] = "a@example.com", "c@example.com, d@example.com"
        smtp = smtplib.SMTP("mail.example.com", 25)
        self.assertEqual(smtp.ehlo(), (250, b"hello"))
        self.assertEqual(smtp.starttls(), (220, b"Go"))
        self.assertEqual(smtp.login("user", "s3cret"), (235, b"Auth OK"))
        to_addrs = ["b@example.com", "d@example.com"]
        refused = smtp.sendmail("a@example.com", to_addrs, "hello")
        self.assertEqual(refused, {"b@example.com": (550, b"Unknown")})
        self.assertEqual(smtp.send_message(msg), {"c@example.com": (551, b"Moved")})
        self.assertEqual(smtp.quit(), (221, b"Bye"))

    def test_raises(self):
        refusal = smtplib.SMTPSenderRefused(550, b"No", "from@example.com")
        (
            self.smtp_mock.new_session()
            .expect("connect", returns=None)
            .expect("ehlo", returns=(250, b"OK"))
            .expect("sendmail", raises=refusal)
        )
        with self.assertRaises(smtplib.SMTPSenderRefused) as caught:
            send_email("hello")
        self.assertIs(caught.exception, refusal)

    def test_an_unused_step_fails_the_test(self):
        def body(case):
            case.smtp_mock.new_session().expect("connect", returns=None)

        verdict = inner.run_body(body)
        self.assertEqual(verdict.counts, inner.FAILED)
        self.assertIn("UnusedMocksError", verdict.text)
        self.assertIn("connect", verdict.text)

    def test_an_unused_step_that_is_not_required(self):
        def body(case):
            case.smtp_mock.new_session().expect("connect", returns=None, required=False)

        self.assertEqual(inner.run_body(body).counts, inner.PASSED)

    def test_an_unasserted_interaction_fails_the_test(self):
        def body(case):
            script_plain(case.smtp_mock.new_session())
            send_email("hello")
            case.smtp_mock.assert_connect(host="mail.example.com", port=25)

        verdict = inner.run_body(body)
        self.assertEqual(verdict.counts, inner.FAILED)
        self.assertIn("UnassertedInteractionsError", verdict.text)
        self.assertIn("assert_ehlo", verdict.text)
