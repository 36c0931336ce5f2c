"""The texts for a script or a test case that cannot be what its author meant."""

import unittest

from bigfoot_smtp import SmtpPlugin
from bigfoot_smtp._commands.commands import COMMANDS
from bigfoot_smtp._report.mistakes import no_attribute, wrong_answer


class Texts(unittest.TestCase):
    def test_no_private_name_is_meant(self):
        known = ["_scenario", "outbox"]
        for name, near in [("scenario", ""), ("outbos", "; did you mean 'outbox'?")]:
            text = no_attribute(name, known)
            self.assertEqual(text, f"an SmtpPlugin has no {name!r}{near}")

    def test_what_is_asked_of_a_mock(self):
        known = dir(SmtpPlugin)
        told = (
            "each command has its own assertion, such as assert_sendmail(...); mails are in .outbox"
        )
        for name in (
            "assert_called_once_with",
            "assert_not_called",
            "assert_any_call",
            "call_count",
            "assert_not_sent",
            "assert_sent",
            "assert_no_mail",
            "sent_mails",
            "messages",
            "assert_interaction",
            "assert_close",
            "assert_subject",
            "assert_to",
            "assert_attachment",
        ):
            self.assertEqual(no_attribute(name, known), f"an SmtpPlugin has no {name!r}; {told}")
        for name, near in (
            ("assert_sendmial", "assert_sendmail"),
            ("assert_send_messages", "assert_send_message"),
            ("assert_no_op", "assert_noop"),
            ("assert_verify", "assert_vrfy"),
            ("wait_for_emails", "wait_for_mails"),
            ("outbx", "outbox"),
        ):
            self.assertIn(f"did you mean {near!r}?", no_attribute(name, known))

    def test_a_refusal_of_any_length_is_replaced_by_a_reply(self):
        for refusal in ((550,), (550, "no", "5.1.1")):
            text = wrong_answer(COMMANDS["sendmail"], {"a@x": refusal})
            self.assertTrue(text.endswith('returns={"a@x": (550, b"No such user")})'), text)

    def test_what_may_be_a_password_is_not_told(self):
        for given in (("shop", "s3cret"), {"shop": "s3cret"}, "s3cret", ["shop", b"s3cret"]):
            text = wrong_answer(COMMANDS["login"], given)
            self.assertNotIn("s3cret", text)
            self.assertIn(f"not of type {type(given).__name__}; write", text)
        for given in ((235, "OK"), 235, None):
            self.assertIn(f"not {given}; write", wrong_answer(COMMANDS["auth"], given))


if __name__ == "__main__":
    unittest.main()
