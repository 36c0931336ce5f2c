"""The whole text of each mistake in a script, as it is printed."""

import smtplib
import unittest

from bigfoot_smtp import (
    SMTPLIB,
    SmtpMockTestCase,
    SmtpPlugin,
    StrictVerifier,
)
from bigfoot_smtp._commands.commands import COMMANDS
from tests.support.texts import Texts, error_of


class BadScriptTests(Texts):
    def expect(self, *args, **kwargs):
        return lambda case: case.smtp_mock.new_session().expect(*args, **kwargs)

    def test_unknown_step(self):
        self.assert_text(
            self.expect("sendmial", returns={}),
            """unknown step 'sendmial'; did you mean "sendmail"?""",
        )
        self.assert_text(
            self.expect("STARTTLS", returns=(220, b"Ready")),
            """unknown step 'STARTTLS'; did you mean "starttls"?""",
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

    def test_a_list_with_what_no_server_says(self):
        self.assert_text(
            self.expect("sendmail", returns=[(250, b"OK"), None]),
            """"sendmail" returns a dict of the refused recipients, {str: (int, bytes)}, or a list"""
            """ of what the server says line by line, not [(250, b'OK'), None];"""
            """ write .expect("sendmail", returns={})""",
        )

    def test_a_delivery_with_what_is_neither_true_nor_false(self):
        for arguments, kind in [
            ({"login": {"shop": "s3cret"}}, "dict"),
            ({"starttls": "s3cret"}, "str"),
        ]:
            (name,) = arguments
            self.assert_text(
                lambda case: case.smtp_mock.new_session().expect_delivery(**arguments),
                f"{name} must be True or False, not of type {kind}",
            )

    def test_a_number_of_mails_that_is_none(self):
        for count in (0, True, (1, True), 2.0, "2"):
            self.assert_text(
                lambda case: case.smtp_mock.new_session().expect_delivery(count=count),
                "count must be an int of at least 1, range(1, 4) for one to three mails,"
                f" or (2, None) for two or more, not {count!r}",
            )

    def test_a_verifier_that_is_none(self):
        with self.assertRaises(TypeError) as caught:
            SmtpPlugin(None)
        self.assertEqual(str(caught.exception), "verifier must be a StrictVerifier, not None")

    def test_a_certificate_that_is_not_a_dict(self):
        self.assert_text(
            lambda case: case.smtp_mock.new_session(peer_certificate="cert.pem"),
            "peer_certificate must be a dict, as getpeercert() returns it, not 'cert.pem'",
        )

    def test_a_dict_of_what_is_no_reply(self):
        for returns, code in [
            ({"a@x": "no"}, """{"a@x": (550, b"No such user")}"""),
            (
                {"a@x": (551, b"no"), "b@x": 551},
                """{"a@x": (551, b"no"), "b@x": (550, b"No such user")}""",
            ),
            ({"a@x": (552, "no")}, """{"a@x": (552, b"no")}"""),
            ({"a@x": None}, """{"a@x": (550, b"No such user")}"""),
            ({"a@x": (550, "it's")}, """{"a@x": (550, b"it's")}"""),
            ({b"a@x": (551, b"no")}, """{"a@x": (551, b"no")}"""),
            ({1: 551}, """{"1": (550, b"No such user")}"""),
        ]:
            for method in ("sendmail", "send_message"):
                with self.assertRaises(TypeError) as caught:
                    self.expect(method, returns=returns)(self.Scripted())
                written = f'write .expect("{method}", returns={code})'
                self.assertEqual(str(caught.exception).split("; ")[1], written)
                self.expect(method, returns=eval(code))(self.Scripted())

    def test_what_the_plugin_does_not_have(self):
        for name, told in [
            ("expect", "a session has it: new_session().expect"),
            ("state", "a session has it: new_session().state"),
            ("verify_all", "the verifier has it: .verifier.verify_all"),
            ("assert_sendmai", "did you mean 'assert_sendmail'?"),
            (
                "assert_interaction",
                "each command has its own assertion, such as assert_sendmail(...); mails are in .outbox",
            ),
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
            ("smtp_secure", True),
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

    def test_a_setting_after_it_was_read(self):
        for name, value in [
            ("smtp_state_machine", SMTPLIB),
            ("smtp_require_assertions", False),
            ("smtp_record", True),
            ("smtp_serve", {"starttls": False}),
            ("smtp_guard", False),
        ]:

            class Late(SmtpMockTestCase):
                def setUp(self):
                    super().setUp()
                    setattr(self, name, value)

                def test(self):
                    """Never run."""

            self.assertEqual(
                str(error_of(Late)),
                f"{name} was set after super().setUp(), too late. Set it on the class, or before"
                " that.",
            )

    def test_a_setting_before_it_is_read(self):
        class Early(SmtpMockTestCase):
            def setUp(self):
                self.smtp_require_assertions = False
                self.smtp_serve = {"starttls": False}
                super().setUp()

            def test(self):
                smtplib.SMTP("mail.example.com").close()

        self.assertIsNone(error_of(Early))

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
            """"quit" needs returns= or raises=; write .expect("quit", returns=(221, b"Bye"))""",
        )

    def test_exception_that_is_none(self):
        self.assert_text(
            self.expect("quit", raises="no"),
            "raises must be an exception class or instance, not 'no'",
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
                    f" such as raises={name}(...) ("
                )
                self.assertEqual(str(caught.exception)[: len(text)], text)

    class Scripted:
        def __init__(self):
            self.smtp_mock = SmtpPlugin(StrictVerifier())


if __name__ == "__main__":
    unittest.main()
