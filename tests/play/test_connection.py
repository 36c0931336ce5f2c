"""The server's end of one SMTP object: turns, replies, nested commands, ends."""

import contextlib
import gc
import io
import os
import smtplib
import sys
import threading
from email.message import EmailMessage

import bigfoot_smtp
from bigfoot_smtp import (
    SMTPLIB,
    InteractionMismatchError,
    InvalidStateError,
    SandboxNotActiveError,
    ScriptError,
    SmtpMockTestCase,
    UnmockedInteractionError,
)
from bigfoot_smtp._commands.replies import CHALLENGE, OK
from bigfoot_smtp._report.code import assertion_code, assertions
from tests.support.played import Played


class Nesting(Played):
    """Commands that smtplib nests ride on the outer step; a greeting takes its own."""

    def test_send_message_is_one_interaction(self):
        self.session.expect("send_message", returns={})
        msg = EmailMessage()
        msg["From"], msg["To"] = "a@x", "b@x"
        self.smtp.send_message(msg)
        self.assertEqual(self.called(), ["send_message"])
        self.assertEqual(len(self.smtp_mock.outbox), 1)

    def test_login_is_one_interaction(self):
        self.session.expect("login", returns=(235, b"OK"))
        self.smtp.login("user", "s3cret")
        self.assertEqual(self.called(), ["login"])
        self.assertEqual((self.smtp.user, self.smtp.password), ("user", "s3cret"))

    def test_the_fakes_own_order_is_kept_by_overrides(self):
        class Client(smtplib.SMTP):
            def sendmail(self, *args, **kwargs):
                self.noop()
                return super().sendmail(*args, **kwargs)

        session = self.smtp_mock.new_session().expect("connect", returns=None)
        session.expect("ehlo", returns=OK).expect("noop", returns=OK).expect("sendmail", returns={})
        smtp = Client("mail.example.com")
        smtp.ehlo()
        smtp.sendmail("a@x", "b@x", "hello")
        self.assertEqual(self.called()[-2:], ["noop", "sendmail"])

    def test_a_command_that_an_override_answers_takes_no_step(self):
        class Client(smtplib.SMTP):
            def docmd(self, cmd, args=""):
                return 250, b"by myself"

        self.smtp_mock.new_session().expect("connect", returns=None)
        self.assertEqual(Client("mail.example.com").noop(), (250, b"by myself"))
        self.assertEqual(self.called(), ["connect"])

    def test_a_refused_recipient_is_found_by_its_wire_form(self):
        self.session.expect("sendmail", returns={"b@x": (550, b"No")})
        refused = self.smtp.sendmail("a@x", ["Bob <b@x>", "c@x"], "hello")
        self.assertEqual(list(refused.values()), [(550, b"No")])


class CommandLevel(Played):
    def test_docmd(self):
        self.session.expect("docmd", returns=(250, b"done"))
        self.assertEqual(self.smtp.docmd("XCMD", "a b"), (250, b"done"))
        call = self.smtp_timeline[-1].call
        self.assertEqual((call.cmd, call.args), ("XCMD", "a b"))

    def test_putcmd_and_getreply(self):
        self.session.expect("docmd", returns=(251, b"later"))
        self.assertIsNone(self.smtp.putcmd("XCMD", "a"))
        self.assertEqual(self.called(), ["docmd"])
        self.assertEqual(self.smtp_timeline[-1].result, (251, b"later"))
        self.assertEqual(self.smtp.getreply(), (251, b"later"))

    def test_send(self):
        for sent in ("XCMD a\r\n", b"XCMD a\r\n"):
            self.session.expect("docmd", returns=OK)
            self.smtp.send(sent)
            self.assertEqual(self.smtp.getreply(), OK)
            self.assertEqual(self.smtp_timeline[-1].call.cmd, "XCMD a")

    def test_send_takes_what_a_socket_takes(self):
        for sent in (bytearray(b"XCMD a\r\n"), memoryview(b"XCMD a\r\n")):
            self.session.expect("docmd", returns=OK)
            self.smtp.send(sent)
            self.assertEqual(self.smtp.getreply(), OK)
            self.assertEqual(self.smtp_timeline[-1].call.cmd, "XCMD a")
        for sent, kind in ((None, "NoneType"), (3, "int")):
            message = f"a bytes-like object is required, not '{kind}'"
            with self.assertRaisesRegex(TypeError, f"^{message}$"):
                self.smtp.send(sent)

    def test_replies_come_in_order(self):
        self.session.expect("docmd", returns=(250, b"1")).expect("docmd", returns=(250, b"2"))
        self.smtp.putcmd("ONE")
        self.smtp.putcmd("TWO")
        self.assertEqual([self.smtp.getreply()[1] for _ in range(2)], [b"1", b"2"])

    def test_a_reply_that_nobody_waits_for(self):
        with self.assertRaises(UnmockedInteractionError) as caught:
            self.smtp.getreply()
        self.assertIsNone(caught.exception.call)
        self.assertIn("test_connection.py", str(caught.exception))

    def test_a_reply_that_nobody_waits_for_after_a_refusal(self):
        self.session.expect("docmd", returns=(550, b"No"))
        self.smtp.docmd("XCMD")
        with self.assertRaises(UnmockedInteractionError):
            self.smtp.getreply()

    def test_putcmd_that_raises(self):
        self.session.expect("docmd", raises=smtplib.SMTPServerDisconnected("gone"))
        with self.assertRaisesRegex(smtplib.SMTPServerDisconnected, "gone"):
            self.smtp.putcmd("XCMD")
            self.smtp.getreply()
        self.assertEqual(self.session.state, "closed")
        self.assertEqual(str(self.smtp_timeline[-1].raised), "gone")

    def test_help_is_bytes(self):
        self.session.expect("help", returns=b"RTFM")
        self.assertEqual(self.smtp.help("topic"), b"RTFM")
        self.assertEqual(self.smtp_timeline[-1].call.args, "topic")

    def test_data_gets_the_reply_to_the_text(self):
        self.session.expect("mail", returns=OK).expect("rcpt", returns=OK)
        self.session.expect("data", returns=(250, b"queued"))
        self.smtp.mail("a@x")
        self.smtp.rcpt("b@x")
        self.assertEqual(self.smtp.data("hello"), (250, b"queued"))
        self.assertEqual(self.session.state, "sending")

    def test_verify_is_vrfy(self):
        self.session.expect("verify", returns=OK).expect("vrfy", returns=OK)
        self.smtp.vrfy("a@x")
        self.smtp.verify("a@x")
        self.assertEqual(self.called(), ["vrfy", "vrfy"])

    def test_a_challenge_answered_by_docmd_is_a_secret(self):
        self.session.expect("docmd", returns=(334, b"VXNlcm5hbWU6"))
        self.session.expect("docmd", returns=(334, b"UGFzc3dvcmQ6"))
        self.session.expect("docmd", returns=(235, b"OK")).expect("docmd", returns=OK)
        self.smtp.docmd("AUTH", "LOGIN")
        self.smtp.docmd("c3VzZXI=")
        self.smtp.docmd("czNjcmV0")
        self.smtp.docmd("XCMD")
        shown = str(self.session) + str(self.smtp_timeline)
        for secret in ("c3VzZXI=", "czNjcmV0"):
            self.assertNotIn(secret, shown)
        self.assertIn("XCMD", shown)

    def test_a_response_that_no_challenge_asked_for_is_a_secret(self):
        for answer in ((250, b"OK"), (235, b"OK"), (334, b"")):
            session = self.smtp_mock.new_session().expect("connect", returns=None)
            session.expect("docmd", returns=answer)
            smtp = smtplib.SMTP("mail.example.com")
            smtp.docmd("AUTH LOGIN", "c3VzZXI=")
            with self.assertRaises(UnmockedInteractionError) as caught:
                smtp.docmd("czNjcmV0")
            self.assertNotIn("czNjcmV0", str(caught.exception))

    def test_the_last_of_several_replies_is_the_one_that_counts(self):
        self.session.expect("docmd", returns=[[(250, b"OK"), (334, b"VXNlcm5hbWU6")]])
        self.session.expect("docmd", returns=(235, b"OK"))
        self.smtp.docmd("XAUTH")
        self.smtp.docmd("c3VzZXI=")
        self.assertNotIn("c3VzZXI=", str(self.smtp_timeline))

    def test_the_first_of_two_replies_to_data_asks_for_the_text(self):
        """The other one is read for the text, and what is said to that for the next command."""
        said = [(250, b"OK"), (250, b"OK"), b"354 Go on\r\n250 odd\r\n", (550, b"No")]
        self.session.expect("sendmail", returns=said).expect("noop", returns=(250, b"nothing"))
        self.session.expect("rset", returns=(250, b"OK"))
        self.assertEqual(self.smtp.sendmail("a@example.com", "b@example.com", "hello"), {})
        self.assertEqual(self.smtp.noop(), (550, b"No"))
        self.assertEqual(self.smtp.rset(), (250, b"nothing"))
        self.assertEqual(self.smtp_mock.outbox, [])

    def test_a_challenge_that_no_mechanism_has_is_answered_by_a_secret(self):
        self.session.expect("docmd", returns=(334, b"eyJzdGF0dXMiOiI0MDEifQ=="))
        self.session.expect("docmd", returns=(235, b"OK")).expect("docmd", returns=OK)
        self.smtp.docmd("AUTH", "XOAUTH2 czNjcmV0")
        self.smtp.docmd("czNjcmV0")
        self.assertNotIn("czNjcmV0", str(self.smtp_timeline))
        self.smtp.docmd("XCMD")
        self.assertEqual(repr(self.smtp_timeline[-1].call), "docmd(cmd='XCMD')")

    def test_a_login_that_was_refused_and_goes_on_is_a_secret(self):
        for code in (399, 400, 535):
            self.session.expect("docmd", returns=(code, b""))
            for _ in range(3):
                self.session.expect("docmd", returns=OK)
            self.smtp.docmd("AUTH LOGIN")
            for line in ("c3VzZXI=", "czNjcmV0"):
                self.smtp.docmd(line)
            self.smtp.docmd("X", "a")
            self.assertEqual(repr(self.smtp_timeline[-1].call), "docmd(cmd='X', args='a')")
        self.assertNotIn("c3VzZXI=", str(self.smtp_timeline))
        self.assertNotIn("czNjcmV0", str(self.smtp_timeline))

    def test_a_line_too_many_is_a_secret(self):
        """The password once more, whatever the login before it came to."""
        for mechanism, *replies in (
            ("LOGIN", CHALLENGE, CHALLENGE, (235, b"OK"), (500, b"")),
            ("LOGIN", CHALLENGE, CHALLENGE, (535, b"no"), (500, b"")),
            ("XOAUTH2", OK, OK, OK, OK),
        ):
            for reply in replies:
                self.session.expect("docmd", returns=reply)
            self.smtp.docmd("AUTH", mechanism)
            for line in ("c3VzZXI=", "czNjcmV0", "czNjcmV0"):
                self.smtp.docmd(line)
                self.assertEqual(repr(self.smtp_timeline[-1].call), "docmd(cmd=***)")

    def test_a_response_that_looks_like_a_command_is_a_secret(self):
        """As long as lines of the login are to come, also where no challenge asked for them."""
        for _ in range(4):
            self.session.expect("docmd", returns=OK)
        self.smtp.docmd("AUTH", "LOGIN")
        for line, shown in (("ABCD", "***"), ("EFGH", "***"), ("XCMD", "'XCMD'")):
            self.smtp.docmd(line)
            self.assertEqual(repr(self.smtp_timeline[-1].call), f"docmd(cmd={shown})")

    def test_the_mechanism_was_forgotten(self):
        for args in (("AUTH AHNob3AAUzNDUkVUcHc=",), ("AUTH", "AHNob3AAUzNDUkVUcHc=")):
            self.session.expect("docmd", returns=OK)
            self.smtp.docmd(*args)
            self.assertNotIn("AHNob3", repr(self.smtp_timeline[-1].call))
            self.assertNotIn("AHNob3", "\n".join(assertions([self.smtp_timeline[-1]])))
        for name in ("PLAIN", "xoauth2", "SCRAM-SHA-256-PLUS"):
            self.session.expect("docmd", returns=OK)
            self.smtp.docmd("AUTH", name)
            self.assertIn(name, repr(self.smtp_timeline[-1].call))

    def test_what_is_expected_of_a_response_is_a_secret_too(self):
        self.session.expect("docmd", returns=CHALLENGE).expect("docmd", returns=OK)
        self.smtp.docmd("AUTH", "XOAUTH2")
        self.smtp.docmd("czNjcmV0")
        for interaction in self.smtp_timeline[:-1]:
            interaction.asserted = True
        with self.assertRaises(InteractionMismatchError) as caught:
            self.smtp_mock.assert_docmd(cmd="b3RoZXI=")
        self.assertNotIn("b3RoZXI=", str(caught.exception))
        with self.smtp_mock.in_any_order():
            with self.assertRaises(InteractionMismatchError) as caught:
                self.smtp_mock.assert_docmd(cmd="b3RoZXI=")
        self.assertNotIn("b3RoZXI=", str(caught.exception))
        self.assertIn("docmd(cmd=***)", str(caught.exception))

    def test_what_is_expected_of_a_command_is_shown(self):
        self.session.expect("docmd", returns=OK)
        self.smtp.docmd("XCMD")
        with self.smtp_mock.in_any_order():
            with self.assertRaises(InteractionMismatchError) as caught:
                self.smtp_mock.assert_docmd(cmd="XOTHER")
        self.assertIn("docmd(cmd='XOTHER')", str(caught.exception))

    def test_a_command_ends_a_login(self):
        for end in (lambda: self.smtp.docmd("noop", "a"), lambda: self.smtp.docmd(cmd="RSET")):
            for _ in range(2):
                self.session.expect("docmd", returns=OK)
            self.smtp.docmd("AUTH LOGIN")
            end()
            self.assertNotIn("***", repr(self.smtp_timeline[-1].call))

    def test_a_secret_is_one_however_it_is_sent(self):
        secret = "czNjcmV0"
        ways = [
            [lambda: self.smtp.docmd("AUTH", "XOAUTH2"), lambda: self.smtp.docmd(secret)],
            [lambda: (self.smtp.send("AUTH PLAIN "), self.smtp.send(f"{secret}\r\n"))],
            [lambda: self.smtp.send(bytearray(f"AUTH PLAIN {secret}\r\n".encode()))],
            [lambda: self.smtp.send(memoryview(f"AUTH PLAIN {secret}\r\n".encode()))],
            [lambda: self.smtp.docmd(b"AUTH", f"PLAIN {secret}")],
            [lambda: self.smtp.docmd(b"AUTH PLAIN", secret)],
            [lambda: self.smtp.docmd("AUTH", bytearray(f"PLAIN {secret}".encode()))],
            [lambda: self.smtp.docmd(bytearray(b"AUTH"), f"PLAIN {secret}")],
        ]
        for number, calls in enumerate(ways):
            with self.subTest(number):
                for call in calls:
                    self.session.expect("docmd", returns=OK)
                    call()
                    made = self.smtp_timeline[-1].call
                    self.assertNotIn(secret, repr(made).replace(secret.lower(), secret))
                    self.assertNotIn(secret, assertion_code(made))

    def test_a_secret_given_as_a_mechanism(self):
        self.session.expect("auth", returns=(235, b"OK"))
        self.smtp.auth("XOAUTH2 czNjcmV0", lambda challenge=None: None)
        told = self.smtp_timeline[-1].call
        self.assertEqual(repr(told), "auth(mechanism='XOAUTH2 ***')")
        self.assertEqual(assertion_code(told), "self.smtp_mock.assert_auth(mechanism=mock.ANY)")

    def test_a_docmd_on_a_new_connection_is_no_secret(self):
        self.session.expect("docmd", returns=(334, b""))
        self.smtp.docmd("AUTH", "PLAIN")
        second = self.smtp_mock.new_session().expect("connect", returns=None)
        second.expect("docmd", returns=OK)
        self.smtp.connect("other.example.com")
        self.smtp.docmd("XCMD", "a")
        self.assertEqual(repr(self.smtp_timeline[-1].call), "docmd(cmd='XCMD', args='a')")

    def test_a_docmd_after_a_refusal_is_no_secret(self):
        self.session.expect("noop", returns=(550, b"no")).expect("docmd", returns=OK)
        self.smtp.noop()
        self.smtp.docmd("XCMD", "a")
        self.assertEqual(repr(self.smtp_timeline[-1].call), "docmd(cmd='XCMD', args='a')")

    def test_a_probe_of_an_address(self):
        self.session.expect("mail", returns=OK).expect("rcpt", returns=OK)
        self.session.expect("docmd", returns=(354, b"Go on"))
        self.smtp.mail("a@x")
        self.smtp.rcpt("b@x")
        self.smtp.putcmd("data")
        self.assertEqual(self.smtp.getreply()[0], 354)
        self.smtp.close()
        self.assertEqual(self.session.state, "closed")
        self.assertEqual(self.smtp_mock.outbox, [])


class CommandLevelOfSmtplib(CommandLevel):
    smtp_state_machine = SMTPLIB


class Ends(Played):
    def test_a_line_without_a_connection_may_be_of_a_login(self):
        for line, shown in (("ABCD", "***"), ("NOOP", "'NOOP'")):
            with self.assertRaises(InvalidStateError) as caught:
                smtplib.SMTP(local_hostname="a").docmd(line)
            self.assertIn(f"docmd(cmd={shown})", str(caught.exception))

    def test_quit(self):
        self.session.expect("quit", returns=(221, b"Bye"))
        self.assertEqual(self.smtp.quit(), (221, b"Bye"))
        self.assertIsNone(self.smtp.sock)
        with self.assertRaises(InvalidStateError):
            self.smtp.quit()

    def test_close(self):
        self.smtp.close()
        self.smtp.close()
        self.assertEqual((self.session.state, self.smtp.sock), ("closed", None))
        with self.assertRaises(InvalidStateError) as caught:
            self.smtp.noop()
        self.assertEqual(caught.exception.current_state, "closed")

    def test_closing_what_was_never_open(self):
        smtplib.SMTP().close()

    def test_a_with_block_quits(self):
        self.session.expect("quit", returns=(221, b"Bye"))
        with self.smtp:
            pass
        self.assertEqual((self.called(), self.session.state), (["quit"], "closed"))
        with self.smtp_mock.in_any_order():
            self.assertIs(self.smtp_mock.assert_quit(), self.smtp_timeline[2])

    def test_a_with_block_without_a_quit_step(self):
        with self.assertRaises(UnmockedInteractionError) as caught:
            with self.smtp:
                pass
        self.assertEqual(caught.exception.call.method, "quit")
        self.assertNotIn("docmd", str(caught.exception))

    def test_a_with_block_left_by_a_violation_is_closed(self):
        with self.assertRaises(UnmockedInteractionError):
            with self.smtp:
                self.smtp.noop()
        self.assertEqual((self.session.state, self.smtp.sock), ("closed", None))

    def test_a_with_block_that_has_quit(self):
        self.session.expect("quit", returns=(221, b"Bye"))
        with self.smtp:
            self.smtp.quit()
        self.assertEqual(self.called(), ["quit"])

    def test_a_with_block_whose_quit_is_refused(self):
        self.session.expect("quit", returns=(500, b"No"))
        with self.assertRaises(smtplib.SMTPResponseException) as caught:
            with self.smtp:
                pass
        self.assertEqual(caught.exception.smtp_code, 500)
        self.assertEqual(self.session.state, "closed")

    def test_a_with_block_whose_server_is_gone(self):
        self.session.expect("quit", raises=smtplib.SMTPServerDisconnected("gone"))
        with self.smtp:
            pass
        self.assertEqual((self.session.state, self.smtp.sock), ("closed", None))

    def test_an_exception_in_a_with_block_quits_too(self):
        self.session.expect("quit", returns=(221, b"Bye"))
        with self.assertRaises(KeyError):
            with self.smtp:
                raise KeyError
        self.assertEqual(self.session.state, "closed")

    def test_any_exception_can_be_scripted(self):
        for raises in (LookupError("1"), ZeroDivisionError, KeyboardInterrupt, SystemExit(2)):
            self.session.expect("noop", raises=raises)
            kind = raises if isinstance(raises, type) else type(raises)
            with self.assertRaises(kind):
                self.smtp.noop()
            self.assertIs(type(self.smtp_timeline[-1].raised), kind)
            self.assertEqual(self.session.state, "greeted")


class EndsOfSmtplib(Played):
    smtp_state_machine = SMTPLIB

    def test_a_with_block_in_which_the_server_goes(self):
        self.session.expect("noop", raises=smtplib.SMTPServerDisconnected("gone"))
        with self.assertRaisesRegex(smtplib.SMTPServerDisconnected, "gone"):
            with self.smtp:
                self.smtp.noop()
        self.assertEqual(self.called(), ["noop"])

    def test_quit_twice(self):
        self.session.expect("quit", returns=(221, b"Bye"))
        self.smtp.quit()
        with self.assertRaises(smtplib.SMTPServerDisconnected):
            self.smtp.quit()


class Refusals(Played):
    """A refused call leaves the object as it was."""

    def test_a_refused_greeting_keeps_the_features(self):
        before = dict(self.smtp.esmtp_features), self.smtp.ehlo_resp, self.smtp.does_esmtp
        self.session.expect("sendmail", returns={}, required=False)
        with self.assertRaises(InvalidStateError):
            self.smtp.ehlo()
        self.assertEqual(
            (self.smtp.esmtp_features, self.smtp.ehlo_resp, self.smtp.does_esmtp), before
        )

    def test_a_refused_call_leaves_no_reply_behind(self):
        self.session.expect("noop", returns=(250, b"noop"))
        with self.assertRaises(UnmockedInteractionError):
            self.smtp.rset()
        self.assertEqual(self.smtp.noop(), (250, b"noop"))

    def test_a_presumed_extension_is_not_kept(self):
        session = self.smtp_mock.new_session().expect("connect", returns=None)
        session.expect("ehlo", returns=OK).expect("login", returns=(235, b"OK"))
        smtp = smtplib.SMTP("mail.example.com")
        smtp.ehlo()
        smtp.login("user", "s3cret")
        self.assertEqual(smtp.esmtp_features, {})
        self.assertFalse(smtp.has_extn("auth"))


class Debugging(Played):
    def test_what_smtplib_prints(self):
        self.session.expect("noop", returns=(250, b"fine"))
        self.smtp.set_debuglevel(1)
        stderr = io.StringIO()
        with contextlib.redirect_stderr(stderr):
            self.smtp.noop()
        printed = stderr.getvalue()
        self.assertIn("send: 'noop\\r\\n'", printed)
        self.assertIn("reply: retcode (250); Msg: b'fine'", printed)

    def test_what_smtplib_does_not_print(self):
        for level in (0, -1):
            self.session.expect("noop", returns=(250, b"fine"))
            self.smtp.set_debuglevel(level)
            stderr = io.StringIO()
            with contextlib.redirect_stderr(stderr):
                self.smtp.noop()
            self.assertEqual(stderr.getvalue(), "")


class OneObjectInThreads(Played):
    def test_each_step_is_used_once_and_each_reply_read_once(self):
        replies = [(250, b"%d" % number) for number in range(80)]
        for reply in replies:
            self.session.expect("noop", returns=reply)
        got = []
        lock = threading.Lock()

        def call():
            for _ in range(10):
                with lock:
                    got.append(self.smtp.noop())

        threads = [threading.Thread(target=call) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        self.assertEqual(sorted(got), sorted(replies))
        self.assertEqual([each.result for each in self.smtp_timeline[2:]], replies)


class WithoutAConnection(SmtpMockTestCase):
    def test_a_login_by_hand(self):
        smtp, shown = smtplib.SMTP(), []
        for line in ("AUTH LOGIN", "NOOP", "dXNlcg==", "czNjcmV0"):
            with self.assertRaises(InvalidStateError) as caught:
                smtp.docmd(line)
            shown.append(repr(caught.exception.call))
        secret = "docmd(cmd=***)"
        self.assertEqual(shown, ["docmd(cmd='AUTH LOGIN')", "docmd(cmd='NOOP')", secret, secret])

    def test_send(self):
        for sent in ("XCMD a\r\n", b"XCMD\r\n", None):
            with self.assertRaisesRegex(smtplib.SMTPServerDisconnected, "run connect"):
                smtplib.SMTP().send(sent)

    def test_a_reply(self):
        self.smtp_mock.new_session().expect("connect", returns=None)
        other, client = smtplib.SMTP("mail.example.com", 25), smtplib.SMTP()
        self.smtp_mock.assert_connect(host="mail.example.com", port=25)
        client.sock = other.sock
        with self.assertRaises(UnmockedInteractionError):
            client.getreply()


class TheWayOfASendmail(Played):
    MOST_FUNCTIONS = 25

    def test_it_is_short(self):
        """The functions of the package that one ``sendmail`` passes, each counted once."""
        self.session.expect("sendmail", returns={})
        package = os.path.dirname(bigfoot_smtp.__file__)
        passed = set()

        def count(frame, event, arg):  # pragma: no cover
            if event == "call" and frame.f_code.co_filename.startswith(package):
                passed.add(frame.f_code)

        gc.disable()  # the garbage of another test passes functions, too
        sys.setprofile(count)
        try:
            self.smtp.sendmail("a@example.com", ["b@example.com"], "hello")
        finally:
            sys.setprofile(None)
            gc.enable()
        self.assertGreater(len(passed), 10)
        self.assertLessEqual(len(passed), self.MOST_FUNCTIONS, passed)


class Logins(Played):
    """What a server says to the lines of a login, and what the test sees of it."""

    smtp_state_machine = SMTPLIB

    def test_a_scripted_challenge_is_the_first_that_the_mechanism_sees(self):
        seen = []

        def token(challenge=None):
            seen.append(challenge)
            return None if challenge is None else "dXNlcg=="

        self.session.expect("auth", returns=(334, b"eyJzdGF0dXMiOiI0MDEifQ=="))
        self.assertEqual(self.smtp.auth("XOAUTH2", token)[0], 235)
        self.assertEqual(seen, [None, b'{"status":"401"}'])

    def test_a_response_that_comes_late_is_not_shown(self):
        """A client that goes on with a login that was refused sends a command in between."""
        self.smtp_mock.serve(auth=[])
        smtp = smtplib.SMTP("mail.example.com", 25)
        smtp.ehlo()
        own = ["XCMD", "X-CUSTOM", "Xclient", "xfoo", "ETRN"]
        for line in ("AUTH LOGIN", "NOOP", "dXNlcg==", "czNjcmV0", *own):
            smtp.docmd(line)
        shown = [repr(each.call) for each in self.smtp_timeline[-len(own) - 3 :]]
        secret = "docmd(cmd=***)"
        wanted = ["docmd(cmd='NOOP')", secret, secret, *(f"docmd(cmd='{each}')" for each in own)]
        self.assertEqual(shown, wanted)

    def test_a_challenge_with_an_error_then_the_refusal(self):
        self.session.expect("auth", returns=[(334, b"e30="), (535, b"expired")])
        with self.assertRaisesRegex(smtplib.SMTPAuthenticationError, "535"):
            self.smtp.auth("XOAUTH2", lambda challenge=None: "x")

    def test_the_mechanism_is_told(self):
        self.session.expect("login", returns=[(535, b"no"), (334, b""), (235, b"welcome")])
        self.assertEqual(self.smtp.login("user", "s3cret"), (235, b"welcome"))
        with self.smtp_mock.in_any_order():
            self.smtp_mock.assert_login(user="user", password="s3cret", mechanism="login")
        self.assertEqual(self.smtp_timeline[-1].call.mechanism, "LOGIN")

    def test_another_mechanism(self):
        self.session.expect("login", returns=(235, b"welcome"))
        self.smtp.login("user", "s3cret")
        with self.smtp_mock.in_any_order():
            with self.assertRaisesRegex(AssertionError, "mechanism"):
                self.smtp_mock.assert_login(user="user", password="s3cret", mechanism="LOGIN")


class ReplyByReply(Played):
    """A list says what the server answers to each line; what is left out succeeds."""

    def test_more_replies_than_lines_are_a_bad_script(self):
        for outcome in ([OK, OK], [(250, b"OK"), OSError()]):
            self.session.expect("noop", returns=outcome)
            with self.assertRaises(ScriptError) as caught:
                self.smtp.noop()
            lines = str(caught.exception).splitlines()
            self.assertEqual(lines[0], "The script answers 2 lines of noop, which sent 1.")
            self.assertIn("test_connection.py", lines[1])
            self.smtp_mock.verifier.acknowledge(caught.exception)

    def test_more_replies_than_lines_of_what_fails(self):
        self.session.expect("sendmail", returns=[(550, b"no"), OK, OK, OK])
        with self.assertRaisesRegex(ScriptError, "4 lines of sendmail, which sent 2"):
            self.smtp.sendmail("a@example.com", "b@example.com", "hello")

    def test_an_exception_of_the_code_under_test_comes_first(self):
        self.session.expect("auth", returns=[(334, b""), (235, b"OK")])
        with self.assertRaises(ZeroDivisionError):
            self.smtp.auth("X", lambda challenge=None: None if challenge is None else 1 / 0)

    def test_under_strict_it_is_smtplib_that_makes_something_of_them(self):
        self.session.expect("sendmail", returns=[OK, (550, b"no")])
        with self.assertRaises(smtplib.SMTPRecipientsRefused):
            self.smtp.sendmail("a@example.com", "b@example.com", "hello")
        self.session.expect("sendmail", returns=[OK])
        self.assertEqual(self.smtp.sendmail("a@example.com", "b@example.com", "hello"), {})
        self.assertEqual(self.session.state, "sending")

    def test_a_broken_pipe_comes_where_something_is_sent(self):
        self.session.expect("noop", returns=[BrokenPipeError])
        with self.assertRaisesRegex(smtplib.SMTPServerDisconnected, "Server not connected"):
            self.smtp.noop()

    def test_the_greeting(self):
        self.smtp_mock.new_session().expect("connect", returns=[(554, b"no")])
        with self.assertRaises(smtplib.SMTPConnectError):
            smtplib.SMTP("mail.example.com")

    def test_a_failed_connection_may_be_tried_again_in_the_same_session(self):
        session = self.smtp_mock.new_session().expect("connect", returns=[ConnectionResetError])
        session.expect("connect", returns=None)
        with self.assertRaises(smtplib.SMTPServerDisconnected):
            smtplib.SMTP("mail.example.com")
        smtplib.SMTP("mail.example.com")
        self.assertEqual(session.state, "connected")

    def test_what_is_no_reply(self):
        for wrong in ([], [None], [5], ["250 OK"], [[]], [ValueError], [smtplib.SMTPDataError]):
            with self.assertRaises(TypeError):
                self.session.expect("noop", returns=wrong)

    def test_the_list_may_be_changed_later(self):
        replies = [(550, b"no")]
        self.session.expect("noop", returns=replies)
        replies.append(OK)
        self.assertEqual(self.smtp.noop(), (550, b"no"))


class Broken(Played):
    """In both machines, what breaks a real connection breaks this one."""

    def test_the_scripted_exception_arrives_under_strict(self):
        self.session.expect("noop", raises=TimeoutError("late"))
        with self.assertRaisesRegex(TimeoutError, "late"):
            self.smtp.noop()
        self.assertIsNone(self.smtp.sock)
        self.assertEqual(self.session.state, "closed")

    def test_a_mail_to_nobody_is_refused(self):
        message = EmailMessage()
        message["From"] = "a@example.com"
        for method, arguments in [
            ("sendmail", ("a@example.com", [], "hello")),
            ("send_message", (message,)),
        ]:
            self.session.expect(method, returns={})
            with self.assertRaises(smtplib.SMTPRecipientsRefused) as caught:
                getattr(self.smtp, method)(*arguments)
            self.assertEqual(caught.exception.recipients, {})
        self.assertEqual(self.smtp_mock.outbox, [])

    def test_a_text_that_cannot_be_made_leaves_the_server_waiting(self):
        go_on = [OK, OK, (int("354"), b"Go on")]
        self.session.expect("sendmail", returns=go_on)
        self.session.expect("sendmail", returns={}, required=False)
        with self.assertRaises(TypeError):
            self.smtp.sendmail("a@example.com", "b@example.com", EmailMessage())
        with self.assertRaisesRegex(smtplib.SMTPServerDisconnected, "timed out"):
            self.smtp.sendmail("a@example.com", "b@example.com", "hello")
        self.assertEqual((self.smtp_mock.outbox, self.smtp.sock), ([], None))


class InPieces(Played):
    """What arrives at once need not be one line or one text."""

    def begin_text(self, *answers):
        self.session.expect("docmd", returns=(354, b"go on"))
        for each in answers:
            self.session.expect("docmd", returns=each)
        self.smtp.docmd("DATA")

    def test_a_text_however_it_is_cut(self):
        for text in (
            b".\r\n",
            b"\r\n.\r\n",
            b"x\r\n.\r\n",
            b"..\r\n.\r\n",
            b"x\r\n\r\n.x\r\n.\r\n",
        ):
            for size in range(1, len(text) + 1):
                with self.subTest(text=text, size=size):
                    self.begin_text(OK)
                    for start in range(0, len(text), size):
                        self.smtp.send(b"")
                        self.smtp.send(text[start : start + size])
                    self.assertEqual(self.smtp.getreply(), OK)
                    self.assertEqual(self.smtp_timeline[-1].call.cmd, text.decode().rstrip())

    def test_what_is_behind_the_end_of_a_text(self):
        for pieces, text in (
            ([b".\r\nRSET\r\n"], "."),
            ([b"x\r\n.", b"\r\nRSET\r", b"\n"], "x\r\n."),
            ([b"x\r\n.\r\nRSET", b"\r\n"], "x\r\n."),
        ):
            with self.subTest(pieces=pieces):
                self.begin_text(OK, (250, b"reset"))
                for each in pieces:
                    self.smtp.send(each)
                self.assertEqual([self.smtp.getreply() for _ in range(2)], [OK, (250, b"reset")])
                calls = [each.call.cmd for each in self.smtp_timeline[-2:]]
                self.assertEqual(calls, [text, "RSET"])

    def test_a_dot_that_is_not_alone(self):
        for text in (b"", b"x.\r\n", b"\r\n..\r\n", b"\r\n.", b"."):
            with self.subTest(text=text):
                self.session = self.smtp_mock.new_session().expect("connect", returns=None)
                self.smtp = smtplib.SMTP("mail.example.com")
                self.begin_text()
                self.smtp.send(text[:1])
                self.smtp.send(text[1:])
                with self.assertRaisesRegex(smtplib.SMTPServerDisconnected, "timed out"):
                    self.smtp.getreply()

    def test_what_is_behind_a_line_that_is_refused_is_dropped(self):
        self.session.expect("noop", returns=OK)
        with self.assertRaises(UnmockedInteractionError):
            self.smtp.send(b"XONE\r\nXTWO\r\nXTHREE")
        self.assertEqual(self.smtp.noop(), OK)


class WithoutRecipients(SmtpMockTestCase):
    smtp_state_machine = SMTPLIB
    smtp_require_assertions = False

    def test_a_text_by_lmtp_gets_one_reply(self):
        session = self.smtp_mock.new_session().expect("connect", returns=None)
        session.expect("data", returns=(554, b"No recipients")).expect("noop", returns=OK)
        smtp = smtplib.LMTP("/run/lmtp")
        self.assertEqual(smtp.data("hello"), (554, b"No recipients"))
        self.assertEqual(smtp.noop(), OK)

    def test_a_text_by_lmtp_gets_the_replies_that_are_scripted(self):
        one, two = (250, b"one"), (250, b"two")
        session = self.smtp_mock.new_session().expect("connect", returns=None)
        session.expect("ehlo", returns=OK).expect(
            "sendmail", returns=[OK, OK, OK, (354, b""), [one, two]]
        )
        session.expect("noop", returns=OK)
        smtp = smtplib.LMTP("/run/lmtp")
        smtp.sendmail("a@example.com", ["b@example.com", "c@example.com"], "hello")
        self.assertEqual(smtp.getreply(), two)  # smtplib reads the first
        self.assertEqual(smtp.noop(), OK)

    def test_by_lmtp_what_follows_a_refused_recipient_gets_one_reply(self):
        refused = {"d@example.com": (550, b"No")}
        session = self.smtp_mock.new_session().expect("connect", returns=None)
        session.expect("ehlo", returns=OK).expect("sendmail", returns=refused)
        smtp = smtplib.LMTP("/run/lmtp")
        to = ["b@example.com", "c@example.com", *refused]
        self.assertEqual(smtp.sendmail("a@example.com", to, "hello"), refused)

    def test_the_replies_of_the_script_stay_as_they_are(self):
        to_text = [OK]
        session = self.smtp_mock.new_session().expect("connect", returns=None)
        session.expect("ehlo", returns=OK)
        session.expect("sendmail", returns=[OK, OK, OK, (354, b""), to_text])
        smtp = smtplib.LMTP("/run/lmtp")
        smtp.sendmail("a@example.com", ["b@example.com", "c@example.com"], "hello")
        self.assertEqual(to_text, [OK])


class ByLmtp(SmtpMockTestCase):
    def test_under_strict_the_next_command_gets_what_is_scripted_for_it(self):
        self.smtp_mock.new_session().expect_delivery()
        with smtplib.LMTP("mail.example.com", 24) as smtp:
            smtp.ehlo()
            smtp.sendmail("a@example.com", ["b@example.com", "c@example.com"], "hello")
        self.smtp_mock.assert_connect(host="mail.example.com", port=24, protocol="lmtp")
        self.smtp_mock.assert_ehlo(name="")
        self.smtp_mock.assert_sendmail(
            from_addr="a@example.com", to_addrs=["b@example.com", "c@example.com"], msg="hello"
        )
        self.assertEqual(self.smtp_mock.assert_quit().result, (221, b"Bye"))


class WithoutTheConstructor(Played):
    def test_an_object_whose_class_does_not_call_it(self):
        class Client(smtplib.SMTP):
            def __init__(self):
                self.host = "mail.example.com"

        for call in (Client().noop, Client().connect, lambda: Client().send("x")):
            with self.assertRaises(SandboxNotActiveError) as caught:
                call()
            self.assertIn("Call super().__init__() in the constructor of", str(caught.exception))
            self.smtp_mock.verifier.acknowledge(caught.exception)
