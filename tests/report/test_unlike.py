"""How a mail of the outbox differs from what a test asserts of it with unittest's own methods."""

import smtplib
import sys
import unittest
from email.message import EmailMessage

from bigfoot_smtp import MessageWith, SmtpMockTestCase
from tests.support.texts import error_of, without_places

ONE = "<SentMail from 'from@example.com' to ['to@example.com'] subject 'one'>"
SUBJECT = ["  subject", "    Expected: 'too'", "    Actual:   'two'"]
TOO = MessageWith(subject="too", to="to@example.com")


def send(subject):
    message = EmailMessage()
    message["Subject"] = subject
    message["From"], message["To"] = "from@example.com", "to@example.com"
    message.set_content("hello")
    with smtplib.SMTP("mail.example.com") as smtp:
        smtp.send_message(message)


class UnlikeTests(SmtpMockTestCase):
    smtp_serve = True

    def said(self, method, *args):
        """Return what a failed assertion should say of mails, without how the session went."""
        with self.assertRaises(AssertionError) as caught:
            method(*args)
        note = self.smtp_mock.verifier.note(caught.exception)
        return note.partition("\n\nSession 1, ")[0].splitlines()

    def test_the_one_mail(self):
        send("two")
        outbox = self.smtp_mock.outbox
        for method, args in (
            (self.assertIn, (TOO, outbox)),
            (self.assertEqual, (TOO, outbox[0])),
            (self.assertEqual, (outbox[0], TOO)),
            (self.assertEqual, ([TOO], outbox)),
            (self.assertCountEqual, ([TOO], outbox)),
        ):
            self.assertEqual(self.said(method, *args), ["The mail differs:", *SUBJECT])

    def test_the_closest_of_several(self):
        for subject in ("one", "two"):
            send(subject)
        wanted = MessageWith(subject="one", text="bye")
        self.assertEqual(
            self.said(self.assertIn, wanted, self.smtp_mock.outbox),
            [
                f"The closest mail, {ONE}, differs:",
                "  text",
                "    Expected: 'bye'",
                "    Actual:   'hello'",
            ],
        )

    def test_the_matcher_that_was_compared_last(self):
        for subject in ("one", "two"):
            send(subject)
        one, two = self.smtp_mock.outbox
        self.assertIn(MessageWith(subject="two"), [one, two])
        self.assertEqual(self.said(self.assertEqual, TOO, two)[1:], SUBJECT)

    def test_the_beginning_of_a_long_difference(self):
        send("two")
        headers = {f"X-{number}": "1" for number in range(11)}
        said = self.said(self.assertIn, MessageWith(headers=headers), self.smtp_mock.outbox)
        self.assertEqual(len(said), 1 + 30 + 1)
        self.assertEqual(said[-1], "  and 3 more lines")

    def test_a_mail_that_matches(self):
        send("one")
        send("two")
        outbox = self.smtp_mock.outbox
        two = MessageWith(subject="two")
        for method, args in (
            (self.assertNotIn, (two, outbox)),
            (self.assertNotEqual, (two, outbox[1])),
        ):
            self.assertTrue(self.said(method, *args)[0].startswith("Session 1, "))

    def test_an_assertion_about_something_else(self):
        send("one")
        self.assertNotIn(TOO, self.smtp_mock.outbox)
        self.assertTrue(self.said(self.assertEqual, 1, 2)[0].startswith("Session 1, "))

    def test_a_matcher_that_has_changed_since(self):
        send("one")
        to = []
        with self.assertRaises(AssertionError) as caught:
            self.assertIn(MessageWith(to=to), self.smtp_mock.outbox)
        to.append("to@example.com")
        self.assertTrue(self.smtp_mock.verifier.note(caught.exception).startswith("Session 1, "))

    def test_no_mail_and_none_compared(self):
        for _ in range(2):
            said = self.said(self.assertIn, TOO, [])
            self.assertNotIn("differs", "".join(said))
            send("one")


@unittest.skipIf(sys.version_info < (3, 11), "an exception has no notes before")
class NoteTests(unittest.TestCase):
    def test_it_stands_behind_the_failure(self):
        def body(case):
            send("two")
            case.assertIn(MessageWith(subject="too"), case.smtp_mock.outbox)

        error = error_of(type("Inner", (SmtpMockTestCase,), {"smtp_serve": True, "test": body}))
        (note,) = error.__notes__
        self.assertEqual(
            without_places(note).splitlines()[:6],
            ["", "The mail differs:", *SUBJECT, ""],
        )


if __name__ == "__main__":
    unittest.main()
