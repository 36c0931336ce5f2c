"""Every form of message, by ``sendmail`` and by ``send_message``."""

import email.message
import smtplib
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from typing import Any, Tuple

from tests.scenarios.notation import (
    MAIL,
    NO,
    TEXT,
    UMLAUT,
    A,
    B,
    C,
    D,
    do,
    dropped,
    greeted,
    offering,
    on,
    refused,
    scenario,
)


def modern(*headers: Tuple[str, str], text: str = "Hello\n") -> Any:
    """Return an ``EmailMessage`` with these headers."""
    made = email.message.EmailMessage()
    for name, value in headers:
        made[name] = value
    made.set_content(text)
    return made


def legacy(*headers: Tuple[str, str]) -> Any:
    """Return a ``Message`` with these headers."""
    made = email.message.Message()
    for name, value in headers:
        made[name] = value
    made.set_payload("Hello\n.dot\n")
    return made


def multipart() -> Any:
    """Return a message of two parts."""
    made = MIMEMultipart(boundary="=-=")
    made["From"], made["To"] = A, B
    made.attach(MIMEText("one"))
    made.attach(MIMEText("two", "html"))
    return made


FROM_TO = (("From", A), ("To", B), ("Subject", "hello"))
RESENT = (
    ("Resent-Date", "Thu, 1 Jan 2015 00:00:00 +0000"),
    ("Resent-From", C),
    ("Resent-To", D),
    ("Resent-Bcc", B),
)
UTF8 = ["SMTPUTF8"]
MESSAGE = do.send_message(modern(*FROM_TO))
AT_MAIL = refused(smtplib.SMTPSenderRefused, *NO, A, mail=NO)
UMLAUT_AT_MAIL = refused(smtplib.SMTPSenderRefused, *NO, UMLAUT, mail=NO)

INJECTING = MIMEText("Hello")
INJECTING["From"], INJECTING["To"], INJECTING["Bcc"] = A, B, "d@example.com\nX: y"

UNREAD = MIMEText("Hello")
UNREAD["From"], UNREAD["To"] = A, B
UNREAD["Bcc"] = [C, D]  # type: ignore[assignment]

SCENARIOS = [
    scenario("a Bcc that cannot be written", greeted(), do.send_message(INJECTING), do.quit()),
    scenario("a Bcc that is no text", greeted(), do.send_message(UNREAD, A, [B, C]), do.quit()),
    # sendmail
    scenario("bytes", do.ehlo(), do.sendmail(A, [B], b"Subject: x\r\n\r\n\xc3\xbc\r\n")),
    scenario("bytes, bare LF", do.ehlo(), do.sendmail(A, [B], b"Subject: x\n\n.dot\n..dots\n")),
    scenario("bytes, no line end", do.ehlo(), do.sendmail(A, [B], b"Subject: x")),
    scenario("a bytearray", do.ehlo(), do.sendmail(A, [B], bytearray(b"x\r\n"))),
    scenario("a str, bare LF and CR", do.ehlo(), do.sendmail(A, [B], "x: y\n\rhello\r\n.\n.dot")),
    scenario("empty", do.ehlo(), do.sendmail(A, [B], ""), do.sendmail(A, [B], b"")),
    scenario("a str, not ASCII", do.ehlo(), on(do.sendmail(A, [B], "\u00fc")), MAIL),
    scenario(
        "a str, not ASCII, greets", on(do.sendmail(A, [B], "\u00fc"), ehlo=offering("SIZE")), MAIL
    ),
    scenario("no message", do.ehlo(), do.sendmail(A, [B], None)),
    scenario("no message, SIZE", greeted("SIZE"), on(do.sendmail(A, [B], None)), MAIL),
    scenario(
        "SIZE", greeted("SIZE 9", "8BITMIME"), do.sendmail(A, [B], TEXT, ["BODY=8BITMIME"], ["N"])
    ),
    scenario(
        "options, helo", do.helo(), do.sendmail(A, [B], TEXT, ["BODY=8BITMIME"], ["NOTIFY=NEVER"])
    ),
    scenario("SMTPUTF8", greeted(*UTF8), do.sendmail(UMLAUT, [UMLAUT], TEXT, UTF8), do.rset()),
    scenario("SMTPUTF8 not offered", do.ehlo(), on(do.sendmail(A, [B], TEXT, ["smtputf8"])), MAIL),
    scenario(
        "SMTPUTF8, MAIL refused",
        greeted(*UTF8),
        on(do.sendmail(UMLAUT, [B], TEXT, UTF8), sendmail=UMLAUT_AT_MAIL),
        on(do.sendmail(UMLAUT, [B], TEXT)),
    ),
    scenario(
        "SMTPUTF8, all refused",
        greeted(*UTF8),
        on(do.sendmail(A, [UMLAUT], TEXT, UTF8), sendmail={UMLAUT: NO}),
        on(do.vrfy(UMLAUT)),
    ),
    # send_message
    scenario("an EmailMessage", do.ehlo(), MESSAGE),
    scenario("send_message greets once", on(MESSAGE, ehlo=offering("SIZE"), send_message={})),
    scenario("a legacy Message", do.ehlo(), do.send_message(legacy(*FROM_TO))),
    scenario("multipart", do.ehlo(), do.send_message(multipart())),
    scenario("addresses", do.ehlo(), do.send_message(modern(*FROM_TO), C, [D], ["X"], ("Y",))),
    scenario(
        "send_message by name",
        do.ehlo(),
        do.send_message(to_addrs=D, from_addr=C, msg=modern(*FROM_TO)),
    ),
    scenario(
        "To, Cc and Bcc",
        do.ehlo(),
        on(do.send_message(modern(*FROM_TO, ("Cc", C), ("Bcc", D))), send_message={D: NO}),
    ),
    scenario("Sender before From", do.ehlo(), do.send_message(modern(*FROM_TO, ("Sender", C)))),
    scenario("resent", do.ehlo(), do.send_message(modern(*FROM_TO, *RESENT))),
    scenario(
        "resent twice", do.ehlo(), on(do.send_message(legacy(*FROM_TO, *RESENT, *RESENT))), MAIL
    ),
    scenario("no recipients", do.ehlo(), do.send_message(legacy(("From", A)))),
    scenario("no message object", do.ehlo(), on(do.send_message("text"))),
    scenario("no message object, greets", on(do.send_message("text"), ehlo=offering("SIZE")), MAIL),
    scenario("UTF-8 sender", greeted(*UTF8), do.send_message(modern(("From", UMLAUT), ("To", B)))),
    scenario(
        "UTF-8 recipient", greeted(*UTF8), do.send_message(modern(("From", A), ("To", UMLAUT)))
    ),
    scenario(
        "UTF-8, not offered", do.ehlo(), on(do.send_message(modern(("From", UMLAUT), ("To", B))))
    ),
    scenario(
        "UTF-8, helo", do.helo(), on(do.send_message(modern(("From", A), ("To", UMLAUT)))), MAIL
    ),
    scenario("UTF-8 text", do.ehlo(), do.send_message(modern(*FROM_TO, text="\u00fc\u20ac\n"))),
    scenario("send_message, all refused", do.ehlo(), on(MESSAGE, send_message={B: NO}), MESSAGE),
    scenario("send_message, MAIL refused", do.ehlo(), on(MESSAGE, send_message=AT_MAIL), MESSAGE),
    scenario("send_message dropped", do.ehlo(), on(MESSAGE, send_message=dropped()), on(MESSAGE)),
]
