"""The command by which any other can be sent, and what of it is a secret."""

from __future__ import annotations

from typing import Any, Dict, Mapping, Tuple, Type

from bigfoot_smtp._answers import AUTHENTICATED, OK
from bigfoot_smtp._command import UNLESS_DEFAULT, Call, Field
from bigfoot_smtp._dialogue import challenges
from bigfoot_smtp._values import FIRST_WORD, FIRST_WORDS, SECRET, VALUE


class Docmd(Call):
    """Any command by its name: ``SMTP.docmd``, ``putcmd`` or ``send``."""

    __slots__ = ()
    method = "docmd"
    answer = OK
    cmd: Any = Field(VALUE)
    args: Any = Field(VALUE, UNLESS_DEFAULT, "")

    @classmethod
    def of(cls, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Call:
        values = super().of(args, kwargs).values
        return cls.variant(values)(values)

    def responses_after(self, before: int) -> int:
        """Return how many lines of a login are still to come, where ``before`` were."""
        return 0

    @classmethod
    def variant(cls, values: Mapping[str, Any]) -> Type[Call]:
        lines = str(values.get("cmd")).upper().splitlines()
        words = next((each for each in map(str.split, lines) if each[:1] == ["AUTH"]), None)
        if words is None:
            return cls
        return DocmdAuth if len(words) == 1 else DocmdAuthMechanism


class DocmdAuth(Docmd):
    """AUTH by ``docmd``: what follows the mechanism is a secret."""

    __slots__ = ()
    answer = AUTHENTICATED
    cmd: Any = Field(FIRST_WORDS)
    args: Any = Field(FIRST_WORD, UNLESS_DEFAULT, "")

    def responses_after(self, before: int) -> int:
        return challenges(f"{self.cmd} {self.args}")


class DocmdAuthMechanism(DocmdAuth):
    """AUTH and the mechanism as the command: its ``args`` are a secret as a whole."""

    __slots__ = ()
    args: Any = Field(SECRET, UNLESS_DEFAULT, "")


class DocmdResponse(Docmd):
    """The answer to a challenge (a 334 reply) by ``docmd``: a secret as a whole."""

    __slots__ = ()
    answer = AUTHENTICATED
    cmd: Any = Field(SECRET)
    args: Any = Field(SECRET, UNLESS_DEFAULT, "")

    def responses_after(self, before: int) -> int:
        return before - 1

    @classmethod
    def variant(cls, values: Mapping[str, Any]) -> Type[Call]:
        return cls
