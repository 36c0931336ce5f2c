"""The whole text of each assertion that fails, as it is printed."""

import contextlib
import re
import smtplib
import textwrap
import threading
import unittest
from email.message import EmailMessage
from unittest import mock

from bigfoot_smtp import (
    SMTPLIB,
    MessageWith,
    SmtpMockTestCase,
    UnmockedInteractionError,
)
from tests.support.texts import Greeted, Texts, error_of, report, without_places


class FailedAssertionTests(Texts):
    def test_nothing_left(self):
        self.assert_text(
            lambda case: case.smtp_mock.assert_quit(),
            """
            No interaction is left to assert.
              Expected: quit()

            The code has called nothing yet: assert below the call.
            """,
        )

    def test_nothing_left_behind_what_was_refused(self):
        """The code has called something; unless the test has caught that, it is told below."""

        def swallowing(case):
            with contextlib.suppress(UnmockedInteractionError):
                smtplib.SMTP("h")
            case.smtp_mock.assert_quit()

        def catching(case):
            case.assertRaises(UnmockedInteractionError, smtplib.SMTP, "h")
            case.smtp_mock.assert_quit()

        for body in (swallowing, catching):
            self.assert_text(
                body,
                """
                No interaction is left to assert.
                  Expected: quit()
                """,
            )

    def test_another_one_behind_what_was_refused(self):
        """The refusal is the cause, which is told below."""

        def body(case):
            with contextlib.suppress(UnmockedInteractionError):
                case.client.rset()
            case.client.noop()
            case.smtp_mock.assert_rset()

        self.assert_text(
            body,
            """
            The next interaction is noop, not rset.
              Expected: rset()
              Actual:   noop() at test_failed_assertions.py:N
            """,
            Greeted,
            more={"noop": (250, b"OK")},
        )

    def test_nothing_left_behind_others(self):
        self.assert_text(
            lambda case: case.smtp_mock.assert_quit(),
            """
            No interaction is left to assert.
              Expected: quit()

            If the code is right, take this assertion out: no quit is left.
            """,
            Greeted,
        )

    def test_several_threads(self):
        """Their order may be another next time: a line to paste would pin it."""

        def body(case):
            case.smtp_mock.serve()
            meet = threading.Barrier(2, timeout=30)

            def connect():
                smtp = smtplib.SMTP("h")
                meet.wait()
                smtp.ehlo(case.name)

            threads = [threading.Thread(target=connect) for _ in range(2)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            case.wrong(case.smtp_mock)

        hint = """
        Several threads have connected, in no fixed order. Assert inside:
            with self.smtp_mock.in_any_order():
        """
        for differs, wrong in (
            ("ehlo at test_fai", lambda mock: mock.assert_ehlo(name="other.example.com")),
            ("No noop is left", lambda mock: mock.assert_noop()),
        ):
            attributes = {"test": body, "name": "me.example.com", "wrong": staticmethod(wrong)}
            text = without_places(error_of(type("Inner", (SmtpMockTestCase,), attributes)))
            self.assertIn(differs, text)
            self.assertEqual(textwrap.dedent(hint) in f"{text}\n", differs.startswith("ehlo"), text)
            self.assertNotIn("assert what was called", text)

    def test_the_next_of_several_threads(self):
        def body(case):
            for _ in range(2):
                case.smtp_mock.new_session().expect("connect", returns=None)
            smtplib.SMTP("h")
            thread = threading.Thread(target=lambda: smtplib.SMTP("h"))
            thread.start()
            thread.join()
            case.smtp_mock.assert_connect(host="h", port=25)
            case.smtp_mock.assert_ehlo(name="")

        self.assert_text(
            body,
            """
            The next interaction is connect, not ehlo.
              Expected: ehlo(name='')
              Actual:   connect(host='h', port=25) at test_failed_assertions.py:N

            Several threads have connected, in no fixed order. Assert inside:
                with self.smtp_mock.in_any_order():
            """,
        )

    def test_a_blind_copy_that_has_become_visible(self):
        """The line to paste names the Cc, so that its reader sees it."""

        def body(case):
            case.smtp_mock.serve()
            message = EmailMessage()
            message["To"], message["Cc"] = "to@example.com", case.copy
            with smtplib.SMTP("mail.example.com") as smtp:
                smtp.send_message(message, from_addr="from@example.com")
            case.smtp_mock.assert_send_message(
                msg=MessageWith(to=["to@example.com"], headers={case.name: "blind@example.com"}),
                from_addr="from@example.com",
            )

        for copy, name in (
            ("blind@example.com", "bcc"),
            (None, "bcc"),
            ("blind@example.com", "Auto-Submitted"),
            ("blind@example.com", "X-Copy"),
        ):
            attributes = {"test": body, "copy": copy, "name": name}
            error = error_of(type("Inner", (SmtpMockTestCase,), attributes))
            pasted = str(error).partition("assert what was called:")[2]
            self.assertIn(f'headers={{"{name}": None}}', pasted)
            is_visible = name == "bcc" and copy is not None
            self.assertEqual('cc=["blind@example.com"]' in pasted, is_visible)

    def test_an_expected_value_that_has_changed_since(self):
        def body(case):
            case.smtp_mock.serve()
            with smtplib.SMTP("mail.example.com") as smtp:
                smtp.sendmail("a@x", ["b@x", "c@x"], "hello")
            expected = ["b@x"]
            try:
                case.smtp_mock.assert_sendmail(from_addr="a@x", to_addrs=expected, msg="hello")
            finally:
                expected.append("c@x")

        error = error_of(type("Inner", (SmtpMockTestCase,), {"test": body}))
        self.assertIn(" differs in what the test has changed since.", str(error))

    def test_what_the_test_leaves_open_stays_so(self):
        """It may be another one at the next run."""

        def body(case):
            case.smtp_mock.serve()
            message = report()
            message["X-Number"], message["X-Key"] = "4711", "a"
            with smtplib.SMTP("mail.example.com") as smtp:
                smtp.send_message(message, "from@example.com")
            case.smtp_mock.assert_send_message(
                from_addr=mock.ANY,
                msg=MessageWith(
                    subject=re.compile("^R"),
                    to="other@example.com",
                    text=mock.ANY,
                    attachments={"report.pdf": mock.ANY},
                    headers={
                        "X-Number": re.compile("[0-9]+"),
                        "X-Key": re.compile("b"),
                        "From": re.compile("from|" + "x" * 300),
                    },
                ),
            )

        error = error_of(type("Inner", (SmtpMockTestCase,), {"test": body}))
        self.assertTrue(
            str(error).endswith("""
    import re
    from unittest import mock
    from bigfoot_smtp import MessageWith
    self.smtp_mock.assert_send_message(
        msg=MessageWith(
            subject=re.compile("^R"),
            to=["to@example.com"],
            text=mock.ANY,
            attachments={"report.pdf": mock.ANY},
            headers={
                "X-Number": re.compile("[0-9]+"),
                "X-Key": "a",
                "From": "from@example.com",
            },
        ),
        from_addr=mock.ANY,
    )"""),
            error,
        )

    def test_nothing_left_behind_one(self):
        def body(case):
            case.smtp_mock.new_session().expect("connect", returns=None)
            smtplib.SMTP("mail.example.com")
            case.smtp_mock.assert_connect(host="mail.example.com", port=25)
            case.smtp_mock.assert_quit()

        self.assert_text(
            body,
            """
            No interaction is left to assert.
              Expected: quit()

            If the code is right, take this assertion out: no quit is left.
            """,
        )

    def test_nothing_left_behind_one_but_a_step(self):
        """The code should have called something, or may do so later."""

        def scripts(case):
            case.smtp_mock.new_session().expect("connect", returns=None)
            case.smtp_mock.assert_quit()

        def serves(case):
            case.smtp_mock.serve()
            case.smtp_mock.assert_quit()

        for body in (scripts, serves):
            error = error_of(type("Inner", (Greeted,), {"test": body}))
            self.assertNotIn("take this assertion out", str(error))

    def test_another_command(self):
        def body(case):
            case.client.noop()
            case.smtp_mock.assert_quit()

        self.assert_text(
            body,
            """
            The next interaction is noop, not quit.
              Expected: quit()
              Actual:   noop() at test_failed_assertions.py:N

            If the code is right, take this assertion out: no quit is left.
            """,
            Greeted,
            more={"noop": (250, b"OK")},
        )

    def test_one_that_is_called_later(self):
        def body(case):
            case.client.noop()
            case.client.rset()
            case.smtp_mock.assert_rset()

        self.assert_text(
            body,
            """
            The next interaction is noop, not rset.
              Expected: rset()
              Actual:   noop() at test_failed_assertions.py:N

            If the code is right, assert this first:
                self.smtp_mock.assert_noop()
            """,
            Greeted,
            more={"noop": (250, b"OK"), "rset": (250, b"OK")},
        )

    def test_one_that_the_code_leaves_out_before_it_connects_again(self):
        """A later connection may have one, which is not meant."""

        def connecting_again(quits):
            def body(case):
                case.smtp_mock.new_session().expect("connect", returns=None).expect(
                    "quit", returns=(221, b"Bye")
                )
                smtp = smtplib.SMTP("h")
                if quits:
                    smtp.quit()
                case.smtp_mock.assert_quit()

            return body

        for quits in (False, True):
            self.assert_text(
                connecting_again(quits),
                """
                The next interaction is connect, not quit.
                  Expected: quit()
                  Actual:   connect(host='h', port=25) at test_failed_assertions.py:N

                Let the code call quit() before connect().
                """,
                Greeted,
                more={"quit": (221, b"Bye")},
                smtp_state_machine=SMTPLIB,
            )

    def test_one_that_the_latest_connection_did_not_leave_out(self):
        """It is left over of an earlier one, or another one is left over."""

        def connecting_again(hosts, wanted):
            def body(case):
                first = case.smtp_mock.new_session().expect("connect", returns=None)
                first.expect("quit", returns=(221, b"Bye"))
                for host in hosts:
                    if host != hosts[0]:
                        case.smtp_mock.new_session().expect("connect", returns=None)
                    smtplib.SMTP(host)
                for host in hosts[:-1]:
                    case.smtp_mock.assert_connect(host=host, port=25)
                getattr(case.smtp_mock, f"assert_{wanted}")()

            return body

        for hosts, wanted in (("abc", "quit"), ("ab", "noop")):
            attributes = {"test": connecting_again(hosts, wanted), "smtp_state_machine": SMTPLIB}
            lines = str(error_of(type("Inner", (SmtpMockTestCase,), attributes))).splitlines()
            self.assertEqual(lines[0], f"The next interaction is connect, not {wanted}.")
            code = f'    self.smtp_mock.assert_connect(host="{hosts[-1]}", port=25)'
            self.assertEqual(lines[-1], code)

    def test_one_that_may_be_meant(self):
        def body(case):
            case.client.verify("name")
            case.client.helo()
            case.smtp_mock.assert_vrfy(address="name")
            case.smtp_mock.assert_ehlo(name="")

        self.assert_text(
            body,
            """
            The next interaction is helo, not ehlo.
              Expected: ehlo(name='')
              Actual:   helo(name='') at test_failed_assertions.py:N

            If the code is right, assert what was called:
                self.smtp_mock.assert_helo(name="")
            """,
            Greeted,
            more={"vrfy": (250, b"OK"), "helo": (250, b"OK")},
            smtp_state_machine=SMTPLIB,
        )

    def test_recipients_that_are_too_many_to_be_written(self):
        """To write ``mock.ANY`` in their place would hide that one is lost."""
        everybody = [f"user{number}@example.com" for number in range(1000)]

        def body(case):
            case.client.sendmail("from@example.com", everybody[1:], "x")
            case.smtp_mock.assert_sendmail(
                from_addr="from@example.com", to_addrs=everybody, msg="x"
            )

        error = error_of(type("Inner", (Greeted,), {"test": body, "more": {"sendmail": {}}}))
        lines = str(error).splitlines()
        self.assertIn("    Missing:  'user0@example.com'", lines)
        self.assertIn("Correct the code, or the to_addrs in the test.", lines)
        self.assertNotIn("mock.ANY", str(error))

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
            sendmail at test_failed_assertions.py:N differs in to_addrs and msg.
              to_addrs
                Expected: ['a@example.com', 'c@example.com']
                Actual:   ['a@example.com', 'b@example.com']
                Missing:  'c@example.com'
                Extra:    'b@example.com'
              msg
                Subject
                  Expected: 'y'
                  Actual:   'x'

            If the code is right, assert what was called:
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
            sendmail at test_failed_assertions.py:N differs in to_addrs.
              to_addrs
                Expected: ['b@example.com', 'a@example.com']
                Actual:   ['a@example.com', 'b@example.com']
                The same recipients, in another order: expect a set if that does not count.

            If the code is right, assert what was called:
                from unittest import mock
                self.smtp_mock.assert_sendmail(
                    from_addr=mock.ANY,
                    to_addrs=["a@example.com", "b@example.com"],
                    msg=mock.ANY,
                )
            """,
            Greeted,
            more={"sendmail": {}},
        )

    def test_two_recipients_in_one_str(self):
        def body(case):
            case.smtp_mock.serve()
            with smtplib.SMTP("h") as smtp, contextlib.suppress(smtplib.SMTPException):
                smtp.sendmail("a@x", self.given, "hello")
            case.smtp_mock.assert_sendmail(from_addr="a@x", to_addrs=["b@x", "c@x"], msg="hello")

        told = "    smtplib takes each str for one recipient: give it a list."
        for self.given, is_told in (("b@x, c@x", True), ("b@x", False), (["c@x", "b@x"], False)):
            error = error_of(type("Inner", (SmtpMockTestCase,), {"test": body}))
            self.assertEqual(told in str(error).splitlines(), is_told, error)

    def test_two_recipients_in_one_str_of_the_assertion(self):
        """The mail of such code reaches one of them, or nobody."""

        def body(case):
            case.smtp_mock.new_session().expect_delivery(via=self.method)
            arguments = {"msg": self.msg, "from_addr": "a@x", "to_addrs": self.given}
            with smtplib.SMTP("h") as client:
                getattr(client, self.method)(**arguments)
            case.smtp_timeline.next().asserted = True
            case.smtp_timeline.next().asserted = True
            getattr(case.smtp_mock, f"assert_{self.method}")(**arguments)

        attributes = {"smtp_state_machine": SMTPLIB, "test": body}
        for self.method, self.msg in (("sendmail", "text"), ("send_message", EmailMessage())):
            for self.given in ("b@x, c@x", ["b@x;c@x"]):
                error = error_of(type("Inner", (SmtpMockTestCase,), attributes))
                self.assertIsInstance(error, ValueError)
                self.assertIn("for one recipient: write a list of addresses", str(error))

    def test_parts_of_a_message_that_differ(self):
        lines = "".join(f"line {number}\n" for number in range(1, 9))

        def body(case):
            case.client.send_message(report(lines))
            expected = report(lines.replace("line 5", "line five"), pdf=b"other")
            case.smtp_mock.assert_send_message(msg=expected)

        self.assert_text(
            body,
            r"""
            send_message at test_failed_assertions.py:N differs in msg.
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

            If the code is right, assert what was called:
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
            send_message at test_failed_assertions.py:N differs in msg.
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

            If the code is right, assert what was called:
                from bigfoot_smtp import MessageWith
                self.smtp_mock.assert_send_message(
                    msg=MessageWith(
                        subject="Report",
                        to=["to@example.com"],
                        attachments=["report.pdf"],
                        headers={"Reply-To": None},
                    ),
                )
            """,
            Greeted,
            more={"send_message": {}},
        )

    def test_a_pattern_in_the_place_of_a_mail(self):
        def body(case):
            case.client.sendmail("from@example.com", "to@example.com", "hello")
            case.smtp_mock.assert_sendmail(
                from_addr="from@example.com", to_addrs="to@example.com", msg=re.compile("hello")
            )

        self.assert_text(
            body,
            """
            sendmail at test_failed_assertions.py:N differs in msg.
              msg
                Expected: re.compile('hello')
                Actual:   'hello'

            A pattern is searched for only inside MessageWith: msg=MessageWith(text=...).
            """,
            Greeted,
            more={"sendmail": {}},
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
            connect at test_failed_assertions.py:N differs in protocol.
              protocol
                Expected: 'smtp'
                Actual:   'smtps'

            If the code is right, assert what was called:
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
            login at test_failed_assertions.py:N differs in password.
              password
                They differ, and are never shown.

            Correct the code, or the password in the test.
            """,
            Greeted,
            more={"login": (235, b"OK")},
        )
        for text in (str(error), repr(error), repr(error.actual), repr(vars(error))):
            self.assertNotIn("s3cret", text)

    def test_a_secret_on_one_side_alone(self):
        """Neither is written into the hint, nor what would be green whatever it is."""
        for called, expected in (("PLAIN AHUAczNjcmV0", "PLAIN"), ("PLAIN", "PLAIN AHUAczNjcmV0")):

            def body(case):
                case.client.docmd("AUTH", called)
                case.smtp_mock.assert_docmd(cmd="AUTH", args=expected)

            more = {"docmd": (235, b"OK")}
            text = str(error_of(type("Inner", (Greeted,), {"test": body, "more": more})))
            self.assertIn("\n\nCorrect the code, or the args in the test.", text)
            self.assertNotIn("AHUAczNjcmV0", text)

    def test_argument_of_auth_is_hidden(self):
        def body(case):
            case.client.docmd("AUTH", "PLAIN AHUAczNjcmV0")
            case.smtp_mock.assert_docmd(cmd="AUTH", args="PLAIN AHUAd3Iwbmc=")

        self.assert_text(
            body,
            """
            docmd at test_failed_assertions.py:N differs in args.
              args
                They differ in what is never shown.

            Correct the code, or the args in the test.
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
              connect(host='h', port=25)  test_failed_assertions.py:N
              docmd(cmd='AUTH LOGIN ***')  test_failed_assertions.py:N
              docmd(cmd=***)  test_failed_assertions.py:N

            If the code is right, assert them after the call:
                from unittest import mock
                self.smtp_mock.assert_connect(host="h", port=25)
                self.smtp_mock.assert_docmd(cmd=mock.ANY)
                self.smtp_mock.assert_docmd(cmd=mock.ANY)
            """,
        )

    def test_answer_to_a_challenge_that_did_not_come_is_hidden(self):
        """What is asserted is one, whatever was called in its place."""

        def nothing_is_left(case):
            case.smtp_mock.assert_docmd(cmd="czNjcmV0")

        def nothing_matches(case):
            with case.smtp_mock.in_any_order():
                case.smtp_mock.assert_docmd(cmd="czNjcmV0")

        def another_command(case):
            case.client.quit()
            case.smtp_mock.assert_docmd(cmd="czNjcmV0")

        def another_docmd(case):
            case.client.docmd("NOOP")
            case.smtp_mock.assert_docmd(cmd="czNjcmV0")

        for asserted in (nothing_is_left, nothing_matches, another_command, another_docmd):

            def body(case):
                case.smtp_mock.serve()
                case.client = smtplib.SMTP("h")
                case.smtp_mock.assert_connect(host="h", port=25)
                for cmd in ("AUTH PLAIN", "AHVzZXIAczNjcmV0"):
                    case.client.docmd(cmd)
                    case.smtp_mock.assert_docmd(cmd=cmd)
                asserted(case)

            with self.subTest(asserted.__name__):
                text = str(error_of(type("Inner", (SmtpMockTestCase,), {"test": body})))
                self.assertIn("docmd", text)
                self.assertNotIn("czNjcmV0", text)

    def test_a_command_after_a_login_is_shown(self):
        def body(case):
            case.client.docmd("AUTH", "PLAIN AHUAczNjcmV0")
            case.smtp_mock.assert_docmd(cmd="AUTH", args=mock.ANY)
            case.smtp_mock.assert_docmd(cmd="XCLIENT", args="ADDR=192.0.2.1")

        text = """
            No interaction is left to assert.
              Expected: docmd(cmd='XCLIENT', args='ADDR=192.0.2.1')

            If the code is right, take this assertion out: no docmd is left.
        """
        self.assert_text(body, text, Greeted, more={"docmd": (235, b"OK")})

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
              rcpt at test_failed_assertions.py:N differs in recip.
                recip
                  Expected: 'b@example.com'
                  Actual:   'a@example.com'
              rcpt at test_failed_assertions.py:N differs in options.
                options
                  Expected: ()
                  Actual:   ('NOTIFY=NEVER',)

            If the code is right, assert the closest:
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
        self.assertIn(
            "\n  and 2 more candidates\n\nIf the code is right, assert the closest:\n", text
        )
        self.assertIn('assert_rcpt(recip="four@x")', text)

    def test_the_longest_difference(self):
        """Beside other candidates, one is told in a third of the lines."""

        def body(case, in_order):
            message = report()
            for number in range(20):
                message[f"X-{number}"] = "here"
            case.client.send_message(message)
            order = contextlib.nullcontext() if in_order else case.smtp_mock.in_any_order()
            with order:
                case.smtp_mock.assert_send_message(msg=report())

        for in_order, left in [(True, "\n  and 31 more lines"), (False, "\n    and 51 more lines")]:
            attributes = {
                "test": lambda case: body(case, in_order),
                "more": {"send_message": {}},
            }
            text = str(error_of(type("Inner", (Greeted,), attributes)))
            self.assertIn(f"{left}\n\nIf the code is right, assert what was called:", text)

    def test_a_timeout_that_was_not_given(self):
        def body(case):
            case.smtp_mock.new_session().expect("connect", returns=None)
            smtplib.SMTP("h")
            case.smtp_mock.assert_connect(host="h", port=25, timeout=10)

        self.assert_text(
            body,
            """
            connect at test_failed_assertions.py:N differs in timeout.
              timeout
                Expected: 10
                Actual:   (not given)

            If the code is right, assert what was called:
                self.smtp_mock.assert_connect(host="h", port=25)
            """,
        )

    def test_in_any_order_without_candidates(self):
        def body(case):
            with case.smtp_mock.in_any_order():
                case.smtp_mock.assert_noop()

        for hint, *bases in (
            ("The code has called nothing yet: assert below the call.",),
            ("If the code is right, take this assertion out: no noop is left.", Greeted),
        ):
            self.assert_text(
                body,
                f"""
                No unasserted noop matches.
                  Expected: noop()

                {hint}
                """,
                *bases,
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


if __name__ == "__main__":
    unittest.main()
