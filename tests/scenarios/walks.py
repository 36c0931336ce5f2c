"""Random walks over the commands: the same seed, the same walk."""

import random
import ssl
from typing import Any, Iterator

from tests.scenarios.messages import MESSAGE
from tests.scenarios.notation import (
    IN,
    MAIL,
    NO,
    OK,
    OPEN,
    PORT,
    READY,
    SHUTDOWN,
    TEXT,
    A,
    Act,
    B,
    C,
    broken,
    do,
    dropped,
    offering,
    on,
)
from tests.support.loopback import HOST

_LENGTH = 14
_EHLO = [
    offering(),
    offering("SIZE 1000", "AUTH PLAIN LOGIN"),
    offering("STARTTLS", "AUTH CRAM-MD5"),
    offering("SMTPUTF8", "STARTTLS"),
]
_LATER = (454, b"later")
_RESET = ConnectionResetError(104, "Connection reset by peer")
_PLAIN = [OK, OK, OK, OK, NO, NO, SHUTDOWN, dropped(), broken(_RESET)]
_MAILS = [{}, {}, {}, {B: NO}, {B: SHUTDOWN}, [NO], [OK, OK, NO], dropped(), broken(_RESET)]
ACTS = [
    (do.ehlo(), [*_EHLO, NO]),
    (do.helo(), [OK, NO]),
    (do.starttls(), [READY, _LATER]),
    (do.login("user", "password"), [IN, (535, b"no"), (503, b"in"), dropped()]),
    (MAIL, _MAILS),
    (do.sendmail(A, [B, C], b"Subject: x\n\n.\n", ["SMTPUTF8"]), _MAILS),
    (MESSAGE, _MAILS),
    (do.mail(A), _PLAIN),
    (do.rcpt(B, ("NOTIFY=NEVER",)), _PLAIN),
    (do.data(TEXT), _PLAIN),
    (do.rset(), _PLAIN),
    (do.noop(), _PLAIN),
    (do.vrfy(A), _PLAIN),
    (do.expn(A), _PLAIN),
    (do.help(), [b"help"]),
    (do.docmd("XYZ"), _PLAIN),
    (do.quit(), [(221, b"Bye"), NO]),
    (do.close(), None),
    (do.has_extn("size"), None),
]
# No server takes a handshake under TLS; the loopback server alone would.
_UNDER_TLS = [(act, [_LATER] if act.name == "starttls" else answers) for act, answers in ACTS]
_NEEDS = {"starttls": "starttls", "login": "auth", "sendmail": None, "send_message": None}


def walk(seed: int, real: Any) -> Iterator[Act]:
    """Choose call after call, looking at the client of the real side."""
    chance = random.Random(seed)
    yield OPEN
    for _ in range(_LENGTH):
        if real.client.sock is None and chance.random() < 0.5:
            yield do.connect(HOST, PORT)
        is_tls = isinstance(real.client.sock, ssl.SSLSocket)
        act, answers = chance.choice(_UNDER_TLS if is_tls else ACTS)
        yield on(act, **dict(_steps(chance, act, answers, real.client)))


def _steps(chance: random.Random, act: Act, answers: Any, client: Any) -> Iterator[Any]:
    if client.sock is None or answers is None:
        return
    offered = set(client.esmtp_features)
    is_esmtp = client.does_esmtp
    if act.name in _NEEDS and client.ehlo_resp is None and client.helo_resp is None:
        greeting = chance.choice([*_EHLO, NO, dropped()])
        yield "ehlo", greeting
        if greeting is NO:
            helo = chance.choice([OK, NO])
            yield "helo", helo
            if helo is NO:
                return
        elif greeting not in _EHLO:
            return
        else:
            is_esmtp = True
            offered = {each.split()[0].lower() for each in greeting[1].decode().split("\n")[1:]}
    if _NEEDS.get(act.name) in (None, *offered) and _can_send(act, is_esmtp, offered):
        yield act.name, chance.choice(answers)


def _can_send(act: Act, is_esmtp: bool, offered: Any) -> bool:
    asks_for_utf8 = act.name == "sendmail" and len(act.args) > 3
    return not (asks_for_utf8 and is_esmtp and "smtputf8" not in offered)
