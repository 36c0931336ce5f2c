"""The whole text of each error, as it is printed."""

import contextlib
import pickle
import smtplib
import textwrap
import unittest
from email.message import EmailMessage
from unittest import mock

from bigfoot_smtp import (
    SMTPLIB,
    STRICT,
    InvalidStateError,
    MessageWith,
    SessionHandle,
    SmtpMockTestCase,
    SmtpPlugin,
    State,
    StrictVerifier,
)
from bigfoot_smtp._commands.commands import COMMANDS
from tests.support.texts import error_of, without_places


def report(body="See attached.", to="to@example.com", pdf=b"%PDF"):
    message = EmailMessage()
    message["Subject"] = "Report"
    message["From"] = "from@example.com"
    message["To"] = to
    message.set_content(body)
    message.add_attachment(pdf, maintype="application", subtype="pdf", filename="report.pdf")
    return message


class Greeted(SmtpMockTestCase):
    """A case whose connection is open, greeted and asserted; ``more`` are its further steps."""

    more = {}

    def setUp(self):
        super().setUp()
        session = self.smtp_mock.new_session()
        session.expect("connect", returns=None).expect("ehlo", returns=(250, b"OK"))
        for method, answer in self.more.items():
            session.expect(method, returns=answer)
        self.client = smtplib.SMTP("mail.example.com")
        self.client.ehlo()
        self.smtp_mock.assert_connect(host="mail.example.com", port=25)
        self.smtp_mock.assert_ehlo(name="")


def allowed_in(state):
    return ", ".join(method for method in STRICT.table if state in STRICT.table[method])


class Texts(unittest.TestCase):
    maxDiff = None

    def assert_text(self, body, text, base=SmtpMockTestCase, **attributes):
        """Assert the text of the error that a test with ``body`` ends with."""
        error = error_of(type("Inner", (base,), {"test": body, **attributes}))
        self.assertEqual(without_places(error), textwrap.dedent(text).strip("\n"))
        return error


class RefusedCallTests(Texts):
    def test_no_session(self):
        self.assert_text(
            lambda case: smtplib.SMTP("mail.example.com"),
            """
            This connection is not scripted, there is no session.
              Actual: connect(host='mail.example.com', port=25) at test_messages.py:N

            If the code is right, script it before the call:
                self.smtp_mock.new_session().expect("connect", returns=None)
            Or have the whole script written, by this attribute of the test case:
                smtp_record = True
            """,
        )

    def test_no_session_left(self):
        self.assert_text(
            lambda case: smtplib.SMTP("other.example.com"),
            """
            This connection is not scripted, the session is taken.
              Actual: connect(host='other.example.com', port=25) at test_messages.py:N

            If the code is right, script it before the call:
                self.smtp_mock.new_session().expect("connect", returns=None)
            Or have the whole script written, by this attribute of the test case:
                smtp_record = True
            """,
            Greeted,
        )

    def test_none_of_three_sessions_left(self):
        def body(case):
            for _ in range(3):
                case.smtp_mock.new_session().expect("connect", returns=None)
                smtplib.SMTP("mail.example.com")
            smtplib.SMTP("mail.example.com")

        error = error_of(type("Inner", (SmtpMockTestCase,), {"test": body}))
        told, *_ = str(error).splitlines()
        self.assertEqual(told, "This connection is not scripted, the 3 sessions are taken.")

    def test_what_smtplib_would_have_done(self):
        """The machine that follows smtplib is named where it allows the command."""
        implicit, plain = "would have greeted by itself", "itself allows this"
        for method, state, does in [
            *(
                (method, "connected", implicit)
                for method in ("login", "starttls", "sendmail", "send_message")
            ),
            *((method, "connected", plain) for method in ("quit", "mail", "auth")),
            *((method, "sending", plain) for method in ("login", "starttls", "ehlo")),
            *((method, "authenticated", plain) for method in ("login", "starttls")),
        ]:
            session = SessionHandle(STRICT)
            session.state = State(state)
            error = InvalidStateError(method, session.state, STRICT.valid_states(method))
            error.at(("file.py", 1), COMMANDS["noop"]({}), session)
            self.assertEqual(error.hint()[0].split(".")[0], f"smtplib {does}", (method, state))

    def test_another_step_is_next(self):
        self.assert_text(
            lambda case: case.client.noop(),
            """
            noop is not the next step of session 1.
              Expected: sendmail -> {}, scripted at test_messages.py:N
              Actual:   noop() at test_messages.py:N

            Session 1, greeted:
                connect -> None        connect(host='mail.example.com', port=25)  test_messages.py:N
                ehlo -> (250, b'OK')   ehlo(name='')  test_messages.py:N
              > sendmail -> {}         noop()
                quit -> (221, b'Bye')

            If the code is right, script it before sendmail:
                .expect("noop", returns=(250, b"OK"))
            """,
            Greeted,
            more={"sendmail": {}, "quit": (221, b"Bye")},
        )

    def assert_hint(self, body, *lines, base=SmtpMockTestCase, **attributes):
        """Assert the last lines of the text, what to type next."""
        error = error_of(type("Inner", (base,), {"test": body, **attributes}))
        self.assertIsInstance(error, AssertionError)
        hint = without_places(error).split("\n\n")[-1]
        self.assertEqual(hint.splitlines(), list(lines))

    def test_another_delivery(self):
        """What ``expect_delivery()`` can script, a message tells as its argument."""

        calls = {
            "starttls": lambda smtp: smtp.starttls(),
            "login": lambda smtp: smtp.login("user", "s3cret"),
            "sendmail": lambda smtp: smtp.sendmail("a@x", "b@x", "hello"),
            "send_message": lambda smtp: smtp.send_message(report()),
        }
        for given, commands, wanted in [
            ({}, ["send_message"], 'via="send_message"'),
            ({"via": "send_message"}, ["sendmail"], ""),
            ({}, ["starttls"], "starttls=True"),
            ({"login": True, "count": 3}, ["starttls"], "starttls=True, login=True, count=3"),
            ({}, ["login"], "login=True"),
            ({}, ["sendmail", "sendmail"], "count=2"),
            ({"count": 2}, ["sendmail"] * 3, "count=3"),
            ({"starttls": True}, ["sendmail"], ""),
            ({"starttls": True, "login": True}, ["login"], "login=True"),
            ({"starttls": True, "login": True}, ["starttls", "sendmail"], "starttls=True"),
        ]:

            def body(case):
                case.smtp_mock.new_session().expect_delivery(**given)
                smtp = smtplib.SMTP("h")
                smtp.ehlo()
                for command in commands[:-1]:
                    calls[command](smtp)
                calls[commands[-1]](smtp)

            with self.subTest(given=given, commands=commands):
                self.assert_hint(
                    body,
                    "If the code is right, script in place of the expect_delivery() at test_messages.py:N:",
                    f"    .expect_delivery({wanted})",
                )

    def test_what_no_delivery_has(self):
        def body(case):
            case.smtp_mock.new_session().expect_delivery()
            smtp = smtplib.SMTP("h")
            smtp.ehlo()
            smtp.sendmail("a@x", "b@x", "hello")
            smtp.send_message(report())

        step = '    .expect("send_message", returns={})'
        self.assert_hint(body, "If the code is right, script it before quit:", step)

    def test_leaving_before_a_mail(self):
        self.assert_hint(
            lambda case: case.client.quit(),
            "A mail that the test expects is not sent: sendmail was left out.",
            "Look for what keeps the code from sending it, such as an error that it swallows.",
            base=Greeted,
            more={"noop": (250, b"OK"), "sendmail": {}},
        )

    def test_leaving_before_another_step(self):
        for more, hint in [
            (["noop"], "noop out, script it as optional, with required=False."),
            (["noop", "rset"], "noop and rset out, script them as optional, with required=False."),
        ]:

            def body(case):
                session = case.smtp_mock.new_session().expect("connect", returns=None)
                session.expect("ehlo", returns=(250, b"OK"))
                for method in more:
                    session.expect(method, returns=(250, b"OK"))
                session.expect("quit", returns=(221, b"Bye"))
                smtp = smtplib.SMTP("h")
                smtp.ehlo()
                smtp.quit()

            self.assert_hint(body, f"Where the code may leave {hint}")

    def test_leaving_before_a_mail_that_may_be_left_out(self):
        def body(case):
            session = case.smtp_mock.new_session().expect("connect", returns=None)
            session.expect("ehlo", returns=(250, b"OK"))
            session.expect("sendmail", returns={}, required=False)
            smtp = smtplib.SMTP("h")
            smtp.ehlo()
            smtp.quit()

        step = """    .expect("quit", returns=(221, b"Bye"))"""
        self.assert_hint(body, "If the code is right, script it before sendmail:", step)

    def test_leaving_where_no_end_is_scripted(self):
        def body(case):
            session = case.smtp_mock.new_session().expect("connect", returns=None)
            session.expect("ehlo", returns=(250, b"OK")).expect("noop", returns=(250, b"OK"))
            smtp = smtplib.SMTP("h")
            smtp.ehlo()
            smtp.quit()

        step = """    .expect("quit", returns=(221, b"Bye"))"""
        self.assert_hint(body, "If the code is right, script it before noop:", step)

    def test_a_greeting_offers_all_that_smtplib_asks_for(self):
        """Else code that looks before it sends would send nothing."""

        def body(case):
            case.smtp_mock.new_session().expect("connect", returns=None)
            smtplib.SMTP("h").ehlo()

        self.assert_hint(
            body,
            "If the code is right, script it at the end of the session:",
            "    # from bigfoot_smtp import ehlo_reply",
            '    .expect("ehlo", returns=ehlo_reply("STARTTLS", "AUTH PLAIN LOGIN", "SMTPUTF8"))',
        )

    def test_a_challenge_and_what_asks_for_the_text(self):
        for command, answer in [
            (("AUTH", "LOGIN"), "(334, b'')"),
            (("AUTH", "PLAIN AHUAczNjcmV0"), '(235, b"Authentication successful")'),
            (("data",), "(354, b'End data with <CR><LF>.<CR><LF>')"),
            (("XCMD",), '(250, b"OK")'),
        ]:

            def body(case):
                case.smtp_mock.new_session().expect("connect", returns=None)
                smtplib.SMTP("h").docmd(*command)

            step = f'    .expect("docmd", returns={answer})'
            self.assert_hint(
                body, "If the code is right, script it at the end of the session:", step
            )

    def test_a_second_violation_of_a_session(self):
        """The first is told first, until the test acknowledges it."""

        def body(case, acknowledges):
            try:
                case.client.noop()
            except AssertionError as error:
                if acknowledges:
                    case.smtp_mock.verifier.acknowledge(error)
            case.client.rset()

        self.assert_text(
            lambda case: body(case, False),
            """
            noop is not the next step of session 1.
              Expected: nothing, the script is at its end
              Actual:   noop() at test_messages.py:N
            After that: rset is not the next step of session 1.
              Expected: nothing, the script is at its end
              Actual:   rset() at test_messages.py:N

            Session 1, greeted:
                connect -> None       connect(host='mail.example.com', port=25)  test_messages.py:N
                ehlo -> (250, b'OK')  ehlo(name='')  test_messages.py:N
              > (end of the script)   rset()

            If the code is right, script it at the end of the session:
                .expect("noop", returns=(250, b"OK"))
            """,
            Greeted,
        )
        error = error_of(type("Inner", (Greeted,), {"test": lambda case: body(case, True)}))
        self.assertTrue(str(error).startswith("rset is not"), error)

    def test_after_a_redial(self):
        """smtplib keeps what EHLO said, and would not greet once more."""

        def body(case):
            for _ in range(2):
                session = case.smtp_mock.new_session().expect("connect", returns=None)
                session.expect("ehlo", returns=(250, b"OK"), required=False)
            smtp = smtplib.SMTP("h")
            smtp.ehlo()
            smtp.close()
            smtp.connect("h")
            smtp.sendmail("a@x", "b@x", "hello")

        self.assert_hint(
            body,
            "smtplib itself allows this. To follow it, import SMTPLIB and set on the test case:",
            "    smtp_state_machine = SMTPLIB",
        )

    def test_script_is_at_its_end(self):
        self.assert_text(
            lambda case: case.client.noop(),
            """
            noop is not the next step of session 1.
              Expected: nothing, the script is at its end
              Actual:   noop() at test_messages.py:N

            Session 1, greeted:
                connect -> None       connect(host='mail.example.com', port=25)  test_messages.py:N
                ehlo -> (250, b'OK')  ehlo(name='')  test_messages.py:N
              > (end of the script)   noop()

            If the code is right, script it at the end of the session:
                .expect("noop", returns=(250, b"OK"))
            """,
            Greeted,
        )

    def test_greeting_that_smtplib_sends_by_itself(self):
        def body(case):
            session = case.smtp_mock.new_session().expect("connect", returns=None)
            session.expect("login", returns=(235, b"OK"))
            smtplib.SMTP("mail.example.com").login("user", "s3cret")

        self.assert_text(
            body,
            r"""
            ehlo is not the next step of session 1.
              Expected: login -> (235, b'OK'), scripted at test_messages.py:N
              Actual:   ehlo(name='') at test_messages.py:N
              smtplib greets by itself before login.

            Session 1, connected:
                connect -> None        connect(host='mail.example.com', port=25)  test_messages.py:N
              > login -> (235, b'OK')  ehlo(name='')

            If the code is right, script it before login:
                .expect("ehlo", returns=ehlo_reply("AUTH PLAIN LOGIN"))  # from bigfoot_smtp import ehlo_reply
            """,
            smtp_state_machine=SMTPLIB,
        )

    def test_illegal_in_the_state(self):
        def body(case):
            session = case.smtp_mock.new_session().expect("connect", returns=None)
            session.expect("ehlo", returns=(250, b"OK")).expect("sendmail", returns={})
            smtplib.SMTP("h").sendmail("from@example.com", "to@example.com", "text")

        self.assert_text(
            body,
            f"""
            sendmail is not allowed in state connected.
              Actual:      sendmail(from_addr='from@example.com', to_addrs='to@example.com', msg='text') at test_messages.py:N
              Allowed in:  greeted, authenticated, sending
              Allowed now: {allowed_in(State.CONNECTED)}

            Session 1, connected:
                connect -> None       connect(host='h', port=25)  test_messages.py:N
              > ehlo -> (250, b'OK')  sendmail(from_addr='from@example.co...addrs='to@example.com', msg='text')
                sendmail -> {{}}

            smtplib would have greeted by itself. To follow it, import SMTPLIB and set on the test case:
                smtp_state_machine = SMTPLIB
            """,
        )

    def test_illegal_in_strict_alone(self):
        self.assert_text(
            lambda case: case.client.ehlo(),
            f"""
            ehlo is not allowed in state greeted.
              Actual:      ehlo(name='') at test_messages.py:N
              Allowed in:  connected
              Allowed now: {allowed_in(State.GREETED)}

            Session 1, greeted:
                connect -> None       connect(host='mail.example.com', port=25)  test_messages.py:N
                ehlo -> (250, b'OK')  ehlo(name='')  test_messages.py:N
              > (end of the script)   ehlo(name='')

            smtplib itself allows this. To follow it, import SMTPLIB and set on the test case:
                smtp_state_machine = SMTPLIB
            """,
            Greeted,
        )

    def test_illegal_when_closed(self):
        def body(case):
            case.client.close()
            case.client.noop()

        self.assert_text(
            body,
            """
            noop is not allowed in state closed.
              Actual:      noop() at test_messages.py:N
              Allowed in:  connected, greeted, authenticated, sending
              Allowed now: nothing, the session is over

            Session 1, closed:
                connect -> None       connect(host='mail.example.com', port=25)  test_messages.py:N
                ehlo -> (250, b'OK')  ehlo(name='')  test_messages.py:N
              > (end of the script)   noop()
            """,
            Greeted,
        )

    def test_illegal_before_any_connection(self):
        self.assert_text(
            lambda case: smtplib.SMTP().noop(),
            """
            noop is not allowed in state disconnected.
              Actual:      noop() at test_messages.py:N
              Allowed in:  connected, greeted, authenticated, sending
            """,
        )

    def test_refusal_of_somebody_who_is_no_recipient(self):
        def body(case):
            session = case.smtp_mock.new_session().expect("connect", returns=None)
            session.expect("ehlo", returns=(250, b"OK"))
            session.expect("sendmail", returns={"x@example.com": (550, b"no")})
            smtplib.SMTP("h").sendmail("from@example.com", "to@example.com", "text")

        self.assert_text(
            body,
            """
            The script refuses 'x@example.com', who is not a recipient of this mail.
              Scripted: sendmail -> {'x@example.com': (550, b'no')} at test_messages.py:N
              Actual:   sendmail(from_addr='from@example.com', to_addrs='to@example.com', msg='text') at test_messages.py:N

            Session 1, greeted:
                connect -> None       connect(host='h', port=25)  test_messages.py:N
                ehlo -> (250, b'OK')  ehlo(name='')  test_messages.py:N
              > sendmail -> {'x@example.com': (550, b'no')}  sendmail(from_addr='fro...ample.com', msg='text')
            """,
            smtp_state_machine=SMTPLIB,
        )

    def test_reply_that_no_command_waits_for(self):
        self.assert_text(
            lambda case: case.client.getreply(),
            """
            A reply was read, but no command waits for one.
              Called at test_messages.py:N
              smtplib would wait for the server here until its timeout.
            """,
            Greeted,
        )

    def test_long_session(self):
        def body(case):
            session = case.smtp_mock.new_session().expect("connect", returns=None)
            for number in range(40):
                session.expect("docmd", returns=(250, b"%d" % number))
            client = smtplib.SMTP("h")
            for _ in range(20):
                client.docmd("NOOP")
            client.noop()

        error = self.assert_text(
            body,
            """
            noop is not the next step of session 1.
              Expected: docmd -> (250, b'20'), scripted at test_messages.py:N
              Actual:   noop() at test_messages.py:N

            Session 1, connected:
                (11 lines before)
            """
            + "".join(
                f"    docmd -> (250, b'{number}')  docmd(cmd='NOOP')  test_messages.py:N\n            "
                for number in range(10, 20)
            )
            + """  > docmd -> (250, b'20')  noop()
            """
            + "".join(f"    docmd -> (250, b'{number}')\n            " for number in range(21, 30))
            + """    (10 lines after)

            If the code is right, script it before docmd:
                .expect("noop", returns=(250, b"OK"))
            """,
        )
        self.assertEqual(len(str(error.session).splitlines()), 1 + 41)

    def test_use_after_the_sandbox(self):
        def body(case):
            verifier = StrictVerifier()
            with verifier.sandbox():
                client = smtplib.SMTP()
            client.connect("mail.example.com")

        self.assert_text(
            body,
            """
            connect was used outside the test or sandbox it belongs to.
              Called at test_messages.py:N

            Make the SMTP object inside the test that uses it.
            """,
        )


class FailedAssertionTests(Texts):
    def test_nothing_left(self):
        self.assert_text(
            lambda case: case.smtp_mock.assert_quit(),
            """
            No interaction is left to assert.
              Expected: quit()
            """,
        )

    def test_another_command(self):
        def body(case):
            case.client.noop()
            case.smtp_mock.assert_quit()

        self.assert_text(
            body,
            """
            The next interaction is noop, not quit.
              Expected: quit()
              Actual:   noop() at test_messages.py:N

            To assert what was called:
                self.smtp_mock.assert_noop()
            """,
            Greeted,
            more={"noop": (250, b"OK")},
        )

    def test_recipients_and_text_that_differ(self):
        def body(case):
            case.client.sendmail(
                "from@example.com", ["a@example.com", "b@example.com"], "Subject: x\n\n1\n2\n3"
            )
            case.smtp_mock.assert_sendmail(
                from_addr="from@example.com",
                to_addrs=["a@example.com", "c@example.com"],
                msg="Subject: y\n\n1\n2\n3",
            )

        self.assert_text(
            body,
            r"""
            sendmail at test_messages.py:N differs in to_addrs and msg.
              to_addrs
                Expected: ['a@example.com', 'c@example.com']
                Actual:   ['a@example.com', 'b@example.com']
                Missing:  'c@example.com'
                Extra:    'b@example.com'
              msg
                Subject
                  Expected: 'y'
                  Actual:   'x'

            To assert what was called:
                self.smtp_mock.assert_sendmail(
                    from_addr="from@example.com",
                    to_addrs=["a@example.com", "b@example.com"],
                    msg="Subject: x\n\n1\n2\n3",
                )
            """,
            Greeted,
            more={"sendmail": {}},
        )

    def test_order_of_recipients(self):
        def body(case):
            case.client.sendmail("from@example.com", ["a@example.com", "b@example.com"], "text")
            case.smtp_mock.assert_sendmail(
                from_addr=mock.ANY, to_addrs=["b@example.com", "a@example.com"], msg=mock.ANY
            )

        self.assert_text(
            body,
            """
            sendmail at test_messages.py:N differs in to_addrs.
              to_addrs
                Expected: ['b@example.com', 'a@example.com']
                Actual:   ['a@example.com', 'b@example.com']
                The same recipients, in another order.

            To assert what was called:
                self.smtp_mock.assert_sendmail(
                    from_addr="from@example.com",
                    to_addrs=["a@example.com", "b@example.com"],
                    msg="text",
                )
            """,
            Greeted,
            more={"sendmail": {}},
        )

    def test_parts_of_a_message_that_differ(self):
        lines = "".join(f"line {number}\n" for number in range(1, 9))

        def body(case):
            case.client.send_message(report(lines))
            expected = report(lines.replace("line 5", "line five"), pdf=b"other")
            case.smtp_mock.assert_send_message(msg=expected)

        self.assert_text(
            body,
            r"""
            send_message at test_messages.py:N differs in msg.
              msg
                part 1 (text/plain)
                  - expected, + actual
                  @@ -4,3 +4,3 @@
                   line 4
                  -line five
                  +line 5
                   line 6
                part 2 (application/pdf)
                  Expected: b'other'
                  Actual:   b'%PDF'

            To assert what was called:
                from bigfoot_smtp import MessageWith
                self.smtp_mock.assert_send_message(
                    msg=MessageWith(
                        subject="Report",
                        from_="from@example.com",
                        to=["to@example.com"],
                        text="line 1\nline 2\nline 3\nline 4\nline 5\nline 6\nline 7\nline 8\n",
                        attachments={"report.pdf": b"%PDF"},
                    ),
                )
            """,
            Greeted,
            more={"send_message": {}},
        )

    def test_message_with(self):
        def body(case):
            case.client.send_message(report())
            case.smtp_mock.assert_send_message(
                msg=MessageWith(
                    subject="Invoice",
                    to="to@example.com",
                    attachments=["invoice.pdf"],
                    headers={"Reply-To": "me@example.com"},
                )
            )

        self.assert_text(
            body,
            r"""
            send_message at test_messages.py:N differs in msg.
              msg
                subject
                  Expected: 'Invoice'
                  Actual:   'Report'
                attachments
                  Expected: ['invoice.pdf']
                  Actual:   ['report.pdf']
                Reply-To
                  Expected: 'me@example.com'
                  Actual:   (none)

            To assert what was called:
                from bigfoot_smtp import MessageWith
                self.smtp_mock.assert_send_message(
                    msg=MessageWith(
                        subject="Report",
                        from_="from@example.com",
                        to=["to@example.com"],
                        text="See attached.\n",
                        attachments={"report.pdf": b"%PDF"},
                    ),
                )
            """,
            Greeted,
            more={"send_message": {}},
        )

    def test_what_the_assertion_named_stays_named(self):
        for host, timeout, in_order in (("h", 11, True), ("other", 10, True), ("h", 11, False)):

            def body(case):
                case.smtp_mock.serve()
                smtplib.SMTP("h", timeout=10)
                order = contextlib.nullcontext() if in_order else case.smtp_mock.in_any_order()
                with order:
                    case.smtp_mock.assert_connect(host=host, port=25, timeout=timeout)

            with self.subTest(host=host, timeout=timeout, in_order=in_order):
                error = error_of(type("Inner", (SmtpMockTestCase,), {"test": body}))
                self.assertIn('assert_connect(host="h", port=25, timeout=10)', str(error))

    def test_what_was_not_given_cannot_be_named(self):
        def body(case):
            case.smtp_mock.serve()
            smtplib.SMTP("h")
            case.smtp_mock.assert_connect(host="h", port=25, timeout=11)

        error = error_of(type("Inner", (SmtpMockTestCase,), {"test": body}))
        self.assertIn('assert_connect(host="h", port=25)', str(error))

    def test_protocol(self):
        def body(case):
            case.smtp_mock.new_session().expect("connect", returns=None)
            smtplib.SMTP_SSL("mail.example.com")
            case.smtp_mock.assert_connect(host="mail.example.com", port=465)

        self.assert_text(
            body,
            """
            connect at test_messages.py:N differs in protocol.
              protocol
                Expected: 'smtp'
                Actual:   'smtps'

            To assert what was called:
                self.smtp_mock.assert_connect(
                    host="mail.example.com",
                    port=465,
                    protocol="smtps",
                )
            """,
        )

    def test_password_is_hidden(self):
        def body(case):
            case.client.login("user", "s3cret")
            case.smtp_mock.assert_login(user="user", password="wr0ng")

        error = self.assert_text(
            body,
            """
            login at test_messages.py:N differs in password.
              password
                Expected: ***
                Actual:   ***

            To assert what was called:
                from unittest import mock
                self.smtp_mock.assert_login(user="user", password=mock.ANY)
            """,
            Greeted,
            more={"login": (235, b"OK")},
        )
        for text in (str(error), repr(error), repr(error.actual), repr(vars(error))):
            self.assertNotIn("s3cret", text)

    def test_argument_of_auth_is_hidden(self):
        def body(case):
            case.client.docmd("AUTH", "PLAIN AHUAczNjcmV0")
            case.smtp_mock.assert_docmd(cmd="AUTH", args="PLAIN AHUAd3Iwbmc=")

        self.assert_text(
            body,
            """
            docmd at test_messages.py:N differs in args.
              args
                Expected: 'PLAIN ***'
                Actual:   'PLAIN ***'

            To assert what was called:
                from unittest import mock
                self.smtp_mock.assert_docmd(cmd="AUTH", args=mock.ANY)
            """,
            Greeted,
            more={"docmd": (235, b"OK")},
        )

    def test_answer_to_a_challenge_is_hidden(self):
        def body(case):
            session = case.smtp_mock.new_session().expect("connect", returns=None)
            session.expect("docmd", returns=(334, b"")).expect("docmd", returns=(235, b"OK"))
            client = smtplib.SMTP("h")
            client.docmd("AUTH LOGIN dXNlcg==")
            client.docmd("czNjcmV0")

        self.assert_text(
            body,
            """
            3 interactions were not asserted.
              connect(host='h', port=25)  test_messages.py:N
              docmd(cmd='AUTH LOGIN ***')  test_messages.py:N
              docmd(cmd=***)  test_messages.py:N

            To assert them, after the call:
                from unittest import mock
                self.smtp_mock.assert_connect(host="h", port=25)
                self.smtp_mock.assert_docmd(cmd=mock.ANY)
                self.smtp_mock.assert_docmd(cmd=mock.ANY)
            """,
        )

    def test_in_any_order(self):
        def body(case):
            case.client.rcpt("a@example.com")
            case.client.rcpt("b@example.com", ["NOTIFY=NEVER"])
            with case.smtp_mock.in_any_order():
                case.smtp_mock.assert_rcpt(recip="b@example.com")

        self.assert_text(
            body,
            """
            No unasserted rcpt matches.
              Expected: rcpt(recip='b@example.com')
              rcpt at test_messages.py:N differs in recip.
                recip
                  Expected: 'b@example.com'
                  Actual:   'a@example.com'
              rcpt at test_messages.py:N differs in options.
                options
                  Expected: ()
                  Actual:   ('NOTIFY=NEVER',)

            To assert the closest:
                self.smtp_mock.assert_rcpt(recip="a@example.com")
            """,
            type("TwoSteps", (Greeted,), {"setUp": _two_rcpt_steps}),
        )

    def test_in_any_order_the_closest_first(self):
        def body(case):
            for recipient in ("one@x", "two@x", "three@x", "four@x", "five@x"):
                case.client.rcpt(recipient, ["NOTIFY=NEVER"] * (recipient != "four@x"))
            with case.smtp_mock.in_any_order():
                case.smtp_mock.assert_rcpt(recip="six@x")

        error = error_of(type("Inner", (Greeted,), {"test": body, "more": None, "setUp": _rcpts}))
        text = without_places(error)
        told = [line.split()[-1] for line in text.splitlines() if "Actual:   '" in line]
        self.assertEqual(told, ["'four@x'", "'one@x'", "'two@x'"])
        self.assertIn("\n  and 2 more candidates\n\nTo assert the closest:\n", text)
        self.assertIn('assert_rcpt(recip="four@x")', text)

    def test_the_longest_difference(self):
        def body(case):
            message = report()
            for number in range(20):
                message[f"X-{number}"] = "here"
            case.client.send_message(message)
            case.smtp_mock.assert_send_message(msg=report())

        text = str(
            error_of(type("Inner", (Greeted,), {"test": body, "more": {"send_message": {}}}))
        )
        self.assertIn("and 31 more lines\n\nTo assert what was called:", text)

    def test_a_timeout_that_was_not_given(self):
        def body(case):
            case.smtp_mock.new_session().expect("connect", returns=None)
            smtplib.SMTP("h")
            case.smtp_mock.assert_connect(host="h", port=25, timeout=10)

        self.assert_text(
            body,
            """
            connect at test_messages.py:N differs in timeout.
              timeout
                Expected: 10
                Actual:   (not given)

            To assert what was called:
                self.smtp_mock.assert_connect(host="h", port=25)
            """,
        )

    def test_in_any_order_without_candidates(self):
        def body(case):
            with case.smtp_mock.in_any_order():
                case.smtp_mock.assert_noop()

        self.assert_text(
            body,
            """
            No unasserted noop matches.
              Expected: noop()
            """,
        )


def _rcpts(case):
    SmtpMockTestCase.setUp(case)
    session = case.smtp_mock.new_session().expect("connect", returns=None)
    for _ in range(5):
        session.expect("rcpt", returns=(250, b"OK"))
    case.smtp_mock.verifier.scenario.machine = session.machine = SMTPLIB
    case.client = smtplib.SMTP("h")


def _two_rcpt_steps(case):
    SmtpMockTestCase.setUp(case)
    session = case.smtp_mock.new_session().expect("connect", returns=None)
    session.expect("ehlo", returns=(250, b"OK"))
    session.expect("rcpt", returns=(250, b"OK")).expect("rcpt", returns=(250, b"OK"))
    case.client = smtplib.SMTP("h")
    case.client.ehlo()
    case.smtp_mock.assert_connect(host="h", port=25)
    case.smtp_mock.assert_ehlo(name="")


class EndOfTestTests(Texts):
    def test_unasserted(self):
        def body(case):
            case.client.login("user", "s3cret")

        self.assert_text(
            body,
            """
            1 interaction was not asserted.
              login(user='user', password=***)  test_messages.py:N

            To assert it, after the call:
                from unittest import mock
                self.smtp_mock.assert_login(user="user", password=mock.ANY)
            """,
            Greeted,
            more={"login": (235, b"OK")},
        )

    def test_unused(self):
        self.assert_text(
            lambda case: None,
            """
            2 steps were never used: login and quit.

            Session 1, greeted:
                connect -> None        connect(host='h', port=25)  test_messages.py:N
                noop -> (250, b'OK') (optional)  (passed over)
                ehlo -> (250, b'OK')   ehlo(name='')  test_messages.py:N
                login raises SMTPAuthenticationError(535, b'no')  (not called)  test_messages.py:N
                quit -> (221, b'Bye')  (not called)  test_messages.py:N

            Where the code may leave them out, script them as optional:
                .expect("login", raises=smtplib.SMTPAuthenticationError(535, b"no"), required=False)
                .expect("quit", returns=(221, b"Bye"), required=False)
            """,
            type("Unused", (SmtpMockTestCase,), {"setUp": _unused_steps}),
        )

    def test_unused_mail(self):
        """No hint makes the step of a mail optional."""
        self.assert_text(
            lambda case: None,
            """
            1 step was never used: sendmail.

            Session 1, greeted:
                connect -> None       connect(host='mail.example.com', port=25)  test_messages.py:N
                ehlo -> (250, b'OK')  ehlo(name='')  test_messages.py:N
                sendmail -> {}        (not called)  test_messages.py:N

            A mail that the test expects is not sent: sendmail was left out.
            Look for what keeps the code from sending it, such as an error that it swallows.
            """,
            Greeted,
            more={"sendmail": {}},
        )

    def test_sessions_never_opened(self):
        def body(case):
            case.smtp_mock.new_session().expect_delivery(starttls=True, login=True)
            case.smtp_mock.new_session().expect("connect", returns=None)

        self.assert_text(
            body,
            """
            Session 1 was never opened: 6 steps were never used.
              Scripted: connect, ehlo, starttls, login, sendmail and quit at test_messages.py:N
            Session 2 was never opened: 1 step was never used.
              Scripted: connect at test_messages.py:N

            Look for one of these:
                smtplib.SMTP, or the function that sends, is still patched by the test
                the code sends by another way than smtplib, as Django's does in tests without
                  bigfoot_smtp.django
                a thread that sends is not joined before the test ends
                the test scripts 2 sessions more than the code opens
            """,
        )

    def test_a_session_never_opened_beside_another(self):
        def body(case):
            session = case.smtp_mock.new_session().expect("connect", returns=None)
            session.expect("quit", returns=(221, b"Bye"))
            unopened = case.smtp_mock.new_session().expect("connect", returns=None)
            unopened.expect("ehlo", returns=(250, b"OK"))
            smtplib.SMTP("h")

        error = self.assert_text(
            body,
            """
            1 step was never used: quit.

            Session 1, connected:
                connect -> None        connect(host='h', port=25)  test_messages.py:N
                quit -> (221, b'Bye')  (not called)  test_messages.py:N

            Where the code may leave it out, script it as optional:
                .expect("quit", returns=(221, b"Bye"), required=False)

            Session 2 was never opened: 2 steps were never used.
              Scripted: connect and ehlo at test_messages.py:N to test_messages.py:N

            Look for one of these:
                smtplib.SMTP, or the function that sends, is still patched by the test
                the code sends by another way than smtplib, as Django's does in tests without
                  bigfoot_smtp.django
                a thread that sends is not joined before the test ends
                the test scripts 1 session more than the code opens
            """,
            smtp_require_assertions=False,
        )
        self.assertEqual(str(error).count("connect ->"), 1)

    def test_the_first_of_many_unasserted(self):
        def body(case):
            session = case.smtp_mock.new_session().expect("connect", returns=None)
            smtp = smtplib.SMTP("h")
            for _ in range(47):
                session.expect("noop", returns=(250, b"OK"))
                smtp.noop()

        error = error_of(type("Inner", (SmtpMockTestCase,), {"test": body}))
        self.assertIn("  and 28 more\n\nTo assert the first 30, after the call:\n", str(error))
        self.assertEqual(str(error).count("self.smtp_mock.assert_"), 30)

    def test_the_same_many_times(self):
        def body(case):
            for _ in range(3):
                for command in (case.client.noop, case.client.rset):
                    with contextlib.suppress(AssertionError):
                        command()
            with contextlib.suppress(AssertionError):
                smtplib.SMTP("other.example.com")

        self.assert_text(
            body,
            """
            7 findings. The later ones may come from the first.

            1. Swallowed by the code under test: noop is not the next step of session 1. (3 times)
                 Expected: nothing, the script is at its end
                 Actual:   noop() at test_messages.py:N

               If the code is right, script it at the end of the session:
                   .expect("noop", returns=(250, b"OK"))

            2. rset is not the next step of session 1.  test_messages.py:N (3 times)
            3. connect(host='other.example.com', port=25) is not scripted.  test_messages.py:N

            Session 1, greeted:
                connect -> None       connect(host='mail.example.com', port=25)  test_messages.py:N
                ehlo -> (250, b'OK')  ehlo(name='')  test_messages.py:N
              > (refused)             noop()  test_messages.py:N
              > (refused)             rset()  test_messages.py:N
            """,
            Greeted,
        )

    def test_very_many_findings(self):
        def body(case):
            for number in range(13):
                with contextlib.suppress(AssertionError):
                    exec(
                        compile("\n" * number + "noop()", "f.py", "exec"),
                        {"noop": case.client.noop},
                    )

        text = str(error_of(type("Inner", (Greeted,), {"test": body})))
        self.assertTrue(text.startswith("13 findings."), text)
        self.assertIn("11. noop is not the next step of session 1.  f.py:11\nand 2 more\n", text)

    def test_one_swallowed_violation(self):
        def body(case):
            try:
                case.client.noop()
            except Exception:
                pass

        self.assert_text(
            body,
            """
            Swallowed by the code under test: noop is not the next step of session 1.
              Expected: nothing, the script is at its end
              Actual:   noop() at test_messages.py:N

            Session 1, greeted:
                connect -> None       connect(host='mail.example.com', port=25)  test_messages.py:N
                ehlo -> (250, b'OK')  ehlo(name='')  test_messages.py:N
              > (end of the script)   noop()

            If the code is right, script it at the end of the session:
                .expect("noop", returns=(250, b"OK"))
            """,
            Greeted,
        )

    def test_several_findings(self):
        def body(case):
            session = case.smtp_mock.new_session().expect("connect", returns=None)
            session.expect("ehlo", returns=(250, b"OK")).expect("quit", returns=(221, b"Bye"))
            client = smtplib.SMTP("h")
            try:
                client.helo()
            except Exception:
                pass
            client.ehlo()
            case.smtp_mock.assert_connect(host="h", port=25)

        self.assert_text(
            body,
            """
            3 findings. The later ones may come from the first.

            1. Swallowed by the code under test: helo is not the next step of session 1.
                 Expected: ehlo -> (250, b'OK'), scripted at test_messages.py:N
                 Actual:   helo(name='') at test_messages.py:N

               If the code is right, script it before ehlo:
                   .expect("helo", returns=(250, b"OK"))

            2. 1 step was never used: quit.  test_messages.py:N
            3. 1 interaction was not asserted: ehlo.  test_messages.py:N

            Session 1, greeted:
                connect -> None        connect(host='h', port=25)  test_messages.py:N
              > (refused)              helo(name='')  test_messages.py:N
                ehlo -> (250, b'OK')   ehlo(name='')  test_messages.py:N
                quit -> (221, b'Bye')  (not called)  test_messages.py:N
            """,
        )

    def test_set_up_without_super(self):
        class Forgetful(SmtpMockTestCase):
            def setUp(self):
                """Forget super."""

            def test(self):
                """Pass."""

        self.assertEqual(
            str(error_of(Forgetful)),
            f"{Forgetful.__qualname__}.setUp() does not call super().setUp(), so nothing was"
            " faked. Add to it:\n    super().setUp()",
        )

    def test_tear_down_without_super(self):
        class Forgetful(SmtpMockTestCase):
            def tearDown(self):
                """Forget super."""

            def test(self):
                """Pass."""

        self.assertEqual(
            str(error_of(Forgetful)),
            f"{Forgetful.__qualname__}.tearDown() does not call super().tearDown(), so nothing was"
            " verified. Add to it:\n    super().tearDown()",
        )


def _unused_steps(case):
    SmtpMockTestCase.setUp(case)
    session = case.smtp_mock.new_session().expect("connect", returns=None)
    session.expect("noop", returns=(250, b"OK"), required=False)
    session.expect("ehlo", returns=(250, b"OK"))
    session.expect("login", raises=smtplib.SMTPAuthenticationError(535, b"no"))
    session.expect("quit", returns=(221, b"Bye"))
    client = smtplib.SMTP("h")
    client.ehlo()
    case.smtp_mock.assert_connect(host="h", port=25)
    case.smtp_mock.assert_ehlo(name="")


class BadScriptTests(Texts):
    def expect(self, *args, **kwargs):
        return lambda case: case.smtp_mock.new_session().expect(*args, **kwargs)

    def test_unknown_step(self):
        self.assert_text(
            self.expect("sendmial", returns={}),
            """unknown step 'sendmial'; did you mean "sendmail"?""",
        )
        self.assert_text(
            self.expect(7, returns={}),
            f"unknown step 7; the steps are {', '.join(COMMANDS)}",
        )

    def test_answer_of_the_wrong_shape(self):
        self.assert_text(
            self.expect("quit", returns=(221, "Bye")),
            """"quit" returns a reply, (int, bytes), not (221, 'Bye');"""
            """ write .expect("quit", returns=(221, b"Bye"))""",
        )
        self.assert_text(
            self.expect("sendmail", returns=None),
            """"sendmail" returns a dict of the refused recipients, {str: (int, bytes)}, not None;"""
            """ write .expect("sendmail", returns={})""",
        )

    def test_a_dict_of_what_is_no_reply(self):
        for returns, code in [
            ({"a@x": "no"}, """{"a@x": (550, b"no")}"""),
            (
                {"a@x": b"no", "b@x": 551},
                """{"a@x": (550, b"no"), "b@x": (551, b"No such user")}""",
            ),
            ({"a@x": (552, "no")}, """{"a@x": (552, b"no")}"""),
            ({"a@x": None}, """{"a@x": (550, b"No such user")}"""),
            ({"a@x": "it's"}, """{"a@x": (550, b"it's")}"""),
        ]:
            for method in ("sendmail", "send_message"):
                with self.assertRaises(TypeError) as caught:
                    self.expect(method, returns=returns)(self.Scripted())
                written = f'write .expect("{method}", returns={code})'
                self.assertEqual(str(caught.exception).split("; ")[1], written)
                self.expect(method, returns=eval(code))(self.Scripted())

    def test_what_the_plugin_does_not_have(self):
        for name, told in [
            ("expect", "a session has it: new_session().expect(...)"),
            ("expect_delivery", "a session has it: new_session().expect_delivery(...)"),
            ("assert_sendmai", "did you mean 'assert_sendmail'?"),
            ("new_sesion", "did you mean 'new_session'?"),
        ]:
            with self.assertRaises(AttributeError) as caught:
                getattr(self.Scripted().smtp_mock, name)
            self.assertEqual(str(caught.exception), f"an SmtpPlugin has no {name!r}; {told}")
        with self.assertRaises(AttributeError) as caught:
            self.Scripted().smtp_mock.xyz
        self.assertEqual(str(caught.exception), "an SmtpPlugin has no 'xyz'")

    def test_a_setting_misspelt(self):
        for name, value, right in [
            ("smtp_statemachine", SMTPLIB, "smtp_state_machine"),
            ("SMTP_STATE_MACHINE", SMTPLIB, "smtp_state_machine"),
            ("smtp_require_assertion", False, "smtp_require_assertions"),
            ("smtp_records", True, "smtp_record"),
            ("smtp_server", True, "smtp_serve"),
            ("smtp_guarded", False, "smtp_guard"),
        ]:
            with self.assertRaises(TypeError) as caught:
                type("Inner", (SmtpMockTestCase,), {name: value})
            self.assertEqual(str(caught.exception), f"Inner.{name} means nothing; write {right}")
        for name, value in [
            ("smtp_records", []),
            ("smtp_host", True),
            ("machine", SMTPLIB),
            ("smtp_record", True),
        ]:
            type("Inner", (SmtpMockTestCase,), {name: value})

    def test_before_set_up(self):
        class Early(SmtpMockTestCase):
            def setUp(self):
                self.smtp_mock.new_session()

            def test(self):
                """Never run."""

        self.assertEqual(
            str(error_of(Early)),
            f"{Early.__qualname__!r} object has no 'smtp_mock' yet: SmtpMockTestCase.setUp() makes"
            " it, so use it after\n    super().setUp()",
        )
        self.assertFalse(hasattr(Early("test"), "smtp_timeline"))
        self.assertIs(Early.smtp_mock, SmtpMockTestCase.smtp_mock)

    def test_an_exception_as_the_answer(self):
        for returns in (ConnectionRefusedError, ConnectionRefusedError("no")):
            self.assert_text(
                self.expect("connect", returns=returns),
                """"connect" returns None or the greeting, (int, bytes);"""
                """ to raise an exception, write .expect("connect", raises=ConnectionRefusedError)""",
            )

    def test_no_answer(self):
        self.assert_text(
            self.expect("quit"),
            """"quit" needs what it returns, or raises; write .expect("quit", returns=(221, b"Bye"))""",
        )

    def test_exception_that_is_none(self):
        self.assert_text(
            self.expect("quit", raises="no"), "raises is an exception class or instance, not 'no'"
        )

    def test_exception_that_needs_arguments(self):
        for raises, name in (
            (smtplib.SMTPDataError, "smtplib.SMTPDataError"),
            (UnicodeDecodeError, "UnicodeDecodeError"),
        ):
            with self.subTest(name):
                with self.assertRaises(TypeError) as caught:
                    self.expect("quit", raises=raises)(self.Scripted())
                text = (
                    f"{raises.__name__} cannot be made without arguments; give an instance,"
                    f" such as raises={name}(...) with them ("
                )
                self.assertEqual(str(caught.exception)[: len(text)], text)

    class Scripted:
        def __init__(self):
            self.smtp_mock = SmtpPlugin(StrictVerifier())


class PickleTests(Texts):
    def test_an_error_keeps_its_text(self):
        def body(case):
            try:
                case.client.noop()
            except Exception:
                pass
            case.client.login("user", "s3cret")

        error = error_of(type("Inner", (Greeted,), {"test": body, "more": {"login": (235, b"OK")}}))
        copy = pickle.loads(pickle.dumps(error))
        self.assertIs(type(copy), type(error))
        self.assertEqual(str(copy), str(error))
        self.assertEqual([str(each) for each in copy.errors], [str(each) for each in error.errors])
        self.assertEqual(copy.errors[0].where, error.errors[0].where)

    def test_the_attributes_of_an_invalid_state(self):
        error = error_of(type("Inner", (Greeted,), {"test": lambda case: case.client.helo()}))
        copy = pickle.loads(pickle.dumps(error))
        self.assertEqual(
            (copy.method, copy.current_state, copy.valid_states),
            (error.method, error.current_state, error.valid_states),
        )


if __name__ == "__main__":
    unittest.main()
