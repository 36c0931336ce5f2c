"""Making every reference reach the fakes: what is patched, and for how long.

The names in ``smtplib`` lead to the fakes. Whoever holds a real class (imported by
name, as a default argument, as a base class) reaches them through its ``__init__``,
which gives the new object its fake class. The ``socket`` module inside smtplib is
replaced as well, so that no other way leads to the network.
"""

from __future__ import annotations

import smtplib
from typing import Any, List
from unittest import mock

from bigfoot_smtp import _fake
from bigfoot_smtp._network import Network
from bigfoot_smtp._scenario import Scenario, active, check_active


def _unowned(data: bytes) -> None:
    check_active(None, "an SMTP object made before the test")


_PATCHES: List[Any] = [
    mock.patch.object(smtplib, "socket", Network(_unowned)),
    mock.patch.object(smtplib.SMTP, "__init__", _fake.FakeSMTP.__init__),
    *(mock.patch.object(smtplib, real.__name__, fake) for real, fake in _fake.FAKES.items()),
]


def install(scenario: Scenario) -> None:
    """Let new connections play ``scenario``, until it is removed or another one installed."""
    if not active:
        for number, patch in enumerate(_PATCHES):
            try:
                patch.__enter__()
            except BaseException:
                _exit(number)
                raise
    active.append(scenario)


def remove(scenario: Scenario) -> None:
    """Take ``scenario`` out, once; with the last one, everything is the original object again."""
    if scenario not in active:
        return
    position = len(active) - 1 - active[::-1].index(scenario)
    del active[position]
    if not active:
        _exit(len(_PATCHES))
        _fake.fake_of.cache_clear()


def _exit(entered: int) -> None:
    for patch in reversed(_PATCHES[:entered]):
        patch.__exit__(None, None, None)
