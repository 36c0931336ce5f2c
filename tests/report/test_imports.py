"""The imports that pasted or written code needs."""

import unittest

from bigfoot_smtp._report.imports import import_lines, needed


class Imports(unittest.TestCase):
    def test_a_name_in_a_text_needs_nothing(self):
        for code, wanted in (
            ("f(msg='see mock.ANY and MessageWith(x)')", []),
            ("f(msg=MessageWith(text=mock.ANY))", ["mock", "MessageWith"]),
        ):
            self.assertEqual({name for _, name in needed([code])}, set(wanted))

    def test_an_exception_needs_its_module(self):
        for code, imported in (
            (".x(raises=smtplib.SMTPDataError(554, b'no'))", [("", "smtplib")]),
            ("x = [email.errors.MessageError(), mock.ANY]", [("", "email.errors")]),
            (f"{__name__}.Imports.Broken()", [("", __name__)]),
            ("self.smtp_mock.new_session()", []),
            ("TimeoutError('smtplib.SMTP')", []),
        ):
            with self.subTest(code):
                found = needed([f"self{code}" if code[0] == "." else code])
                self.assertEqual([each for each in found if not each[0]], imported)
        self.assertEqual(
            import_lines([("", "smtplib"), ("bigfoot_smtp", "STRICT"), ("unittest", "mock")]),
            ["import smtplib", "from unittest import mock", "from bigfoot_smtp import STRICT"],
        )

    def test_what_is_no_code_needs_nothing(self):
        self.assertEqual(needed(["<mock at 0x1>", "'\0'"]), [])


if __name__ == "__main__":
    unittest.main()
