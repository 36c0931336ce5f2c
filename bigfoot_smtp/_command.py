"""What a command of smtplib is: its arguments, what a script may answer, how both are shown.

The commands themselves stand in ``_calls``.
"""

from __future__ import annotations

import smtplib
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Dict,
    FrozenSet,
    Hashable,
    List,
    Mapping,
    Optional,
    Tuple,
    Type,
)

from bigfoot_smtp._answers import Answer
from bigfoot_smtp._dialogue import Dialogue
from bigfoot_smtp._text import call_code
from bigfoot_smtp._values import Value


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


class Call:
    """One command as the code under test called it, its arguments by name.

    :cvar str extension: what EHLO must have advertised.
    :cvar bool is_greeting: whether it is EHLO or HELO.
    :cvar bool greets_first: whether smtplib greets by itself where nobody did.
    :cvar nests: the commands that smtplib itself calls for this one; they ride on its step.
    """

    __slots__ = ("values",)

    method: ClassVar[str]
    answer: ClassVar[Answer]
    dialogue: ClassVar[Type[Dialogue]] = Dialogue
    extension: ClassVar[str] = ""
    is_greeting: ClassVar[bool] = False
    greets_first: ClassVar[bool] = False
    nests: ClassVar[FrozenSet[str]] = frozenset({"docmd"})
    fields: ClassVar[Dict[str, Field]] = {}
    defaults: ClassVar[Dict[str, Any]] = {}
    parameters: ClassVar[Tuple[str, ...]] = ()

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Return an argument by its name; each command declares its own."""

    def __init__(self, values: Dict[str, Any]) -> None:
        self.values: Dict[str, Any] = values

    def __init_subclass__(cls) -> None:
        declared = {name: field for name, field in vars(cls).items() if isinstance(field, Field)}
        cls.fields = {**cls.fields, **declared}
        cls.defaults = {name: field.default for name, field in cls.fields.items()}
        real = getattr(smtplib.SMTP, cls.method)
        code = real.__code__
        cls.parameters = code.co_varnames[1 : code.co_argcount]

    @classmethod
    def of(cls, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> "Call":
        """Return the call with smtplib's positional ``args`` and ``kwargs`` as a snapshot."""
        if not args and not kwargs:
            return cls(cls.defaults)
        values = cls.defaults.copy()
        for name, value in dict(zip(cls.parameters, args), **kwargs).items():
            if name in values:
                values[name] = cls.fields[name].kind.keep(value)
        return cls(values)

    @classmethod
    def variant(cls, values: Mapping[str, Any]) -> Type["Call"]:
        """Return the class that shows ``values``: a narrower one where they hold a secret."""
        return cls

    def differing(self, expected: Mapping[str, Any]) -> List[str]:
        """Return the names of the arguments that differ from ``expected``."""
        found = []
        for name, wanted in expected.items():
            actual = self.values[name]
            if wanted is UNSET or type(wanted) is type(actual) and wanted == actual:
                continue
            if not self.fields[name].kind.same(wanted, actual):
                found.append(name)
        return found

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
    def shown(cls, values: Mapping[str, Any], fields: Dict[str, Field]) -> str:
        """Return the command and its arguments for prose, passwords hidden."""
        arguments = (f"{name}={field.kind.show(values[name])}" for name, field in fields.items())
        return f"{cls.method}({', '.join(arguments)})"

    def asserted_by(self) -> str:
        """Return the assertion of this call as code to paste."""
        arguments = {n: field.kind.literal(self.values[n]) for n, field in self.told().items()}
        return call_code(f"self.smtp_mock.assert_{self.method}", arguments)
