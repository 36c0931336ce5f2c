"""The rules of an answering server: what it offers, demands and refuses.

They are checked where they are made, so that a wrong one is an error at the line of the
test that wrote it.

To add a rule: a parameter here, where the extensions are offered, and one of ``serve`` in
``plugin.py``. ``server.py`` goes by the rules, and has the parameters of MAIL and RCPT in a
table. ``tests/support/ruled.py`` is the judge: write the same there, from the RFC and not
from the package. Then add calls to ``tests/scenarios/serving.py``, and a row to
``docs/howto/serve.rst``. Which extensions a recorded script offers, ``Script.offering`` in
``_report/recorded.py`` says.
"""

from __future__ import annotations

import smtplib
from typing import Any, Callable, List, Mapping, Optional, Tuple, Type, Union

from bigfoot_smtp._commands.replies import Reply, ehlo_reply, is_refusal, is_reply
from bigfoot_smtp._play.network import made
from bigfoot_smtp._play.proofs import PROOFS
from bigfoot_smtp._report import mistakes

Refusal = Union[Reply, List[Reply]]
"""A reply that refuses; a list of them refuses the first tries, one each, and no other."""
Predicate = Callable[[str], Union[None, bool, Reply]]
"""Returns for an address whether it is refused, or with which reply."""
Refused = Union[None, Refusal, Mapping[str, Refusal], Predicate]
"""Refuse everybody, the addresses of a mapping, or those that a predicate says."""
Outage = Union[OSError, Type[OSError], Reply]
"""What a client gets instead of a connection, or instead of the greeting."""

_OFFERED = ("PLAIN", "LOGIN")
_A_REFUSAL = "a reply such as (550, b'No such user'), or a list of replies"


class Rules:
    """What a server offers, demands and refuses; the parameters are those of ``serve``.

    :ivar mechanisms: tuple of str, the mechanisms that it offers.
    :ivar bool takes_any: whether it takes any other mechanism as well.
    :ivar users: the passwords by user, None where any are right.
    :ivar plain: the reply to EHLO on a connection without TLS.
    :ivar secure: the reply on one with TLS.
    """

    def __init__(
        self,
        *,
        starttls: bool = True,
        auth: Union[None, List[str], Tuple[str, ...]] = None,
        login: Union[bool, Mapping[str, str]] = True,
        require_tls: bool = False,
        require_login: bool = False,
        size: Optional[int] = None,
        smtputf8: bool = True,
        refuse: Refused = None,
        refuse_senders: Refused = None,
        refuse_connections: Union[None, Outage, List[Outage]] = None,
    ) -> None:
        self.starttls: bool = _flag("starttls", starttls)
        self.require_tls: bool = _flag("require_tls", require_tls)
        self.require_login: bool = _flag("require_login", require_login)
        self.smtputf8: bool = _flag("smtputf8", smtputf8)
        self.size: Optional[int] = _size(size)
        known = _mechanisms(auth)
        self.users: Optional[Mapping[str, str]] = _users(login)
        self.mechanisms: Tuple[str, ...] = () if login is False else known
        self.takes_any: bool = auth is None and login is True
        if require_login and not self.mechanisms:
            raise ValueError("require_login demands a login, and no mechanism for one is offered")
        self.refuse: Any = _refused("refuse", refuse)
        self.refuse_senders: Any = _refused("refuse_senders", refuse_senders)
        self.refuse_connections: Any = _outages(refuse_connections)
        auths = [" ".join(("AUTH", *self.mechanisms))] if self.mechanisms else []
        others = [f"SIZE {size}"] if size is not None else []
        # RFC 6531 section 3.1: no SMTPUTF8 without 8BITMIME.
        others += ["8BITMIME", "SMTPUTF8"] if smtputf8 else []
        before_tls = (["STARTTLS"] if starttls else []) + ([] if require_tls else auths) + others
        self.plain: Reply = ehlo_reply(*before_tls)
        self.secure: Reply = ehlo_reply(*auths, *others)


def _flag(name: str, value: Any) -> bool:
    if type(value) is not bool:
        raise TypeError(mistakes.wrong_value(name, "True or False", value))
    return value


def _size(size: Any) -> Optional[int]:
    if size is None:
        return None
    if type(size) is not int:
        raise TypeError(mistakes.wrong_value("size", "the most bytes of a mail, an int", size))
    if size < 1:
        raise ValueError(mistakes.wrong_value("size", "the most bytes of a mail, at least 1", size))
    return size


def _mechanisms(auth: Any) -> Tuple[str, ...]:
    if auth is None:
        return _OFFERED
    if not isinstance(auth, (list, tuple)) or not all(isinstance(each, str) for each in auth):
        raise TypeError('auth must be a list of mechanisms such as ["PLAIN", "LOGIN"], each a str')
    for each in auth:
        if each.upper() not in PROOFS:
            raise ValueError(mistakes.unknown_mechanism(each, tuple(PROOFS)))
    return tuple(each.upper() for each in auth)


def _users(login: Any) -> Optional[Mapping[str, str]]:
    if type(login) is bool:
        return None
    wanted = "True, False, or a dict of users to passwords"
    # What was given may hold a password: it is not told.
    if not isinstance(login, Mapping):
        raise TypeError(f"login must be {wanted}, not of type {type(login).__name__}")
    users = dict(login)
    if not all(isinstance(each, str) for pair in users.items() for each in pair):
        raise TypeError(f"login must be {wanted}, each a str")
    return users


def _refused(name: str, rule: Any) -> Any:
    """Return a rule about addresses: None, a refusal, a predicate, or a dict of refusals."""
    if rule is None:
        return None
    if isinstance(rule, Mapping):
        refusals = {}
        for address, refusal in rule.items():
            if not isinstance(address, str):
                raise TypeError(mistakes.wrong_value(f"{name}: each address", "a str", address))
            key = mailbox(smtplib.quoteaddr(address)[1:-1])
            refusals[key] = _refusal(f"{name}[{address!r}]", refusal, _A_REFUSAL)
        return refusals
    if callable(rule):
        return rule
    return _refusal(name, rule, f"a dict of addresses to refusals, a predicate, {_A_REFUSAL}")


def _refusal(name: str, refusal: Any, wanted: str) -> Any:
    for each in refusal if isinstance(refusal, list) else [refusal]:
        if not is_reply(each):
            raise TypeError(mistakes.wrong_value(name, wanted, refusal))
        _check_code(name, each)
    return _copied(refusal)


def _outages(rule: Any) -> Any:
    if rule is None:
        return None
    for each in rule if isinstance(rule, list) else [rule]:
        if is_reply(each):
            _check_code("refuse_connections", each)
        elif not _is_outage(each) or mistakes.has_str_text(each):
            wanted = "an OSError or a reply, such as ConnectionRefusedError or (421, b'Busy')"
            wanted += ", or a list of them"
            raise TypeError(mistakes.wrong_value("refuse_connections", wanted, rule))
    return _copied(rule)


def _is_outage(value: Any) -> bool:
    """Return whether a connection may fail with this, an exception or a class of one."""
    if isinstance(value, type) and issubclass(value, OSError):
        try:
            value = made(value)
        except TypeError:  # it takes arguments
            return False
    if isinstance(value, smtplib.SMTPException):
        return isinstance(value, (smtplib.SMTPServerDisconnected, smtplib.SMTPConnectError))
    return isinstance(value, OSError)


def _check_code(name: str, reply: Reply) -> None:
    if not is_refusal(reply):
        wanted = "a refusal, whose code is from 400 to 599 (RFC 5321 section 4.2.1)"
        raise ValueError(mistakes.wrong_value(name, wanted, reply))


def _copied(refusal: Any) -> Any:
    return list(refusal) if isinstance(refusal, list) else refusal


def mailbox(address: str) -> str:
    """Return an address, its domain in lower case: no case counts there (RFC 5321, 2.4)."""
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{domain.lower() if at else domain}"


_DEFAULTS: Any = Rules.__init__.__kwdefaults__
_ANY = Rules()


def of(**given: Any) -> Rules:
    """Return the rules; those of a server that takes whatever comes are made once."""
    if all(given[name] is default for name, default in _DEFAULTS.items()):
        return _ANY
    return Rules(**given)
