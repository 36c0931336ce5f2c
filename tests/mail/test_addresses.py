"""Which addresses a matcher takes for the same, and which messages a comparison."""

import contextlib
import itertools
import smtplib
import unittest
from email.header import Header
from email.message import EmailMessage
from email.mime.text import MIMEText
from unittest import mock

from bigfoot_smtp import SMTPLIB, MessageWith, SmtpMockTestCase
from bigfoot_smtp._mail.comparing import differences, same


class Unlike:
    """Equal all but one value, as a matcher of the user's own may."""

    def __init__(self, value):
        self.value = value

    def __eq__(self, other):
        return other != self.value


class Senders(unittest.TestCase):
    def assert_from(self, header, equal=(), unequal=()):
        message = f"From: {header}\n\nbody" if header else "\nbody"
        for wanted in equal:
            self.assertEqual(MessageWith(from_=wanted), message)
        for wanted in unequal:
            self.assertNotEqual(MessageWith(from_=wanted), message)

    def test_the_header_or_the_address_in_it(self):
        self.assert_from(
            "Ann <a@x>",
            ["Ann <a@x>", "a@x", "<a@x>", '"Ann" <a@x>'],
            ["Bob <a@x>", "Ann <b@x>", "Ann", "", "b@x"],
        )

    def test_a_header_without_an_address(self):
        for header in ("Ann <>", "<>", "undisclosed-recipients:;"):
            self.assert_from(header, [header], ["Bob <>", "a@x"])

    def test_a_header_that_is_not_there(self):
        self.assert_from(None, [mock.ANY], ["a@x", "", Unlike(None)])

    def test_matchers(self):
        self.assert_from("a@x", [mock.ANY, Unlike("b@x")], [Unlike("a@x"), b"a@x", 1])


class Unreadable(SmtpMockTestCase):
    """Headers of which ``email`` reads a part only."""

    smtp_state_machine = SMTPLIB

    def test_the_rest_counts(self):
        headers = (
            ("To", "a@x; b@x"),
            ("To", "a@x b@x"),
            ("To", "a@x; \u00fc@x"),
            ("Reply-To", "a@x; b@x"),
            ("Message-ID", "<a@x> junk"),
        )
        for (name, header), subject in itertools.product(headers, ("Hello", "Gr\u00fc\u00dfe")):
            rest, read = f"Subject: {subject}\n\nbody", header.split()[0].rstrip(";")
            message = f"{name}: {header}\n{rest}".encode()
            with self.subTest(message):
                self.assertEqual(MessageWith(headers={name: header}), message)
                self.assertNotEqual(MessageWith(headers={name: read}), message)
                self.assertNotEqual(MessageWith(to=read), message)
                self.assertFalse(same(f"{name}: {read}\n{rest}".encode(), message))

    def test_who_gets_no_mail_is_not_there(self):
        """Before Python 3.13 ``getaddresses`` finds two where smtplib sends to the first."""
        self.smtp_mock.serve()
        for header, is_read in (
            ("a@x; b@x", False),
            ("Ann <a@x> Bob <b@x>", False),
            ("a@x b@x", False),
            ("a@x, b@x", True),
            ('"Ann, at x" <a@x>, "Bob; B@y" <b@x>', True),
            ('"An\\"n @" <a@x>, (me@y) b@x', True),
            ("team: a@x, b@x;", True),
        ):
            with self.subTest(header):
                message = EmailMessage()
                message["From"], message["To"], message["Cc"] = "a@x", header, header
                with smtplib.SMTP("h") as client:
                    client.send_message(message)
                mail = self.smtp_mock.outbox[-1]
                self.assertEqual("b@x" in mail.to_addrs, is_read)
                for wanted in (message, mail):
                    self.assertEqual(MessageWith(to=["a@x", "b@x"]) == wanted, is_read)
                    self.assertEqual(MessageWith(cc={"b@x", "a@x"}) == wanted, is_read)

    def test_in_any_order_as_in_order(self):
        message = MIMEText("body")
        message["From"], message["To"] = "a@x", Header("J\u00fcrgen <j@x>", "utf-8")
        self.smtp_mock.serve()
        for order in (contextlib.nullcontext, self.smtp_mock.in_any_order):
            with smtplib.SMTP("h") as client:
                client.send_message(message, "a@x", ["j@x"])
            with order():
                self.smtp_mock.assert_send_message(
                    msg=MessageWith(to=["J\u00fcrgen <j@x>"]), from_addr="a@x", to_addrs=["j@x"]
                )


class ContentTypes(unittest.TestCase):
    def assert_differ(self, one, two):
        ours, theirs = (f"Content-Type: {each}\n\nbody" for each in (one, two))
        self.assertFalse(same(ours, theirs.encode()))
        found = [each for each in differences(ours, theirs) if each[0] == "Content-Type"]
        self.assertEqual(found, [("Content-Type", one, two)])

    def test_the_type(self):
        self.assert_differ("application/pdf", "application/zip")

    def test_the_value_of_a_parameter(self):
        self.assert_differ("text/plain; format=flowed", "text/plain; format=fixed")
        self.assert_differ("text/plain; access-type=a", "text/plain; access-type=b")

    def test_a_boundary_is_none_of_it(self):
        parts = "--{0}\n\nbody\n--{0}--\n"
        one, two = (
            f"Content-Type: multipart/mixed; boundary={each}\n\n" + parts.format(each)
            for each in "ab"
        )
        self.assertEqual(differences(one, two), [])
