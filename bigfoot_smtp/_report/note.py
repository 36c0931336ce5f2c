"""What a failed test should know besides its error."""

from __future__ import annotations

from collections import defaultdict
from typing import Dict, List, Sequence

from bigfoot_smtp._commands.replies import OK
from bigfoot_smtp._report.base import BigfootError
from bigfoot_smtp._report.errors import CallError
from bigfoot_smtp._report.findings import (
    MissingMailsError,
    excerpts,
    first_whole,
    grouped,
    summaries,
)
from bigfoot_smtp._report.hints import Cause, Misplaced, greets_anew
from bigfoot_smtp._report.mismatch import InteractionMismatchError
from bigfoot_smtp._report.unsent import given_up, handed_back, kept_by_django, mishaps, never_opened
from bigfoot_smtp._report.wording import counted, was_or_were
from bigfoot_smtp._script.place import members
from bigfoot_smtp._script.session import Session, has_sent_since, refused_in

_BAD_SEQUENCE = 503  # RFC 5321 section 4.2.2
# What assertEqual, outbox[0] and (mail,) = outbox raise.
_OF_AN_EMPTY_OUTBOX = (AssertionError, IndexError, ValueError)


def asks_why(error: BaseException, has_looked: bool) -> bool:
    """Return whether a failure is about mail, and does not say itself why nothing connected.

    :param has_looked: whether the test has looked into the outbox.
    """
    if isinstance(error, InteractionMismatchError):
        return not (error.hidden or kept_by_django())  # it says that
    if isinstance(error, BigfootError):
        return isinstance(error, MissingMailsError)
    return has_looked and isinstance(error, _OF_AN_EMPTY_OUTBOX)


def note(
    error: BaseException, refused: Sequence[CallError], sessions: Sequence[Session], asks: bool
) -> List[str]:
    """Return what a failed test should know besides its ``error``.

    That is what smtplib refused and what the script refused, the first told whole, and how
    far the sessions came that are not all right.

    :param refused: the violations of the test that nobody acknowledged.
    :param asks: whether to tell why nothing connected, where nothing has.
    """
    sections = [
        *_besides(error, refused, sessions),
        handed_back(sessions) if type(error) is AssertionError else [],
        *_how_far(error, refused, sessions, asks),
    ]
    return "\n\n".join("\n".join(each) for each in sections if each).splitlines()


def _besides(
    error: BaseException, refused: Sequence[CallError], sessions: Sequence[Session]
) -> List[List[str]]:
    """Return what smtplib refused, and what the script refused or else raised, a section each."""
    known = [*members(error), getattr(error, "before", None)]
    if isinstance(error, MissingMailsError):
        known += error.violations
    groups = [group for group in grouped(refused) if group[0] not in known]
    tells_cause = isinstance(error, BigfootError) and not isinstance(error, MissingMailsError)
    if groups and getattr(groups[0][0], "refusals", None):
        tells_cause = True
    cause = [] if tells_cause else _refused_by_smtplib(sessions)
    if not groups:
        told = getattr(error, "session", None)
        others = [each for each in sessions if each is not told]
        # The script of what was recorded begins with it.
        raised = [] if all(each.is_recorded for each in others) else mishaps(others)
        return [cause, raised, *map(_unsaid, others)]
    if isinstance(error, CallError):
        return [cause, ["Also refused:", *summaries(groups, 1)]]
    return [cause, first_whole(groups)]


def _refused_by_smtplib(sessions: Sequence[Session]) -> List[str]:
    refusals = refused_in(sessions)
    if not refusals:
        return []
    cause = Cause(refusals)
    if has_sent_since(refusals[-1], sessions):
        return cause.told()  # the test may be about that
    return [*cause.told(), "", *cause.cure]


def _unsaid(session: Session) -> List[str]:
    """Return why a command raised, where the reply that it got does not say that."""
    is_lmtp = False
    for position, step in enumerate(session.steps):
        used = step.interaction
        if used is None:
            continue
        is_lmtp = is_lmtp or used.call.values.get("protocol") == "lmtp"
        code = getattr(used.raised, "smtp_code", None)
        if is_lmtp and code == OK[0]:
            return [
                "An LMTP server answers a mail once for each recipient (RFC 2033): smtplib reads"
                f" the first answer, and takes the next for that of {step.method}."
            ]
        if code == _BAD_SEQUENCE and Misplaced(step.method, session, position).is_ungreeted():
            return [greets_anew(step.method)]
    return []


def _how_far(
    error: BaseException, refused: Sequence[CallError], sessions: Sequence[Session], asks: bool
) -> List[List[str]]:
    """Return the excerpts of sessions, and how many ran to their end or were never opened."""
    told = getattr(error, "session", None)
    blamed = {each.session for each in refused}
    came: Dict[str, List[Session]] = defaultdict(list)
    for each in sessions:
        # What was recorded is told as the script that it makes.
        if each is not told and not each.is_recorded:
            came[_stage(each, each in blamed)].append(each)
    right, closed = len(came["to the end"]), came["nowhere"]
    counts = []
    if right:
        counts.append(f"{counted(right, 'session')} ran as scripted, to the end.")
        looks_for_mail = asks and not isinstance(error, InteractionMismatchError)
        if looks_for_mail and right == len(sessions):
            counts += given_up(sessions)
    if closed:
        counts.append(f"{counted(len(closed), 'session')} {was_or_were(len(closed))} never opened.")
        if len(closed) == len(sessions) and asks and not refused:
            counts += never_opened(closed, sessions)
    return [excerpts([*came["wrong"], *came["on the way"]], refused)[1:], counts]


def _stage(session: Session, is_blamed: bool) -> str:
    """Return how far a session came."""
    if session.unused() and not session.was_opened:
        return "nowhere"
    if is_blamed:
        return "wrong"
    return "to the end" if session.is_over and not session.is_served else "on the way"
