"""The answering server: it takes what comes, by rules and not by steps.

A server has one ``Conversation`` with each connection that nobody scripted. It reads what
the client sends line by line, a whole command or a part of one, and answers as a server
with these rules does: RFC 5321, and RFC 3207 (STARTTLS), 4954 (AUTH), 1870 (SIZE) and
6531 (SMTPUTF8). What becomes of its replies is up to smtplib, as on a real connection.
"""

from __future__ import annotations

import base64
import binascii
import re
import smtplib
from collections import deque
from typing import Any, Callable, Deque, Dict, List, Optional, Tuple

from bigfoot_smtp._commands.commands import Connect
from bigfoot_smtp._commands.replies import (
    AUTHENTICATED,
    BYE,
    CHALLENGE,
    HELP_CODE,
    NO_SUCH_USER,
    OK,
    READY,
    SHUTTING_DOWN,
    START_MAIL_INPUT,
    Reply,
    challenges,
    is_refusal,
    is_reply,
)
from bigfoot_smtp._commands.states import SMTPLIB, StateMachine
from bigfoot_smtp._play import tls
from bigfoot_smtp._play.network import made
from bigfoot_smtp._play.proofs import CRAM_CHALLENGE, PROOFS
from bigfoot_smtp._play.rules import Rules, mailbox
from bigfoot_smtp._play.session import SessionHandle
from bigfoot_smtp._report.errors import CallError
from bigfoot_smtp._report.misuse import RuleError
from bigfoot_smtp._script.place import Place
from bigfoot_smtp._script.session import Step

_PATH = rb'(?i)%b:\s*<([^">]*(?:"(?:[^"\\]|\\.)*"[^">]*)*)>(?: +(.*))?$'
_PATHS = {b"MAIL": _PATH % b"FROM", b"RCPT": _PATH % b"TO"}
# RFC 5321 section 4.1.2, and a name without a domain, which servers add.
_ATOMS = rb'[^\s<>()\[\]\\,;:@".]+(?:\.[^\s<>()\[\]\\,;:@".]+)*'
_MAILBOX = rb'(?:"(?:[^"\\]|\\.)*"|%b)(?:@(?:\[[^\]\s]+\]|%b))?' % (_ATOMS, _ATOMS)
_MAILBOXES = {b"MAIL": b"(?:%b)?$" % _MAILBOX, b"RCPT": b"%b$" % _MAILBOX}
# The parameters of MAIL and RCPT that servers take, and values: RFC 1870, 6152, 4954, 3461, 6531.
_EVENT = b"(?:SUCCESS|FAILURE|DELAY)"
_PARAMETERS = {
    b"MAIL": {
        b"SIZE": rb"\d+",
        b"BODY": b"7BIT|8BITMIME",
        b"AUTH": b".+",
        b"RET": b"FULL|HDRS",
        b"ENVID": b".+",
        b"SMTPUTF8": b"",
    },
    b"RCPT": {b"NOTIFY": b"NEVER|%b(?:,%b)*" % (_EVENT, _EVENT), b"ORCPT": b".+;.+"},
}
# Postfix and Exim refuse a second one of these, but not of SIZE and BODY.
_ONCE = (b"RET", b"ENVID", b"NOTIFY", b"ORCPT")
# RFC 3207 section 4 and RFC 4954 section 6: what may come before what is demanded.
_BEFORE_TLS = frozenset((b"NOOP", b"EHLO", b"LHLO", b"STARTTLS", b"QUIT"))
_BEFORE_LOGIN = _BEFORE_TLS | {b"AUTH", b"HELO", b"RSET"}

_NOT_RECOGNIZED: Reply = (500, b"Command not recognized")
_SYNTAX: Reply = (501, b"Syntax error in parameters or arguments")
_NOT_IMPLEMENTED: Reply = (502, b"Command not implemented")
_BAD_SEQUENCE: Reply = (503, b"Bad sequence of commands")
_NO_MECHANISM: Reply = (504, b"Unrecognized authentication type")
_TLS_FIRST: Reply = (530, b"Must issue a STARTTLS command first")
_LOGIN_FIRST: Reply = (530, b"Authentication required")
_NOT_AUTHENTICATED: Reply = (535, b"Authentication credentials invalid")
_TOO_LARGE: Reply = (552, b"Message size exceeds fixed maximum message size")
_NOT_ASCII: Reply = (553, b"Mailbox name not allowed")
_NO_RECIPIENTS: Reply = (554, b"No valid recipients")
_BAD_PARAMETER: Reply = (555, b"MAIL FROM/RCPT TO parameters not recognized or not implemented")


class Server:
    """Answer every connection that no session was scripted for.

    :param Rules rules: what it offers, demands and refuses.
    :param refused: takes note of a violation, and returns it.
    """

    def __init__(self, rules: Rules, refused: Callable[[CallError], CallError]) -> None:
        self.rules = rules
        self.refused = refused
        self.recipients: _Refusals = _Refusals("refuse", rules.refuse)
        self.senders: _Refusals = _Refusals("refuse_senders", rules.refuse_senders)
        self.connections: _Refusals = _Refusals("refuse_connections", rules.refuse_connections)

    def served(self) -> SessionHandle:
        """Return the session of a new connection, which a test lets this server answer."""
        session = self.session(SMTPLIB)
        session.is_served = True
        return session

    def session(self, machine: StateMachine) -> SessionHandle:
        """Return the session of a new connection that plays by ``machine``."""
        session = SessionHandle(machine)
        session.server = Conversation(self)
        return session


class _Refusals:
    """A rule about who is refused, and how many of its first tries were refused already."""

    def __init__(self, name: str, rule: Any) -> None:
        self.name = name
        self._rule = rule
        self._left: Dict[str, Deque[Any]] = {}

    def find(self, key: str) -> Any:
        """Return what refuses ``key`` now, None where nothing does."""
        rule = self._rule
        if callable(rule) and not isinstance(rule, type):
            rule = rule(key)
        elif type(rule) is dict:
            rule = rule.get(mailbox(key))
        if type(rule) is not list:
            return rule
        left = self._left.setdefault(mailbox(key), deque(rule))
        try:
            return left.popleft()  # threads may ask at once
        except IndexError:
            return None


class ServedStep(Step):
    """A step that nobody scripted: it says what became of its interaction."""

    __slots__ = ()
    required = True
    delivery = None
    interaction: Any

    def __init__(self) -> None:
        """Make the step; whoever takes it gives it its interaction."""

    @property
    def method(self) -> str:  # type: ignore[override]
        """The command."""
        return self.interaction.call.method  # type: ignore[no-any-return]

    @property
    def place(self) -> Place:  # type: ignore[override]
        """Where it was called."""
        return self.interaction.place  # type: ignore[no-any-return]

    @property
    def returns(self) -> Any:
        """What the command returned; until then, the usual answer."""
        interaction = self.interaction
        return interaction.call.answer.default if interaction.result is None else interaction.result

    @property
    def raises(self) -> Any:  # type: ignore[override]
        """What the command raised, or None."""
        return self.interaction.raised


def _unlike_its_port(call: Connect) -> Optional[Exception]:
    """Return what a client gets that begins TLS at a port without it, or the other way round."""
    if not call.is_unlike_its_port():
        return None
    if call.values["protocol"] == "smtps":
        return tls.not_tls()
    return smtplib.SMTPServerDisconnected("Connection unexpectedly closed: timed out")


_Taking = Callable[["Conversation", bytes], Any]


class Conversation:
    """What a server knows of one connection, and what it replies there.

    :ivar turn: the command that is under way.
    :ivar Rules rules: what it goes by.
    :ivar bool is_secure: whether TLS has begun.
    """

    turn: Any = None
    _hellos: Tuple[bytes, ...] = (b"EHLO", b"HELO")
    _is_greeted = False
    is_secure = False
    _is_logged_in = False
    _has_sender = False
    _has_recipient = False
    _is_international = False
    _mechanism = ""
    _responses: List[bytes]

    def __init__(self, server: Server) -> None:
        self._server = server
        self.rules: Rules = server.rules
        # What takes the next line: a function, since a bound method would keep this object alive.
        self._take: _Taking = Conversation._take_command

    def step(self, turn: Any) -> Step:
        """Return the step for a command that nobody scripted."""
        self.turn = turn
        if turn.command is not Connect:
            return ServedStep()
        protocol = turn.call.values["protocol"]
        self.is_secure = protocol == "smtps"
        if protocol == "lmtp":
            self._hellos = (b"LHLO",)  # RFC 2033 section 4.1
        found = self._server.connections.find("")
        if found is None:
            found = _unlike_its_port(turn.call)
        if not is_reply(found):
            error = made(found) if isinstance(found, type) else found
            return Step("connect", None, error, True, turn.place)
        is_over = found[0] == SHUTTING_DOWN
        self._take = Conversation._hang_up if is_over else Conversation._turn_away
        return Step("connect", found, None, True, turn.place)

    def reply(self, line: bytes) -> Any:
        """Return the reply to a command line or a message text, or what comes in its place."""
        reply = self._take(self, line)
        turn = self.turn
        if type(turn.answer) is tuple:
            turn.answer = reply
        return reply

    def _hang_up(self, line: bytes) -> Any:
        return made(smtplib.SMTPServerDisconnected)

    def _turn_away(self, line: bytes) -> Reply:
        """Take nothing but QUIT, as RFC 5321 section 3.1 has it."""
        return self._quit(b"", b"") if line.upper() == b"QUIT\r\n" else _BAD_SEQUENCE

    def _take_command(self, line: bytes) -> Reply:
        word, _, rest = line.rstrip().partition(b" ")
        verb = word.upper()
        rules = self.rules
        if rules.require_tls and not self.is_secure and verb not in _BEFORE_TLS:
            return _TLS_FIRST
        if rules.require_login and not self._is_logged_in and verb not in _BEFORE_LOGIN:
            return _LOGIN_FIRST
        answer = _VERBS.get(verb)
        return _NOT_RECOGNIZED if answer is None else answer(self, verb, rest)

    # One method for each command; it gets the verb and what follows it.

    def _ehlo(self, verb: bytes, rest: bytes) -> Reply:
        if verb not in self._hellos:
            return _NOT_RECOGNIZED
        if not rest:
            return _SYNTAX
        self._end_mail()
        self._is_greeted = True
        if verb == b"HELO":
            return OK
        rules = self.rules
        return rules.secure if self.is_secure else rules.plain

    def _starttls(self, verb: bytes, rest: bytes) -> Reply:
        if not self.rules.starttls:
            return _NOT_IMPLEMENTED
        if rest:
            return _SYNTAX
        if self.is_secure:
            return _BAD_SEQUENCE
        self.is_secure = True
        self._is_logged_in = False
        self._end_mail()
        # STRICT keeps smtplib from greeting anew by itself (RFC 3207 section 4.2).
        self._is_greeted = not self.turn.interaction.session.machine.greets_implicitly
        return READY

    def _auth(self, verb: bytes, rest: bytes) -> Reply:
        if not self.rules.mechanisms:
            return _NOT_IMPLEMENTED
        if not self._is_greeted or self._is_logged_in or self._has_sender:
            return _BAD_SEQUENCE  # RFC 4954 section 4
        words = rest.split()
        if not 1 <= len(words) <= 2:
            return _SYNTAX
        mechanism = words[0].decode("latin-1").upper()
        if mechanism not in self.rules.mechanisms and not self.rules.takes_any:
            return _NO_MECHANISM
        self._mechanism = mechanism
        self._responses = []
        return self._respond(words[1]) if len(words) == 2 else self._challenge()

    def _challenge(self) -> Reply:
        self._take = Conversation._respond
        if self._mechanism == "CRAM-MD5":
            return CHALLENGE[0], base64.b64encode(CRAM_CHALLENGE)
        return CHALLENGE

    def _respond(self, line: bytes) -> Reply:
        """Take a response of the client: challenge again, or say whether it is logged in."""
        response = line.strip()
        self._take = Conversation._take_command
        if response == b"*":
            return _SYNTAX  # RFC 4954 section 4: the client cancelled
        self._responses.append(response)
        if len(self._responses) < challenges(f"AUTH {self._mechanism}"):
            return self._challenge()
        users = self.rules.users
        if users is not None:
            try:
                responses = [base64.b64decode(each, validate=True) for each in self._responses]
            except binascii.Error:
                return _SYNTAX
            if not PROOFS[self._mechanism](responses, users):
                return _NOT_AUTHENTICATED
        self._is_logged_in = True
        return AUTHENTICATED

    def _mail(self, verb: bytes, rest: bytes) -> Reply:
        if not self._is_greeted or self._has_sender:
            return _BAD_SEQUENCE
        self._end_mail()
        refusal = self._path_refusal(verb, rest, self._server.senders)
        self._has_sender = refusal is None
        return refusal or OK

    def _rcpt(self, verb: bytes, rest: bytes) -> Reply:
        if not self._has_sender:
            return _BAD_SEQUENCE
        refusal = self._path_refusal(verb, rest, self._server.recipients)
        self._has_recipient = self._has_recipient or refusal is None
        return refusal or OK

    def _path_refusal(self, verb: bytes, rest: bytes, refusals: _Refusals) -> Optional[Reply]:
        """Return the reply that refuses the path of a command, or a parameter behind it."""
        found = re.match(_PATHS[verb], rest)
        if found is None or not re.match(_MAILBOXES[verb], found[1]):
            return _SYNTAX
        given = [word.partition(b"=")[::2] for word in (found[2] or b"").upper().split()]
        by_name = dict(given)
        if b"SMTPUTF8" in by_name and not self.rules.smtputf8:
            return _BAD_PARAMETER
        wrong = _wrong(verb, given)
        if wrong is not None:
            return wrong
        if self.rules.size is not None and int(by_name.get(b"SIZE", b"0")) > self.rules.size:
            return _TOO_LARGE
        self._is_international = self._is_international or b"SMTPUTF8" in by_name
        return self._address_refusal(refusals, found[1])

    def _address_refusal(self, refusals: _Refusals, path: bytes) -> Optional[Reply]:
        """Return the reply that refuses an address, None where nothing does.

        :raises RuleError: where the predicate of the test fails, or returns something else.
        """
        if not (self._is_international or path.isascii()):
            return _NOT_ASCII  # RFC 6531 section 3.5
        address = path.decode("utf-8", "replace")
        try:
            found = refusals.find(address)
        except Exception as error:
            raise self._broken(refusals.name, address, error) from error
        if found is None or found is False:
            return None
        if found is True:
            return NO_SUCH_USER
        if is_reply(found) and is_refusal(found):
            if found[0] == SHUTTING_DOWN:
                self._take = Conversation._hang_up
            return found  # type: ignore[no-any-return]
        raise self._broken(refusals.name, address, found)

    def _broken(self, rule: str, address: str, found: Any) -> CallError:
        turn = self.turn
        return self._server.refused(RuleError(rule, address, found).at(turn.place, turn.call))

    def _data(self, verb: bytes, rest: bytes) -> Reply:
        if not self._has_sender:
            return _BAD_SEQUENCE
        if not self._has_recipient:
            return _NO_RECIPIENTS
        if rest:
            return _SYNTAX
        self._take = Conversation._take_text
        return START_MAIL_INPUT

    def _take_text(self, text: bytes) -> Reply:
        self._take = Conversation._take_command
        self._end_mail()
        most = self.rules.size
        if most is not None and len(re.sub(rb"(?m)^\.", b"", text)) - len(b"\r\n") > most:
            return _TOO_LARGE
        return OK

    def _end_mail(self) -> None:
        self._has_sender = self._has_recipient = self._is_international = False

    def _rset(self, verb: bytes, rest: bytes) -> Reply:
        if rest:
            return _SYNTAX
        self._end_mail()
        return OK

    def _noop(self, verb: bytes, rest: bytes) -> Reply:
        return OK

    def _vrfy(self, verb: bytes, rest: bytes) -> Reply:
        if not rest:
            return _SYNTAX
        return 252, b"Cannot verify, but will take mail for it"

    def _help(self, verb: bytes, rest: bytes) -> Reply:
        return HELP_CODE, b"See RFC 5321"

    def _quit(self, verb: bytes, rest: bytes) -> Reply:
        self._take = Conversation._hang_up
        return BYE


def _wrong(verb: bytes, given: List[Tuple[bytes, bytes]]) -> Optional[Reply]:
    """Return the reply that refuses parameters, in capitals; None where they are right."""
    known = _PARAMETERS[verb]
    names = [name for name, _ in given]
    if not known.keys() >= set(names):
        return _BAD_PARAMETER
    are_right = all(re.fullmatch(known[name], value) for name, value in given)
    are_single = all(names.count(each) < 2 for each in _ONCE)
    return None if are_right and are_single else _SYNTAX


_VERBS: Dict[bytes, Callable[[Conversation, bytes, bytes], Reply]] = {
    b"EHLO": Conversation._ehlo,
    b"LHLO": Conversation._ehlo,
    b"HELO": Conversation._ehlo,
    b"STARTTLS": Conversation._starttls,
    b"AUTH": Conversation._auth,
    b"MAIL": Conversation._mail,
    b"RCPT": Conversation._rcpt,
    b"DATA": Conversation._data,
    b"RSET": Conversation._rset,
    b"NOOP": Conversation._noop,
    b"VRFY": Conversation._vrfy,
    b"EXPN": Conversation._vrfy,
    b"HELP": Conversation._help,
    b"QUIT": Conversation._quit,
}
