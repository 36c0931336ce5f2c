"""The commands: their arguments are smtplib's, and all else about a call derives from them."""

import contextlib
import inspect
import itertools
import pickle
import smtplib
import typing
import unittest
from email.message import EmailMessage
from unittest import mock

from bigfoot_smtp import SMTPLIB, InteractionMismatchError, SmtpPlugin
from bigfoot_smtp._commands.command import ALWAYS, UNLESS_DEFAULT, UNSET, WHEN_GIVEN
from bigfoot_smtp._commands.commands import COMMANDS, NAMED, VERBS, Docmd
from bigfoot_smtp._commands.states import Method
from bigfoot_smtp._play.assertions import Assertions
from bigfoot_smtp._report.code import assertion_code
from bigfoot_smtp._script.timeline import Timeline
from tests.scenarios import SCENARIOS, broken, serving, walks
from tests.support import model
from tests.support.commands import TABLE, added
from tests.support.ruled import Ruled

# Parameters of smtplib that say how a command is sent, and not what.
LEFT_OUT = {
    "starttls": {"keyfile", "certfile"},
    "auth": {"authobject", "initial_response_ok"},
    "connect": {"source_address"},
}
# What is told of a command besides its arguments.
FOUND = {"starttls": {"server_hostname"}, "login": {"mechanism"}, "connect": {"server_hostname"}}
OF_THE_CONSTRUCTOR = {"protocol", "timeout", "local_hostname", "source_address", "context"}

# Public names of smtplib.SMTP that are no command.
NO_COMMANDS = {
    "auth_cram_md5",
    "auth_login",
    "auth_plain",
    "close",
    "ehlo_or_helo_if_needed",
    "getreply",
    "has_extn",
    "putcmd",
    "send",
    "set_debuglevel",
}

EXAMPLES = {
    **{method: row.asserted for method, row in TABLE.items()},
    "send_message": {"msg": "hello"},
}


class Token(str):
    """A text of a class of its own, as Django's ``SafeString`` is."""


def parameters(method, owner=smtplib.SMTP):
    return list(inspect.signature(getattr(owner, method)).parameters.values())[1:]


def call(method, **values):
    """Return the call of ``method`` that the code under test made with ``values``."""
    return COMMANDS[method].of((), {**EXAMPLES[method], **values})


def assertions():
    """Return the commands that can be asserted."""
    return {name[7:] for name in dir(SmtpPlugin) if name.startswith("assert_")}


def called(scenarios):
    """Return the names of all calls in scenarios."""
    return {act.name for each in scenarios for act in each.acts}


def expectation(method, **values):
    """Return what ``assert_<method>`` expects when it is given ``values``."""
    defaults = {each.name: each.default for each in parameters(f"assert_{method}", SmtpPlugin)}
    return {**defaults, **EXAMPLES[method], **values}


class Names(unittest.TestCase):
    def test_each_public_command_of_smtplib_is_there(self):
        public = {
            name
            for name, value in vars(smtplib.SMTP).items()
            if inspect.isfunction(value) and not name.startswith("_")
        }
        self.assertEqual(public - NO_COMMANDS, set(NAMED), "CONTRIBUTING: Add an SMTP command")
        aliases = {vars(smtplib.SMTP)[name] for name in set(NAMED) - set(COMMANDS)}
        self.assertEqual(aliases, {smtplib.SMTP.vrfy})

    def test_each_table_knows_each(self):
        """A command that such a table leaves out is not tried there, and nothing else tells."""
        unbroken = [each for each in SCENARIOS if each not in broken.SCENARIOS]
        walked = {act.name for act, _ in walks.ACTS}
        for table, known, left_out in (
            ("_TABLE in bigfoot_smtp/_commands/states.py", SMTPLIB.table, set()),
            ("Method in bigfoot_smtp/_commands/states.py", typing.get_args(Method), set()),
            ("bigfoot_smtp/_play/assertions.py", assertions(), set()),
            ("TABLE in tests/support/commands.py", EXAMPLES, set()),
            ("tests/support/model.py", model.METHODS, {"auth", "help", "send_message"}),
            ("COMMANDS in tests/scenarios/broken.py", broken.COMMANDS, {"connect"}),
            ("tests/scenarios/commands.py", called(unbroken), set()),
            ("ACTS in tests/scenarios/walks.py", walked, {"auth", "connect"}),
            ("tests/scenarios/serving.py", called(serving.SCENARIOS), set()),
        ):
            with self.subTest(table):
                self.assertEqual({*COMMANDS} - {*known}, left_out, f"it has to be in {table}")

    def test_the_server_of_the_tests_answers_each_verb(self):
        for verb in VERBS:
            self.assertTrue(
                hasattr(Ruled, f"_say_{verb.lower()}"), f"{verb} is not in tests/support/ruled.py"
            )

    def test_the_verbs_of_a_line(self):
        for word, is_verb in (("EHLO", True), ("LHLO", True), ("AUTH", True), ("SENDMAIL", False)):
            self.assertIs(word in VERBS, is_verb, word)

    def test_the_answers_that_the_tests_give(self):
        for name, row in TABLE.items():
            usual = COMMANDS[name].answer.default
            if isinstance(usual, tuple):
                self.assertEqual(row.answer[0], usual[0], name)

    def test_nothing_else_can_be_expected_or_asserted(self):
        self.assertEqual(set(typing.get_args(Method)), set(NAMED))
        self.assertLessEqual(assertions(), set(COMMANDS))

    def test_the_examples_are_complete(self):
        for method, values in EXAMPLES.items():
            always = {n for n, each in COMMANDS[method].fields.items() if each.rule is ALWAYS}
            self.assertLessEqual(set(values), set(COMMANDS[method].fields))
            self.assertLessEqual(always - set(values), set())


class Parameters(unittest.TestCase):
    def test_names_are_smtplibs_in_its_order(self):
        for method, command in COMMANDS.items():
            with self.subTest(method=method):
                left_out = LEFT_OUT.get(method, set())
                real = [each.name for each in parameters(method) if each.name not in left_out]
                found = FOUND.get(method, set())
                if method == "connect":
                    found = found | OF_THE_CONSTRUCTOR
                ours = [name for name in command.fields if name not in found]
                self.assertEqual(ours, real, "Field in commands.py, or LEFT_OUT or FOUND here")

    def test_the_constructor_has_the_rest_of_connect(self):
        known = {each.name for each in parameters("__init__")} | {"protocol"}
        secure = getattr(smtplib, "SMTP_SSL", smtplib.SMTP)
        known |= {each.name for each in parameters("__init__", secure)} | {"context"}
        self.assertLessEqual(OF_THE_CONSTRUCTOR, known)

    def test_defaults_are_smtplibs(self):
        for method, command in COMMANDS.items():
            if method == "connect":
                continue
            for each in parameters(method):
                if each.name in command.fields and each.default is not each.empty:
                    with self.subTest(method=method, name=each.name):
                        default = command.fields[each.name].default
                        self.assertTrue(command.fields[each.name].kind.same(each.default, default))
                        self.assertTrue(command.fields[each.name].kind.same(default, each.default))

    def test_assertions_take_the_same_names_by_keyword_alone(self):
        for method, command in COMMANDS.items():
            with self.subTest(method=method):
                given = parameters(f"assert_{method}", SmtpPlugin)
                self.assertEqual([each.name for each in given], list(command.fields))
                self.assertEqual(
                    {each.kind for each in given} - {inspect.Parameter.KEYWORD_ONLY}, set()
                )

    def test_what_an_assertion_may_leave_out(self):
        for method, command in COMMANDS.items():
            for each in parameters(f"assert_{method}", SmtpPlugin):
                with self.subTest(method=method, name=each.name):
                    field = command.fields[each.name]
                    expected = {
                        ALWAYS: each.empty,
                        UNLESS_DEFAULT: field.default,
                        WHEN_GIVEN: UNSET,
                    }
                    self.assertEqual(each.default, expected[field.rule])


class Unset(unittest.TestCase):
    def test_what_a_signature_shows(self):
        self.assertIn("= <not compared>", str(inspect.signature(SmtpPlugin.assert_starttls)))


class Making(unittest.TestCase):
    def test_positional_and_keyword_arguments_are_the_same(self):
        for method, command in COMMANDS.items():
            if method == "connect":
                continue
            values = {name: f"value of {name}" for name in command.parameters}
            with self.subTest(method=method):
                positional = command.of(tuple(values.values()), {})
                self.assertEqual(positional.values, command.of((), values).values)
                for name in set(command.fields).intersection(values):
                    self.assertEqual(getattr(positional, name), values[name])

    def test_defaults_are_filled_in(self):
        made = COMMANDS["sendmail"].of(("a@example.com", "b@example.com", "hello"), {})
        self.assertEqual((made.mail_options, made.rcpt_options), ((), ()))
        self.assertEqual(COMMANDS["ehlo"].of((), {}).name, "")

    def test_how_it_is_sent_is_no_part_of_it(self):
        given = {"mechanism": "PLAIN", "authobject": smtplib.SMTP.auth_plain}
        self.assertEqual(COMMANDS["auth"].of((), given).values, {"mechanism": "PLAIN"})

    def test_a_call_is_a_snapshot(self):
        message = EmailMessage()
        message["Subject"] = "before"
        to_addrs, options = ["a@example.com"], ["SIZE=1"]
        made = call("send_message", msg=message, to_addrs=to_addrs, mail_options=options)
        message.replace_header("Subject", "after")
        to_addrs.append("b@example.com")
        options.append("SIZE=2")
        self.assertEqual(made.msg["Subject"], "before")
        self.assertEqual((made.to_addrs, made.mail_options), (["a@example.com"], ("SIZE=1",)))

    def test_none_has_a_dict_of_its_own(self):
        """A test may keep a hundred thousand."""
        token = call("login", user="s3cret")
        for each in (*map(call, EXAMPLES), token, call("docmd", cmd="AUTH", args="PLAIN s3cret")):
            self.assertFalse(hasattr(each, "__dict__"), each)

    def test_what_a_reader_gets_changes_nothing(self):
        made = call("sendmail")
        self.assertEqual(made.differing(expectation("sendmail")), [])
        made.to_addrs.append("c@example.com")
        self.assertEqual(made.differing(expectation("sendmail")), [])
        message = EmailMessage()
        message["Subject"] = "before"
        made = call("send_message", msg=message)
        made.msg.replace_header("Subject", "after")
        self.assertEqual(made.differing(expectation("send_message", msg=message)), [])


class Comparing(unittest.TestCase):
    def test_each_example_equals_itself(self):
        for method in COMMANDS:
            self.assertEqual(call(method).differing(expectation(method)), [], method)

    def test_each_argument_counts(self):
        for method, values in EXAMPLES.items():
            for name in values:
                changed = call(method, **{name: "another"})
                self.assertEqual(changed.differing(expectation(method)), [name], method)
                views, keys = changed.sought(expectation(method))
                self.assertNotEqual(changed.seen(views), keys)

    def test_what_must_be_told(self):
        made = call("sendmail", mail_options=["8BITMIME"])
        self.assertEqual(made.differing(expectation("sendmail")), ["mail_options"])
        expected = expectation("sendmail", mail_options=("8BITMIME",))
        self.assertEqual(made.differing(expected), [])

    def test_what_only_tunes_the_client(self):
        made = call("login", initial_response_ok=False)
        self.assertEqual(made.differing(expectation("login")), [])
        self.assertEqual(made.differing(expectation("login", initial_response_ok=False)), [])
        self.assertEqual(
            made.differing(expectation("login", initial_response_ok=True)), ["initial_response_ok"]
        )

    def test_any(self):
        for method, values in EXAMPLES.items():
            wanted = expectation(method, **dict.fromkeys(values, mock.ANY))
            self.assertEqual(call(method).differing(wanted), [], method)

    def test_a_matcher_sees_the_message_and_not_how_it_is_kept(self):
        class Matcher:
            seen = []

            def __eq__(self, other):
                self.seen.append(type(other))
                return True

        message = EmailMessage()
        made = call("send_message", msg=message)
        self.assertEqual(made.differing(expectation("send_message", msg=Matcher())), [])
        self.assertEqual(Matcher.seen, [EmailMessage])

    def test_equal_calls_share_their_keys(self):
        for method in COMMANDS:
            views, keys = COMMANDS[method].sought(expectation(method))
            self.assertEqual(keys, call(method).seen(views), method)
            self.assertEqual(
                [name for name, _ in views],
                [name for name, value in expectation(method).items() if value not in (None, UNSET)],
            )

    def test_what_can_only_be_compared_has_no_view(self):
        self.assertEqual(COMMANDS["ehlo"].sought(expectation("ehlo", name=mock.ANY)), ((), ()))
        views, _ = COMMANDS["mail"].sought(expectation("mail", options=[mock.ANY]))
        self.assertEqual([name for name, _ in views], ["sender"])

    def test_a_call_without_a_key_may_equal_any(self):
        views, _ = COMMANDS["sendmail"].sought(expectation("sendmail"))
        self.assertIsNone(call("sendmail", to_addrs={"a@example.com"}).seen(views))


class Showing(unittest.TestCase):
    def test_repr(self):
        self.assertEqual(repr(call("connect")), "connect(host='mail.example.com', port=25)")
        self.assertEqual(repr(call("quit")), "quit()")
        self.assertEqual(repr(call("login")), "login(user='user', password=***)")
        self.assertEqual(
            repr(call("mail", options=["SIZE=1"])),
            "mail(sender='from@example.com', options=('SIZE=1',))",
        )

    def test_the_assertion_of_a_call_holds(self):
        plugin = mock.create_autospec(SmtpPlugin, instance=True)
        for method in COMMANDS:
            made = call(method)
            exec(assertion_code(made), {"self": mock.Mock(smtp_mock=plugin), "mock": mock})
            helper = getattr(plugin, f"assert_{method}")
            helper.assert_called_once()
            self.assertEqual(made.differing(expectation(method, **helper.call_args[1])), [])

    def test_what_the_default_is_needs_no_word(self):
        self.assertEqual(assertion_code(call("connect")).count("="), 2)
        self.assertIn("protocol='smtps'", assertion_code(call("connect", protocol="smtps")))

    def test_what_was_named_stays_named(self):
        made = call("connect", timeout=5)
        for timeout, named in [(30, "timeout=5"), (mock.ANY, "timeout=mock.ANY"), (UNSET, "")]:
            code = assertion_code(made, expected=expectation("connect", timeout=timeout))
            self.assertEqual("timeout" in code, bool(named))
            self.assertIn(named, code)

    def test_pickling_keeps_the_text(self):
        for method in COMMANDS:
            copy = pickle.loads(pickle.dumps(call(method)))
            self.assertEqual((copy.method, repr(copy)), (method, repr(call(method))))


class Secrets(unittest.TestCase):
    """What must never be shown: the password, and what follows AUTH."""

    def assert_hidden(self, made, *secrets):
        for text in (repr(made), assertion_code(made), repr(pickle.loads(pickle.dumps(made)))):
            for secret in secrets:
                self.assertNotIn(secret, text)
        self.assertIn("***", repr(made))
        self.assertIn("mock.ANY", assertion_code(made))

    def test_password(self):
        self.assert_hidden(call("login"), "s3cret")

    def test_a_token_that_is_user_and_password(self):
        for user, password in itertools.product(("s3cret", Token("s3cret"), b"s3cret"), repeat=2):
            made = call("login", user=user, password=password)
            self.assert_hidden(made, "s3cret")
            self.assertEqual(repr(made), "login(user=***, password=***)")
        self.assertIn("user='None'", repr(call("login", user="None", password=None)))

    def test_an_expected_token(self):
        token = {"user": "s3cret", "password": "s3cret"}
        usual = {"user": "user", "password": mock.ANY}
        for expected, actual in [(token, usual), (usual, token)]:
            timeline = Timeline()
            added(timeline, call("login", **actual))
            with self.assertRaises(InteractionMismatchError) as caught:
                Assertions(timeline).assert_login(**expected)
            self.assertNotIn("s3cret", str(caught.exception))
            self.assertIn("never shown", str(caught.exception))

    def test_docmd_auth(self):
        for values in (
            {"cmd": "AUTH", "args": "PLAIN s3cret"},
            {"cmd": "auth", "args": "XOAUTH2 s3cret"},
            {"cmd": "AUTH PLAIN", "args": "s3cret"},
            {"cmd": "AUTH PLAIN s3cret"},
            {"cmd": "AUTH LOGIN s3cret", "args": "s3cret"},
            {"cmd": "AUTH", "args": "PLAIN\ts3cret"},
            {"cmd": "AUTH\tPLAIN\ts3cret"},
            {"cmd": "NOOP\r\nAUTH PLAIN s3cret"},
        ):
            with self.subTest(values):
                self.assert_hidden(call("docmd", **values), "s3cret")

    def test_a_mismatch(self):
        secret, plain = {"cmd": "AUTH", "args": "PLAIN s3cret"}, {"cmd": "XCMD", "args": "a"}
        bare = {"cmd": "AUTH PLAIN", "args": "s3cret"}
        for expected, actual in [(secret, plain), (plain, secret), (bare, secret), (secret, bare)]:
            timeline = Timeline()
            added(timeline, call("docmd", **actual))
            assertions = Assertions(timeline)
            for order in (contextlib.nullcontext, assertions.in_any_order):
                with order(), self.assertRaises(InteractionMismatchError) as caught:
                    assertions.assert_docmd(**expected)
                self.assertNotIn("s3cret", str(caught.exception))
                self.assertIn("never shown", str(caught.exception))

    def test_docmd_auth_in_two_words_is_no_secret(self):
        self.assertEqual(
            repr(call("docmd", cmd="AUTH", args="LOGIN")), "docmd(cmd='AUTH', args='LOGIN')"
        )
        self.assertEqual(repr(call("docmd", cmd="AUTH LOGIN")), "docmd(cmd='AUTH LOGIN')")

    def test_a_line_that_begins_as_a_command_is_no_response(self):
        for line, is_known, looks_like_one in [
            ("RSET", True, True),
            ("noop a", True, True),
            (b"Vrfy a", True, True),
            ("ABCD", False, True),
            ("X-a1", False, True),
            ("czNjcmV0", False, False),
            ("czNjcmV0 NOOP", False, False),
            ("", False, False),
        ]:
            for args, kwargs in ((line,), {}), ((), {"cmd": line}):
                self.assertIs(Docmd.names_a_command(args, kwargs, is_known=True), is_known)
                found = Docmd.names_a_command(args, kwargs, is_known=False)
                self.assertIs(found, looks_like_one)

    def test_another_docmd_is_no_secret(self):
        for cmd in ("XCMD", "ATRN", "AUTHX", ""):
            made = call("docmd", cmd=cmd, args="a b c")
            self.assertEqual(repr(made), f"docmd(cmd='{cmd}', args='a b c')")
