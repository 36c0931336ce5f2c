"""Mail transactions: command by command, and by ``sendmail``; recipients and refusals."""

import smtplib
from typing import Any

from tests.scenarios.notation import (
    MAIL,
    NO,
    SHUTDOWN,
    TEXT,
    UMLAUT,
    A,
    B,
    C,
    D,
    Failure,
    do,
    dropped,
    greeted,
    on,
    refused,
    scenario,
)
from tests.support.loopback import by_verb


class Unsized:
    """Recipients without a length."""

    def __iter__(self) -> Any:
        return iter([B, C])


INJECTED = do.sendmail("a@b\r\nRSET", [B], TEXT)
if "\n" in smtplib.quoteaddr(INJECTED.args[0]):
    # The email package of newer Pythons leaves such an address alone, and smtplib refuses it.
    INJECTED = on(INJECTED)
AT_DATA = Failure(smtplib.SMTPDataError(*NO), by_verb(data=NO))
TO_THREE = do.sendmail(A, [B, C, D], TEXT)
AT_FIRST_LINE = "an exception for the whole step is raised at its first line"
AT_TEXT = "an SMTPDataError is raised for the text, as most servers do it"

SCENARIOS = [
    # Command by command.
    scenario("mail, rcpt, data", do.ehlo(), do.mail(A), do.rcpt(B), do.data(TEXT), do.quit()),
    scenario("not greeted", do.mail(A), do.rcpt(B), do.data(TEXT)),
    scenario(
        "mail, options", greeted("SIZE"), do.mail(A, ["size=3"]), do.rcpt(B, ["NOTIFY=NEVER"])
    ),
    scenario(
        "mail, options, helo", do.helo(), do.mail(A, ["size=3"]), do.rcpt(B, ["NOTIFY=NEVER"])
    ),
    scenario(
        "mail, by name", do.ehlo(), do.mail(sender=A, options=()), do.rcpt(recip=B, options=[])
    ),
    scenario("mail refused", do.ehlo(), on(do.mail(A), mail=NO), on(do.rcpt(B), rcpt=(503, b"no"))),
    scenario("mail 421", do.ehlo(), on(do.mail(A), mail=SHUTDOWN), on(do.rset(), rset=dropped())),
    scenario("mail dropped", do.ehlo(), on(do.mail(A), mail=dropped()), on(do.rset())),
    scenario("mail, SMTPUTF8 not offered", do.ehlo(), on(do.mail(A, ["SMTPUTF8"]))),
    scenario("mail, SMTPUTF8", greeted("SMTPUTF8"), do.mail(UMLAUT, ["SMTPUTF8"]), do.rset()),
    scenario(
        "rcpt refused", do.ehlo(), do.mail(A), on(do.rcpt(B), rcpt=NO), do.rcpt(C), do.data(TEXT)
    ),
    scenario("rcpt 251", do.ehlo(), do.mail(A), on(do.rcpt(B), rcpt=(251, b"on")), do.data(TEXT)),
    scenario("rcpt dropped", do.ehlo(), do.mail(A), on(do.rcpt(B), rcpt=dropped())),
    scenario(
        "rset forgets", do.ehlo(), do.mail(A), do.rcpt(B), do.rset(), do.rcpt(D), do.data(TEXT)
    ),
    scenario(
        "ehlo forgets", do.ehlo(), do.mail(A), do.rcpt(B), do.ehlo(), do.rcpt(D), do.data(TEXT)
    ),
    scenario(
        "a mail is forgotten", do.ehlo(), do.mail(A), do.rcpt(B), do.data(TEXT), do.data(TEXT)
    ),
    scenario("data refused", do.ehlo(), on(do.data(TEXT), data=AT_DATA)),
    scenario("data, text refused", do.ehlo(), on(do.data(TEXT), data=NO), do.noop()),
    scenario("data dropped", do.ehlo(), on(do.data(TEXT), data=dropped())),
    scenario("data, not ASCII", do.ehlo(), do.data("\u00fc")),
    # sendmail: who to.
    scenario("sendmail", do.ehlo(), MAIL, MAIL, do.quit()),
    scenario("sendmail by name", do.ehlo(), do.sendmail(msg=TEXT, to_addrs=[B], from_addr=A)),
    scenario("a str", do.ehlo(), do.sendmail(A, B, TEXT)),
    scenario("a tuple", do.ehlo(), do.sendmail(A, (B, C), TEXT)),
    scenario("a set", do.ehlo(), do.sendmail(A, {B}, TEXT)),
    scenario("a dict", do.ehlo(), do.sendmail(A, {B: 1, C: 2}, TEXT)),
    scenario("no length", do.ehlo(), do.sendmail(A, Unsized(), TEXT)),
    scenario("nobody", do.ehlo(), do.sendmail(A, [], TEXT)),
    scenario("the same twice", do.ehlo(), do.sendmail(A, [B, B], TEXT)),
    scenario("no str", do.ehlo(), do.sendmail(A, [5], TEXT)),
    scenario(
        "names", do.ehlo(), do.sendmail("A <a@example.com>", ["B <b@example.com>", "<c>"], TEXT)
    ),
    scenario("from nobody", do.ehlo(), do.sendmail("", [B], TEXT), do.sendmail("<>", [B], TEXT)),
    scenario("CR and LF in the sender", do.ehlo(), INJECTED, MAIL),
    scenario("CR and LF in an option", greeted("SIZE"), on(do.mail(A, ["X\r\nRSET"])), MAIL),
    scenario("a sender, not ASCII", do.ehlo(), on(do.sendmail(UMLAUT, [B], TEXT)), MAIL),
    scenario("a recipient, not ASCII", do.ehlo(), do.sendmail(A, [UMLAUT], TEXT)),
    # sendmail: refusals.
    scenario(
        "MAIL refused",
        do.ehlo(),
        on(MAIL, sendmail=refused(smtplib.SMTPSenderRefused, *NO, A, mail=NO)),
        MAIL,
    ),
    scenario(
        "MAIL 421",
        do.ehlo(),
        on(MAIL, sendmail=refused(smtplib.SMTPSenderRefused, *SHUTDOWN, A, mail=SHUTDOWN)),
        on(MAIL),
    ),
    scenario("MAIL dropped", do.ehlo(), on(MAIL, sendmail=dropped(mail=None)), on(MAIL)),
    scenario("one of three refused", do.ehlo(), on(TO_THREE, sendmail={C: NO}), MAIL),
    scenario(
        "one of two named", do.ehlo(), on(do.sendmail(A, ["C <c>", B], TEXT), sendmail={"c": NO})
    ),
    scenario("one forwarded", do.ehlo(), on(TO_THREE, sendmail={C: (251, b"will forward")})),
    scenario(
        "all refused", do.ehlo(), on(TO_THREE, sendmail={B: NO, C: NO, D: (551, b"gone")}), MAIL
    ),
    scenario(
        "all refused, raised",
        do.ehlo(),
        on(MAIL, sendmail=refused(smtplib.SMTPRecipientsRefused, {B: NO}, rcpt=NO)),
        MAIL,
    ),
    scenario("RCPT 421", do.ehlo(), on(TO_THREE, sendmail={B: SHUTDOWN}), on(do.noop())),
    scenario("second RCPT 421", do.ehlo(), on(TO_THREE, sendmail={B: NO, C: SHUTDOWN}), on(MAIL)),
    scenario(
        "RCPT 421, raised",
        do.ehlo(),
        on(MAIL, sendmail=refused(smtplib.SMTPRecipientsRefused, {B: SHUTDOWN}, rcpt=SHUTDOWN)),
        on(MAIL),
    ),
    scenario("RCPT dropped", do.ehlo(), on(MAIL, sendmail=dropped(rcpt=None)), sent=AT_FIRST_LINE),
    scenario(
        "DATA refused",
        do.ehlo(),
        on(MAIL, sendmail=refused(smtplib.SMTPDataError, *NO, data=NO)),
        MAIL,
        sent=AT_TEXT,
    ),
    scenario("DATA dropped", do.ehlo(), on(MAIL, sendmail=dropped(data=None)), sent=AT_FIRST_LINE),
    scenario(
        "text refused",
        do.ehlo(),
        on(MAIL, sendmail=refused(smtplib.SMTPDataError, *NO, text=NO)),
        MAIL,
    ),
    scenario(
        "text 421",
        do.ehlo(),
        on(MAIL, sendmail=refused(smtplib.SMTPDataError, *SHUTDOWN, text=SHUTDOWN)),
        on(MAIL),
    ),
    scenario("text dropped", do.ehlo(), on(MAIL, sendmail=dropped(text=None)), sent=AT_FIRST_LINE),
]
