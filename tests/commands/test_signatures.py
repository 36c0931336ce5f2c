"""The patched methods look like the running Python's; a wrong call is told in the same words."""

import inspect
import re
import smtplib
import socket
import unittest
from unittest import mock

import bigfoot_smtp
from bigfoot_smtp import SMTPLIB, SmtpMockTestCase
from bigfoot_smtp._commands.commands import NAMED
from tests.support.clients import REAL

# What the fake makes a step of, and what it leaves to smtplib or the script has no say in.
SCRIPTED = {*NAMED, "putcmd", "send", "getreply"}
LEFT_ALONE = {
    *("auth_cram_md5", "auth_login", "auth_plain", "close", "ehlo_or_helo_if_needed"),
    *("has_extn", "set_debuglevel"),
}
ATTRIBUTES = {
    *("debuglevel", "default_port", "does_esmtp", "ehlo_msg", "ehlo_resp", "file", "helo_resp"),
    "sock",
}
INSTANCE_ATTRIBUTES = {
    *("command_encoding", "esmtp_features", "local_hostname", "source_address", "timeout"),
}


def methods(cls):
    """Return the public methods of a class, and those that Python itself calls."""
    special = {"__init__", "__enter__", "__exit__"}
    return {
        name: getattr(cls, name)
        for name in dir(cls)
        if callable(getattr(cls, name)) and (not name.startswith("_") or name in special)
    }


METHODS = {cls: methods(cls) for cls in REAL}
SIGNATURES = {real: inspect.signature(real) for real in REAL}


class Signatures(SmtpMockTestCase):
    def test_of_every_method(self):
        for cls in REAL:
            for name, real in METHODS[cls].items():
                with self.subTest(cls=cls.__name__, name=name):
                    ours = getattr(cls, name)
                    self.assertEqual(inspect.signature(ours), inspect.signature(real))
                    self.assertEqual(ours.__name__, real.__name__)
                    self.assertEqual(inspect.getdoc(ours), inspect.getdoc(real))

    def test_no_method_comes_or_goes(self):
        for cls in REAL:
            self.assertEqual(set(methods(cls)), set(METHODS[cls]))

    def test_of_the_constructors(self):
        for cls in REAL:
            self.assertEqual(inspect.signature(cls), SIGNATURES[cls])

    def test_autospec(self):
        spec = mock.create_autospec(smtplib.SMTP)
        with self.assertRaises(TypeError):
            spec("mail.example.com").sendmail("a@example.com")


class Names(unittest.TestCase):
    """A name that a future smtplib adds is to be noticed: what does the fake do with it?"""

    def test_public_names_of_the_class(self):
        names = {name for name in dir(smtplib.SMTP) if not name.startswith("_")}
        known = SCRIPTED | LEFT_ALONE | ATTRIBUTES
        self.assertEqual(names, known, "CONTRIBUTING: Add an SMTP command")

    def test_public_names_of_the_other_classes(self):
        plain = set(dir(smtplib.SMTP))
        for cls in REAL:
            with self.subTest(cls.__name__):
                self.assertEqual(set(dir(cls)) - plain, set())

    def test_public_names_of_an_object(self):
        client = smtplib.SMTP(local_hostname="client.example.com")
        names = {name for name in vars(client) if not name.startswith("_")}
        self.assertEqual(names, INSTANCE_ATTRIBUTES)

    def test_classes_of_the_module(self):
        clients = {
            value
            for value in vars(smtplib).values()
            if isinstance(value, type) and issubclass(value, smtplib.SMTP)
        }
        self.assertEqual(clients, set(REAL))

    def test_what_smtplib_uses_of_the_socket_module(self):
        with open(smtplib.__file__) as file:
            source = file.read()
        used = {name for name in vars(socket) if f"socket.{name}" in source}
        expected = {
            *("AF_UNIX", "SOCK_STREAM", "_GLOBAL_DEFAULT_TIMEOUT", "create_connection"),
            *("gaierror", "getfqdn", "gethostbyname", "gethostname", "socket"),
        }
        self.assertEqual(used, expected)


class Flags(unittest.TestCase):
    def test_a_flag_has_a_name_at_the_call(self):
        classes = {value for value in vars(bigfoot_smtp).values() if isinstance(value, type)}
        flags = []
        for cls in classes:
            methods = [value for value in vars(cls).values() if inspect.isfunction(value)]
            for parameters in (inspect.signature(each).parameters for each in methods):
                flags += [each for each in parameters.values() if each.annotation == "bool"]
        self.assertGreater(len(flags), 5)
        self.assertEqual({each.kind for each in flags}, {inspect.Parameter.KEYWORD_ONLY})


class WrongCalls(SmtpMockTestCase):
    smtp_state_machine = SMTPLIB

    CALLS = [
        lambda client: client.ehlo("a", "b"),
        lambda client: client.sendmail("a"),
        lambda client: client.sendmail("a", "b", "c", msg="d"),
        lambda client: client.login("user"),
        lambda client: client.login("user", "password", True),
        lambda client: client.quit(now=True),
        lambda client: client.docmd(),
        lambda client: client.starttls(1, 2, 3, 4),
        lambda client: client.starttls(None, None, None, context=None),
        lambda client: client.starttls(name="x"),
        lambda client: client.send_message(),
        lambda client: client.connect("h", 1, None, 2),
        lambda client: client.verify(),
        lambda client: client.auth("PLAIN"),
        lambda client: client.close(1),
        lambda client: client.getreply(1),
        lambda client: client.send(),
        lambda client: client.has_extn(),
    ]

    def test_they_raise_the_type_error_of_smtplib(self):
        for number, call in enumerate(self.CALLS):
            with self.subTest(number):
                with self.assertRaises(TypeError) as fake:
                    call(smtplib.SMTP(**UNCONNECTED))
                self.assertEqual(str(fake.exception), REAL_ERRORS[number][1])

    def test_a_positional_argument_that_smtplib_took_before_3_12(self):
        kind, text = POSITIONAL
        with self.assertRaisesRegex(kind, re.escape(text)):
            smtplib.SMTP(**UNCONNECTED).starttls(None)

    def test_wrong_calls_of_the_constructors(self):
        for name, real_error in WRONG_CONSTRUCTIONS:
            with self.subTest(name):
                with self.assertRaises(TypeError) as fake:
                    getattr(smtplib, name)("h", nonsense=1)
                self.assertEqual(str(fake.exception), real_error)


def _wrong_construction(cls):
    with unittest.TestCase().assertRaises(TypeError) as caught:
        cls("mail.example.com", nonsense=1)
    return cls.__name__, str(caught.exception)


def _error(call):
    """Return the class and the text of what a call raises on a real object."""
    try:
        call(REAL_CLIENT)
    except (TypeError, smtplib.SMTPServerDisconnected) as error:
        return type(error), str(error)


UNCONNECTED = {"local_hostname": "client.example.com"}
REAL_CLIENT = smtplib.SMTP(**UNCONNECTED)
REAL_ERRORS = [*map(_error, WrongCalls.CALLS)]
POSITIONAL = _error(lambda client: client.starttls(None))
WRONG_CONSTRUCTIONS = [_wrong_construction(cls) for cls in REAL]
