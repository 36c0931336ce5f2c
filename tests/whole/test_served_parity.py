"""The answering server does what a real one with the same rules does, call by call."""

import contextlib
import socket
import unittest
from unittest import mock

from tests.scenarios.serving import SCENARIOS
from tests.support.loopback import HOST, Server
from tests.support.side_by_side import Comparison, ServedFake, ServedReal, places

_server = None
_no_dns = mock.patch("socket.getfqdn", return_value="host.example.com")


def setUpModule():
    global _server
    _no_dns.start()
    _server = Server()


def tearDownModule():
    _server.close()
    _no_dns.stop()


def compare(scenario):
    """Run a scenario on both sides, and compare after each call."""
    comparison = Comparison()
    with contextlib.ExitStack() as stack:
        unused = stack.enter_context(socket.socket())
        unused.bind((HOST, 0))
        where = places(_server.port, _server.unix_path, unused.getsockname()[1])
        real = ServedReal(where, _server, scenario.rules)
        fake = ServedFake(where, scenario.rules)
        stack.callback(real.close)
        for position, act in enumerate(scenario.acts):
            call = act._replace(steps=())
            comparison.add(position, call, real.run(call), fake.run(call))
    return comparison


class ServedParityTests(unittest.TestCase):
    maxDiff = None

    def test_every_scenario(self):
        right = "the fake is Conversation in _play/server.py, its judge tests/support/ruled.py"
        for scenario in SCENARIOS:
            with self.subTest(scenario.title):
                self.assertEqual(compare(scenario).differences, {}, right)

    def test_titles_are_unique(self):
        titles = [each.title for each in SCENARIOS]
        self.assertEqual(sorted(set(titles)), sorted(titles))
