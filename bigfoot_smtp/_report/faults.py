"""What in a program only a willing server takes: no test of it is recorded without a word."""

from __future__ import annotations

from typing import Iterable, List, Mapping

from bigfoot_smtp._commands.collections import joined, recipients_of, to_whom
from bigfoot_smtp._commands.kinds import represented
from bigfoot_smtp._report.hints import Cause, Misplaced
from bigfoot_smtp._script.place import shown
from bigfoot_smtp._script.session import Refusal, Session, has_sent_since, purpose


def faults(sessions: Iterable[Session]) -> List[str]:
    """Return what in ``sessions`` only a willing server takes.

    It is what the code calls too late, and several addresses that it gives as one.
    """
    lines = []
    for session in sessions:
        for position, step in enumerate(session.steps):
            used = step.interaction
            if used is None:
                continue
            at = shown(used.place)
            early = Misplaced(step.method, session, position).used_too_early()
            if early is not None:
                lines.append(
                    f"Let the code call {step.method}(), at {at}, before {early.call.method}()."
                )
            values = used.call.values
            address = joined(recipients_of(values))
            if address is not None:
                mend = "separate the addresses by commas, and write a name with an @ in quotes"
                if values.get("to_addrs") is not None:
                    mend = "give it a list"
                lines.append(
                    f"smtplib takes {represented(address)}, at {at}, for one recipient: {mend}."
                )
    return lines


def unheeded_refusals(sessions: Iterable[Session]) -> List[str]:
    """Return what smtplib refused in ``sessions`` and the code did not do since, with its cure.

    STARTTLS under TLS is left out: the code that swallows this has TLS all the same.
    """
    lines = []
    for session in sessions:
        last = {
            purpose(step.interaction): number
            for number, step in enumerate(session.steps)
            if step.interaction is not None
        }
        left = [each for each in session.refusals if not _is_heeded(each, last)]
        if left:
            cause = Cause(left)
            lines += [*cause.told(), *cause.hint()]
    return lines


def _is_heeded(refusal: Refusal, last: Mapping[str, int]) -> bool:
    """Return whether the code has done since, or before, what smtplib refused."""
    if refusal.extension == "smtputf8":
        used = (step.interaction for step in refusal.session.steps[refusal.position :])
        reached = (to_whom(each.call.values) for each in used if each is not None)
        return has_sent_since(refusal) and refusal.to <= frozenset().union(*reached)
    is_login = refusal.extension == "auth"
    if last.get("login" if is_login else "starttls", -1) >= refusal.position:
        return True
    return not is_login and bool(
        Misplaced(refusal.method, refusal.session, refusal.position).began_tls()
    )
