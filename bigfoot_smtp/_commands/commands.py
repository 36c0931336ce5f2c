"""The SMTP commands: one typed class for each command that smtplib has.

A class says how the arguments are called (as smtplib calls them, the positional ones
first and in smtplib's order), of which kind each is, and what a script may answer. Its
repr, its comparison and the line that asserts it derive from that. In which states it
is legal stands in ``states``.
"""

from __future__ import annotations

import re
import smtplib
from typing import Any, Dict, Mapping, Optional, Tuple, Type

from bigfoot_smtp._commands.body import BODY
from bigfoot_smtp._commands.collections import OPTIONS, RECIPIENTS
from bigfoot_smtp._commands.command import UNLESS_DEFAULT, WHEN_GIVEN, Command, Field
from bigfoot_smtp._commands.kinds import (
    ADDRESS,
    FIRST_WORD,
    FIRST_WORDS,
    MECHANISM,
    PORT,
    SECRET,
    TIMEOUT,
    VALUE,
    as_text,
)
from bigfoot_smtp._commands.replies import (
    AUTHENTICATED,
    BYE,
    NONE_OR_GREETING,
    READY,
    REFUSED,
    TEXT,
    challenges,
    one,
)

_RAISED_FOR_A_MAIL = (
    smtplib.SMTPSenderRefused,
    smtplib.SMTPRecipientsRefused,
    smtplib.SMTPDataError,
    smtplib.SMTPNotSupportedError,
    smtplib.SMTPHeloError,
)


class Connect(Command):
    """Open a connection: the constructor with a host, or ``connect()``."""

    __slots__ = ()
    method = "connect"
    answer = NONE_OR_GREETING
    raised = (smtplib.SMTPConnectError,)
    nests = frozenset({"connect"})  # LMTP's is made of SMTP's
    host: Any = Field(VALUE)
    port: Any = Field(PORT)
    protocol: Any = Field(VALUE, UNLESS_DEFAULT, "smtp")
    timeout: Any = Field(TIMEOUT, WHEN_GIVEN)
    local_hostname: Any = Field(VALUE, WHEN_GIVEN)
    source_address: Any = Field(VALUE, WHEN_GIVEN)
    context: Any = Field(VALUE, WHEN_GIVEN)
    server_hostname: Any = Field(VALUE, WHEN_GIVEN)

    def is_unlike_its_port(self) -> bool:
        """Return whether the client begins TLS where the port does not, or the other way round.

        RFC 8314 section 3.3: port 465 begins with TLS, 587 does not, nor does 25.
        """
        unlike = {"smtps": ("25", "587"), "smtp": ("465",)}
        return str(self.values["port"]) in unlike.get(self.values["protocol"], ())


class Ehlo(Command):
    """EHLO (RFC 5321 section 4.1.1.1); LHLO for LMTP."""

    __slots__ = ()
    method = "ehlo"
    raised = (smtplib.SMTPHeloError,)
    is_greeting = True
    name: Any = Field(VALUE, default="")


class Helo(Command):
    """HELO (RFC 5321 section 4.1.1.1)."""

    __slots__ = ()
    method = "helo"
    raised = (smtplib.SMTPHeloError,)
    is_greeting = True
    name: Any = Field(VALUE, default="")


class Starttls(Command):
    """STARTTLS (RFC 3207)."""

    __slots__ = ()
    method = "starttls"
    extension = "starttls"
    answer = one(READY)
    raised = (smtplib.SMTPResponseException, smtplib.SMTPNotSupportedError, smtplib.SMTPHeloError)
    taken = (220,)
    # Before Python 3.12; since then, none is positional.
    parameters = ("keyfile", "certfile", "context")
    context: Any = Field(VALUE, WHEN_GIVEN)
    server_hostname: Any = Field(VALUE, WHEN_GIVEN)


class Login(Command):
    """``SMTP.login``: AUTH by the best mechanism that both sides know (RFC 4954)."""

    __slots__ = ()
    method = "login"
    extension = "auth"
    nests = frozenset({"auth", "docmd"})
    answer = one(AUTHENTICATED)
    raised = (smtplib.SMTPAuthenticationError, smtplib.SMTPNotSupportedError, smtplib.SMTPHeloError)
    taken = (235, 503)
    user: Any = Field(VALUE)
    password: Any = Field(SECRET)
    initial_response_ok: Any = Field(VALUE, WHEN_GIVEN, True)
    mechanism: Any = Field(MECHANISM, WHEN_GIVEN)

    @classmethod
    def of(cls, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Command:
        values = super().of(args, kwargs).values
        return cls.variant(values)(values)

    @classmethod
    def variant(cls, values: Mapping[str, Any]) -> Type[Command]:
        user, password = values.get("user"), values.get("password")
        are_texts = isinstance(user, (str, bytes)) and isinstance(password, (str, bytes))
        return LoginByToken if are_texts and as_text(user) == as_text(password) else cls


class LoginByToken(Login):
    """A login by a token that stands for both, the user and the password."""

    __slots__ = ()
    user: Any = Field(SECRET)


class Auth(Command):
    """``SMTP.auth``: AUTH by one mechanism (RFC 4954)."""

    __slots__ = ()
    method = "auth"
    answer = one(AUTHENTICATED)
    raised = (smtplib.SMTPAuthenticationError,)
    taken = (235, 503)
    mechanism: Any = Field(MECHANISM)


class Sendmail(Command):
    """``SMTP.sendmail``: a whole mail transaction (RFC 5321 section 3.3)."""

    __slots__ = ()
    method = "sendmail"
    nests = frozenset({"mail", "rcpt", "data", "rset", "docmd"})
    answer = REFUSED
    raised = _RAISED_FOR_A_MAIL
    from_addr: Any = Field(ADDRESS)
    to_addrs: Any = Field(RECIPIENTS)
    msg: Any = Field(BODY)
    mail_options: Any = Field(OPTIONS, UNLESS_DEFAULT, ())
    rcpt_options: Any = Field(OPTIONS, UNLESS_DEFAULT, ())


class SendMessage(Command):
    """``SMTP.send_message``: ``sendmail`` of a message object."""

    __slots__ = ()
    method = "send_message"
    nests = Sendmail.nests
    answer = REFUSED
    raised = _RAISED_FOR_A_MAIL
    msg: Any = Field(BODY)
    from_addr: Any = Field(ADDRESS, UNLESS_DEFAULT)
    to_addrs: Any = Field(RECIPIENTS, UNLESS_DEFAULT)
    mail_options: Any = Field(OPTIONS, UNLESS_DEFAULT, ())
    rcpt_options: Any = Field(OPTIONS, UNLESS_DEFAULT, ())


class Mail(Command):
    """MAIL (RFC 5321 section 4.1.1.2)."""

    __slots__ = ()
    method = "mail"
    sender: Any = Field(ADDRESS)
    options: Any = Field(OPTIONS, UNLESS_DEFAULT, ())


class Rcpt(Command):
    """RCPT (RFC 5321 section 4.1.1.3)."""

    __slots__ = ()
    method = "rcpt"
    recip: Any = Field(ADDRESS)
    options: Any = Field(OPTIONS, UNLESS_DEFAULT, ())


class Data(Command):
    """DATA and the text (RFC 5321 section 4.1.1.4); the answer is the one to the text."""

    __slots__ = ()
    method = "data"
    raised = (smtplib.SMTPDataError,)
    msg: Any = Field(BODY)


class Rset(Command):
    """RSET (RFC 5321 section 4.1.1.5)."""

    __slots__ = ()
    method = "rset"


class Vrfy(Command):
    """VRFY (RFC 5321 section 4.1.1.6); ``SMTP.verify`` is the same."""

    __slots__ = ()
    method = "vrfy"
    aliases = ("verify",)
    address: Any = Field(ADDRESS)


class Expn(Command):
    """EXPN (RFC 5321 section 4.1.1.7)."""

    __slots__ = ()
    method = "expn"
    address: Any = Field(ADDRESS)


class Help(Command):
    """HELP (RFC 5321 section 4.1.1.8); smtplib returns the text alone."""

    __slots__ = ()
    method = "help"
    answer = TEXT
    args: Any = Field(VALUE, UNLESS_DEFAULT, "")


class Noop(Command):
    """NOOP (RFC 5321 section 4.1.1.9)."""

    __slots__ = ()
    method = "noop"


class Quit(Command):
    """QUIT (RFC 5321 section 4.1.1.10)."""

    __slots__ = ()
    method = "quit"
    answer = one(BYE)


class Docmd(Command):
    """Any command by its name: ``SMTP.docmd``, ``putcmd`` or ``send``."""

    __slots__ = ()
    method = "docmd"
    cmd: Any = Field(VALUE)
    args: Any = Field(VALUE, UNLESS_DEFAULT, "")

    @classmethod
    def of(cls, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Command:
        values = super().of(args, kwargs).values
        return cls.variant(values)(values)

    def responses_after(self, before: Optional[int]) -> Optional[int]:
        """Return how many lines of a login are still to come, where ``before`` were.

        None where no login by ``docmd`` has begun.
        """
        return before

    @classmethod
    def variant(cls, values: Mapping[str, Any]) -> Type[Command]:
        lines = as_text(values.get("cmd")).upper().splitlines()
        words = next((each for each in map(str.split, lines) if each[:1] == ["AUTH"]), None)
        if words is None:
            return cls
        return DocmdAuth if len(words) == 1 else DocmdAuthMechanism

    @classmethod
    def names_a_command(cls, args: Tuple[Any, ...], kwargs: Dict[str, Any], is_known: bool) -> bool:
        """Return whether a line by ``docmd`` begins as a command, not as part of a login.

        :param is_known: whether it must be a command of RFC 5321; else it need only look like one.
        """
        words = as_text(args[0] if args else kwargs.get("cmd", "")).split()
        verb = words[0] if words else ""
        looks_like_one = re.fullmatch("[A-Z]+|[a-z]+|X[A-Za-z0-9-]+", verb) is not None
        return verb.upper() in VERBS or (looks_like_one and not is_known)


class DocmdAuth(Docmd):
    """AUTH by ``docmd``: what follows the mechanism is a secret."""

    __slots__ = ()
    answer = one(AUTHENTICATED)
    cmd: Any = Field(FIRST_WORDS)
    args: Any = Field(FIRST_WORD, UNLESS_DEFAULT, "")

    def responses_after(self, before: Optional[int]) -> int:
        return challenges(f"{as_text(self.cmd)} {as_text(self.args)}")


class DocmdAuthMechanism(DocmdAuth):
    """AUTH and the mechanism as the command: its ``args`` are a secret as a whole."""

    __slots__ = ()
    args: Any = Field(SECRET, UNLESS_DEFAULT, "")


class DocmdResponse(Docmd):
    """The answer to a challenge (a 334 reply) by ``docmd``: a secret as a whole."""

    __slots__ = ()
    answer = one(AUTHENTICATED)
    cmd: Any = Field(SECRET)
    args: Any = Field(SECRET, UNLESS_DEFAULT, "")

    def responses_after(self, before: Optional[int]) -> Optional[int]:
        return max(0, before - 1) if before is not None else None

    @classmethod
    def variant(cls, values: Mapping[str, Any]) -> Type[Command]:
        return cls


COMMANDS: Dict[str, Type[Command]] = {each.method: each for each in Command.__subclasses__()}
"""The class of each command by its name."""

_OF_SMTPLIB = frozenset(("connect", "login", "sendmail", "send_message", "docmd"))
VERBS = frozenset(name.upper() for name in COMMANDS if name not in _OF_SMTPLIB) | {"LHLO"}
"""The verbs with which a client's line may begin (RFC 5321, and 2033 for LHLO)."""

NAMED = {name: each for each in COMMANDS.values() for name in (each.method, *each.aliases)}
"""The class of each command by all the names that smtplib has for it."""
