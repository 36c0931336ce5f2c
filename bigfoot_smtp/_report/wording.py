"""The small parts of messages: plurals, lists, indentation, sentences that several have."""

from __future__ import annotations

from typing import Any, Callable, Iterable, List, Sequence

from bigfoot_smtp._commands.kinds import MOST_LISTED, and_more

IF_RIGHT = "If the code is right"
OF_PORTS = "Port 465 begins with TLS, 25 and 587 do not (RFC 8314)."


def counted(number: int, noun: str) -> str:
    """Return ``number`` and ``noun`` in agreement."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def was_or_were(number: int) -> str:
    """Return the verb that agrees with ``number``."""
    return "was" if number == 1 else "were"


def it_or_them(number: int) -> str:
    """Return the pronoun that agrees with ``number``."""
    return "it" if number == 1 else "them"


def listing(names: Iterable[str]) -> str:
    """Return names as English lists them, ``a, b and c``, the last of many as ``and 5 more``."""
    listed = [*names]
    if len(listed) > MOST_LISTED:
        listed[MOST_LISTED:] = [f"{len(listed) - MOST_LISTED} more"]
    *before, last = listed
    return f"{', '.join(before)} and {last}" if before else last


def calls(methods: Iterable[str]) -> str:
    """Return calls of commands as English lists them, each once: ``starttls() and login()``."""
    return listing(dict.fromkeys(f"{each}()" for each in methods))


def indented(lines: Iterable[str], by: int = 4) -> List[str]:
    """Return the lines moved to the right by ``by`` columns."""
    return [f"{' ' * by}{line}" if line else line for line in lines]


def after_that(lines: Sequence[str]) -> List[str]:
    """Return what happened as the consequence of something."""
    first, *others = lines
    return [f"After that: {first[:1].lower()}{first[1:]}", *others]


def repeated(times: int) -> str:
    """Return how many times something happened, where that is more than once."""
    return f" ({times} times)" if times > 1 else ""


def at_most(things: Sequence[Any], told: Callable[[Any], str]) -> List[str]:
    """Return the lines of the first things, and how many more there are."""
    more = indented(and_more(len(things) - MOST_LISTED), 2)
    return [*map(told, things[:MOST_LISTED]), *more]


def by_smtplib(when: str) -> List[str]:
    """Return how the script goes by what smtplib allows, behind the words that say when."""
    return [
        f"{when} import SMTPLIB and set on the test case:",
        "    smtp_state_machine = SMTPLIB",
    ]
