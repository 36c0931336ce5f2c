"""Random programs: the fake, the script and the verdict agree with a model of them.

``BIGFOOT_SMTP_PROGRAMS`` in the environment says how many; a sample runs by default.
The seed of a program that fails is printed with the shortest program that still fails.
"""

import contextlib
import os
import smtplib
import unittest
from unittest import mock

import bigfoot_smtp
from bigfoot_smtp import BigfootError, SmtpPlugin, StrictVerifier, VerificationError
from tests.support.commands import TABLE
from tests.support.loopback import HOST, Server, always, authentication, transaction
from tests.support.model import METHODS, Model, program

_PROGRAMS = int(os.environ.get("BIGFOOT_SMTP_PROGRAMS", 150))
_SIDE_BY_SIDE = max(40, _PROGRAMS // 20)

TO = "to@example.com"
ARGUMENTS = {method: TABLE[method].asserted for method in METHODS}
ASSERTED = {**ARGUMENTS, "connect": {"host": HOST, "port": mock.ANY}}
_SPECIAL = {
    ("connect", "ok"): (220, b"ready"),
    ("connect", "refused"): (554, b"no"),
    ("ehlo", "ok"): (250, b"localhost\nSTARTTLS\nAUTH PLAIN"),
    ("starttls", "ok"): (220, b"ready"),
    ("login", "ok"): (235, b"in"),
    ("login", "refused"): (535, b"no"),
    ("sendmail", "ok"): {},
    ("sendmail", "refused"): {TO: (550, b"no")},
    ("quit", "ok"): (221, b"bye"),
}
# What random programs seldom come to: the refusal of both greetings, a whole mail by hand.
RARE = [
    {
        "machine": "SMTPLIB",
        "sessions": [[("connect", "ok", True), *((each, outcome, True) for each in steps)]],
        "calls": ["connect", *calls],
        "asserts": [("any", "connect")],
    }
    for steps, outcome, calls in (
        (("ehlo", "helo"), "refused", ("login", "login", "noop")),
        (("ehlo", "sendmail", "quit"), "ok", ("sendmail", "quit", "quit")),
        (("ehlo", "starttls", "ehlo", "login"), "ok", ("starttls", "login", "login")),
        (("helo", "mail", "rcpt", "data", "rset"), "ok", ("helo", "mail", "rcpt", "data", "rset")),
    )
]
# A session that a refused connection left is over after quit.
RARE.append(
    {
        "machine": "SMTPLIB",
        "sessions": [
            [("connect", "refused", True), ("quit", "ok", False), ("connect", "ok", True)]
        ],
        "calls": ["connect", "quit", "connect"],
        "asserts": [],
    }
)
# A handshake that failed leaves a broken socket.
RARE.append(
    {
        "machine": "STRICT",
        "sessions": [[("connect", "ok", True), ("helo", "ok", True), ("starttls", "raises", True)]],
        "calls": ["connect", "helo", "starttls", "noop"],
        "asserts": [],
    }
)
_TLS = ("ehlo", "starttls")
# So does a handshake under TLS.
RARE.append(
    {
        "machine": "SMTPLIB",
        "sessions": [[(each, "ok", True) for each in ("connect", *_TLS, *_TLS, "noop")]],
        "calls": ["connect", "starttls", "starttls", "noop", "noop"],
        "asserts": [],
    }
)
_USUAL = {"ok": (250, b"OK"), "refused": (500, b"no")}
_RAISED = {"raises": OSError, "lost": smtplib.SMTPServerDisconnected}


def answer(method, outcome):
    """Return what a call returns whose step has this outcome."""
    return _SPECIAL.get((method, outcome), _USUAL.get(outcome))


def new_client():
    """Return a client that is not connected."""
    client = smtplib.SMTP()
    # STARTTLS wants the host's name, which connect() does not keep.
    client._host = HOST
    return client


def called(client, method, port=25):
    """Make a call; return what it did as the model tells it."""
    kwargs = {"host": HOST, "port": port} if method == "connect" else ARGUMENTS.get(method, {})
    try:
        return "returned", getattr(client, method)(**kwargs)
    except Exception as error:
        return "raised", type(error).__name__


def modelled(model, program):
    """Return what each call does, by the model."""
    return [
        (how, answer(method, outcome) if how == "returned" else outcome)
        for method, (how, outcome) in zip(program["calls"], model.outcomes)
    ]


class Fake:
    """Run a program on the fake."""

    def __init__(self, program):
        self.verifier = StrictVerifier()
        self.plugin = SmtpPlugin(self.verifier, getattr(bigfoot_smtp, program["machine"]))
        self.handles = [self.plugin.new_session() for _ in program["sessions"]]
        for handle, steps in zip(self.handles, program["sessions"]):
            for method, outcome, required in steps:
                if outcome in _RAISED:
                    given = {"raises": _RAISED[outcome]}
                else:
                    given = {"returns": answer(method, outcome)}
                handle.expect(method, required=required, **given)
        with self.verifier.sandbox():
            client = new_client()
            self.outcomes = [called(client, method) for method in program["calls"]]
        self.claims = [self._claims(*each) for each in program["asserts"]]

    def _claims(self, how, method):
        claim = getattr(self.plugin, f"assert_{method}")
        try:
            if how == "next":
                claim(**ASSERTED.get(method, {}))
            else:
                with self.plugin.in_any_order():
                    claim(**ASSERTED.get(method, {}))
        except bigfoot_smtp.InteractionMismatchError:
            return False
        return True

    def timeline(self):
        """Return the interactions as the model tells them."""
        return [
            [self.handles.index(each.session), each.call.method, each.raised and _name(each.raised)]
            for each in self.verifier.timeline
        ]

    def findings(self):
        """Return the names of the errors that ``verify_all`` raises."""
        try:
            self.verifier.verify_all()
        except VerificationError as error:
            return [_name(each) for each in error.errors]
        except BigfootError as error:
            return [_name(error)]
        return []


def _name(error):
    return type(error).__name__


def disagreement(program):
    """Return in what the fake and the model disagree, ``(what, fake, model)``, or None."""
    fake, model = Fake(program), Model(program)
    for what, ours, theirs in (
        ("outcomes", fake.outcomes, modelled(model, program)),
        ("timeline", fake.timeline(), model.timeline),
        ("claims", fake.claims, model.claims),
        ("asserted", [each.asserted for each in fake.verifier.timeline], model.asserted),
        ("states", [each.state for each in fake.handles], [s["state"] for s in model.sessions]),
        (
            "used",
            [[step.interaction is not None for step in each.steps] for each in fake.handles],
            [each["used"] for each in model.sessions],
        ),
        ("unused", len(fake.verifier.scenario.unused()), model.unused()),
        ("findings", fake.findings(), model.findings()),
    ):
        if ours != theirs:
            return what, ours, theirs
    return None


def shorter(program):
    """Yield the programs that lack one thing of this one."""
    for name in ("asserts", "calls", "sessions"):
        for position in range(len(program[name])):
            yield {**program, name: _without(program[name], position)}
    for number, steps in enumerate(program["sessions"]):
        for position in range(len(steps)):
            sessions = list(program["sessions"])
            sessions[number] = _without(steps, position)
            yield {**program, "sessions": sessions}


def _without(items, position):
    return items[:position] + items[position + 1 :]


def shortest(program, fails):
    """Return the shortest program that still fails, by leaving out what it does not need."""
    while True:
        smaller = next(filter(fails, shorter(program)), None)
        if smaller is None:
            return program
        program = smaller


def check(seed):
    """Run the program of this seed; tell the shortest one on which fake and model disagree.

    :raises AssertionError: where they do.
    """
    if disagreement(program(seed)) is not None:
        least = shortest(program(seed), disagreement)
        what, fake, model = disagreement(least)
        raise AssertionError(f"seed {seed}: {least}\n{what}\n  fake:  {fake}\n  model: {model}")


def _speech(method, outcome):
    if outcome in _RAISED:
        return always(None)
    reply = answer(method, outcome)
    if method == "sendmail":
        return transaction(reply)
    if method == "data":
        return lambda verb, line: (354, b"go on") if verb == "data" else reply
    return authentication(reply) if method == "login" else always(reply)


class RandomProgramsTests(unittest.TestCase):
    def test_the_fake_agrees_with_the_model(self):
        for seed in range(_PROGRAMS):
            check(seed)
        for each in RARE:
            self.assertIsNone(disagreement(each))

    def test_a_disagreement_is_told(self):
        with mock.patch.object(Model, "unused", lambda model: len(model.timeline) or 99):
            with self.assertRaises(AssertionError) as caught:
                check(1)
        empty = {"machine": program(1)["machine"], "sessions": [], "calls": [], "asserts": []}
        self.assertEqual(str(caught.exception), f"seed 1: {empty}\nunused\n  fake:  0\n  model: 99")

    def test_the_programs_reach_every_outcome(self):
        models = [Model(program(seed)) for seed in range(300)]
        seen = {
            (method, outcome) for each in models for step in each.taken for method, outcome in step
        }
        self.assertGreater(len(seen), 50)
        self.assertEqual(
            {name for each in models for name in each.findings()},
            {
                "InvalidStateError",
                "UnmockedInteractionError",
                "UnusedMocksError",
                "UnassertedInteractionsError",
            },
        )
        self.assertTrue(any(not each.findings() for each in models))

    def test_a_failing_program_is_shortened(self):
        step = ("quit", "ok", True)

        def fails(each):
            return "quit" in each["calls"] and any(step in steps for steps in each["sessions"])

        long = next(each for each in map(program, range(1000)) if fails(each))
        least = shortest(long, fails)
        self.assertEqual(least, {**long, "sessions": [[step]], "calls": ["quit"], "asserts": []})


class SideBySideTests(unittest.TestCase):
    """The model of SMTPLIB against the real thing, as far as the script allows a program."""

    def setUp(self):
        no_dns = mock.patch("socket.getfqdn", return_value="host.example.com")
        no_dns.start()
        self.addCleanup(no_dns.stop)
        self.server = Server()
        self.addCleanup(self.server.close)

    def test_the_model_agrees_with_the_real_smtplib(self):
        compared = 0
        for each in [*RARE, *map(program, range(_SIDE_BY_SIDE))]:
            with self.subTest(each):
                compared += self._compare({**each, "machine": "SMTPLIB"})
        self.assertGreater(compared, _SIDE_BY_SIDE)

    def _compare(self, program):
        model = Model(program)
        compared = 0
        client = new_client()
        with contextlib.ExitStack() as opened:
            for method, expected, steps in zip(
                program["calls"][: model.first_violation], modelled(model, program), model.taken
            ):
                if any(outcome == "raises" for _, outcome in steps):
                    break  # no server makes this happen
                if expected == ("raised", "SSLEOFError"):
                    break  # the loopback server alone takes a handshake under TLS
                self.server.unsaid.clear()
                self.server.play(_speech(*step) for step in steps)
                self.assertEqual(called(client, method, self.server.port), expected)
                compared += 1
                # A second connect() drops the first connection without closing it.
                for each in filter(None, (client.sock, client.file)):
                    opened.callback(each.close)
        return compared
