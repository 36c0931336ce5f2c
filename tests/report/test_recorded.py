"""What happened as code: which machine, which greeting, what is not pinned."""

import array
import copy
import re
import smtplib
import unittest
from email.message import EmailMessage
from unittest import mock

from bigfoot_smtp import SMTPLIB, STRICT, MessageWith, SmtpPlugin, StrictVerifier, ehlo_reply
from bigfoot_smtp._commands.command import UNSET
from bigfoot_smtp._commands.commands import COMMANDS, Sendmail, SendMessage
from bigfoot_smtp._play.recorder import Recorder
from bigfoot_smtp._report.code import argument_code, assertion_code
from bigfoot_smtp._report.imports import needed
from bigfoot_smtp._report.recorded import (
    Script,
    session_code,
    to_paste,
)
from bigfoot_smtp._script.session import Interaction, Session, Step
from tests.support.texts import report


def recorded(program, machine=STRICT):
    """Return the sessions and the interactions of a program."""
    verifier = StrictVerifier()
    SmtpPlugin(verifier, machine)
    recorder = Recorder(verifier.scenario, False)
    with verifier.sandbox():
        program()
    return recorder.sessions, [*verifier.timeline]


def greeting_itself():
    with smtplib.SMTP("mail.example.com") as smtp:
        smtp.ehlo()
        smtp.sendmail("a@example.com", "b@example.com", "text")


def greeted():
    with smtplib.SMTP("mail.example.com") as smtp:
        smtp.sendmail("a@example.com", "b@example.com", "text")


class SessionTests(unittest.TestCase):
    def code(self, program, machine=STRICT, of=None):
        (session,), _ = recorded(program, machine)
        return session_code(session, of or machine)

    def test_a_session_of_another_machine_says_so_where_it_must(self):
        code = self.code(greeted, SMTPLIB, of=STRICT)
        self.assertEqual(
            code, "self.smtp_mock.new_session(state_machine=SMTPLIB).expect_delivery()"
        )
        self.assertEqual(needed([code]), [("bigfoot_smtp", "SMTPLIB")])
        code = self.code(greeting_itself, SMTPLIB, of=STRICT)
        self.assertEqual(code, "self.smtp_mock.new_session().expect_delivery()")

    def test_a_greeting_offers_what_is_used(self):
        def program(*methods, **options):
            def run():
                smtp = smtplib.SMTP("mail.example.com")
                smtp.ehlo()
                for method in methods:
                    getattr(smtp, method)()
                smtp.sendmail("a@example.com", "b@example.com", "text", **options)

            return run

        self.assertIn("ehlo_reply()", self.code(program("noop")))
        self.assertIn("ehlo_reply('STARTTLS')", self.code(program("starttls")))
        code = self.code(program(mail_options=["SMTPUTF8"]))
        self.assertIn("ehlo_reply('SMTPUTF8')", code)
        code = self.code(program(mail_options=["BODY=8BITMIME"]))
        self.assertIn("ehlo_reply('8BITMIME')", code)

    def test_code_that_asks_for_8bitmime_asks_with_the_same_answer_again(self):
        def program():
            with smtplib.SMTP("mail.example.com") as smtp:
                smtp.ehlo()
                options = ["BODY=8BITMIME"] if smtp.has_extn("8bitmime") else []
                smtp.sendmail("a@example.com", "b@example.com", "text", options)

        for machine in (STRICT, SMTPLIB):
            self.assertIn("ehlo_reply('8BITMIME')", self.code(program, machine))

    def test_a_greeting_offers_what_is_used_after_it(self):
        def program():
            smtp = smtplib.SMTP("mail.example.com")
            smtp.ehlo()
            smtp.starttls()
            smtp.ehlo()
            smtp.login("user", "s3cret")
            smtp.noop()

        greetings = re.findall(r"ehlo_reply\(.*?\)", self.code(program))
        self.assertEqual(
            greetings,
            ["ehlo_reply('STARTTLS', 'AUTH PLAIN LOGIN')", "ehlo_reply('AUTH PLAIN LOGIN')"],
        )

    def test_a_greeting_of_another_host(self):
        for host in ("mail.example.com", "a.example.com"):
            step = Step("ehlo", ehlo_reply(host=host), None, True, ("file.py", 1))
            self.assertEqual(
                Script([step], STRICT).code(step),
                f".expect(\"ehlo\", returns=ehlo_reply(host='{host}'))",
            )

    def test_a_greeting_that_is_written_below_what_comes_after_it(self):
        def send(smtp):
            smtp.sendmail("a@example.com", "b@example.com", "text")

        def program():
            with smtplib.SMTP("mail.example.com") as smtp:
                smtp.ehlo()
                send(smtp)

        code = self.code(program, SMTPLIB, of=STRICT)
        self.assertEqual(code, "self.smtp_mock.new_session().expect_delivery()")

    def test_a_greeting_as_the_end(self):
        def program():
            smtplib.SMTP("mail.example.com").ehlo()

        code = self.code(program, SMTPLIB, of=STRICT)
        self.assertTrue(code.startswith("self.smtp_mock.new_session().expect("), code)

    def test_an_address_that_takes_smtputf8(self):
        def send(sender, to, **given):
            def run():
                message = EmailMessage()
                message["From"], message["To"], message["Subject"] = sender, to, "\xe9"
                message.set_content("text")
                with smtplib.SMTP("mail.example.com") as smtp:
                    smtp.ehlo()
                    smtp.send_message(message, **given)

            return run

        ascii_only = send("a@example.com", "\xe9 <b@example.com>")
        self.assertIn("expect_delivery", self.code(ascii_only))
        for program in (
            send("\xe9@example.com", "b@example.com"),
            send("a@example.com", "b@example.com", to_addrs=["\xe9@example.com"]),
            send("a@example.com", "b@example.com", from_addr="\xe9@example.com"),
        ):
            self.assertIn("ehlo_reply('SMTPUTF8')", self.code(program))

    def test_a_mail_that_cannot_be_read(self):
        class Broken(EmailMessage):
            def raw_items(self):
                raise ValueError

        (session,), (_, _, mail, _) = recorded(greeting_itself)
        mail.call = SendMessage(
            {"msg": Broken(), "from_addr": None, "to_addrs": None, "mail_options": ()}
        )
        code = session_code(session, STRICT)
        self.assertEqual(code, 'self.smtp_mock.new_session().expect_delivery(via="send_message")')


def evaluated(code):
    return eval(code, {"MessageWith": MessageWith, "mock": mock})


class AssertionTests(unittest.TestCase):
    def sendmail(self, **values):
        given = {"from_addr": "a@example.com", "to_addrs": ["b@example.com"], "msg": "text"}
        return Sendmail.of((), {**given, **values})

    def test_what_differs_is_not_pinned(self):
        one = self.sendmail(msg="Subject: a\nTo: b\n\ntext 1")
        other = self.sendmail(msg="Subject: a\nTo: c\n\ntext 1", from_addr="x@example.com")
        self.assertEqual(argument_code(one, "from_addr", other.values["from_addr"]), "mock.ANY")
        code = argument_code(one, "msg", other.values["msg"])
        self.assertIn("subject='a'", code)
        self.assertIn("to=[mock.ANY]", code)
        self.assertEqual(argument_code(one, "to_addrs", ["b@example.com"]), "['b@example.com']")

    def test_what_is_the_same_within_a_value_is_pinned(self):
        for ours, theirs, code in (
            (["1@x", "b@x"], ["2@x", "b@x"], "[mock.ANY, 'b@x']"),
            (("1@x", "b@x"), ("2@x", "b@x"), "[mock.ANY, 'b@x']"),
            (["b@x", "c@x"], ["b@x"], "mock.ANY"),
            (["b@x"], ["b@x", "c@x"], "mock.ANY"),
            ("1@x", "2@x", "mock.ANY"),
            ({"1@x"}, {"2@x"}, "mock.ANY"),
            (["b@x"], ("c@x",), "mock.ANY"),
        ):
            call = self.sendmail(to_addrs=ours)
            self.assertEqual(argument_code(call, "to_addrs", theirs), code, ours)
        ours, theirs = report(pdf=b"1", to="1@x, b@x"), report(pdf=b"2", to="2@x, b@x")
        for message in (ours, theirs):
            message.add_attachment("rows", filename="rows.csv")
        one = self.sendmail(msg=ours.as_bytes())
        code = argument_code(one, "msg", theirs.as_bytes())
        self.assertIn("to=[mock.ANY, 'b@x']", code)
        self.assertIn("attachments={'report.pdf': mock.ANY, 'rows.csv': 'rows\\n'}", code)
        matcher = evaluated(code)
        for text, is_equal in (("rows", True), ("columns", False)):
            other = report(pdf=b"3", to="3@x, b@x")
            other.add_attachment(text, filename="rows.csv")
            self.assertEqual(matcher == other, is_equal)

    def test_what_is_the_same_within_an_attached_message_is_pinned(self):
        inner = report(body="See attached.")
        inner["Date"] = "Mon, 30 Nov 2026 08:00:00 +0000"
        messages = []
        for token in ("1", "2"):
            message = report(body=f"Fwd {token}")
            message.add_attachment(inner)
            message["Message-ID"] = f"<{token}@x>"
            messages.append(message.as_bytes())
        code = argument_code(self.sendmail(msg=messages[0]), "msg", messages[1])
        self.assertIn("text='See attached.\\n'", code)
        self.assertNotIn("Fwd", code)
        matcher = evaluated(code)
        for message in messages:
            self.assertEqual(matcher, message)
            self.assertNotEqual(matcher, message.replace(b"See attached.", b"See nothing."))

    def test_attached_messages_that_have_other_parts_are_not_pinned(self):
        messages = []
        for subject in ("Report", None):
            inner, message = report(), report(body=str(subject))
            if subject is None:
                del inner["Subject"]
            message.add_attachment(inner)
            messages.append(message.as_bytes())
        for ours, theirs in (messages, messages[::-1]):
            code = argument_code(self.sendmail(msg=ours), "msg", theirs)
            self.assertIn("'message/rfc822': mock.ANY}", code)

    def test_files_of_other_names_are_not_pinned(self):
        files = ["a.csv"], ["a.csv", "b.csv"]
        for ours, theirs in (files, files[::-1]):
            messages = []
            for number, names in enumerate((ours, theirs)):
                message = report(body=f"{number}")
                for name in names:
                    message.add_attachment("rows", filename=name)
                messages.append(message.as_bytes())
            code = argument_code(self.sendmail(msg=messages[0]), "msg", messages[1])
            self.assertNotIn("attachments", code)

    def test_the_headers_that_send_message_goes_by(self):
        message = report()
        for number, name in enumerate(("Sender", "Resent-To", "Resent-From", "Bcc")):
            message[name] = f"{number}@x"
        code = argument_code(self.sendmail(msg=message.as_bytes()), "msg", message.as_bytes())
        self.assertIn("'Sender': '0@x'", code)
        self.assertEqual(evaluated(code), message)
        for name in ("Sender", "Resent-To", "Resent-From", "Bcc"):
            other = copy.copy(message)
            other.replace_header(name, "thief@x")
            self.assertNotEqual(evaluated(code), other, name)

    def test_a_blind_copy_stays_blind(self):
        message = report()
        call = self.sendmail(to_addrs=["to@example.com", "spy@x"], msg=message.as_bytes())
        for other in (UNSET, message.as_bytes()):
            code = argument_code(call, "msg", other)
            self.assertEqual(evaluated(code), message)
            for name in ("Cc", "Bcc"):
                seen = copy.deepcopy(message)
                seen[name] = "spy@x"
                self.assertNotEqual(evaluated(code), seen, name)

    def test_there_is_nobody_to_hide_a_copy_from(self):
        message = report()
        named = "to@example.com"
        for to, to_addrs in ((named, named), (f"{named}, other@x", named), (None, "spy@x")):
            del message["To"]
            if to is not None:
                message["To"] = to
            call = self.sendmail(to_addrs=to_addrs, msg=message.as_bytes())
            self.assertNotIn("cc=", argument_code(call, "msg"))

    def test_what_nobody_reads(self):
        for msg in (array.array("B", b"hi"), object()):
            self.assertEqual(argument_code(self.sendmail(msg=msg), "msg"), "mock.ANY")

    def test_a_message_in_the_place_of_none(self):
        self.assertEqual(argument_code(self.sendmail(msg="a"), "msg", None), "mock.ANY")

    def test_the_same_twice(self):
        _, interactions = recorded(greeting_itself)
        for each in interactions:
            self.assertEqual(assertion_code(each.call, each.call), assertion_code(each.call))

    def test_it_is_laid_out_for_the_body_of_a_method(self):
        width = 88 - len('        self.smtp_mock.assert_helo(name="")')
        for more, lines in [(0, 1), (1, 3)]:
            call = COMMANDS["helo"].of(("x" * (width + more),), {})
            interaction = Interaction(call, Session(STRICT), ("file.py", 1))
            code = to_paste([], [interaction], STRICT)
            self.assertEqual(len(code), len(["", "Paste after the call:"]) + lines)


if __name__ == "__main__":
    unittest.main()
