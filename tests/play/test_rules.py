"""The rules of an answering server are checked at the line that made them."""

import functools
import inspect
import smtplib
import socket
import unittest

from bigfoot_smtp import SmtpMockTestCase, SmtpPlugin, StrictVerifier
from bigfoot_smtp._play.rules import Rules, mailbox, of
from tests.support import inner

NO = (550, b"No such user")


class TakesTwo(OSError):
    """An exception that cannot be made of its class alone."""

    def __init__(self, one, two):
        """Take both."""


WRONG_TYPES = {
    "starttls": ["yes", 1, None],
    "require_tls": ["yes"],
    "require_login": [1],
    "smtputf8": [0],
    "auth": ["PLAIN", 5, ["PLAIN", None]],
    "login": ["shop", ["shop"], None, {"shop": 5}, {5: "s3cret"}],
    "size": ["10", 1.5, True],
    "refuse": [
        550,
        "gone@example.com",
        ["gone@example.com"],
        {5: NO},
        {"a@b.c": "no"},
        (550, "no"),
    ],
    "refuse_senders": [550, {"a@b.c": 550}, [NO, None]],
    "refuse_connections": [
        True,
        KeyError,
        KeyError(),
        [ConnectionRefusedError, 421],
        "down",
        smtplib.SMTPConnectError,
        smtplib.SMTPConnectError(421, "busy"),
        smtplib.SMTPAuthenticationError(535, b"no"),
        [smtplib.SMTPHeloError],
        TakesTwo,
    ],
}
OUTAGES = [
    OSError,
    ConnectionRefusedError("no"),
    socket.gaierror,
    smtplib.SMTPServerDisconnected,
    smtplib.SMTPServerDisconnected("gone"),
    smtplib.SMTPConnectError(421, b"busy"),
]
WRONG_VALUES = {
    "auth": [["GSSAPI"], ["PLAN"]],
    "size": [0, -1],
    "refuse": [
        (250, b"OK"),
        (399, b"odd"),
        (600, b"odd"),
        {"a@b.c": (354, b"go on")},
        [NO, (199, b"odd")],
    ],
    "refuse_senders": [(250, b"OK")],
    "refuse_connections": [(220, b"ready"), [ConnectionRefusedError, (250, b"OK")]],
}


class WrongRules(SmtpMockTestCase):
    def test_types(self):
        for name, values in WRONG_TYPES.items():
            for value in values:
                with self.subTest(name, value=value), self.assertRaisesRegex(TypeError, f"^{name}"):
                    self.smtp_mock.serve(**{name: value})

    def test_each_way_in_which_a_connection_fails(self):
        for each in [*OUTAGES, OUTAGES]:
            self.smtp_mock.serve(refuse_connections=each)

    def test_values(self):
        for name, values in WRONG_VALUES.items():
            for value in values:
                with self.subTest(name, value=value):
                    with self.assertRaisesRegex(ValueError, f"^{name}"):
                        self.smtp_mock.serve(**{name: value})

    def test_what_may_hold_a_password_is_not_told(self):
        for name, value in (
            ("login", ("shop", "s3cret")),
            ("login", "s3cret"),
            ("login", {"shop": ["s3cret"]}),
            ("auth", {"shop": "s3cret"}),
        ):
            with self.subTest(name, value=value), self.assertRaises(TypeError) as caught:
                self.smtp_mock.serve(**{name: value})
            self.assertNotIn("s3cret", str(caught.exception))
        with self.assertRaises(TypeError) as caught:
            type("Inner", (SmtpMockTestCase,), {"smtp_serve": [("login", {"shop": "s3cret"})]})
        self.assertNotIn("s3cret", str(caught.exception))

    def test_a_login_that_nobody_can_do(self):
        with self.assertRaisesRegex(ValueError, "^require_login demands a login"):
            self.smtp_mock.serve(require_login=True, login=False)
        with self.assertRaisesRegex(ValueError, "^require_login demands a login"):
            self.smtp_mock.serve(require_login=True, auth=[])

    def test_the_least_and_the_most_that_is_right(self):
        for name, value in [("size", 1), ("refuse", (400, b"")), ("refuse", (599, b""))]:
            with self.subTest(name, value=value):
                self.smtp_mock.serve(**{name: value})

    def test_an_unknown_rule(self):
        with self.assertRaisesRegex(TypeError, "refused"):
            self.smtp_mock.serve(refused={})

    def test_the_texts(self):
        texts = {
            "size must be the most bytes of a mail, an int, not '10'": {"size": "10"},
            "require_login must be True or False, not a dict": {
                "require_login": {"shop": "s3cret"}
            },
            "auth has an unknown mechanism 'PLAN'; did you mean \"PLAIN\"?": {"auth": ["PLAN"]},
            "auth has an unknown mechanism 'X';"
            " the mechanisms are PLAIN, LOGIN, CRAM-MD5, XOAUTH2": {"auth": ["X"]},
            "refuse['a@b.c'] must be a reply such as (550, b'No such user'),"
            " or a list of replies, not 5": {"refuse": {"a@b.c": 5}},
            "refuse must be a dict of addresses to refusals, a predicate,"
            " a reply such as (550, b'No such user'), or a list of replies, not True": {
                "refuse": True
            },
            "refuse: each address must be a str, not b'a@b.c'": {"refuse": {b"a@b.c": NO}},
            "refuse must be a refusal, whose code is from 400 to 599 (RFC 5321 section 4.2.1),"
            " not (250, b'OK')": {"refuse": (250, b"OK")},
        }
        for text, rules in texts.items():
            with self.assertRaises((TypeError, ValueError)) as caught:
                self.smtp_mock.serve(**rules)
            self.assertEqual(text, str(caught.exception))

    def test_no_password_is_told(self):
        with self.assertRaises(TypeError) as caught:
            self.smtp_mock.serve(login={5: "s3cret"})
        self.assertNotIn("s3cret", str(caught.exception))

    def test_nothing_is_served_by_wrong_rules(self):
        plugin = SmtpPlugin(StrictVerifier())
        with self.assertRaises(TypeError):
            plugin.serve(size="1")
        self.assertIsNone(plugin.verifier.scenario.spare)


class OfATestCase(unittest.TestCase):
    """Rules as a class attribute are checked where the class is made."""

    def case(self, rules):
        return type("Inner", (SmtpMockTestCase,), {"smtp_serve": rules, "test": lambda case: None})

    def test_wrong_ones(self):
        for kind, rules, text in [
            (TypeError, 5, "smtp_serve must be True, False, or a dict of rules, not of type int"),
            (TypeError, {"size": "1"}, "Inner.smtp_serve: size must be the most bytes of a mail"),
            (ValueError, {"size": 0}, "Inner.smtp_serve: size must be the most bytes of a mail"),
            (TypeError, {"sz": 1}, r"Inner.smtp_serve: serve\(\) got an unexpected .* 'sz'"),
        ]:
            with self.subTest(text), self.assertRaisesRegex(kind, text):
                self.case(rules)

    def test_a_dict_without_rules_serves(self):
        def body(case):
            smtplib.SMTP("mail.example.com").quit()

        self.assertEqual(inner.run_body(body, smtp_serve={}).counts, inner.PASSED)

    def test_right_ones(self):
        for rules in (True, False, {}, {"size": 10}):
            self.assertEqual(inner.run(self.case(rules)).counts, inner.PASSED)

    def test_one_that_was_set_later_fails_the_test(self):
        case = self.case(True)
        case.smtp_serve = {"size": "1"}
        self.assertIn("Inner.smtp_serve: size must be", inner.run(case).text)


class Kept(unittest.TestCase):
    def test_later_changes_reach_no_rules(self):
        replies, users = [NO], {"shop": "s3cret"}
        rules = Rules(refuse={"a@b.c": replies}, login=users)
        replies.clear()
        users.clear()
        self.assertEqual(rules.refuse, {"a@b.c": [NO]})
        self.assertEqual(rules.users, {"shop": "s3cret"})

    def test_all_of_them_at_once(self):
        given = {
            "starttls": False,
            "auth": ["PLAIN"],
            "login": {"shop": "s3cret"},
            "require_tls": True,
            "require_login": True,
            "size": 10,
            "smtputf8": False,
            "refuse": NO,
            "refuse_senders": NO,
            "refuse_connections": (421, b"Busy"),
        }
        rules = of(**given)
        self.assertEqual((rules.size, rules.refuse), (10, NO))
        for takes in (Rules, functools.partial(SmtpPlugin.serve, None)):
            self.assertEqual([*given], [*inspect.signature(takes).parameters])

    def test_mechanisms_in_any_case(self):
        self.assertEqual(Rules(auth=["cram-md5"]).mechanisms, ("CRAM-MD5",))

    def test_mailbox(self):
        for address, same in [("a@B.C", "a@b.c"), ("A@b.c", "A@b.c"), ("", ""), ("Me", "Me")]:
            self.assertEqual(mailbox(address), same)


if __name__ == "__main__":
    unittest.main()
