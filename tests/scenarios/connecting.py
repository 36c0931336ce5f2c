"""Opening and closing a connection, and greeting."""

import socket
import sys
from typing import Any

from tests.scenarios.notation import (
    CLOSED_PORT,
    HOST_PORT,
    MAIL,
    NAMED,
    NO,
    OK,
    OPEN,
    PORT,
    SHUTDOWN,
    UNOPENED,
    Failure,
    Scenario,
    do,
    dropped,
    greeted,
    offering,
    on,
    scenario,
)
from tests.support.loopback import HOST

NAME = "client.example.com"
LEAVING = (None, None, None)
FAILING = (KeyError, KeyError(1), None)
GONE = Failure(ConnectionRefusedError(111, "Connection refused"), None)
SIZE = offering("SIZE 1000")
ODD = offering("AUTH=LOGIN", "auth PLAIN", "-X", "8bitmime", "SIZE  9", "X Y  Z")

SCENARIOS = [
    # The constructor.
    scenario("a host", OPEN),
    scenario("positional", do.SMTP(HOST, PORT, NAME, 5, ("", 0))),
    scenario("by name", do.SMTP(host=HOST, port=PORT, source_address=("", 0), **NAMED)),
    scenario("host and port in one", do.SMTP(HOST_PORT, **NAMED)),
    scenario("a port that is no number", on(do.SMTP("localhost:smtp", **NAMED))),
    scenario("timeout=None", do.SMTP(HOST, PORT, NAME, None), do.noop()),
    scenario("no timeout", do.SMTP(HOST, PORT, NAME), do.noop()),
    scenario("a greeting of two lines", on(OPEN, connect=(220, b"localhost\nready"))),
    scenario("greeting 554", on(OPEN, connect=(554, b"no"))),
    scenario("greeting 421", on(OPEN, connect=SHUTDOWN)),
    scenario("greeting 200", on(OPEN, connect=(200, b"odd"))),
    scenario("no greeting", on(OPEN, connect=dropped())),
    scenario("nobody listens", on(do.SMTP(HOST, CLOSED_PORT, **NAMED), connect=GONE)),
    scenario("an unknown argument", on(do.SMTP(HOST, PORT, x=1))),
    scenario(
        "no local host name",
        do.SMTP(HOST, PORT, timeout=5),
        do.ehlo(),
        local_hostname="the DNS is not asked: it is the literal that smtplib falls back to",
        sent="EHLO tells that name",
    ),
    # connect()
    scenario("connect", UNOPENED, do.connect(HOST, PORT), do.ehlo(), MAIL, do.quit()),
    scenario("connect, one str", UNOPENED, do.connect(HOST_PORT), do.noop()),
    scenario(
        "connect, by name", UNOPENED, do.connect(port=PORT, host=HOST, source_address=("", 0))
    ),
    scenario("connect, a bad port", UNOPENED, on(do.connect("localhost:smtp"))),
    scenario("connect, a bad host", UNOPENED, on(do.connect(5))),
    scenario("connect, an unknown argument", UNOPENED, on(do.connect(HOST, PORT, x=1))),
    scenario("connect 554", UNOPENED, on(do.connect(HOST, PORT), connect=NO), do.noop(), do.quit()),
    scenario("connect 421", UNOPENED, on(do.connect(HOST, PORT), connect=SHUTDOWN), on(do.close())),
    scenario("connect dropped", UNOPENED, on(do.connect(HOST, PORT), connect=dropped()), on(MAIL)),
    scenario(
        "connect, after nobody listened",
        UNOPENED,
        on(do.connect(HOST, CLOSED_PORT), connect=GONE),
        on(do.noop()),
        do.connect(HOST, PORT),
        do.noop(),
    ),
    scenario("connect while open", do.ehlo(), do.connect(HOST, PORT), do.noop(), do.quit()),
    scenario("connect after close", do.ehlo(), on(do.close()), do.connect(HOST, PORT), MAIL),
    scenario("connect after quit", do.ehlo(), do.quit(), do.connect(HOST, PORT), do.ehlo(), MAIL),
    # No connection.
    scenario("before connect", UNOPENED, on(do.noop()), on(do.ehlo()), on(MAIL), on(do.quit())),
    scenario("before connect, login", UNOPENED, on(do.login("u", "p")), on(do.starttls())),
    scenario("after close", do.ehlo(), on(do.close()), on(do.noop()), on(MAIL), on(do.close())),
    scenario("after close, login", do.ehlo(), on(do.close()), on(do.login("u", "p"))),
    scenario("after quit", do.ehlo(), do.quit(), on(do.quit()), on(MAIL)),
    # The end.
    scenario("quit first", do.quit()),
    scenario("quit refused", do.ehlo(), on(do.quit(), quit=NO), on(do.quit())),
    scenario("quit dropped", do.ehlo(), on(do.quit(), quit=dropped())),
    scenario("with", on(do.__enter__()), do.ehlo(), MAIL, do.__exit__(*LEAVING)),
    scenario("with, failing", on(do.__enter__()), do.__exit__(*FAILING)),
    scenario("with, after quit", do.ehlo(), do.quit(), on(do.__exit__(*LEAVING))),
    scenario("with, after close", on(do.close()), on(do.__exit__(*LEAVING))),
    scenario("with, not connected", UNOPENED, on(do.__exit__(*LEAVING))),
    scenario("with, refused", on(do.__exit__(*LEAVING), quit=NO)),
    scenario("with, dropped", on(do.__exit__(*LEAVING), quit=dropped())),
    # EHLO and HELO.
    scenario("ehlo", greeted("SIZE 1000"), on(do.has_extn("size")), on(do.has_extn("SIZE"))),
    scenario("ehlo, a name", do.ehlo("me.example.com"), do.ehlo(name="you.example.com")),
    scenario("ehlo, a bad name", on(do.ehlo("\u00fc")), do.ehlo()),
    scenario(
        "ehlo, a bad name, again", greeted("SIZE"), on(do.ehlo("\u00fc")), on(do.ehlo("x\ny"))
    ),
    scenario("ehlo, odd extensions", on(do.ehlo(), ehlo=ODD)),
    scenario("ehlo, no text", on(do.ehlo(), ehlo=(250, b""))),
    scenario("ehlo refused after ehlo", greeted("SIZE"), on(do.ehlo(), ehlo=NO)),
    scenario("ehlo 500, then helo", on(do.ehlo(), ehlo=(500, b"what?")), do.helo(), MAIL),
    scenario("ehlo 421", on(do.ehlo(), ehlo=SHUTDOWN), on(do.noop(), noop=dropped())),
    scenario("ehlo dropped", on(do.ehlo(), ehlo=dropped()), on(do.helo())),
    scenario("helo", do.helo(), do.helo("me.example.com"), do.helo(name="you.example.com"), MAIL),
    scenario("helo refused", on(do.helo(), helo=NO), do.helo()),
    scenario("helo dropped", on(do.helo(), helo=dropped())),
    scenario(
        "everything is printed",
        on(do.set_debuglevel(1)),
        greeted("SIZE"),
        MAIL,
        on(do.noop(), noop=dropped()),
        on(do.__exit__(*LEAVING)),
    ),
    scenario(
        "leaving a block that is closed, printed",
        on(do.set_debuglevel(1)),
        do.quit(),
        on(do.__exit__(*LEAVING)),
    ),
    scenario("leaving a block, printed", on(do.set_debuglevel(1)), do.__exit__(*LEAVING)),
    # Greeting by itself.
    scenario(
        "if needed", on(do.ehlo_or_helo_if_needed(), ehlo=SIZE), on(do.ehlo_or_helo_if_needed())
    ),
    scenario("if needed, helo", on(do.ehlo_or_helo_if_needed(), ehlo=NO, helo=OK), MAIL),
    scenario("if needed, refused", on(do.ehlo_or_helo_if_needed(), ehlo=NO, helo=NO)),
    scenario("sendmail greets", on(MAIL, ehlo=SIZE, sendmail={}), MAIL),
    scenario("sendmail greets, helo", on(MAIL, ehlo=NO, helo=OK, sendmail={})),
    scenario("sendmail greets, refused", on(MAIL, ehlo=NO, helo=NO), on(MAIL, sendmail={})),
    scenario("sendmail greets, dropped", on(MAIL, ehlo=dropped()), on(MAIL)),
    scenario("sendmail greets, helo dropped", on(MAIL, ehlo=NO, helo=dropped())),
    scenario("login greets", on(do.login("u", "p"), ehlo=offering("AUTH PLAIN"), login=(235, b""))),
    scenario("login greets, refused", on(do.login("u", "p"), ehlo=NO, helo=NO)),
    scenario("starttls greets, refused", on(do.starttls(), ehlo=NO, helo=NO)),
]


def _is_of_cpython() -> bool:
    """Return whether the socket keeps its timeout in whole nanoseconds, as the fake does.

    PyPy has a socket of its own, which takes more: see ``docs/reference/limits.rst``.
    """
    with socket.socket() as unused:
        unused.settimeout(1 / 3)
        return unused.gettimeout() != 1 / 3


NO_PORTS = [True] if sys.version_info < (3, 14) else []  # from 3.14 on, True is the port 1


def refused_by_the_socket(what: str, *args: Any, **kwargs: Any) -> Scenario:
    """Return a constructor that fails before anything is dialled."""
    return scenario(f"the socket refuses {what}", on(do.SMTP(*args, **kwargs)))


# What the socket itself refuses.
SCENARIOS += [
    *(
        refused_by_the_socket(f"timeout {timeout!r}", HOST, PORT, NAME, timeout)
        for timeout in (0, 0.0, False, "10", -1, -0.5, [])
    ),
    *(
        refused_by_the_socket(f"port {port!r}", HOST, port, **NAMED)
        for port in (25.0, "bogus", -1, 2**70, (25,))
    ),
    *(
        refused_by_the_socket(f"source {source!r}", HOST, PORT, NAME, 5, source)
        for source in (
            *("127.0.0.1", b"127.0.0.1", 5, (1, 0)),
            *(("127.0.0.1",), ("127.0.0.1", 0, 0), ("127.0.0.1", "0"), ("127.0.0.1", 0.0)),
            *(("127.0.0.1", 70000), ("127.0.0.1", -1), ("127.0.0.1", None)),
        )
    ),
    *(
        refused_by_the_socket(f"host {host[:9]!r}", host, PORT, **NAMED)
        for host in ("a..b", ".a", "x" * 64 + ".com", "\u00e9..com", ".")
    ),
    scenario("a source address that is false", do.SMTP(HOST, PORT, NAME, 5, ())),
    scenario("a timeout that is true", do.SMTP(HOST, PORT, NAME, True), do.noop()),
]
if _is_of_cpython():  # pragma: no branch
    SCENARIOS += [
        *(
            refused_by_the_socket(f"timeout {timeout!r}", HOST, PORT, NAME, timeout)
            for timeout in (float("nan"), float("inf"), 1e12, 2**70)
        ),
        *(refused_by_the_socket(f"port {port}", HOST, port, **NAMED) for port in NO_PORTS),
        refused_by_the_socket("source ['127.0.0.1', 0]", HOST, PORT, NAME, 5, ["127.0.0.1", 0]),
        scenario("a timeout of a third", do.SMTP(HOST, PORT, NAME, 1 / 3), do.noop()),
    ]
