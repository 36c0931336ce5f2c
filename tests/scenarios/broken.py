"""Servers that misbehave: silence, resets, half-closed connections, refusals at every line."""

import smtplib
import ssl

from tests.scenarios.messages import MESSAGE
from tests.scenarios.notation import (
    IN,
    MAIL,
    NO,
    OK,
    PORT,
    READY,
    SHUTDOWN,
    TEXT,
    UNIX_PATH,
    UNOPENED,
    A,
    B,
    C,
    Failure,
    Step,
    broken,
    do,
    greeted,
    in_vain,
    on,
    scenario,
)
from tests.support.loopback import HOST, START_MAIL_INPUT, always, transaction

NAME = "client.example.com"
IMPATIENT = do.SMTP(HOST, PORT, local_hostname=NAME, timeout=0.4)
TIMEOUT = TimeoutError("timed out")
RESET = ConnectionResetError(104, "Connection reset by peer")
GONE = smtplib.SMTPServerDisconnected("Connection unexpectedly closed")
LEAVING = do.__exit__(None, None, None)
LATER = (451, b"try later")
GO_ON = START_MAIL_INPUT
TWO_READY = b"220 go on\r\n220 injected\r\n"
TO_TWO = do.sendmail(A, [B, C], TEXT)

# What a client may do at any time, and what it does afterwards to see what is left.
COMMANDS = {
    "ehlo": do.ehlo(),
    "helo": do.helo(),
    "noop": do.noop(),
    "rset": do.rset(),
    "vrfy": do.vrfy(A),
    "expn": do.expn("staff"),
    "help": do.help(),
    "docmd": do.docmd("XCMD"),
    "mail": do.mail(A),
    "rcpt": do.rcpt(B),
    "data": do.data(TEXT),
    "login": do.login("user", "password"),
    "auth": None,
    "starttls": do.starttls(),
    "sendmail": MAIL,
    "send_message": MESSAGE,
    "quit": do.quit(),
    "__exit__": LEAVING,
}
_STEP_OF = {"__exit__": "quit"}
AFTERWARDS = (on(do.noop()), on(LEAVING))
OFFERING = greeted("STARTTLS", "AUTH PLAIN LOGIN CRAM-MD5")


def breaking(title, method, error):
    act = on(COMMANDS[method], **{_STEP_OF.get(method, method): broken(error)})
    return scenario(f"{method}, {title}", OFFERING, act, *AFTERWARDS)


ON_UNIX = do.LMTP(UNIX_PATH, local_hostname=NAME)
LHLO = do.ehlo()
LMTP_TO_TWO = TO_TWO._replace(
    steps=(Step("sendmail", {"returns": {}}, transaction(text=[OK, OK])),)
)
UNTRUSTING = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
UNVERIFIED = Failure(ssl.SSLCertVerificationError(1, "certificate verify failed"), always(READY))
ITS_OWN_WORDS = "the script gives the text, not OpenSSL"

CODES = [on(do.noop(), noop=(code, b"text")) for code in (99, 1000, 0, 2500)]

SCENARIOS = [
    # The connection breaks at any command.
    *(breaking("reset", method, RESET) for method in COMMANDS if method != "auth"),
    *(breaking("closed by half", method, GONE) for method in COMMANDS if method != "auth"),
    *(breaking("silence", method, TIMEOUT) for method in COMMANDS if method != "auth"),
    # The connection breaks at any line of a mail.
    *(
        scenario(
            f"{act.name}, {type(error).__name__} at line {number}",
            OFFERING,
            on(act, **{act.name: [OK, OK, GO_ON, OK][:number] + [error]}),
            *AFTERWARDS,
        )
        for act in (MAIL, MESSAGE)
        for error in (RESET, GONE)
        for number in range(4)
    ),
    scenario(
        "reset within the login",
        OFFERING,
        on(do.login("user", "password"), login=[(334, b""), RESET]),
        *AFTERWARDS,
    ),
    # TLS that does not come about.
    scenario(
        "starttls, a certificate that does not verify",
        OFFERING,
        on(do.starttls(context=UNTRUSTING), starttls=UNVERIFIED),
        on(do.quit()),
        on(do.close()),
        raised=ITS_OWN_WORDS,
    ),
    scenario(
        "starttls, a certificate that does not verify, in a block",
        OFFERING,
        on(do.starttls(context=UNTRUSTING), starttls=UNVERIFIED),
        on(LEAVING),
        raised=ITS_OWN_WORDS,
    ),
    *(
        scenario(
            f"starttls, {type(error).__name__} in the place of the handshake",
            *((IMPATIENT, OFFERING) if error is TIMEOUT else (OFFERING,)),
            on(do.starttls(), starttls=[READY, error]),
            *AFTERWARDS,
            **({} if error is RESET else {"raised": ITS_OWN_WORDS}),
        )
        for error in (RESET, GONE, TIMEOUT)
    ),
    scenario("lines behind STARTTLS", OFFERING, on(do.starttls(), starttls=[TWO_READY]), do.ehlo()),
    # Refused at any line of a mail.
    scenario("451 to MAIL, then gone", OFFERING, on(MAIL, sendmail=[LATER, GONE]), *AFTERWARDS),
    scenario("451 to MAIL", OFFERING, on(MAIL, sendmail=[LATER]), MAIL, do.quit()),
    scenario("421 to MAIL", OFFERING, on(MAIL, sendmail=[SHUTDOWN]), *AFTERWARDS),
    scenario("421 to RCPT", OFFERING, on(TO_TWO, sendmail=[OK, SHUTDOWN]), *AFTERWARDS),
    scenario(
        "421 to the second RCPT", OFFERING, on(TO_TWO, sendmail=[OK, OK, SHUTDOWN]), *AFTERWARDS
    ),
    scenario("421 to DATA", OFFERING, on(MAIL, sendmail=[OK, OK, SHUTDOWN]), do.noop(), do.quit()),
    scenario(
        "421 to the text", OFFERING, on(MAIL, sendmail=[OK, OK, GO_ON, SHUTDOWN]), *AFTERWARDS
    ),
    scenario("421 to NOOP", OFFERING, on(do.noop(), noop=SHUTDOWN), MAIL, do.quit()),
    scenario("421 to EHLO", on(do.ehlo(), ehlo=SHUTDOWN), on(do.helo(), helo=OK), do.quit()),
    scenario("503 to DATA", OFFERING, on(MAIL, sendmail=[OK, OK, (503, b"no")]), MAIL),
    scenario("552 to the text", OFFERING, on(MAIL, sendmail=[OK, OK, GO_ON, (552, b"full")]), MAIL),
    scenario("a refused RSET", OFFERING, on(MAIL, sendmail=[NO, NO]), MAIL),
    scenario("one of two refused", OFFERING, on(TO_TWO, sendmail=[OK, NO]), do.quit()),
    scenario(
        "all refused, line by line", OFFERING, on(TO_TWO, sendmail=[OK, NO, NO, OK]), do.quit()
    ),
    scenario(
        "data, refused at once", OFFERING, do.mail(A), do.rcpt(B), on(do.data(TEXT), data=[NO])
    ),
    scenario(
        "data, 421 to the text",
        OFFERING,
        do.mail(A),
        do.rcpt(B),
        on(do.data(TEXT), data=[GO_ON, SHUTDOWN]),
        do.quit(),
    ),
    # What is no reply.
    scenario(
        "a line without a code", OFFERING, on(do.noop(), noop=[b"hello there\r\n"]), do.noop()
    ),
    scenario("an empty line", OFFERING, on(do.noop(), noop=[b"\r\n"]), do.noop()),
    scenario(
        "a line that is too long",
        OFFERING,
        on(do.noop(), noop=[b"250 " + b"x" * 9000 + b"\r\n"]),
        *AFTERWARDS,
    ),
    scenario(
        "a reply whose line is too long",
        OFFERING,
        on(do.noop(), noop=(250, b"x" * 9000)),
        *AFTERWARDS,
    ),
    scenario(
        "blanks around the lines of replies",
        greeted(" STARTTLS ", "\tSIZE 1"),
        on(do.noop(), noop=(250, b" before")),
        on(do.noop(), noop=(250, b"behind ")),
        on(do.noop(), noop=(250, b"one \r\n two\t")),
        on(do.help(), help=b" a\n b "),
        on(do.rset(), rset=(250, b"\rOK\r")),
        do.has_extn("starttls"),
    ),
    scenario("codes of less or more than three digits", OFFERING, *CODES),
    scenario("a code alone", OFFERING, on(do.noop(), noop=[b"250\r\n"]), do.noop()),
    scenario("two lines", OFFERING, on(do.noop(), noop=[b"250-one\r\n250 two \r\n"]), do.noop()),
    scenario("MAIL, a line without a code", OFFERING, on(MAIL, sendmail=[b"what?\r\n"]), MAIL),
    scenario(
        "a greeting without a code",
        on(UNOPENED),
        on(do.connect(HOST, PORT), connect=[b"what?\r\n"]),
        do.noop(),
    ),
    # Logins of several lines.
    scenario(
        "a challenge and an error",
        OFFERING,
        on(do.login("u", "p"), login=[(334, b"e30="), (535, b"no"), (535, b"no"), (535, b"no")]),
        do.noop(),
    ),
    scenario(
        "a reply for each mechanism",
        OFFERING,
        on(do.login("u", "p"), login=[(504, b"unknown"), (535, b"no"), IN]),
        do.noop(),
    ),
    # LMTP replies to the text once for each recipient (RFC 2033), and smtplib reads one.
    scenario("LMTP to one", ON_UNIX, LHLO, do.sendmail(A, [B], TEXT), do.noop(), do.quit()),
    scenario("LMTP to two, then a command", ON_UNIX, LHLO, LMTP_TO_TWO, do.noop(), do.noop()),
    scenario(
        "LMTP to two, then a mail",
        ON_UNIX,
        LHLO,
        LMTP_TO_TWO,
        LMTP_TO_TWO,
        on(LEAVING),
    ),
    scenario(
        "LMTP to two, one of them refused late",
        ON_UNIX,
        LHLO,
        on(TO_TWO, sendmail=[OK, OK, OK, GO_ON, [OK, (552, b"full")]]),
        do.noop(),
    ),
    scenario(
        "LMTP to two, the first refused late",
        ON_UNIX,
        LHLO,
        on(TO_TWO, sendmail=[OK, OK, OK, GO_ON, [(552, b"full"), OK]]),
        do.noop(),
    ),
    # What comes in bytes may be more than one reply, or less.
    scenario("two replies", on(do.noop(), noop=[b"250 a\r\n250 b\r\n"]), do.rset(), do.noop()),
    *(
        scenario(
            f"two replies to a text, {said!r}",
            OFFERING,
            on(TO_TWO, sendmail=[OK, OK, OK, GO_ON, said]),
            do.noop(),
            do.noop(),
        )
        for said in (b"250 a\r\n550 b\r\n", b"550 a\r\n250 b\r\n")
    ),
    scenario("lines without a code", on(do.noop(), noop=[b"\r\nx\r\n"]), do.rset(), do.rset()),
    scenario(
        "two greetings",
        on(do.SMTP(HOST, PORT, local_hostname=NAME), connect=[b"220 a\r\n220 b\r\n"]),
        do.noop(),
    ),
    scenario("LF alone", on(do.noop(), noop=[b"250-a\n250 b\n"]), do.rset()),
    scenario("CR alone", on(do.noop(), noop=[b"250 a\rb\r\n"]), do.rset()),
    *(
        scenario(f"unfinished, {said!r}", in_vain(do.noop(), noop=[said]), *AFTERWARDS)
        for said in (b"250-a\r\n", b"25")
    ),
    # A line that has no end leaves the server waiting for it.
    scenario("no end of a line", on(do.send("NOOP")), in_vain(do.getreply()), *AFTERWARDS),
    scenario(
        "a line in pieces",
        on(do.send("NO")),
        on(do.send("OP")),
        on(do.send("\r\n"), docmd=OK),
        on(do.getreply()),
        do.noop(),
    ),
    scenario(
        "two lines in one",
        do.send("NOOP\r\nRSET\r\nNO")._replace(
            steps=(Step("docmd", {"returns": OK}, always(OK)),) * 2
        ),
        on(do.getreply()),
        on(do.getreply()),
    ),
    scenario("a command behind half a line", on(do.send("NO")), on(do.docmd("OP"), docmd=OK)),
    # A text that cannot be made leaves the server waiting for it.
    scenario(
        "a message object given to sendmail",
        OFFERING,
        do.sendmail(A, [B], MESSAGE.args[0]),
        in_vain(MAIL),
        *AFTERWARDS,
    ),
    scenario("nobody to send to", OFFERING, do.sendmail(A, [], TEXT), MAIL, do.quit()),
    scenario(
        "nobody to send to, refused",
        OFFERING,
        on(do.sendmail(A, (), TEXT), sendmail=[OK, NO]),
        do.quit(),
    ),
]
