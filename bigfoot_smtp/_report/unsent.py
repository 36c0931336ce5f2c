"""What was not sent, or raised before it was, told as the cause of what follows.

No hint here lets the code leave before a scripted mail, or makes optional the step of a mail, of
STARTTLS or of a login.
"""

from __future__ import annotations

import smtplib
import sys
from collections import Counter, defaultdict
from typing import DefaultDict, Dict, Iterable, List, Optional, Sequence, Set, Tuple

from bigfoot_smtp._commands.collections import to_whom
from bigfoot_smtp._commands.kinds import MOST_LISTED, and_more, represented, shortened
from bigfoot_smtp._commands.order import BEFORE_A_MAIL, OF_A_MAIL, SENDING
from bigfoot_smtp._report.wording import (
    OF_PORTS,
    after_that,
    by_smtplib,
    calls,
    counted,
    it_or_them,
    listing,
    repeated,
    was_or_were,
)
from bigfoot_smtp._script.place import shown
from bigfoot_smtp._script.session import (
    Interaction,
    Mishap,
    Session,
    Step,
    purpose,
    used_steps,
    withheld,
)

_KEEPS_FROM_CONNECTING = (
    "    the code raises before it connects, and swallows that; or it has nothing to send",
    "    smtplib.SMTP, or the function that sends, is still patched by the test",
    "    the code sends without smtplib, as Django does in tests without",
    "      bigfoot_smtp.django, or not at all, as Flask-Mail does under TESTING",
    "    a thread that sends is not joined before the test ends",
    "    a thread that sends was started by an earlier test, and is refused in this one",
)
_WIDEST_ERROR = 90
_ENDS = (smtplib.SMTPServerDisconnected, smtplib.SMTPConnectError)


def leaving(session: Session, position: int, *, is_raising: bool) -> List[str]:
    """Return the hint where the code leaves before the end of the script, none at its end.

    :param is_raising: whether it does so by an exception, which is told as well.
    """
    ahead = session.steps[position:]
    methods = [step.method for step in ahead]
    if "quit" in methods:
        ahead = ahead[: methods.index("quit")]
    elif not any(step.method in OF_A_MAIL for step in ahead):
        return []
    left_out = [
        each for each in ahead if each.required or (is_raising and each.method in OF_A_MAIL)
    ]
    if not left_out:
        return []
    mend, may_be_left_out = to_call(left_out, [session], is_raising=is_raising)
    if not may_be_left_out:
        return mend
    names = listing(dict.fromkeys(each.method for each in left_out))
    them = it_or_them(len(left_out))
    optional = f"If the code may leave out {names}, script {them} as optional, with required=False."
    return [*mend, optional]


def to_call(
    left_out: Sequence[Step], sessions: Sequence[Session], *, is_raising: bool = False
) -> Tuple[List[str], bool]:
    """Return how to mend code that has left out steps, and whether a script may allow it.

    :param sessions: those of the steps.
    :param is_raising: whether an exception is known by which the code leaves.
    """
    methods = [step.method for step in left_out]
    if any(each in OF_A_MAIL for each in methods):
        return _to_send(methods, sessions, is_raising), False
    unsafe = [each for each in methods if each in BEFORE_A_MAIL]
    if unsafe:
        return [f"Let the code call {calls(unsafe)}."], False
    by_itself = ', or use "with smtplib.SMTP(...)"' if "quit" in methods else ""
    return [f"Let the code call {calls(methods)}{by_itself}."], True


def unreachable(steps: Sequence[Step], session: Session) -> str:
    """Return what has ended a connection before ``steps``, "" where the code could call them.

    Those of a mail and what comes before it are never said to be of no use.
    """
    used = used_steps(session, len(session.steps))
    kept = ("connect", *OF_A_MAIL, *BEFORE_A_MAIL)
    if not used or session.is_open or any(step.method in kept for step in steps):
        return ""
    step, last = used[-1]
    method, raised = last.call.method, last.raised
    is_answer = isinstance(raised, smtplib.SMTPException) and not isinstance(raised, _ENDS)
    is_over = method == "quit" or (method == "connect" and step.fails)
    # Whatever a handshake fails with, the server still waits for it.
    ends = isinstance(raised, Exception if method == "starttls" else OSError)
    return method if is_over or (ends and not is_answer) else ""


def mishaps(sessions: Iterable[Session]) -> List[str]:
    """Return what raised in ``sessions``, where nothing has made up for it since.

    That is what was not sent, and what an answering server refused.
    """
    played = [*dict.fromkeys(sessions)]
    not_sent = unsent(played)
    last_mail = _Done(played).last_mail
    found: List[Tuple[str, ...]] = []
    for session in played:
        if session in not_sent:
            found.append((not_sent[session],))
        elif session.server is not None:
            found.append(_refusal(session, last_mail))
    groups = [*Counter(filter(None, found)).items()]
    lines = []
    for (first, *more), times in groups[:MOST_LISTED]:
        lines += [first + repeated(times), *more]
    return lines + and_more(len(groups) - MOST_LISTED, "exception")


def _refusal(session: Session, last_mail: int) -> Tuple[str, ...]:
    """Return the lines that tell what an answering server refused, if anything.

    :param last_mail: when the last mail was sent, by its sequence.
    """
    refused = _refused(session)
    if refused is None:
        return ()
    is_connect = refused.call.method == "connect"
    if is_connect and last_mail > refused.sequence:
        return ()  # the code has tried again, or has taken another host
    raised = shortened(represented(refused.raised), _WIDEST_ERROR)
    line = f"{refused.call.method} raised {raised} at {shown(refused.place)}."
    return (line, f"  {OF_PORTS}") if is_connect and refused.call.is_unlike_its_port() else (line,)


def unsent(sessions: Sequence[Session]) -> Dict[Session, str]:
    """Return what raised last in each session and was not sent, where it was not sent since."""
    return {
        each.session: f"{each.method} raised {type(each.error).__name__} at {shown(each.place)},"
        " and was not sent."
        for each in not_made_up_for(sessions)
        if not each.extension
    }


def not_made_up_for(sessions: Sequence[Session]) -> List[Mishap]:
    """Return what was not sent in ``sessions``, where nothing has made up for it since."""
    done = _Done(sessions)
    mishaps = (each for session in sessions for each in session.mishaps)
    return [each for each in mishaps if not done.makes_up_for(each)]


class _Done:
    """What was done last in some sessions, and when, by the sequence of the interactions.

    The first of all is a connect: what never was has its sequence, 0.

    :ivar int last_mail: when the last mail was sent.
    :ivar mailed: dict of each address to when a mail was last sent to it.
    :ivar commands: dict of each session and the purpose of a command to when it came last.
    """

    def __init__(self, sessions: Iterable[Session]) -> None:
        self.last_mail = 0
        self.mailed: DefaultDict[str, int] = defaultdict(int)
        self.commands: DefaultDict[Tuple[Session, str], int] = defaultdict(int)
        for session in sessions:
            self._look_through(session)

    def _look_through(self, session: Session) -> None:
        by_hand: Set[str] = set()
        for used in _used(session):
            method = used.call.method
            self.commands[session, purpose(used)] = used.sequence
            if method == "rcpt":
                by_hand |= to_whom({"to_addrs": used.call.values["recip"]})
            elif method in ("mail", "rset"):
                by_hand.clear()
            elif method in SENDING:
                self._sent(to_whom(used.call.values) | by_hand, used.sequence)

    def _sent(self, addresses: Iterable[str], sequence: int) -> None:
        """Take note of a mail; that of a session before may be a later one."""
        self.last_mail = max(sequence, self.last_mail)
        for each in addresses:
            self.mailed[each] = max(sequence, self.mailed[each])

    def makes_up_for(self, mishap: Mishap) -> bool:
        """Return whether something has made up for a mishap since.

        For STARTTLS and a login that is another one on the connection, for a mail one to each of
        its recipients, and for all else any mail.
        """
        since = [self.last_mail]
        if mishap.method in BEFORE_A_MAIL:
            name = "login" if mishap.method == "auth" else mishap.method
            since = [self.commands[mishap.session, name]]
        elif mishap.to:
            since = [self.mailed[each] for each in mishap.to]
        return min(since) >= mishap.sequence


def _used(session: Session) -> List[Interaction]:
    return [used for _, used in used_steps(session, len(session.steps))]


def _refused(session: Session) -> Optional[Interaction]:
    """Return the last command that raised, where no mail was sent since."""
    settled = set()
    for used in reversed(_used(session)):
        method = used.call.method
        if used.raised is not None and method not in settled:
            return used
        if method in SENDING:
            break
        settled.add(method)
    return None


def behind_mishaps(lines: List[str], sessions: Iterable[Session]) -> List[str]:
    """Return what raised in ``sessions``, then what happened after it."""
    raised = mishaps(sessions)
    return [*raised, *after_that(lines)] if raised else lines


def _to_send(methods: Sequence[str], sessions: Sequence[Session], is_raising: bool) -> List[str]:
    mails = Counter(each for each in methods if each in OF_A_MAIL)
    names = listing(each + repeated(number) for each, number in mails.items())
    lines = [f"An expected mail was not sent: {names} {was_or_were(len(mails))} left out."]
    failed = given_up(sessions)
    if failed:
        lines += failed
    elif not (mishaps(sessions) or is_raising):
        lines += handed_back(sessions) or [
            "Look for what keeps the code from sending it here: an error that it swallows, a"
            " connection for each mail, or a patch in the test."
        ]
    return lines


def handed_back(sessions: Sequence[Session]) -> List[str]:
    """Return that the code got a refusal for an answer, where smtplib raises an exception."""
    for session in sessions:
        for step, used in used_steps(session, session.position):
            raised = withheld(used)
            if raised:
                return [
                    f"{session.machine} has returned {shortened(represented(used.result))} from"
                    f" {step.method}, at {shown(used.place)}.",
                    *by_smtplib(f"smtplib raises {raised}. To follow it,"),
                ]
    return []


def never_opened(sessions: Sequence[Session], played: Sequence[Session]) -> List[str]:
    """Return what to look for where no connection opened ``sessions``.

    :param played: all sessions of the test; what ended one may ask for another try.
    """
    kept = kept_by_django()
    if kept:
        return kept
    more = f"    the test scripts {counted(len(sessions), 'session')} more than the code opens"
    hosts = dict.fromkeys(str(each.host) for each in sessions if each.host is not None)
    bound = [f"    the code connects to a host other than {listing(hosts)}"] if hosts else []
    failed = _failed_last(played)
    again = [f"    the code does not connect again after {failed}"] if failed else []
    possible = ["Look for one of these:", *bound, *again, *_KEEPS_FROM_CONNECTING, more]
    return [*handed_back(played), *possible]


def given_up(played: Sequence[Session]) -> List[str]:
    """Return that the code does not try again after what failed, nothing where nothing did."""
    failed = _failed_last(played)
    return [f"The code does not try again after {failed}."] if failed else []


def _failed_last(played: Sequence[Session]) -> str:
    """Return what failed on the last connection, "" where the code need not try again.

    A mail was sent since then or, where QUIT failed, before.
    """
    opened = [each for each in played if each.was_opened]
    failed = _refused(opened[-1]) if opened else None
    if failed is None or failed.call.method == "quit":
        return ""
    return f"{failed.call.method} raised {type(failed.raised).__name__} at {shown(failed.place)}"


def nothing_served(*, is_too_early: bool) -> List[str]:
    """Return what to look for where a server waits, and nothing connected.

    :param is_too_early: whether the test was told to assert below the call.
    """
    above = [] if is_too_early else ["    what is asserted stands above the call"]
    heading = "serve() was called, and nothing connected. Look for one of these:"
    return kept_by_django() or [heading, *above, *_KEEPS_FROM_CONNECTING]


def kept_by_django() -> List[str]:
    """Return what to do where the backend of Django's tests has kept the mails, else nothing."""
    mails = getattr(sys.modules.get("django.core.mail"), "outbox", None)
    if not mails:
        return []
    return [
        f"Django has put {counted(len(mails), 'mail')} into mail.outbox, and sent nothing.",
        "Derive the test case from bigfoot_smtp.django.DjangoSmtpMockTestCase and Django's own.",
    ]
