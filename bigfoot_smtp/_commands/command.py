"""What a command of smtplib is: its arguments, what a script may answer, how both are shown.

The commands themselves stand in ``commands``.
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

from bigfoot_smtp._commands.kinds import Value
from bigfoot_smtp._commands.replies import OK, Answer, one

_UNCHANGEABLE = frozenset({str, bytes, int, float, bool, tuple, type(None)})


Views = Tuple[Tuple[str, Hashable], ...]
"""Names of arguments, each with the view in which its kind looks up equal values."""


class Unset:
    """The default of an argument that is left out; a signature shows what that means."""

    def __init__(self, meaning: str) -> None:
        self._meaning = meaning

    def __repr__(self) -> str:
        return f"<{self._meaning}>"


UNSET: Any = Unset("not compared")

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

    def __set_name__(self, owner: Type["Command"], name: str) -> None:
        self.name = name

    def __get__(self, command: Optional["Command"], owner: Any = None) -> Any:
        return self if command is None else self.kind.load(command.values[self.name])

    def is_required(self, value: Any) -> bool:
        """Return whether an assertion of a call with this ``value`` must name it."""
        if self.rule is UNLESS_DEFAULT:
            return not self.kind.same(self.default, value)
        return self.rule is ALWAYS

    def is_named(self, expected: Any) -> bool:
        """Return whether an assertion that expects this value names the argument."""
        return expected is not UNSET and (self.rule is WHEN_GIVEN or self.is_required(expected))


class Command:
    """One command as the code under test called it, its arguments by name.

    :cvar str method: the name of smtplib's method.
    :cvar aliases: other names that smtplib has for it.
    :cvar Answer answer: what a script may answer, the usual reply where nothing else is said.
    :cvar raised: what smtplib raises where the server refuses it; empty where it returns the reply.
    :cvar taken: the codes that are success to it, where it raises for all others.
    :cvar str extension: what EHLO must have advertised.
    :cvar bool is_greeting: whether it is EHLO or HELO.
    :cvar nests: the commands that smtplib itself calls for this one; they share its step.
    :cvar parameters: the names of smtplib's positional parameters.
    :cvar changeable: the arguments that may be objects which a program changes later.
    :cvar readable: the arguments that are read before they are compared.
    :ivar dict values: the arguments by name, as their kinds keep them.
    """

    __slots__ = ("values", "_opened")

    method: ClassVar[str]
    aliases: ClassVar[Tuple[str, ...]] = ()
    answer: ClassVar[Answer] = one(OK)
    raised: ClassVar[Tuple[Type[smtplib.SMTPException], ...]] = ()
    taken: ClassVar[Tuple[int, ...]] = ()
    extension: ClassVar[str] = ""
    is_greeting: ClassVar[bool] = False
    nests: ClassVar[FrozenSet[str]] = frozenset({"docmd"})
    fields: ClassVar[Dict[str, Field]] = {}
    defaults: ClassVar[Dict[str, Any]] = {}
    parameters: ClassVar[Tuple[str, ...]] = ()
    changeable: ClassVar[Tuple[str, ...]] = ()
    readable: ClassVar[Tuple[str, ...]] = ()

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Return an argument by its name; each command declares its own."""

    def __init__(self, values: Dict[str, Any]) -> None:
        self.values: Dict[str, Any] = values
        self._opened: Optional[Dict[str, Any]] = None

    def __init_subclass__(cls) -> None:
        declared = {name: field for name, field in vars(cls).items() if isinstance(field, Field)}
        cls.fields = {**cls.fields, **declared}
        cls.defaults = {name: field.default for name, field in cls.fields.items()}
        if "parameters" not in vars(cls):
            cls.parameters = tuple(cls.fields)
        cls.changeable = tuple(n for n, each in cls.fields.items() if each.kind.copies)
        cls.readable = tuple(n for n, each in cls.fields.items() if each.kind.opens)

    @classmethod
    def of(cls, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> "Command":
        """Return the command with smtplib's positional ``args`` and ``kwargs`` as a snapshot."""
        if not args and not kwargs:
            return cls(cls.defaults)
        fields = cls.fields
        values = cls.defaults.copy()
        values.update(zip(cls.parameters, args))
        values.update(kwargs)
        if len(values) > len(fields):
            values = {name: values[name] for name in fields}
        for name in cls.changeable:
            if type(values[name]) not in _UNCHANGEABLE:
                values[name] = fields[name].kind.keep(values[name])
        return cls(values)

    @classmethod
    def variant(cls, values: Mapping[str, Any]) -> Type["Command"]:
        """Return the class that shows ``values``: a narrower one where they hold a secret."""
        return cls

    def agrees(self, expected: Mapping[str, Any]) -> bool:
        """Return whether each of the ``expected`` arguments is as expected."""
        for name, wanted in expected.items():
            actual = self.values[name]
            if wanted is UNSET or (type(wanted) is type(actual) and wanted == actual):
                continue
            if not self.fields[name].kind.same(wanted, self.opened()[name]):
                return False
        return True

    def differing(self, expected: Mapping[str, Any]) -> List[str]:
        """Return the names of the arguments that differ from ``expected``."""
        return [name for name, wanted in expected.items() if not self.agrees({name: wanted})]

    def opened(self) -> Dict[str, Any]:
        """Return the arguments in the form in which they are compared; each is read once."""
        if not self.readable:
            return self.values
        if self._opened is None:
            self._opened = self.opened_values(self.values)
        return self._opened

    @classmethod
    def opened_values(cls, values: Mapping[str, Any]) -> Dict[str, Any]:
        """Return ``values`` of this command in the form in which they are compared."""
        read = {name: cls.fields[name].kind.opened(values[name]) for name in cls.readable}
        return {**values, **read}

    @classmethod
    def sought(cls, expected: Mapping[str, Any]) -> Tuple[Views, Tuple[Hashable, ...]]:
        """Return views of the arguments, and the keys that equal calls have in them."""
        found = {
            name: cls.fields[name].kind.sought(wanted)
            for name, wanted in expected.items()
            if wanted is not UNSET
        }
        known = {name: each for name, each in found.items() if each is not None}
        views = tuple((name, view) for name, (view, _) in known.items())
        return views, tuple(key for _, key in known.values())

    def seen(self, views: Views) -> Optional[Tuple[Hashable, ...]]:
        """Return the keys of this call in the views, None where it may equal any."""
        values = self.opened()
        keys = [self.fields[name].kind.seen(values[name], view) for name, view in views]
        return None if None in keys else tuple(keys)

    def required(self) -> Dict[str, Field]:
        """Return the fields that an assertion of this call must name."""
        return {n: field for n, field in self.fields.items() if field.is_required(self.values[n])}

    def __repr__(self) -> str:
        return self.shown(self.values, self.required())

    @classmethod
    def shown(cls, values: Mapping[str, Any], fields: Dict[str, Field]) -> str:
        """Return the command and its arguments for prose, passwords hidden."""
        arguments = (f"{name}={field.kind.show(values[name])}" for name, field in fields.items())
        return f"{cls.method}({', '.join(arguments)})"

    @classmethod
    def named(cls, expected: Mapping[str, Any]) -> Dict[str, Field]:
        """Return the fields that an assertion of ``expected`` names."""
        return {
            name: field
            for name, field in cls.fields.items()
            if name in expected and field.is_named(expected[name])
        }


def call_code(function: str, arguments: Dict[str, str]) -> str:
    """Return the code of a call, not yet laid out."""
    return f"{function}({', '.join(f'{name}={code}' for name, code in arguments.items())})"
