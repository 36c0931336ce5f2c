"""STARTTLS, SMTP_SSL and LMTP."""

import contextlib
import smtplib
import ssl
import sys
from typing import Any, NoReturn

from tests.scenarios.notation import (
    IN,
    MAIL,
    NAMED,
    PORT,
    READY,
    UNIX_PATH,
    UNOPENED,
    Failure,
    Step,
    do,
    dropped,
    greeted,
    offering,
    on,
    scenario,
)
from tests.support.loopback import CERTIFICATE, HOST

NAME = "client.example.com"
CONTEXT = ssl.create_default_context(cafile=CERTIFICATE)
TLS = greeted("STARTTLS")
NO_SOCKET = Failure(FileNotFoundError(2, "No such file or directory"), None)
# The client refuses the handshake, so that the server says nothing.
UNGREETED = do.connect(HOST, PORT)._replace(steps=(Step("connect", {"returns": None}, None),))


def _connect_keeps_the_host() -> bool:
    """Return whether ``connect()`` tells TLS the host; else the constructor alone does."""

    class Undialled(smtplib.SMTP_SSL):
        def _get_socket(self, host: str, port: int, timeout: float) -> NoReturn:
            raise OSError

    client: Any = Undialled()
    with contextlib.suppress(OSError):
        client.connect(HOST, 465)
    return bool(client._host == HOST)


LATER = [UNGREETED, on(do.noop())]
if _connect_keeps_the_host():  # pragma: no cover
    LATER = [do.connect(HOST, PORT), do.noop()]
ON_UNIX = do.LMTP(UNIX_PATH, local_hostname=NAME)

SCENARIOS = [
    scenario("starttls", TLS, do.starttls(), do.ehlo(), MAIL, do.quit()),
    scenario("starttls greets", on(do.starttls(), ehlo=offering("STARTTLS"), starttls=READY)),
    scenario(
        "starttls, a context", TLS, do.starttls(context=CONTEXT), on(MAIL, ehlo=IN, sendmail={})
    ),
    scenario(
        "starttls, then login",
        TLS,
        do.starttls(),
        on(do.login("user", "password"), ehlo=offering("AUTH PLAIN"), login=IN),
    ),
    scenario("starttls after helo", do.helo(), on(do.starttls())),
    scenario("starttls not offered", do.ehlo(), on(do.starttls()), MAIL),
    scenario("starttls 454", TLS, on(do.starttls(), starttls=(454, b"later")), MAIL),
    scenario("starttls 501", TLS, on(do.starttls(), starttls=(501, b"no"))),
    scenario("starttls dropped", TLS, on(do.starttls(), starttls=dropped())),
    scenario("starttls again", TLS, do.starttls(), do.ehlo(), on(do.starttls())),
    scenario("starttls, no host", UNOPENED, do.connect(HOST, PORT), TLS, do.starttls()),
    scenario(
        "starttls, a context, no host",
        UNOPENED,
        do.connect(HOST, PORT),
        TLS,
        do.starttls(context=CONTEXT),
    ),
    scenario(
        "SMTP_SSL", do.SMTP_SSL(HOST, PORT, **NAMED), do.ehlo(), MAIL, do.quit(), on(do.noop())
    ),
    scenario(
        "SMTP_SSL, a context", do.SMTP_SSL(HOST, PORT, context=CONTEXT, **NAMED), do.ehlo(), MAIL
    ),
    scenario("SMTP_SSL 554", on(do.SMTP_SSL(HOST, PORT, **NAMED), connect=(554, b"no"))),
    scenario("SMTP_SSL, connect, no host", do.SMTP_SSL(**NAMED), *LATER),
    scenario(
        "SMTP_SSL, connect again",
        do.SMTP_SSL(HOST, PORT, **NAMED),
        do.quit(),
        do.connect(HOST, PORT),
        do.noop(),
    ),
    scenario("SMTP_SSL, unknown argument", on(do.SMTP_SSL(HOST, PORT, x=1))),
    scenario("LMTP", do.LMTP(HOST, PORT, NAME), do.ehlo(), MAIL, do.quit()),
    scenario("LMTP, Unix", ON_UNIX, on(MAIL, ehlo=offering("SIZE"), sendmail={}), do.quit()),
    scenario(
        "LMTP, Unix, connect",
        do.LMTP(local_hostname=NAME),
        do.connect(UNIX_PATH),
        do.noop(),
        do.quit(),
    ),
    scenario(
        "LMTP, Unix, connect again",
        ON_UNIX,
        on(do.close()),
        on(do.noop()),
        do.connect(UNIX_PATH),
        do.noop(),
    ),
    scenario("LMTP, Unix, 554", on(ON_UNIX, connect=(554, b"no"))),
    scenario("LMTP, Unix, dropped", on(ON_UNIX, connect=dropped())),
    scenario(
        "LMTP, Unix, not there", on(do.LMTP("/nowhere", local_hostname=NAME), connect=NO_SOCKET)
    ),
]

if sys.version_info < (3, 12):
    CERT = {"certfile": CERTIFICATE}
    PAIR = {"keyfile": CERTIFICATE, **CERT}
    NO_FILE = {"keyfile": "/nowhere", "certfile": "/nowhere"}
    OPEN_TLS = do.SMTP_SSL(HOST, PORT, NAME, CERTIFICATE, CERTIFICATE)
    SCENARIOS += [
        scenario("starttls, key and certificate", TLS, do.starttls(CERTIFICATE, CERTIFICATE)),
        scenario("starttls, key and certificate by name", TLS, do.starttls(**PAIR), do.ehlo()),
        scenario("starttls, key by place", TLS, do.starttls(CERTIFICATE, context=None, **CERT)),
        scenario("starttls, no such file", TLS, do.starttls(**NO_FILE)),
        scenario("starttls, key and context", TLS, do.starttls(CERTIFICATE, context=CONTEXT)),
        scenario("starttls, no key", TLS, do.starttls(None, None, None), do.ehlo()),
        scenario("SMTP_SSL, key and certificate", OPEN_TLS, do.ehlo(), do.quit()),
        scenario("SMTP_SSL, no such file", on(do.SMTP_SSL(HOST, PORT, **NAMED, **NO_FILE))),
        scenario("SMTP_SSL, key and context", on(do.SMTP_SSL(HOST, context=CONTEXT, **PAIR))),
    ]

if sys.version_info >= (3, 9):
    SCENARIOS += [
        scenario("SMTP_SSL, timeout=0", on(do.SMTP_SSL(HOST, PORT, NAME, timeout=0))),
        scenario("LMTP, Unix, timeout=0", on(do.LMTP(UNIX_PATH, 0, NAME, timeout=0))),
    ]
