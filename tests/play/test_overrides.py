"""What a subclass's overrides do within a command: it stays the user's, and takes its own steps."""

import smtplib
from email.message import EmailMessage

from bigfoot_smtp import SMTPLIB, STRICT, SmtpMockTestCase, UnmockedInteractionError
from tests.support.played import greeted

OK, NO, BYE = (250, b"OK"), (550, b"no"), (221, b"Bye")
A, B = "a@example.com", "b@example.com"


def message():
    made = EmailMessage()
    made["From"], made["To"] = A, B
    made.set_content("hello")
    return made


class Overriding(SmtpMockTestCase):
    smtp_require_assertions = False

    def greeted(self, client, *steps, machine=SMTPLIB):
        """Return a client that has greeted, its session scripted with ``steps``."""
        self.smtp_mock.verifier.scenario.machine = machine
        return greeted(self, *steps, make=client)

    def methods(self):
        return [each.call.method for each in self.smtp_timeline][2:]


class Exceptions(Overriding):
    """What an override raises reaches the caller, whatever the script says of the command."""

    def test_of_an_authentication_object(self):
        def token(challenge=None):
            if challenge is not None:
                raise smtplib.SMTPException("the token has expired")

        for machine in (STRICT, SMTPLIB):
            with self.subTest(machine):
                smtp = self.greeted(smtplib.SMTP, ("auth", (235, b"OK")), machine=machine)
                with self.assertRaisesRegex(smtplib.SMTPException, "the token has expired"):
                    smtp.auth("XOAUTH2", token)

    def test_of_a_nested_command(self):
        class Blocking(smtplib.SMTP):
            def rcpt(self, recip, options=()):
                raise smtplib.SMTPException("blocked by policy")

        for machine in (STRICT, SMTPLIB):
            with self.subTest(machine):
                smtp = self.greeted(Blocking, ("sendmail", {}), machine=machine)
                with self.assertRaisesRegex(smtplib.SMTPException, "blocked by policy"):
                    smtp.sendmail(A, [B], "hello")

    def test_made_of_the_scripted_one(self):
        class Translating(smtplib.SMTP):
            def mail(self, sender, options=()):
                try:
                    return super().mail(sender, options)
                except smtplib.SMTPServerDisconnected as error:
                    raise OSError("the relay is gone") from error

        scripted = smtplib.SMTPServerDisconnected("gone")
        smtp = self.greeted(Translating, ("sendmail", scripted))
        with self.assertRaisesRegex(OSError, "the relay is gone") as caught:
            smtp.sendmail(A, [B], "hello")
        self.assertIs(type(caught.exception), OSError)
        self.assertIs(self.smtp_timeline[-1].raised, caught.exception)

    def test_smtplibs_own_is_the_scripted_one(self):
        scripted = smtplib.SMTPDataError(552, b"too big")
        smtp = self.greeted(smtplib.SMTP, ("sendmail", scripted))
        with self.assertRaises(smtplib.SMTPDataError) as caught:
            smtp.sendmail(A, [B], "hello")
        self.assertIs(caught.exception, scripted)


class Results(Overriding):
    """What an override returns reaches the caller, also where answers are handed back."""

    def test_of_a_nested_sendmail(self):
        class Auditing(smtplib.SMTP):
            def sendmail(self, *args, **kwargs):
                return {**super().sendmail(*args, **kwargs), "audit@example.com": NO}

        for machine in (STRICT, SMTPLIB):
            with self.subTest(machine):
                smtp = self.greeted(Auditing, ("send_message", {}), machine=machine)
                self.assertEqual(smtp.send_message(message()), {"audit@example.com": NO})

    def test_of_smtplib_itself(self):
        smtp = self.greeted(smtplib.SMTP, ("send_message", {"Bob <b@example.com>": NO}))
        mail = message()
        mail["Cc"] = A
        self.assertEqual(smtp.send_message(mail), {B: NO})

    def test_of_a_nested_docmd(self):
        class Decoding(smtplib.SMTP):
            def docmd(self, cmd, args=""):
                code, text = super().docmd(cmd, args)
                return code, text.decode()

        for machine in (STRICT, SMTPLIB):
            with self.subTest(machine):
                smtp = self.greeted(Decoding, ("noop", OK), machine=machine)
                self.assertEqual(smtp.noop(), (250, "OK"))
                self.assertEqual(self.smtp_timeline[-1].result, (250, "OK"))

    def test_replies_of_another_shape(self):
        class Odd(smtplib.SMTP):
            def docmd(self, cmd, args=""):
                code, text = super().docmd(cmd, args)
                return str(code) if cmd == "noop" else ()

        smtp = self.greeted(Odd, ("noop", OK), ("rset", OK))
        self.assertEqual(smtp.noop(), "250")
        self.assertEqual(smtp.rset(), ())

    def test_strict_hands_back_to_the_override(self):
        seen = []

        class Watching(smtplib.SMTP):
            def sendmail(self, *args, **kwargs):
                seen.append(super().sendmail(*args, **kwargs))
                return seen[-1]

        refused = {B: NO}
        smtp = self.greeted(Watching, ("send_message", refused), machine=STRICT)
        self.assertEqual(smtp.send_message(message()), refused)
        self.assertEqual(seen, [refused])


class Nesting(Overriding):
    """What smtplib nests rides on the step; what an override calls besides takes its own."""

    def test_quit_after_the_mail(self):
        class Closing(smtplib.SMTP):
            def sendmail(self, *args, **kwargs):
                refused = super().sendmail(*args, **kwargs)
                self.goodbye = self.quit()
                return refused

        smtp = self.greeted(Closing, ("send_message", {}), ("quit", BYE))
        self.assertEqual(smtp.send_message(message()), {})
        self.assertEqual(smtp.goodbye, BYE)
        self.assertEqual(self.methods(), ["send_message", "quit"])
        self.assertEqual(self.smtp_timeline[0].session.state, "closed")

    def test_quit_that_is_not_scripted(self):
        class Closing(smtplib.SMTP):
            def sendmail(self, *args, **kwargs):
                super().sendmail(*args, **kwargs)
                self.quit()

        smtp = self.greeted(Closing, ("send_message", {}))
        with self.assertRaises(UnmockedInteractionError) as caught:
            smtp.send_message(message())
        self.assertEqual(caught.exception.call.method, "quit")

    def test_a_probe_before_the_mail(self):
        class Probing(smtplib.SMTP):
            def sendmail(self, *args, **kwargs):
                self.noop()
                return super().sendmail(*args, **kwargs)

        smtp = self.greeted(Probing, ("noop", OK), ("send_message", {}))
        self.assertEqual(smtp.send_message(message()), {})
        self.assertEqual(self.methods(), ["noop", "send_message"])

    def test_login_in_a_greeting_that_smtplib_makes(self):
        class LoggingIn(smtplib.SMTP):
            def ehlo(self, name=""):
                reply = super().ehlo(name)
                self.login("user", "s3cret")
                return reply

        self.smtp_mock.verifier.scenario.machine = SMTPLIB
        session = self.smtp_mock.new_session().expect("connect", returns=None)
        session.expect("ehlo", returns=(250, b"localhost\nAUTH PLAIN"))
        session.expect("login", returns=(235, b"OK")).expect("sendmail", returns={})
        LoggingIn("mail.example.com").sendmail(A, [B], "hello")
        self.assertEqual(self.methods(), ["login", "sendmail"])

    def test_a_second_try_is_a_sendmail_of_its_own(self):
        class Trying(smtplib.SMTP):
            def sendmail(self, *args, **kwargs):
                try:
                    return super().sendmail(*args, **kwargs)
                except smtplib.SMTPServerDisconnected:
                    self.connect("other.example.com")
                    return super().sendmail(*args, **kwargs)

        gone = smtplib.SMTPServerDisconnected("gone")
        smtp = self.greeted(Trying, ("send_message", gone))
        second = self.smtp_mock.new_session().expect("connect", returns=None)
        second.expect("sendmail", returns={})
        self.assertEqual(smtp.send_message(message()), {})
        self.assertEqual(self.methods(), ["send_message", "connect", "sendmail"])
        self.assertEqual((second.state, len(self.smtp_mock.outbox)), ("sending", 1))

    def test_a_mail_for_each_recipient(self):
        class Splitting(smtplib.SMTP):
            def sendmail(self, from_addr, to_addrs, *args, **kwargs):
                for each in to_addrs:
                    super().sendmail(from_addr, [each], *args, **kwargs)

        smtp = self.greeted(Splitting, ("send_message", {}), ("sendmail", {}))
        mail = message()
        mail["Cc"] = A
        smtp.send_message(mail)
        self.assertEqual(self.methods(), ["send_message", "sendmail"])
        self.assertEqual([mail.to_addrs for mail in self.smtp_mock.outbox], [[B], [A]])


class OwnWays(Overriding):
    """Subclasses that go another way through smtplib than its own methods do."""

    def test_a_connect_that_dials_by_itself(self):
        class Direct(smtplib.SMTP):
            def connect(self, host="localhost", port=0, source_address=None):
                self.sock = self._get_socket(host, port, self.timeout)
                return self.getreply()

        self.smtp_mock.new_session().expect("connect", returns=(220, b"hello"))
        self.assertEqual(Direct().connect("mail.example.com", 25), (220, b"hello"))
        self.smtp_mock.assert_connect(host="mail.example.com", port=25)

    def test_a_reply_too_many_is_asked_for_after_ehlo(self):
        class Twice(smtplib.SMTP):
            asks = 1

            def getreply(self):
                for _ in range(self.asks - 1):
                    super().getreply()
                return super().getreply()

        client = self.greeted(Twice, ("ehlo", OK))
        client.esmtp_features = {"size": "10"}
        client.asks = 2
        with self.assertRaises(UnmockedInteractionError):
            client.ehlo()
        self.assertEqual(client.esmtp_features, {})

    def test_a_starttls_that_closes_the_connection(self):
        class Closing(smtplib.SMTP):
            def docmd(self, cmd, args=""):
                super().docmd(cmd, args)
                self.close()
                return 454, b"later"

        client = self.greeted(Closing, ("starttls", (454, b"later")), machine=STRICT)
        self.assertEqual(client.starttls(), (454, b"later"))
        self.assertIsNone(client.sock)
