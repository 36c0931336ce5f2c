"""The SMTP commands: one typed class for each command that smtplib has.

A class says how the arguments are called (as smtplib calls them), of which kind
each is, and what a script may answer. Everything else about a command, its repr,
its comparison, the line that asserts it, derives from that.
"""

from __future__ import annotations

from typing import Any, Dict, Type

from bigfoot_smtp._answers import AUTHENTICATED, BYE, GREETING, HELP, OK, READY, REFUSED
from bigfoot_smtp._body import BODY
from bigfoot_smtp._command import UNLESS_DEFAULT, WHEN_GIVEN, Call, Field
from bigfoot_smtp._dialogue import Authentication, HelpText, Text, Transaction
from bigfoot_smtp._docmd import Docmd
from bigfoot_smtp._values import (
    ADDRESS,
    KEYWORD,
    OPTIONS,
    PORT,
    RECIPIENTS,
    SECRET,
    VALUE,
)


class Connect(Call):
    """Open a connection: the constructor with a host, or ``connect()``."""

    __slots__ = ()
    method = "connect"
    answer = GREETING
    nests = frozenset({"connect"})  # LMTP's is made of SMTP's
    host: Any = Field(VALUE)
    port: Any = Field(PORT)
    protocol: Any = Field(VALUE, UNLESS_DEFAULT, "smtp")
    timeout: Any = Field(VALUE, WHEN_GIVEN)
    local_hostname: Any = Field(VALUE, WHEN_GIVEN)
    source_address: Any = Field(VALUE, WHEN_GIVEN)
    context: Any = Field(VALUE, WHEN_GIVEN)


class Ehlo(Call):
    """EHLO (RFC 5321 section 4.1.1.1); LHLO for LMTP."""

    __slots__ = ()
    method = "ehlo"
    answer = OK
    is_greeting = True
    name: Any = Field(VALUE, default="")


class Helo(Call):
    """HELO (RFC 5321 section 4.1.1.1)."""

    __slots__ = ()
    method = "helo"
    answer = OK
    is_greeting = True
    name: Any = Field(VALUE, default="")


class Starttls(Call):
    """STARTTLS (RFC 3207)."""

    __slots__ = ()
    method = "starttls"
    greets_first = True
    extension = "starttls"
    answer = READY
    context: Any = Field(VALUE, WHEN_GIVEN)


class Login(Call):
    """``SMTP.login``: AUTH by the best mechanism that both sides know (RFC 4954)."""

    __slots__ = ()
    method = "login"
    greets_first = True
    dialogue = Authentication
    extension = "auth"
    nests = frozenset({"auth", "docmd"})
    answer = AUTHENTICATED
    user: Any = Field(VALUE)
    password: Any = Field(SECRET)
    initial_response_ok: Any = Field(VALUE, WHEN_GIVEN, True)


class Auth(Call):
    """``SMTP.auth``: AUTH by one mechanism (RFC 4954)."""

    __slots__ = ()
    method = "auth"
    dialogue = Authentication
    answer = AUTHENTICATED
    mechanism: Any = Field(KEYWORD)


class Sendmail(Call):
    """``SMTP.sendmail``: a whole mail transaction (RFC 5321 section 3.3)."""

    __slots__ = ()
    method = "sendmail"
    greets_first = True
    nests = frozenset({"mail", "rcpt", "data", "rset", "docmd"})
    dialogue = Transaction
    answer = REFUSED
    from_addr: Any = Field(ADDRESS)
    to_addrs: Any = Field(RECIPIENTS)
    msg: Any = Field(BODY)
    mail_options: Any = Field(OPTIONS, UNLESS_DEFAULT, ())
    rcpt_options: Any = Field(OPTIONS, UNLESS_DEFAULT, ())


class SendMessage(Call):
    """``SMTP.send_message``: ``sendmail`` of a message object."""

    __slots__ = ()
    method = "send_message"
    greets_first = True
    nests = Sendmail.nests
    dialogue = Transaction
    answer = REFUSED
    msg: Any = Field(BODY)
    from_addr: Any = Field(ADDRESS, UNLESS_DEFAULT)
    to_addrs: Any = Field(RECIPIENTS, UNLESS_DEFAULT)
    mail_options: Any = Field(OPTIONS, UNLESS_DEFAULT, ())
    rcpt_options: Any = Field(OPTIONS, UNLESS_DEFAULT, ())


class Mail(Call):
    """MAIL (RFC 5321 section 4.1.1.2)."""

    __slots__ = ()
    method = "mail"
    answer = OK
    sender: Any = Field(ADDRESS)
    options: Any = Field(OPTIONS, UNLESS_DEFAULT, ())


class Rcpt(Call):
    """RCPT (RFC 5321 section 4.1.1.3)."""

    __slots__ = ()
    method = "rcpt"
    answer = OK
    recip: Any = Field(ADDRESS)
    options: Any = Field(OPTIONS, UNLESS_DEFAULT, ())


class Data(Call):
    """DATA and the text (RFC 5321 section 4.1.1.4); the answer is the one to the text."""

    __slots__ = ()
    method = "data"
    answer = OK
    dialogue = Text
    msg: Any = Field(BODY)


class Rset(Call):
    """RSET (RFC 5321 section 4.1.1.5)."""

    __slots__ = ()
    method = "rset"
    answer = OK


class Vrfy(Call):
    """VRFY (RFC 5321 section 4.1.1.6); ``SMTP.verify`` is the same."""

    __slots__ = ()
    method = "vrfy"
    answer = OK
    address: Any = Field(ADDRESS)


class Expn(Call):
    """EXPN (RFC 5321 section 4.1.1.7)."""

    __slots__ = ()
    method = "expn"
    answer = OK
    address: Any = Field(ADDRESS)


class Help(Call):
    """HELP (RFC 5321 section 4.1.1.8); smtplib returns the text alone."""

    __slots__ = ()
    method = "help"
    dialogue = HelpText
    answer = HELP
    args: Any = Field(VALUE, UNLESS_DEFAULT, "")


class Noop(Call):
    """NOOP (RFC 5321 section 4.1.1.9)."""

    __slots__ = ()
    method = "noop"
    answer = OK


class Quit(Call):
    """QUIT (RFC 5321 section 4.1.1.10)."""

    __slots__ = ()
    method = "quit"
    answer = BYE


CALLS: Dict[str, Type[Call]] = {
    call.method: call
    for call in (
        Connect,
        Ehlo,
        Helo,
        Starttls,
        Login,
        Auth,
        Sendmail,
        SendMessage,
        Mail,
        Rcpt,
        Data,
        Rset,
        Vrfy,
        Expn,
        Help,
        Noop,
        Quit,
        Docmd,
    )
}
"""The class of each command by its name, in the order in which messages list them."""

ALIASES = {"verify": "vrfy"}
"""Other names that smtplib has for a command."""

NAMED = {**CALLS, **{alias: CALLS[name] for alias, name in ALIASES.items()}}
"""The class of each command by all its names."""
