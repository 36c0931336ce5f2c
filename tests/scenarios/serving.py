"""What a server that takes what comes answers: the same rules, and the same calls."""

import base64
from typing import Any, Dict, NamedTuple, Tuple

from tests.scenarios.messages import MESSAGE
from tests.scenarios.notation import (
    CLOSED_PORT,
    MAIL,
    NAMED,
    NO,
    OPEN,
    PORT,
    SHUTDOWN,
    TEXT,
    UMLAUT,
    UNOPENED,
    A,
    Act,
    B,
    C,
    D,
    do,
)
from tests.scenarios.overrides import PIECES
from tests.support.loopback import HOST


class Served(NamedTuple):
    """The rules of a server, and the calls of a client, without any steps."""

    title: str
    rules: Dict[str, Any]
    acts: Tuple[Act, ...]


def served(title: str, *acts: Act, **rules: Any) -> Served:
    """Return a scenario; it opens a connection where it does not start with a constructor."""
    return Served(title, rules, acts if acts[0].is_constructor else (OPEN, *acts))


def plain(user: str, password: str) -> str:
    """Return what PLAIN responds."""
    return base64.b64encode(f"\0{user}\0{password}".encode()).decode()


SHOP = {"shop": "s3cret", "j\u00fcrgen": "geheim"}
LATER = (451, b"Greylisted")
BUSY = (421, b"Too busy")
ENTER = do.login("shop", "s3cret")
INTRUDE = do.login("shop", "guessed")
TO_THREE = do.sendmail(A, [B, C, D], TEXT)
TO_B, TO_C = do.sendmail(A, [B], TEXT), do.sendmail(A, [C], TEXT)
LARGE = do.sendmail(A, [B], "Subject: large\r\n\r\n" + "0123456789\r\n" * 20)
LEAVE = do.__exit__(None, None, None)
OPEN_TLS = do.SMTP_SSL(HOST, PORT, **NAMED)
MAIL_BY_LINE = (do.mail(A), do.rcpt(B), do.data(TEXT))
GREET = do.ehlo()


def elsewhere(address: str) -> bool:
    """Refuse whoever is not of example.com."""
    return not address.endswith("@example.com")


def full(address: str) -> Any:
    """Refuse one mailbox with a reply of its own."""
    return (452, b"Mailbox full") if address == C else None


SCENARIOS = [
    # No rules: it takes what comes.
    served("a mail", MAIL, do.quit()),
    served("a message", MESSAGE, do.quit()),
    served("a greeting and a mail", GREET, MAIL, do.quit()),
    served("helo and a mail", do.helo(), MAIL, do.quit()),
    served("two mails", MAIL, TO_THREE, LEAVE),
    served("nothing but quit", do.quit()),
    served("TLS, a login, a mail", do.starttls(), ENTER, MAIL, do.quit()),
    served("any login", INTRUDE, MAIL),
    served("a mail by SMTP_SSL", OPEN_TLS, MAIL, do.quit()),
    served("no STARTTLS by SMTP_SSL", OPEN_TLS, do.starttls(), do.docmd("STARTTLS")),
    served("line by line", GREET, *MAIL_BY_LINE, do.quit()),
    served("by docmd", do.docmd("EHLO", "a"), do.docmd("MAIL", f"FROM:<{A}>"), do.rcpt(B)),
    served("all the rest", GREET, do.noop(), do.rset(), do.vrfy(B), do.expn(B), do.help()),
    served("dots", do.sendmail(A, [B], "Subject: x\r\n\r\n.\r\n..x\r\n.")),
    served("to nobody", GREET, do.sendmail(A, [], TEXT), MAIL),
    # Bad sequences and bad lines.
    served("mail before a greeting", *MAIL_BY_LINE, GREET, *MAIL_BY_LINE),
    served("rcpt before mail", GREET, do.rcpt(B), do.mail(A), do.rcpt(B)),
    served("data before mail", GREET, do.data(TEXT), MAIL),
    served("mail twice", GREET, do.mail(A), do.mail(A), do.rset(), do.mail(A)),
    served("data without a recipient", GREET, do.mail(A), do.data(TEXT), do.rcpt(B), do.data(TEXT)),
    served("rset in between", GREET, do.mail(A), do.rcpt(B), do.rset(), do.data(TEXT)),
    served("a greeting in between", GREET, do.mail(A), do.rcpt(B), GREET, do.data(TEXT)),
    served("an unknown command", do.docmd("XCMD"), do.docmd("MAILER"), GREET, MAIL),
    served("mail without a path", GREET, do.docmd("MAIL", "FROM: a"), do.docmd("MAIL", "FROM:")),
    served(
        "the keyword of the other command",
        GREET,
        do.docmd("MAIL", f"TO:<{A}>"),
        do.mail(A),
        do.docmd("RCPT", f"FROM:<{B}>"),
        do.rcpt(B),
    ),
    served("an argument is missing", do.docmd("VRFY"), do.docmd("EXPN"), do.docmd("HELP")),
    served(
        "an argument too many",
        GREET,
        do.mail(A),
        do.rcpt(B),
        do.docmd("RSET", "now"),
        do.docmd("DATA", "now"),
        do.docmd("NOOP", "now"),
        do.data(TEXT),
    ),
    served("a blank behind a command", GREET, do.mail(A), do.docmd("RSET", " "), do.mail(A)),
    served("no mailbox", GREET, do.docmd("MAIL", "FROM:<a@b@c>"), do.docmd("MAIL", "FROM:<@>")),
    served(
        "each parameter of RCPT",
        GREET,
        do.mail(A),
        do.rcpt(B, ["NOTIFY=NEVER", "ORCPT=rfc822;b@example.com"]),
    ),
    served("rcpt without a path", GREET, do.mail(A), do.docmd("RCPT", "TO: a"), do.rcpt("")),
    *(
        served(f"a mail with {option}", GREET, do.mail(A, [option]), do.mail(A))
        for option in (
            "BODY=BINARYMIME",
            "BODY=",
            "RET=FULL",
            "RET=FOO",
            "SIZE=many",
            "SIZE",
            "ENVID=7",
            "ENVID=",
            "SMTPUTF8=1",
            "MT-PRIORITY=3",
        )
    ),
    *(
        served(f"a recipient with {option}", GREET, do.mail(A), do.rcpt(B, [option]), do.rcpt(B))
        for option in (
            "NOTIFY=SUCCESS,DELAY",
            "NOTIFY=FALURE",
            "NOTIFY=NEVER,DELAY",
            "NOTIFY=",
            "ORCPT=rfc822;b@example.com",
            "ORCPT=b@example.com",
            "SIZE=1",
        )
    ),
    served("the null sender", do.sendmail("", [B], TEXT)),
    served("lhlo", do.docmd("LHLO", "a"), GREET),
    served("a greeting without a name", do.docmd("EHLO"), do.docmd("HELO"), do.noop(), GREET),
    served("after quit", do.docmd("QUIT"), do.noop(), do.noop()),
    served("a lower-case command", do.docmd("ehlo", "a"), do.docmd("mail", f"from:<{A}>")),
    served(
        "parameters", GREET, do.mail(A, ["BODY=8BITMIME", "RET=HDRS"]), do.rcpt(B, ["NOTIFY=NEVER"])
    ),
    served("unknown parameters", GREET, do.mail(A, ["X=1"]), do.mail(A), do.rcpt(B, ["Y"])),
    served("a size of no digits", GREET, do.mail(A, ["SIZE=x"]), do.mail(A, ["SIZE=9"])),
    # TLS.
    served("no starttls", GREET, do.starttls(), do.docmd("STARTTLS"), MAIL, starttls=False),
    served("starttls with a parameter", do.docmd("STARTTLS", "now"), GREET, MAIL),
    served("starttls forgets the greeting", GREET, do.starttls(), do.mail(A), MAIL),
    served(
        "starttls forgets the login", ENTER, do.starttls(), do.mail(A), MAIL, require_login=True
    ),
    served("starttls twice", do.starttls(), do.starttls(), do.docmd("STARTTLS")),
    served("TLS first: a mail", MAIL, do.starttls(), MAIL, require_tls=True),
    served("TLS first: a login", ENTER, do.starttls(), ENTER, MAIL, require_tls=True),
    served(
        "TLS first: AUTH by hand", do.docmd("AUTH", "PLAIN " + plain("a", "b")), require_tls=True
    ),
    served("TLS first: the rest", do.noop(), do.rset(), do.helo(), do.quit(), require_tls=True),
    served("TLS first: SMTP_SSL", OPEN_TLS, ENTER, MAIL, require_tls=True),
    served("TLS first: no STARTTLS", OPEN_TLS, ENTER, MAIL, require_tls=True, starttls=False),
    # AUTH.
    served("a login", ENTER, MAIL, login=SHOP),
    served("a wrong password", INTRUDE, ENTER, MAIL, login=SHOP),
    served("an unknown user", do.login("nobody", "s3cret"), login=SHOP),
    served("by LOGIN", ENTER, INTRUDE, login=SHOP, auth=["LOGIN"]),
    served("a wrong password by LOGIN", INTRUDE, ENTER, login=SHOP, auth=["LOGIN"]),
    served("by CRAM-MD5", ENTER, MAIL, login=SHOP, auth=["CRAM-MD5"]),
    served("a wrong password by CRAM-MD5", INTRUDE, ENTER, login=SHOP, auth=["CRAM-MD5"]),
    served(
        "an unknown user by CRAM-MD5", do.login("x", "y"), login=SHOP, auth=["CRAM-MD5", "PLAIN"]
    ),
    served(
        "a login, challenged", do.login("shop", "s3cret", initial_response_ok=False), login=SHOP
    ),
    served("a login twice", ENTER, ENTER, do.docmd("AUTH", "PLAIN"), login=SHOP),
    served("AUTH within a mail", GREET, do.mail(A), do.docmd("AUTH", "PLAIN x"), login=SHOP),
    served("a mechanism not offered", GREET, do.docmd("AUTH", "CRAM-MD5"), do.noop(), login=SHOP),
    served("AUTH before EHLO", do.docmd("AUTH", "PLAIN eA=="), ENTER),
    served("AUTH before EHLO after STARTTLS", GREET, do.starttls(), do.docmd("AUTH", "PLAIN eA==")),
    served("any mechanism", GREET, do.docmd("AUTH", "XOAUTH2 eA=="), do.noop()),
    served(
        "XOAUTH2",
        GREET,
        do.auth("XOAUTH2", lambda challenge=None: "user=shop\1auth=Bearer no\1\1"),
        do.auth("XOAUTH2", lambda challenge=None: "user=shop"),
        do.auth("XOAUTH2", lambda challenge=None: "user=shop\1auth=Bearer s3cret\1\1"),
        login=SHOP,
        auth=["XOAUTH2"],
    ),
    served("AUTH by hand", GREET, do.docmd("AUTH", "PLAIN " + plain("shop", "s3cret")), login=SHOP),
    served("not base64", GREET, do.docmd("AUTH", "PLAIN ???"), ENTER, login=SHOP),
    served("no three parts", GREET, do.docmd("AUTH", "PLAIN eA=="), login=SHOP),
    served("AUTH alone", GREET, do.docmd("AUTH"), do.docmd("AUTH", "PLAIN a b"), login=SHOP),
    served("cancelled", GREET, do.docmd("AUTH", "LOGIN"), do.docmd("*"), ENTER, login=SHOP),
    served(
        "by LOGIN, by hand", GREET, do.docmd("AUTH", "LOGIN"), do.docmd("eA=="), do.docmd("eA==")
    ),
    served("no login", ENTER, do.docmd("AUTH", "PLAIN"), MAIL, login=False),
    served("login first", MAIL, do.vrfy(B), ENTER, MAIL, login=SHOP, require_login=True),
    served("login first: line by line", GREET, *MAIL_BY_LINE, do.rset(), require_login=True),
    # The rest of what EHLO tells.
    served("small enough", MAIL, size=1000),
    served("too large", LARGE, MAIL, size=100),
    served("too large, untold", GREET, do.mail(A), do.rcpt(B), do.data("x" * 200), MAIL, size=100),
    served("as large as it may be told to be", GREET, do.mail(A, ["size=96"]), size=96),
    served("just small enough", do.helo(), do.sendmail(A, [B], "x" * 96), size=98),
    served("a byte too large", do.helo(), do.sendmail(A, [B], "x" * 97), size=98),
    served("stuffed dots count once", do.helo(), do.sendmail(A, [B], "." * 98), size=100),
    served("an umlaut", do.sendmail(UMLAUT, [B], TEXT, ["SMTPUTF8"]), do.rset()),
    served("no SMTPUTF8", GREET, do.mail(A, ["SMTPUTF8"]), do.mail(A), smtputf8=False),
    served(
        "no SMTPUTF8 by docmd",
        GREET,
        do.docmd("MAIL", f"FROM:<{A}> SMTPUTF8"),
        do.mail(A),
        smtputf8=False,
    ),
    served("a text between commands", do.Hasty(HOST, PORT, **NAMED), PIECES, MAIL, do.quit()),
    served("lines behind a text", do.Ahead(HOST, PORT, **NAMED), PIECES, do.quit()),
    served("lines behind an empty text", do.Ahead(HOST, PORT, **NAMED), do.sendmail(A, [B], "")),
    served("too large, in pieces", do.Piecewise(HOST, PORT, **NAMED), MAIL, do.quit(), size=10),
    # What is no address.
    *(
        served(f"the recipient {address!r}", do.sendmail(A, [address], TEXT), do.quit())
        for address in (
            "b@example.com, c@example.com",
            "b@example.com;c@example.com",
            "b@example.com c@example.com",
            "b@",
            "@example.com",
            "b@@example.com",
            "b@example..com",
            "undisclosed-recipients:;",
            '"b c"@example.com',
            "b@[127.0.0.1]",
            "b",
        )
    ),
    served("two senders in one", do.sendmail("a@example.com, c@example.com", [B], TEXT), MAIL),
    # Who is refused.
    served("one of three", TO_THREE, do.quit(), refuse={C: NO}),
    served("all of them", TO_THREE, MAIL, do.quit(), refuse=NO),
    served("the domain in capitals", do.sendmail(A, ["c@EXAMPLE.com", B], TEXT), refuse={C: NO}),
    served("the name in capitals", do.sendmail(A, ["C@example.com"], TEXT), refuse={C: NO}),
    served("a predicate", do.sendmail(A, [B, "x@example.org"], TEXT), refuse=elsewhere),
    served("a predicate with a reply", TO_THREE, refuse=full),
    served("a recipient with 421", TO_THREE, do.noop(), refuse={C: SHUTDOWN}),
    served(
        "a recipient with 421 by line", GREET, do.mail(A), do.rcpt(B), do.noop(), refuse=SHUTDOWN
    ),
    served("greylisted", MAIL, TO_THREE, MAIL, refuse=[LATER]),
    served("greylisted twice", MAIL, MAIL, MAIL, refuse={B: [LATER, LATER]}),
    served("greylisted, over connections", MAIL, do.quit(), OPEN, MAIL, refuse=[LATER]),
    served("a sender", MAIL, do.sendmail(C, [B], TEXT), refuse_senders={A: NO}),
    served("every sender", MAIL, do.quit(), refuse_senders=NO),
    served(
        "a sender by predicate", do.sendmail("x@example.org", [B], TEXT), refuse_senders=elsewhere
    ),
    served("a sender with 421", MAIL, do.noop(), refuse_senders=SHUTDOWN),
    served("a sender at first", MAIL, MAIL, refuse_senders=[LATER]),
    served("the null sender refused", do.sendmail("", [B], TEXT), refuse_senders={"": NO}),
    served("busy", OPEN, OPEN, refuse_connections=BUSY),
    served("busy at first", OPEN, OPEN, MAIL, refuse_connections=[BUSY]),
    served(
        "busy, by connect", UNOPENED, do.connect(HOST, PORT), do.noop(), refuse_connections=BUSY
    ),
    served(
        "turned away, by connect",
        UNOPENED,
        do.connect(HOST, PORT),
        do.noop(),
        do.quit(),
        refuse_connections=(554, b"No service"),
    ),
    served(
        "down at first",
        do.SMTP(HOST, CLOSED_PORT, **NAMED),
        OPEN,
        MAIL,
        refuse_connections=[ConnectionRefusedError(111, "Connection refused")],
    ),
]
