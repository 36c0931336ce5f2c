"""The fake does what the real ``smtplib`` does: both run every scenario, call by call."""

import contextlib
import functools
import gc
import os
import socket
import unittest
import warnings
from unittest import mock

from tests.scenarios import SCENARIOS, transactions, walks
from tests.scenarios.notation import NO, OK, OPEN, Act, Step, do, on
from tests.support.loopback import HOST, Server, always
from tests.support.side_by_side import Comparison, Fake, Real, places

_PROGRAMS = int(os.environ.get("BIGFOOT_SMTP_PROGRAMS", 0))
_WALKS = max(20, _PROGRAMS // 100)
_TRANSACTIONS = max(15, _PROGRAMS // 5)

_server = None
_no_dns = mock.patch("socket.getfqdn", return_value="host.example.com")


def setUpModule():
    global _server
    _no_dns.start()
    _server = Server()


def tearDownModule():
    _server.close()
    _no_dns.stop()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()  # what the real smtplib leaves open, and PyPy drops when it likes


def compare(acts_for):
    """Run the acts on both sides, and compare after each.

    :param acts_for: returns the acts, given the real side, which is ahead of the fake one.
    """
    comparison = Comparison()
    with contextlib.ExitStack() as stack:
        unused = stack.enter_context(socket.socket())
        unused.bind((HOST, 0))
        where = places(_server.port, _server.unix_path, unused.getsockname()[1])
        real, fake = Real(where, _server), Fake(where)
        stack.callback(real.close)
        for position, act in enumerate(acts_for(real)):
            comparison.add(position, act, real.run(act), fake.run(act))
        real.settle()
        left = {"unused steps": (len(_server.unsaid), len(fake.unused()))}
        comparison.add(len(SCENARIOS), Act("the end"), {"unused steps": (0, 0)}, left)
    comparison.ways_out += fake.ways_out
    return comparison


@functools.lru_cache(maxsize=None)
def of_scenario(number):
    """Return the comparison of an entry of the table, made once."""
    return compare(lambda real: SCENARIOS[number].acts)


@functools.lru_cache(maxsize=None)
def of_walk(seed):
    """Return the comparison of a random walk, made once."""
    return compare(lambda real: walks.walk(seed, real))


def is_asked(event, args):
    """Return whether an audit event stays within this process."""
    is_number = event == "socket.getaddrinfo" and args[0] == HOST
    return event in ("socket.__new__", "socket.bind") or is_number


class ParityTests(unittest.TestCase):
    maxDiff = None

    def test_every_scenario(self):
        for number, scenario in enumerate(SCENARIOS):
            with self.subTest(scenario.title):
                differences = of_scenario(number).differences
                unmeant = {k: v for k, v in differences.items() if k not in scenario.deviates}
                self.assertEqual(unmeant, {})

    def test_no_scenario_opens_a_socket(self):
        for number, scenario in enumerate(SCENARIOS):
            with self.subTest(scenario.title):
                events = of_scenario(number).ways_out
                if scenario.title.startswith("the socket refuses"):
                    # An unconnected socket is asked, and a number is looked up.
                    events = [each for each in events if not is_asked(*each)]
                self.assertEqual(events, [])

    def test_every_deviation_that_is_meant_is_there(self):
        deviating = [number for number, each in enumerate(SCENARIOS) if each.deviates]
        self.assertTrue(deviating)
        for number in deviating:
            scenario = SCENARIOS[number]
            with self.subTest(scenario.title):
                self.assertLessEqual(set(scenario.deviates), set(of_scenario(number).differences))

    def test_random_walks(self):
        for seed in range(_WALKS):
            with self.subTest(seed=seed):
                self.assertEqual(of_walk(seed).differences, {})
                self.assertEqual(of_walk(seed).ways_out, [])

    def test_random_transactions(self):
        """Mails to servers that fail at any line: MAIL, each RCPT, DATA, the text, RSET."""
        for seed in range(_TRANSACTIONS):
            with self.subTest(seed=seed):
                made = functools.partial(transactions.program, seed)
                self.assertEqual(compare(made).differences, {})

    def test_titles_are_unique(self):
        titles = [each.title for each in SCENARIOS]
        self.assertEqual(sorted(set(titles)), sorted(titles))

    def test_a_difference_is_told(self):
        odd = do.noop()._replace(steps=(Step("noop", {"returns": NO}, always(OK)),))
        forgotten = on(do.has_extn("size"), noop=OK)
        differences = compare(lambda real: [OPEN, odd, forgotten]).differences
        self.assertEqual(set(differences), {"returned", "unused steps"})
        self.assertEqual(differences["returned"], [(1, "noop", OK, NO)])
        self.assertEqual(differences["unused steps"][0][-1], (1, 1))


class TotalTests(unittest.TestCase):
    def test_total(self):
        self.assertGreaterEqual(len(SCENARIOS), 60)
        self.assertGreater(_total(), 5000)
        self.assertRegex(self.shortDescription(), r"^\d+ scenarios .* \d+ values compared$")

    def test_a_scenario_that_fails_hides_nothing(self):
        with mock.patch(f"{__name__}._total", side_effect=KeyError):
            self.assertIsNone(self.shortDescription())

    def shortDescription(self):
        # Asked for in verbose runs, and where one of these tests fails.
        with contextlib.suppress(Exception):
            return self._description()
        return None

    def _description(self):
        meant = sum(bool(each.deviates) for each in SCENARIOS)
        return (
            f"{len(SCENARIOS)} scenarios ({meant} with a deviation that is meant) and"
            f" {_WALKS} random walks, {_total()} values compared"
        )


def _total():
    comparisons = [*map(of_scenario, range(len(SCENARIOS))), *map(of_walk, range(_WALKS))]
    return sum(each.values for each in comparisons)
