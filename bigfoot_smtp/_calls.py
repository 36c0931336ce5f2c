"""The SMTP commands: one typed class for each command that smtplib has.

A class says how the arguments are called (as smtplib calls them), of which kind
each is, and what a script may answer. Everything else about a command, its repr,
its comparison, the line that asserts it, derives from that.
"""

import smtplib
from typing import Any, ClassVar, Dict, Hashable, List, Optional, Tuple, Type

from bigfoot_smtp._dialogue import Authentication, Dialogue, HelpText, Text, Transaction
from bigfoot_smtp._values import (
    ADDRESS,
    BODY,
    FIRST_WORD,
    FIRST_WORDS,
    OPTIONS,
    PORT,
    RECIPIENTS,
    SECRET,
    VALUE,
    Value,
)


class Unset:
    """The default of an expected argument that is compared only when given."""

    def __repr__(self) -> str:
        return "<not compared>"


UNSET: Any = Unset()

ALWAYS = "always"
"""The assertion must name the argument."""
UNLESS_DEFAULT = "unless default"
"""It changes the mail on the wire: the assertion must name it where it is not the default."""
WHEN_GIVEN = "when given"
"""It only tunes the client: it is compared where the assertion names it."""


class Field:
    """Declare one argument of a command.

    :param Value kind: how the argument is kept, compared and shown.
    :param str rule: ALWAYS, UNLESS_DEFAULT or WHEN_GIVEN.
    :param default: smtplib's own default.
    """

    __slots__ = ("name", "kind", "rule", "default")

    def __init__(self, kind: Value, rule: str = ALWAYS, default: Any = None) -> None:
        self.kind = kind
        self.rule = rule
        self.default = default

    def __set_name__(self, owner: Type["Call"], name: str) -> None:
        self.name = name

    def __get__(self, call: Optional["Call"], owner: Any = None) -> Any:
        return self if call is None else self.kind.load(call.values[self.name])

    def is_told(self, value: Any) -> bool:
        """Return whether an assertion of a call with this ``value`` must name it."""
        if self.rule is UNLESS_DEFAULT:
            return not self.kind.same(self.default, value)
        return self.rule is ALWAYS


class Answer:
    """The shape of what a script answers to a command."""

    def __init__(self, wanted: str, example: str, default: Any) -> None:
        self.wanted = wanted
        self.example = example
        self.default = default

    def accepts(self, value: Any) -> bool:
        """Return whether ``value`` has the shape of a reply: ``(int, bytes)``."""
        return (
            isinstance(value, tuple)
            and len(value) == 2
            and type(value[0]) is int
            and isinstance(value[1], bytes)
        )


class _Greeting(Answer):
    def accepts(self, value: Any) -> bool:
        return value is None or super().accepts(value)


class _Help(Answer):
    def accepts(self, value: Any) -> bool:
        return isinstance(value, bytes)


class _Refused(Answer):
    def accepts(self, value: Any) -> bool:
        return isinstance(value, dict) and all(
            isinstance(recipient, str) and super(_Refused, self).accepts(reply)
            for recipient, reply in value.items()
        )


def _reply(code: int, text: bytes) -> Answer:
    return Answer("a reply, (int, bytes)", f"({code}, {text!r})", (code, text))


_REFUSED = _Refused("a dict of the refused recipients, {str: (int, bytes)}", "{}", {})


class Call:
    """One command as the code under test called it, its arguments by name."""

    __slots__ = ("values",)

    method: ClassVar[str]
    answer: ClassVar[Answer] = _reply(250, b"OK")
    dialogue: ClassVar[Type[Dialogue]] = Dialogue
    extension: ClassVar[str] = ""
    is_greeting: ClassVar[bool] = False
    greets_first: ClassVar[bool] = False
    closes_on_421: ClassVar[bool] = False
    fields: ClassVar[Dict[str, Field]] = {}
    parameters: ClassVar[Tuple[str, ...]] = ()

    def __init__(self, values: Dict[str, Any]) -> None:
        self.values = values

    def __init_subclass__(cls) -> None:
        declared = {name: field for name, field in vars(cls).items() if isinstance(field, Field)}
        cls.fields = {**cls.fields, **declared}
        real = getattr(smtplib.SMTP, cls.method)
        code = real.__code__
        cls.parameters = code.co_varnames[1 : code.co_argcount + code.co_kwonlyargcount]

    @classmethod
    def of(cls, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> "Call":
        """Return the call with smtplib's positional ``args`` and ``kwargs`` as a snapshot."""
        given = dict(zip(cls.parameters, args), **kwargs)
        return cls(
            {
                name: field.kind.keep(given[name]) if name in given else field.default
                for name, field in cls.fields.items()
            }
        )

    @classmethod
    def variant(cls, values: Dict[str, Any]) -> Type["Call"]:
        """Return the class that shows ``values``: a narrower one where they hold a secret."""
        return cls

    def differing(self, expected: Dict[str, Any]) -> List[str]:
        """Return the names of the arguments that differ from ``expected``."""
        values = self.values
        return [
            name
            for name, wanted in expected.items()
            if wanted is not UNSET and not self.fields[name].kind.same(wanted, values[name])
        ]

    @classmethod
    def key(cls, values: Dict[str, Any]) -> Hashable:
        """Return what equal calls share, None where ``values`` can only be compared."""
        found = []
        for name, field in cls.fields.items():
            if field.rule is WHEN_GIVEN:
                if values.get(name, UNSET) is not UNSET:
                    return None
                continue
            part = field.kind.key(values[name])
            if part is None:
                return None
            found.append(part)
        return tuple(found)

    def identity(self) -> Hashable:
        """Return this call's ``key``: what an equal expectation shares with it."""
        return self.key(
            {n: v for n, v in self.values.items() if self.fields[n].rule is not WHEN_GIVEN}
        )

    def told(self) -> Dict[str, Field]:
        """Return the fields that an assertion of this call must name."""
        return {n: field for n, field in self.fields.items() if field.is_told(self.values[n])}

    def __repr__(self) -> str:
        return self.shown(self.values, self.told())

    @classmethod
    def shown(cls, values: Dict[str, Any], fields: Dict[str, Field]) -> str:
        """Return the command and its arguments for prose, passwords hidden."""
        arguments = (f"{name}={field.kind.show(values[name])}" for name, field in fields.items())
        return f"{cls.method}({', '.join(arguments)})"

    def asserted_by(self) -> str:
        """Return the assertion of this call as code to paste."""
        arguments = [
            f"{name}={field.kind.literal(self.values[name])}" for name, field in self.told().items()
        ]
        line = f"self.smtp_mock.assert_{self.method}({', '.join(arguments)})"
        if len(line) > 88 and arguments:
            lines = "".join(f"    {argument},\n" for argument in arguments)
            line = f"self.smtp_mock.assert_{self.method}(\n{lines})"
        return line

    def __reduce__(self) -> Any:
        return Told, (self.method, repr(self))


class Told:
    """What is left of a call that went to another process: its text."""

    def __init__(self, method: str, text: str) -> None:
        self.method = method
        self._text = text

    def __repr__(self) -> str:
        return self._text


class Connect(Call):
    """Open a connection: the constructor with a host, or ``connect()``."""

    __slots__ = ()
    method = "connect"
    answer = _Greeting("None or the greeting, (int, bytes)", "None", None)
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
    is_greeting = True
    name: Any = Field(VALUE, default="")


class Helo(Call):
    """HELO (RFC 5321 section 4.1.1.1)."""

    __slots__ = ()
    method = "helo"
    is_greeting = True
    name: Any = Field(VALUE, default="")


class Starttls(Call):
    """STARTTLS (RFC 3207)."""

    __slots__ = ()
    method = "starttls"
    greets_first = True
    extension = "starttls"
    answer = _reply(220, b"Ready")
    context: Any = Field(VALUE, WHEN_GIVEN)


class Login(Call):
    """``SMTP.login``: AUTH by the best mechanism that both sides know (RFC 4954)."""

    __slots__ = ()
    method = "login"
    greets_first = True
    dialogue = Authentication
    extension = "auth"
    answer = _reply(235, b"Authentication successful")
    user: Any = Field(VALUE)
    password: Any = Field(SECRET)
    initial_response_ok: Any = Field(VALUE, WHEN_GIVEN, True)


class Auth(Call):
    """``SMTP.auth``: AUTH by one mechanism (RFC 4954)."""

    __slots__ = ()
    method = "auth"
    dialogue = Authentication
    answer = _reply(235, b"Authentication successful")
    mechanism: Any = Field(VALUE)


class Sendmail(Call):
    """``SMTP.sendmail``: a whole mail transaction (RFC 5321 section 3.3)."""

    __slots__ = ()
    method = "sendmail"
    greets_first = True
    dialogue = Transaction
    answer = _REFUSED
    closes_on_421 = True
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
    dialogue = Transaction
    answer = _REFUSED
    closes_on_421 = True
    msg: Any = Field(BODY)
    from_addr: Any = Field(ADDRESS, UNLESS_DEFAULT)
    to_addrs: Any = Field(RECIPIENTS, UNLESS_DEFAULT)
    mail_options: Any = Field(OPTIONS, UNLESS_DEFAULT, ())
    rcpt_options: Any = Field(OPTIONS, UNLESS_DEFAULT, ())


class Mail(Call):
    """MAIL (RFC 5321 section 4.1.1.2)."""

    __slots__ = ()
    method = "mail"
    sender: Any = Field(ADDRESS)
    options: Any = Field(OPTIONS, UNLESS_DEFAULT, ())


class Rcpt(Call):
    """RCPT (RFC 5321 section 4.1.1.3)."""

    __slots__ = ()
    method = "rcpt"
    recip: Any = Field(ADDRESS)
    options: Any = Field(OPTIONS, UNLESS_DEFAULT, ())


class Data(Call):
    """DATA and the text (RFC 5321 section 4.1.1.4); the answer is the one to the text."""

    __slots__ = ()
    method = "data"
    dialogue = Text
    msg: Any = Field(BODY)


class Rset(Call):
    """RSET (RFC 5321 section 4.1.1.5)."""

    __slots__ = ()
    method = "rset"


class Vrfy(Call):
    """VRFY (RFC 5321 section 4.1.1.6); ``SMTP.verify`` is the same."""

    __slots__ = ()
    method = "vrfy"
    address: Any = Field(ADDRESS)


class Expn(Call):
    """EXPN (RFC 5321 section 4.1.1.7)."""

    __slots__ = ()
    method = "expn"
    address: Any = Field(ADDRESS)


class Help(Call):
    """HELP (RFC 5321 section 4.1.1.8); smtplib returns the text alone."""

    __slots__ = ()
    method = "help"
    dialogue = HelpText
    answer = _Help("the text, bytes", "b'text'", b"")
    args: Any = Field(VALUE, UNLESS_DEFAULT, "")


class Noop(Call):
    """NOOP (RFC 5321 section 4.1.1.9)."""

    __slots__ = ()
    method = "noop"


class Quit(Call):
    """QUIT (RFC 5321 section 4.1.1.10)."""

    __slots__ = ()
    method = "quit"
    answer = _reply(221, b"Bye")


class Docmd(Call):
    """Any command by its name: ``SMTP.docmd``, ``putcmd`` or ``send``."""

    __slots__ = ()
    method = "docmd"
    cmd: Any = Field(VALUE)
    args: Any = Field(VALUE, UNLESS_DEFAULT, "")

    @classmethod
    def of(cls, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Call:
        values = super().of(args, kwargs).values
        return cls.variant(values)(values)

    @classmethod
    def variant(cls, values: Dict[str, Any]) -> Type[Call]:
        return DocmdAuth if str(values.get("cmd")).upper().startswith("AUTH") else cls


class DocmdAuth(Docmd):
    """AUTH by ``docmd``: what follows the mechanism is a secret."""

    __slots__ = ()
    cmd: Any = Field(FIRST_WORDS)
    args: Any = Field(FIRST_WORD, UNLESS_DEFAULT, "")


class DocmdResponse(Docmd):
    """The answer to a challenge (a 334 reply) by ``docmd``: a secret as a whole."""

    __slots__ = ()
    cmd: Any = Field(SECRET)
    args: Any = Field(SECRET, UNLESS_DEFAULT, "")

    @classmethod
    def variant(cls, values: Dict[str, Any]) -> Type[Call]:
        return cls


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
