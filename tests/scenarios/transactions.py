"""Random mails to servers that fail at any of their lines: the same seed, the same program."""

import random
import smtplib
from email.message import EmailMessage
from typing import Any, Iterator, List, Tuple

from tests.scenarios.notation import NO, OK, OPEN, SHUTDOWN, TEXT, Act, do, greeted, on
from tests.support.loopback import START_MAIL_INPUT

_RESET = ConnectionResetError(104, "Connection reset by peer")
_GONE = smtplib.SMTPServerDisconnected("Connection unexpectedly closed")
_FAILURES = [NO, NO, SHUTDOWN, (451, b"later"), (250, b"fine"), b"what?\r\n", _RESET, _GONE]
_RATE = 0.2
_ADDRESSES = ["b@example.com", "c@example.com", "d@example.com"]


def program(seed: int, real: Any) -> Iterator[Act]:
    """Yield the calls of a client that sends a few mails, with what the server says to each.

    :param real: the real side, whose connection may be over.
    """
    chance = random.Random(seed)
    yield OPEN
    yield greeted(*chance.choice([(), ("SIZE",), ("8BITMIME", "SMTPUTF8")]))
    for _ in range(chance.randrange(1, 4)):
        mail, step, recipients = _mail(chance)
        if real.client.sock is None:
            yield on(mail)
        else:
            said = _said(chance, len(recipients))
            yield on(mail, **{step: said or {}})
    for last in (chance.choice([do.rset(), do.noop()]), do.quit()):
        yield last if real.client.sock is not None else on(last)


def _mail(chance: random.Random) -> Tuple[Act, str, List[str]]:
    recipients = chance.sample(_ADDRESSES, chance.randrange(1, 4))
    if chance.random() < 0.5:
        return do.sendmail("a@example.com", recipients, TEXT), "sendmail", recipients
    return do.send_message(_message(recipients)), "send_message", recipients


def _said(chance: random.Random, recipients: int) -> List[Any]:
    """Return what a server says line by line, as far as smtplib goes on asking."""

    def reply(usual: Any) -> Any:
        said.append(chance.choice(_FAILURES) if chance.random() < _RATE else usual)
        return said[-1]

    def reset() -> List[Any]:
        if chance.random() < 0.5:
            reply(OK)
        return said

    said: List[Any] = []
    first = reply(OK)
    if _code(first) != 250:
        return said if _is_over(first) else reset()
    codes = []
    for _ in range(recipients):
        last = reply(OK)
        codes.append(_code(last))
        if _is_over(last):
            return said
    if not {250, 251} & set(codes):
        return reset()
    if _code(reply(START_MAIL_INPUT)) != START_MAIL_INPUT[0]:
        return said
    last = reply(OK)
    return said if _code(last) == 250 or _is_over(last) else reset()


def _code(reply: Any) -> int:
    return reply[0] if isinstance(reply, tuple) else -1


def _is_over(reply: Any) -> bool:
    return isinstance(reply, OSError) or _code(reply) == 421


def _message(recipients: List[str]) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = "a@example.com", ", ".join(recipients)
    message.set_content("Hello\n")
    return message
