"""What the encoding of a file has not is written as an escape, whoever laid the code out."""

import unittest

from tests.write.test_renewing import HEAD, SCRIPT, Renewing


class EncodingTests(Renewing):
    def assert_renewed(self, before, after):
        text = f"# coding: latin-1\n{HEAD}{SCRIPT}        program.send()\n" + """\
        self.smtp_mock.assert_connect(host=mock.ANY, port=25)
        self.smtp_mock.assert_ehlo(name="")
        self.smtp_mock.assert_send_message(ARGUMENTS)  # \xe9
        self.smtp_mock.assert_quit()
"""
        self.folder.write("test", text.replace("ARGUMENTS", before), "latin-1")
        self.assertEqual(self.folder.record("test").text, "", self.folder.said)
        self.assertEqual(self.folder.text("test", "latin-1"), text.replace("ARGUMENTS", after))
        self.assertEqual(self.folder.run("test").text, "")

    def test_what_is_renewed(self):
        vars(self.program).update(MAILS=[("\u20ac \xe9", "one@example.com")])
        new = '"\\u20ac \\xe9"'
        for before, after in (
            ("msg=MessageWith(subject='Old')", f"msg=MessageWith(subject={new})"),
            ('msg=MessageWith(subject="Old")', f"msg=MessageWith(subject={new})"),
            (
                "msg=MessageWith(\n  subject='\xe9',\n  text=mock.ANY)",
                f"msg=MessageWith(\n  subject={new},\n  text=mock.ANY)",
            ),
        ):
            with self.subTest(before=before):
                self.assert_renewed(before, after)

    def test_what_is_written_anew(self):
        vars(self.program).update(MAILS=[("\u20ac", "one@example.com")])
        self.assert_renewed(
            "msg='\xe9', from_addr=mock.ANY",
            'msg=MessageWith(subject="\\u20ac", from_="shop@example.com", to=["one@example.com"], '
            'text="About \\u20ac\\n", attachments={}), from_addr=mock.ANY',
        )


if __name__ == "__main__":
    unittest.main()
