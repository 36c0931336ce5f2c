"""Logging in: ``login``, ``auth``, and AUTH by hand."""

import smtplib

from tests.scenarios.notation import (
    IN,
    MAIL,
    NO,
    SHUTDOWN,
    Failure,
    do,
    dropped,
    greeted,
    on,
    scenario,
)
from tests.support.loopback import authentication

BAD = (535, b"bad credentials")
RAISED = Failure(smtplib.SMTPAuthenticationError(*BAD), authentication(BAD))
ENTER = do.login("user", "password")
PLAIN = greeted("AUTH PLAIN")
LOGIN = greeted("AUTH LOGIN")
CRAM = greeted("AUTH CRAM-MD5")
THREE = greeted("AUTH LOGIN PLAIN CRAM-MD5")


def answering(challenge: object = None) -> str:
    """Answer at once, as PLAIN does."""
    return "secret"


def waiting(challenge: object = None) -> object:
    """Answer when challenged, as CRAM-MD5 does."""
    return None if challenge is None else "secret"


SCENARIOS = [
    scenario("PLAIN", PLAIN, ENTER, MAIL),
    scenario("LOGIN", LOGIN, ENTER),
    scenario("CRAM-MD5", CRAM, ENTER),
    scenario("the best of three", THREE, do.login(user="user", password="password")),
    scenario("PLAIN, challenged", PLAIN, do.login("user", "password", initial_response_ok=False)),
    scenario("LOGIN, challenged", LOGIN, do.login("user", "password", initial_response_ok=False)),
    scenario("535, then right", PLAIN, on(ENTER, login=BAD), do.login("user", "right")),
    scenario("535 by three mechanisms", THREE, on(ENTER, login=BAD), ENTER),
    scenario("535, raised", PLAIN, on(ENTER, login=RAISED), do.quit()),
    scenario("535 by three, raised", THREE, on(ENTER, login=RAISED)),
    scenario("454", PLAIN, on(ENTER, login=(454, b"later"))),
    scenario("421", PLAIN, on(ENTER, login=SHUTDOWN), do.noop()),
    scenario("503, already in", PLAIN, ENTER, on(ENTER, login=(503, b"already"))),
    scenario("not offered", do.ehlo(), on(ENTER), MAIL),
    scenario("no common mechanism", greeted("AUTH GSSAPI"), on(ENTER)),
    scenario("after helo", do.helo(), on(ENTER)),
    scenario("dropped", PLAIN, on(ENTER, login=dropped()), on(do.noop())),
    scenario("a password, not ASCII", PLAIN, on(do.login("user", "\u00fc")), ENTER),
    scenario("no password", CRAM, do.login("user", None)),
    scenario("auth", PLAIN, do.auth("PLAIN", answering)),
    scenario("auth in lower case", do.auth("plain", answering)),
    scenario("auth, challenged", do.auth("LOGIN", waiting, initial_response_ok=False)),
    scenario("auth, not by the first response", do.auth("PLAIN", waiting)),
    scenario("auth refused", on(do.auth("PLAIN", answering), auth=BAD)),
    scenario("auth dropped", on(do.auth("PLAIN", answering), auth=dropped())),
    scenario("AUTH by docmd", on(do.docmd("AUTH", "LOGIN"), docmd=NO), do.noop()),
    scenario(
        "AUTH by docmd, challenged",
        on(do.docmd("AUTH", "LOGIN"), docmd=(334, b"VXNlcm5hbWU6")),
        on(do.docmd("dXNlcg=="), docmd=IN),
    ),
]
