"""What is wrong in a program that has been recorded: a server that takes all does not show it."""

from __future__ import annotations

import itertools
from operator import attrgetter
from typing import Iterable, List, Sequence

from bigfoot_smtp._commands.collections import joined, recipients_of
from bigfoot_smtp._commands.kinds import represented
from bigfoot_smtp._report.hints import Cause, Misplaced
from bigfoot_smtp._report.unsent import not_made_up_for
from bigfoot_smtp._script.place import shown
from bigfoot_smtp._script.session import Interaction, Mishap, Session


def faults(sessions: Iterable[Session]) -> List[str]:
    """Return what the code calls too late in ``sessions``, and several addresses given as one."""
    lines = []
    for session in sessions:
        for position, step in enumerate(session.steps):
            if step.interaction is not None:
                lines += _too_late(step.interaction, Misplaced(step.method, session, position))
                lines += _taken_for_one(step.interaction)
    return lines


def _too_late(used: Interaction, call: Misplaced) -> List[str]:
    """Return what the code should call earlier, if that is what it has called."""
    early = call.used_too_early()
    if early is None:
        return []
    at = shown(used.place)
    return [f"Let the code call {call.method}(), at {at}, before {early.call.method}()."]


def _taken_for_one(used: Interaction) -> List[str]:
    """Return which of the recipients is more than one address, if one is."""
    values = used.call.values
    address = joined(recipients_of(values))
    if address is None:
        return []
    mend = "separate the addresses with commas, and write a name with an @ in quotes"
    if values.get("to_addrs") is not None:
        mend = "give it a list"
    given = f"{represented(address)}, at {shown(used.place)}"
    return [f"smtplib takes {given}, for one recipient: {mend}."]


def unheeded_refusals(sessions: Sequence[Session]) -> List[str]:
    """Return what smtplib refused in ``sessions`` and the code did not do since, with its cure.

    STARTTLS under TLS is left out: the code that swallows this has TLS all the same.
    """
    lines = []
    left = [e for e in not_made_up_for(sessions) if e.extension and not _is_under_tls(e)]
    for _, refusals in itertools.groupby(left, attrgetter("session")):
        cause = Cause([*refusals])
        lines += [*cause.told(), *cause.cure]
    return lines


def _is_under_tls(refusal: Mishap) -> bool:
    call = Misplaced(refusal.method, refusal.session, refusal.position)
    return refusal.extension == "starttls" and bool(call.began_tls())
