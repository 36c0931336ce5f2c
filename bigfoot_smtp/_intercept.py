"""Making every reference reach the fakes: what is patched, and for how long.

The names in ``smtplib`` lead to the fakes. Whoever holds a real class (imported by
name, as a default argument, as a base class) reaches them through its ``__init__``,
which gives the new object its fake class. The ``socket`` module inside smtplib is
replaced as well, so that no other way leads to the network.
"""

from __future__ import annotations

import functools
import smtplib
from typing import Any, Dict, Tuple
from unittest import mock

from bigfoot_smtp import _fake
from bigfoot_smtp._network import Network
from bigfoot_smtp._scenario import Scenario, active, check_active

_Attribute = Tuple[Any, str]
_QUOTEADDR = smtplib.quoteaddr


class _Attributes:
    """The attributes to patch as a mapping, ``{(owner, name): value}``.

    One ``patch.dict`` of it costs a third of what a patcher for each costs, and that
    is half of a test which sends no mail.
    """

    def __init__(self, *attributes: _Attribute) -> None:
        self._attributes = attributes

    def copy(self) -> Dict[_Attribute, Any]:
        return {each: getattr(*each) for each in self._attributes}

    def update(self, values: Dict[_Attribute, Any]) -> None:
        for (owner, name), value in values.items():
            setattr(owner, name, value)

    def clear(self) -> None:
        """Take nothing away: the ``update`` that follows puts each attribute back."""


def _unowned(data: bytes) -> None:
    check_active(None, "an SMTP object made before the test")


# smtplib parses each address of a mail, which takes as long as the rest of it together.
_parsed = functools.lru_cache(maxsize=256)(_QUOTEADDR)


@functools.wraps(_QUOTEADDR)
def _quoteaddr(addrstring: Any) -> Any:
    return (_parsed if type(addrstring) is str else _QUOTEADDR)(addrstring)


_FAKES: Dict[_Attribute, Any] = {
    (smtplib, "socket"): Network(_unowned),
    (smtplib, "quoteaddr"): _quoteaddr,
    (smtplib.SMTP, "__init__"): _fake.FakeSMTP.__init__,
    **{(smtplib, real.__name__): fake for real, fake in _fake.FAKES.items()},
}
_PATCH = mock.patch.dict(_Attributes(*_FAKES), _FAKES)


def install(scenario: Scenario) -> None:
    """Let new connections play ``scenario``, until it is removed or another one installed."""
    active.append(scenario)
    if len(active) == 1:
        try:
            _PATCH.__enter__()
        except BaseException:
            remove(scenario)
            raise


def remove(scenario: Scenario) -> None:
    """Take ``scenario`` out, once; with the last one, everything is the original object again."""
    if scenario not in active:
        return
    position = len(active) - 1 - active[::-1].index(scenario)
    del active[position]
    if not active:
        _PATCH.__exit__(None, None, None)
        _fake.fake_of.cache_clear()
