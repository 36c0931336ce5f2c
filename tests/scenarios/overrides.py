"""Subclasses whose overrides call, raise and return something of their own."""

import smtplib
from email.message import EmailMessage
from typing import Any

from tests.scenarios.notation import (
    IN,
    MAIL,
    NAMED,
    NO,
    OK,
    PORT,
    TEXT,
    A,
    B,
    C,
    do,
    dropped,
    greeted,
    offering,
    on,
    scenario,
)
from tests.support.loopback import HOST, START_MAIL_INPUT

BYE = (221, b"Bye")


class Closing(smtplib.SMTP):
    """Says goodbye after each mail."""

    def sendmail(self, *args: Any, **kwargs: Any) -> Any:
        refused = super().sendmail(*args, **kwargs)
        self.goodbye = self.quit()
        return refused


class Probing(smtplib.SMTP):
    """Asks before each mail whether the server is there."""

    def sendmail(self, *args: Any, **kwargs: Any) -> Any:
        self.noop()
        return super().sendmail(*args, **kwargs)


class LoggingIn(smtplib.SMTP):
    """Logs in as soon as it has greeted."""

    def ehlo(self, name: str = "") -> Any:
        reply = super().ehlo(name)
        self.login("user", "password")
        return reply


class Trying(smtplib.SMTP):
    """Sends a mail again where the connection was lost."""

    def connect(self, *args: Any, **kwargs: Any) -> Any:
        self.place = args
        return super().connect(*args, **kwargs)

    def sendmail(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().sendmail(*args, **kwargs)
        except smtplib.SMTPServerDisconnected:
            self.connect(*self.place)
            return super().sendmail(*args, **kwargs)


class Splitting(smtplib.SMTP):
    """Sends a mail of its own to each recipient."""

    def sendmail(self, from_addr: Any, to_addrs: Any, *args: Any, **kwargs: Any) -> Any:
        refused = {}
        for each in to_addrs:
            try:
                super().sendmail(from_addr, [each], *args, **kwargs)
            except smtplib.SMTPRecipientsRefused as error:
                refused.update(error.recipients)
        return refused


class Auditing(smtplib.SMTP):
    """Reports one recipient more."""

    def sendmail(self, *args: Any, **kwargs: Any) -> Any:
        return {**super().sendmail(*args, **kwargs), "audit@example.com": NO}


class Decoding(smtplib.SMTP):
    """Returns str where smtplib returns bytes."""

    def docmd(self, cmd: str, args: str = "") -> Any:
        code, text = super().docmd(cmd, args)
        return str(code), text.decode()


class Translating(smtplib.SMTP):
    """Raises an exception of its own for smtplib's."""

    def mail(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().mail(*args, **kwargs)
        except smtplib.SMTPServerDisconnected as error:
            raise OSError("the relay is gone") from error


class Blocking(smtplib.SMTP):
    """Refuses all recipients by itself."""

    def rcpt(self, *args: Any, **kwargs: Any) -> Any:
        raise smtplib.SMTPException("blocked by policy")


class Piecewise(smtplib.SMTP):
    """Sends the text of a mail as it is, in pieces."""

    def data(self, msg: Any) -> Any:
        self.putcmd("data")
        self.getreply()
        for line in msg.splitlines(keepends=True):
            self.send(line[:3])
            self.send(line[3:])
        self.send(b".\r\n")
        return self.getreply()


class Hasty(smtplib.SMTP):
    """Sends the first bytes of a text behind DATA, and two commands behind its end."""

    def data(self, msg: Any) -> Any:
        self.send(b"DATA\r\n" + msg[:3])
        self.getreply()
        self.send(msg[3:] + b".\r\nNOOP\r\nNO")
        answer = self.getreply()
        self.getreply()
        self.send(b"OP\r\n")
        self.getreply()
        return answer


class Ahead(smtplib.SMTP):
    """Sends with a text what comes behind its end: a command, and a line that ends no text."""

    def data(self, msg: Any) -> Any:
        self.putcmd("data")
        self.getreply()
        self.send(msg + b".\r\nNOOP\r\n.\r\n")
        return [self.getreply() for _ in range(3)][0]


def expired(challenge: object = None) -> None:
    """Fail to answer a challenge."""
    if challenge is not None:
        raise smtplib.SMTPException("the token has expired")


def message(*recipients: str) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"] = A, ", ".join(recipients)
    made.set_content(TEXT)
    return made


def opened(name: str) -> Any:
    """Return the call that makes a client of a class of this file."""
    return getattr(do, name)(HOST, PORT, **NAMED)


SEND = do.send_message(message(B))
PIECES = do.sendmail(A, [B], "Subject: Hi\r\n\r\n..Hello\r\n.\tand\r\n")
SCENARIOS = [
    scenario(
        "quit in sendmail",
        opened("Closing"),
        do.ehlo(),
        on(SEND, send_message={}, quit=BYE),
        on(do.noop()),
    ),
    scenario("noop in sendmail", opened("Probing"), do.ehlo(), on(SEND, noop=OK, send_message={})),
    scenario(
        "login in ehlo",
        opened("LoggingIn"),
        on(MAIL, ehlo=offering("AUTH PLAIN"), login=IN, sendmail={}),
        do.quit(),
    ),
    scenario(
        "connect in sendmail",
        opened("Trying"),
        do.ehlo(),
        on(SEND, send_message=dropped(mail=None), connect=None, sendmail={}),
        MAIL,
    ),
    scenario(
        "sendmail in sendmail",
        opened("Splitting"),
        do.ehlo(),
        on(do.send_message(message(B, C)), send_message={}, sendmail={C: NO}),
        do.quit(),
    ),
    scenario("more refused by sendmail", opened("Auditing"), do.ehlo(), SEND, MAIL),
    scenario("docmd that decodes", opened("Decoding"), do.noop(), do.rset()),
    scenario(
        "mail that raises another exception",
        opened("Translating"),
        do.ehlo(),
        on(MAIL, sendmail=dropped(mail=None)),
    ),
    scenario("rcpt that raises", opened("Blocking"), do.ehlo(), MAIL, do.rset(), do.mail(A)),
    scenario("a text in pieces", opened("Piecewise"), do.ehlo(), PIECES, PIECES, do.quit()),
    scenario(
        "a text in pieces, refused",
        opened("Piecewise"),
        do.ehlo(),
        on(PIECES, sendmail=[OK, OK, START_MAIL_INPUT, NO]),
        do.noop(),
    ),
    scenario("auth that raises", greeted("AUTH PLAIN"), do.auth("PLAIN", expired)),
]
