"""What was not sent, or raised before it was, told as the cause of what follows.

No hint here lets the code leave before a scripted mail, or makes the step of a mail optional.
"""

from __future__ import annotations

from typing import Iterable, List, Optional, Sequence, Union

from bigfoot_smtp._commands.kinds import represented, shortened
from bigfoot_smtp._commands.states import OF_A_MAIL
from bigfoot_smtp._report.wording import agreeing, counted, listing
from bigfoot_smtp._script.place import shown
from bigfoot_smtp._script.session import VIA, Interaction, Mishap, Refusal, Session, Step

_KEEPS_FROM_CONNECTING = (
    "    the code raises before it connects, and swallows that; or it has nothing to send",
    "    smtplib.SMTP, or the function that sends, is still patched by the test",
    "    the code sends by another way than smtplib, as Django's does in tests without",
    "      bigfoot_smtp.django",
    "    a thread that sends is not joined before the test ends",
    "    a thread that sends was started by an earlier test, and is refused in this one",
)
_WIDEST_ERROR = 90


def leaving(session: Session, position: int) -> List[str]:
    """Return the hint where the code leaves before the end of the script, none at its end."""
    ahead = session.steps[position:]
    methods = [step.method for step in ahead]
    if "quit" in methods:
        ahead = ahead[: methods.index("quit")]
    elif not _mails(ahead):
        return []
    left_out = [step for step in ahead if step.required]
    if not left_out:
        return []
    _, them = agreeing(len(left_out))
    names = listing(dict.fromkeys(step.method for step in left_out))
    return unsent(left_out, [session]) or [
        f"Where the code may leave {names} out, script {them} as optional, with required=False."
    ]


def mishaps(sessions: Iterable[Session]) -> List[str]:
    """Return what raised in ``sessions``, where no mail was sent since.

    That is what was not sent, and what an answering server refused.
    """
    lines = []
    for session in dict.fromkeys(sessions):
        mishap, refused = session.mishap, _refused_by_server(session)
        if mishap is not None and not has_sent_since(mishap):
            raised, at = type(mishap.error).__name__, shown(mishap.place)
            lines.append(f"{mishap.method} raised {raised} at {at}, and was not sent.")
        elif refused is not None:
            raised = shortened(represented(refused.raised), _WIDEST_ERROR)
            lines.append(f"{refused.call.method} raised {raised} at {shown(refused.place)}.")
    return lines


def _refused_by_server(session: Session) -> Optional[Interaction]:
    """Return the last command that an answering server refused, where no mail was sent since."""
    settled = set()
    for step in () if session.server is None else reversed(session.steps):
        used = step.interaction
        if used is not None and used.raised is not None and step.method not in settled:
            return used
        if step.method in (*VIA, "data"):
            break
        settled.add(step.method)
    return None


def behind_mishaps(lines: List[str], sessions: Iterable[Session]) -> List[str]:
    """Return what happened behind what raised in ``sessions`` before it."""
    raised = mishaps(sessions)
    return [*raised, *after_that(lines)] if raised else lines


def after_that(lines: Sequence[str]) -> List[str]:
    """Return what happened as the consequence of something."""
    return [f"After that: {lines[0]}", *lines[1:]]


def unsent(steps: Sequence[Step], sessions: Sequence[Session]) -> List[str]:
    """Return what to do where mails among ``steps`` were not sent, nothing where none is.

    :param sessions: those of the steps.
    """
    mails = _mails(steps)
    if not mails:
        return []
    was, _ = agreeing(len(mails))
    lines = [
        f"A mail that the test expects is not sent: {listing(step.method for step in mails)}"
        f" {was} left out."
    ]
    if not mishaps(sessions):
        lines.append(
            "Look for what keeps the code from sending it here: an error that it swallows, a"
            " connection for each mail."
        )
    return lines


def _mails(steps: Sequence[Step]) -> List[Step]:
    return [step for step in steps if step.method in OF_A_MAIL]


def has_sent_since(failed: Union[Refusal, Mishap]) -> bool:
    """Return whether a mail was sent on the connection after a command had failed."""
    after = failed.session.steps[failed.position :]
    return any(step.method in (*VIA, "data") and step.interaction is not None for step in after)


def never_opened(sessions: Sequence[Session]) -> List[str]:
    """Return what to look for where no connection opened ``sessions``."""
    more = f"    the test scripts {counted(len(sessions), 'session')} more than the code opens"
    return ["Look for one of these:", *_KEEPS_FROM_CONNECTING, more]


def nothing_served() -> List[str]:
    """Return what to look for where a server waits, and nothing connected."""
    heading = "serve() was called, and nothing connected. Look for one of these:"
    return [heading, *_KEEPS_FROM_CONNECTING]
