"""How fast the package is, as ratios measured in one run: ``python -m tests.benchmark``.

The case is one whole unit test of a TLS session with login: set-up, script, six
calls, six assertions, teardown. It is measured against the same test written with
less: the floor is a fake class of fifteen lines. Rounds of all cases are
interleaved; a figure is the median over the rounds of the best of each. The tests time
nothing, and a busy machine fails nothing: it prints other figures.
"""

import gc
import importlib.util
import os
import random
import re
import smtplib
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import unittest
from email.message import EmailMessage
from unittest import mock

from bigfoot_smtp import SMTPLIB, MessageWith, SmtpMockTestCase, SmtpPlugin, StrictVerifier

ROUNDS = 25
TESTS_A_ROUND = 40
MESSAGE = "Subject: Report\r\n\r\nSee attached."
LOGIN = {"user": "user@example.com", "password": "s3cret"}
MAIL = {"from_addr": "user@example.com", "to_addrs": ["to@example.com"], "msg": MESSAGE}


def send_report():
    """Be the code under test."""
    smtp = smtplib.SMTP("smtp.example.com", 587)
    smtp.ehlo()
    smtp.starttls()
    smtp.login("user@example.com", "s3cret")
    smtp.sendmail("user@example.com", ["to@example.com"], MESSAGE)
    smtp.quit()


class FloorSMTP:
    """The least that a hand-written fake does."""

    def __init__(self, host="", port=0):
        self.calls.append(("connect", host, port))

    def ehlo(self, name=""):
        self.calls.append(("ehlo", name))
        return 250, b"OK"

    def starttls(self):
        self.calls.append(("starttls",))
        return 220, b"Ready"

    def login(self, user, password):
        self.calls.append(("login", user, password))
        return 235, b"Auth OK"

    def sendmail(self, from_addr, to_addrs, msg):
        self.calls.append(("sendmail", from_addr, to_addrs, msg))
        return {}

    def quit(self):
        self.calls.append(("quit",))
        return 221, b"Bye"


class Floor(unittest.TestCase):
    def setUp(self):
        FloorSMTP.calls = self.calls = []
        patcher = mock.patch("smtplib.SMTP", FloorSMTP)
        patcher.start()
        self.addCleanup(patcher.stop)

    def test_sends(self):
        send_report()
        self.assertEqual(self.calls[0], ("connect", "smtp.example.com", 587))
        self.assertEqual(self.calls[1], ("ehlo", ""))
        self.assertEqual(self.calls[2], ("starttls",))
        self.assertEqual(self.calls[3], ("login", "user@example.com", "s3cret"))
        self.assertEqual(
            self.calls[4], ("sendmail", "user@example.com", ["to@example.com"], MESSAGE)
        )
        self.assertEqual(self.calls[5], ("quit",))

    def test_sends_nothing(self):
        pass


class Package(SmtpMockTestCase):
    def test_sends(self):
        script_report(self.smtp_mock)
        send_report()
        assert_report(self.smtp_mock)

    def test_sends_nothing(self):
        pass


class Serving(SmtpMockTestCase):
    """The same mail to a server that takes what comes."""

    def test_sends(self):
        self.smtp_mock.serve()
        send_report_by_smtplib()
        (mail,) = self.smtp_mock.outbox
        self.assertEqual(mail.to_addrs, MAIL["to_addrs"])


class Scripted(SmtpMockTestCase):
    """A scripted session of the same mail."""

    smtp_state_machine = SMTPLIB
    smtp_require_assertions = False

    def test_sends(self):
        self.smtp_mock.new_session().expect_delivery(starttls=True, login=True)
        send_report_by_smtplib()
        (mail,) = self.smtp_mock.outbox
        self.assertEqual(mail.to_addrs, MAIL["to_addrs"])


def send_report_by_smtplib():
    """Be the code under test, which leaves the greeting and the end to smtplib."""
    with smtplib.SMTP("smtp.example.com", 587) as smtp:
        smtp.starttls()
        smtp.login("user@example.com", "s3cret")
        smtp.sendmail("user@example.com", ["to@example.com"], MESSAGE)


def script_report(smtp_mock):
    return (
        smtp_mock.new_session()
        .expect("connect", returns=None)
        .expect("ehlo", returns=(250, b"OK"))
        .expect("starttls", returns=(220, b"Ready"))
        .expect("login", returns=(235, b"Auth OK"))
        .expect("sendmail", returns={})
        .expect("quit", returns=(221, b"Bye"))
    )


def assert_report(smtp_mock):
    smtp_mock.assert_connect(host="smtp.example.com", port=587)
    smtp_mock.assert_ehlo(name="")
    smtp_mock.assert_starttls()
    smtp_mock.assert_login(**LOGIN)
    smtp_mock.assert_sendmail(**MAIL)
    smtp_mock.assert_quit()


class MagicMock(unittest.TestCase):
    options = {}

    def test_sends(self):
        with mock.patch("smtplib.SMTP", **self.options) as smtp:
            send_report()
        smtp.assert_called_once_with("smtp.example.com", 587)
        connection = smtp.return_value
        connection.ehlo.assert_called_once_with()
        connection.starttls.assert_called_once_with()
        connection.login.assert_called_once_with("user@example.com", "s3cret")
        connection.sendmail.assert_called_once_with("user@example.com", ["to@example.com"], MESSAGE)
        connection.quit.assert_called_once_with()


class Autospec(MagicMock):
    options = {"autospec": True}


class LoopbackServer(unittest.TestCase):
    """A server of its own for each test; it offers neither TLS nor login."""

    def test_sends(self):
        from aiosmtpd.controller import Controller
        from aiosmtpd.handlers import Sink

        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        controller = Controller(Sink(), hostname="127.0.0.1", port=port)
        controller.start()
        self.addCleanup(controller.stop)
        smtp = smtplib.SMTP("127.0.0.1", port)
        self.assertEqual(smtp.ehlo()[0], 250)
        self.assertEqual(smtp.sendmail(*MAIL.values()), {})
        self.assertEqual(smtp.quit()[0], 221)


class PytestPlugin(unittest.TestCase):
    """The engine of the pytest plugin, driven by hand."""

    def test_sends(self):
        from bigfoot import StrictVerifier, _context
        from bigfoot.plugins.smtp_plugin import SmtpPlugin

        verifier = StrictVerifier()
        current = _context._current_test_verifier
        self.addCleanup(current.reset, current.set(verifier))
        made = [each for each in verifier._plugins if isinstance(each, SmtpPlugin)]
        plugin = made[0] if made else SmtpPlugin(verifier)
        script_report(plugin)
        with verifier.sandbox():
            send_report()
        assert_report(plugin)
        verifier.verify_all()


def run(case, name="test_sends"):
    """Run one test as a runner does, and return the seconds it took."""
    result = unittest.TestResult()
    test = case(name)
    start = time.perf_counter()
    test.run(result)
    taken = time.perf_counter() - start
    for _, text in result.failures + result.errors:
        raise SystemExit(text)
    return taken


def is_installed(module):
    return importlib.util.find_spec(module) is not None


def whole_tests():
    """Return the median seconds of each kind of test, rounds interleaved."""
    cases = {
        "floor": (Floor, "test_sends", TESTS_A_ROUND),
        "package": (Package, "test_sends", TESTS_A_ROUND),
        "floor, nothing sent": (Floor, "test_sends_nothing", TESTS_A_ROUND),
        "package, nothing sent": (Package, "test_sends_nothing", TESTS_A_ROUND),
        "served": (Serving, "test_sends", TESTS_A_ROUND),
        "scripted, not asserted": (Scripted, "test_sends", TESTS_A_ROUND),
        "MagicMock": (MagicMock, "test_sends", 4),
        "MagicMock, autospec": (Autospec, "test_sends", 1),
    }
    if is_installed("aiosmtpd"):
        cases["loopback server"] = (LoopbackServer, "test_sends", 1)
    if is_installed("bigfoot"):
        cases["pytest plugin"] = (PytestPlugin, "test_sends", TESTS_A_ROUND)
    taken = {name: [] for name in cases}
    for _ in range(ROUNDS):
        for name, (case, test, times) in cases.items():
            taken[name].append(min(run(case, test) for _ in range(times)))
    return {name: statistics.median(each) for name, each in taken.items()}


def interactions(number, order):
    """Return the seconds an interaction costs, from the script to the verdict.

    :param order: how the assertions are ordered: None for that of the calls, else
        a ``random.Random`` that shuffles them.
    """
    gc.collect()
    start = time.process_time()
    verifier = StrictVerifier()
    plugin = SmtpPlugin(verifier)
    session = (
        plugin.new_session().expect("connect", returns=None).expect("ehlo", returns=(250, b"OK"))
    )
    for _ in range(number):
        session.expect("noop" if order is None else "vrfy", returns=(250, b"OK"))
    with verifier.sandbox():
        smtp = smtplib.SMTP("smtp.example.com")
        smtp.ehlo()
        for each in range(number):
            smtp.noop() if order is None else smtp.vrfy("u%d@example.com" % each)
    plugin.assert_connect(host="smtp.example.com", port=25)
    plugin.assert_ehlo(name="")
    if order is None:
        for _ in range(number):
            plugin.assert_noop()
    else:
        left = list(range(number))
        order.shuffle(left)
        with plugin.in_any_order():
            for each in left:
                plugin.assert_vrfy(address="u%d@example.com" % each)
    verifier.verify_all()
    return (time.process_time() - start) / number


def scaling(few=1000, many=100000, rounds=3):
    """Return, for assertions in order and shuffled, the cost at many by the cost at few."""
    ratios = {}
    for name, order in (("in order", None), ("shuffled", random.Random(1))):
        at_few, at_many = [], []
        for _ in range(rounds):
            at_few += [interactions(few, order) for _ in range(10)]
            at_many.append(interactions(many, order))
        ratios[name] = statistics.median(at_many) / statistics.median(at_few)
    return ratios


def matched_mails(number, wanted):
    """Return the seconds a mail costs that is asserted in any order, the last one first.

    :param wanted: makes the expected message of a mail from its number and the message.
    """
    messages = []
    for each in range(number):
        message = EmailMessage()
        message["Subject"], message["From"] = f"Mail {each}", "from@example.com"
        message["To"] = f"to{each}@example.com"
        message.set_content(f"See number {each}.")
        messages.append(message)
    gc.collect()
    start = time.process_time()
    verifier = StrictVerifier()
    plugin = SmtpPlugin(verifier)
    session = (
        plugin.new_session().expect("connect", returns=None).expect("ehlo", returns=(250, b"OK"))
    )
    for _ in range(number):
        session.expect("send_message", returns={})
    with verifier.sandbox():
        smtp = smtplib.SMTP("smtp.example.com")
        smtp.ehlo()
        for message in messages:
            smtp.send_message(message)
    with plugin.in_any_order():
        for each in reversed(range(number)):
            plugin.assert_send_message(msg=wanted(each, messages[each]))
    return (time.process_time() - start) / number


def matching(few=100, many=1000, rounds=5):
    """Return, for each kind of expected message, the cost at many by the cost at few."""
    kinds = {
        "MessageWith(subject)": lambda each, message: MessageWith(subject=f"Mail {each}"),
        "MessageWith(to, text)": lambda each, message: MessageWith(
            to=[f"to{each}@example.com"], text=f"See number {each}."
        ),
        "MessageWith(pattern)": lambda each, message: MessageWith(subject=re.compile(f" {each}$")),
        "message object": lambda each, message: message,
    }
    ratios = {}
    for name, wanted in kinds.items():
        at_few, at_many = [], []
        for _ in range(rounds):
            at_few += [matched_mails(few, wanted) for _ in range(3)]
            at_many.append(matched_mails(many, wanted))
        ratios[name] = statistics.median(at_many) / statistics.median(at_few)
    return ratios


def memory_of_interactions(number=10000):
    """Return the bytes kept for each ``sendmail``, the message itself left out."""
    import tracemalloc  # PyPy has none

    verifier = StrictVerifier()
    plugin = SmtpPlugin(verifier)
    addresses = ["to%d@example.com" % each for each in range(number)]
    body = "x" * 500
    tracemalloc.start()
    session = (
        plugin.new_session().expect("connect", returns=None).expect("ehlo", returns=(250, b"OK"))
    )
    for _ in range(number):
        session.expect("sendmail", returns={})
    with verifier.sandbox():
        smtp = smtplib.SMTP("smtp.example.com")
        smtp.ehlo()
        for address in addresses:
            smtp.sendmail("from@example.com", [address], body)
    gc.collect()
    kept = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    messages = sum(len(mail.raw) + len(b".\r\n") for mail in plugin.outbox)
    return (kept - messages) / number


def package_objects():
    gc.collect()
    return sum(type(each).__module__.startswith("bigfoot_smtp") for each in gc.get_objects())


def kept_by_tests():
    """Return the bytes held after 1,000 tests and after 10,000, and the objects left over."""
    import tracemalloc

    run(Package)
    before = package_objects()
    held = []
    for number in (1000, 9000):
        for _ in range(number):
            run(Package)
        gc.collect()
        held.append(tracemalloc.get_traced_memory()[0])
    return (*held, package_objects() - before)


def memory_of_tests():
    """Return the memory after 10,000 tests by that after 1,000, and the objects left over.

    A process of its own traces all it holds, from its start.
    """
    code = "from tests import benchmark; print(*benchmark.kept_by_tests())"
    command = [sys.executable, "-X", "tracemalloc", "-c", code]
    early, late, left = map(int, subprocess.check_output(command).split())
    return late / early, left


def importing(rounds=25):
    """Return the time to import the package by that of the two modules it is made for."""
    code = (
        "import sys, time; sys.dont_write_bytecode = False; start = time.process_time();"
        " import {}; print(time.process_time() - start)"
    )
    taken = {"unittest.mock, smtplib": [], "bigfoot_smtp": []}
    with tempfile.TemporaryDirectory() as compiled:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": compiled}
        for number in range(rounds + 1):
            for name, seconds in taken.items():
                command = [sys.executable, "-c", code.format(name)]
                printed = subprocess.check_output(command, env=environment)
                if number:  # the first one compiles
                    seconds.append(float(printed))
    return statistics.median(ours / theirs for theirs, ours in zip(*taken.values()))


def told(name, figure, target=""):
    print(f"{name:<58} {figure:>10.2f}  {target}".rstrip(), flush=True)


def main():
    print(f"Python {sys.version.split()[0]}")
    seconds = whole_tests()
    for name, each in seconds.items():
        told(f"microseconds: {name}", each * 1e6)
    whole = seconds["package"]
    told("whole test / floor", whole / seconds["floor"], "at most 5.5")
    nothing = seconds["package, nothing sent"] / seconds["floor, nothing sent"]
    told("test that never sends / floor", nothing, "at most 1.5")
    served = seconds["served"] / seconds["scripted, not asserted"]
    told("served / scripted, of the same mail", served, "at most 1.0")
    told("MagicMock patch / whole test", seconds["MagicMock"] / whole, "at least 20")
    told("MagicMock patch with autospec / whole test", seconds["MagicMock, autospec"] / whole)
    for name in ("loopback server", "pytest plugin"):
        if name in seconds:
            told(f"{name} / whole test", seconds[name] / whole)
    for name, ratio in scaling().items():
        told(f"an interaction at 100,000 / at 1,000, {name}", ratio, "at most 1.3")
    for name, ratio in matching().items():
        target = "" if "pattern" in name else "at most 1.5"  # it is searched for in each mail
        told(f"a mail at 1,000 / at 100, {name}", ratio, target)
    told("bytes kept for an interaction", memory_of_interactions(), "at most 1024")
    ratio, left = memory_of_tests()
    told("memory after 10,000 tests / after 1,000", ratio, "at most 1.02")
    told("objects of the package alive between tests", left, "0")
    told("import / unittest.mock and smtplib alone", importing(), "at most 1.15")


if __name__ == "__main__":
    main()
