"""What a test has mocked by itself, of smtplib and of the socket."""

from __future__ import annotations

import smtplib
import socket
from typing import Any
from unittest import mock


def is_mock(value: Any) -> bool:
    """Return whether a value is a mock, or a function that ``autospec`` has made."""
    return isinstance(getattr(value, "mock", value), mock.NonCallableMock)


def hidden_class() -> str:
    """Return the name of a class of smtplib that a mock hides from the code, "" for none."""
    replaced = {name: getattr(smtplib, name, None) for name in ("SMTP", "SMTP_SSL", "LMTP")}
    return next((name for name, e in replaced.items() if is_mock(e) and not _is_spy(e)), "")


def _is_spy(replaced: Any) -> bool:
    """Return whether a mock may call what it stands for: by ``wraps``, or by a ``side_effect``."""
    effect = getattr(replaced, "side_effect", None)
    is_error = isinstance(effect, type) and issubclass(effect, BaseException)
    has_effect = callable(effect) and not is_error
    return has_effect or getattr(replaced, "_mock_wraps", None) is not None


def fails_by_a_mock(function: Any) -> bool:
    """Return whether a test has replaced a function by a mock that raises an ``OSError``.

    Any other mock is of something else: a spy that connects, or a fence against the network.
    """
    if not is_mock(function):
        return False
    error = function.side_effect
    return isinstance(error, OSError) or (isinstance(error, type) and issubclass(error, OSError))


def has_a_mock(client: Any) -> bool:
    """Return whether a test has mocked the way from an SMTP object to the network."""
    ways = (socket.socket, socket.create_connection, client._get_socket)
    return any(map(is_mock, ways)) or vars(smtplib)["socket"] is not socket
