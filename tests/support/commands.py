"""The table of commands for all tests, and a test case that drives a machine with them."""

import smtplib
from email.message import EmailMessage
from typing import Any, Callable, Mapping, NamedTuple

from bigfoot_smtp import STRICT, Interaction, SmtpMockTestCase, State, ehlo_reply
from bigfoot_smtp._commands.replies import OK
from bigfoot_smtp._script.session import Session

EHLO = ehlo_reply("STARTTLS", "AUTH PLAIN")


def message():
    msg = EmailMessage()
    msg["From"], msg["To"] = "from@example.com", "to@example.com"
    return msg


class Row(NamedTuple):
    """A command as the tests use it.

    :ivar call: calls it on a client.
    :ivar asserted: the arguments of its ``assert_*`` for this call.
    :ivar answer: the answer that lets it succeed.
    :ivar is_drawn: whether it is in the diagram that ``tests/commands/test_states.py`` reads.
    """

    call: Callable[[Any], Any]
    asserted: Mapping[str, Any] = {}
    answer: Any = OK
    is_drawn: bool = False


MAIL = {"from_addr": "from@example.com", "to_addrs": ["to@example.com"], "msg": "hello"}
TABLE = {
    "connect": Row(
        lambda smtp: smtp.connect("mail.example.com", 25),
        {"host": "mail.example.com", "port": 25},
        None,
        is_drawn=True,
    ),
    "ehlo": Row(lambda smtp: smtp.ehlo(), {"name": ""}, EHLO, is_drawn=True),
    "helo": Row(lambda smtp: smtp.helo(), {"name": ""}, is_drawn=True),
    "starttls": Row(lambda smtp: smtp.starttls(), {}, (220, b"Ready"), is_drawn=True),
    "login": Row(
        lambda smtp: smtp.login("user", "s3cret"),
        {"user": "user", "password": "s3cret"},
        (235, b"OK"),
        is_drawn=True,
    ),
    "auth": Row(
        lambda smtp: smtp.auth("XAUTH", lambda challenge=None: "response"),
        {"mechanism": "XAUTH"},
        (235, b"OK"),
    ),
    "sendmail": Row(lambda smtp: smtp.sendmail(*MAIL.values()), MAIL, {}, is_drawn=True),
    "send_message": Row(
        lambda smtp: smtp.send_message(message()), {"msg": message()}, {}, is_drawn=True
    ),
    "mail": Row(lambda smtp: smtp.mail("from@example.com"), {"sender": "from@example.com"}),
    "rcpt": Row(lambda smtp: smtp.rcpt("to@example.com"), {"recip": "to@example.com"}),
    "data": Row(lambda smtp: smtp.data("hello"), {"msg": "hello"}),
    "noop": Row(lambda smtp: smtp.noop()),
    "rset": Row(lambda smtp: smtp.rset()),
    "vrfy": Row(lambda smtp: smtp.vrfy("to@example.com"), {"address": "to@example.com"}),
    "expn": Row(lambda smtp: smtp.expn("list"), {"address": "list"}),
    "help": Row(lambda smtp: smtp.help(), {}, b"text"),
    "docmd": Row(lambda smtp: smtp.docmd("XCMD"), {"cmd": "XCMD"}),
    "quit": Row(lambda smtp: smtp.quit(), {}, (221, b"Bye"), is_drawn=True),
}
"""Each command, a row each."""

COMMANDS = sorted(TABLE)
DRAWN = {method for method, row in TABLE.items() if row.is_drawn}
FURTHER = set(TABLE) - DRAWN
ANSWERS = {method: row.answer for method, row in TABLE.items()}
CALLS = {method: row.call for method, row in TABLE.items()}
GREET_FIRST = ("login", "starttls", "sendmail", "send_message")

# The steps that lead to each state, in both machines.
PATHS = {
    State.DISCONNECTED: [],
    State.CONNECTED: ["connect"],
    State.GREETED: ["connect", "ehlo"],
    State.AUTHENTICATED: ["connect", "ehlo", "login"],
    State.SENDING: ["connect", "ehlo", "sendmail"],
    State.CLOSED: ["connect", "ehlo", "quit"],
}


def added(timeline, call):
    """Add a call to a timeline, as if it had been made; return the interaction."""
    interaction = Interaction(call, Session(STRICT), ("file.py", 1))
    timeline.add(interaction)
    return interaction


class Driven(SmtpMockTestCase):
    """Base of the tests that drive one machine; ``machine`` is that machine."""

    smtp_require_assertions = False
    machine = STRICT

    def setUp(self):
        self.smtp_state_machine = self.machine
        super().setUp()

    def reach(self, state, *more, **outcome):
        """Return a client in ``state`` and its session, whose script goes on with ``more``."""
        session = self.smtp_mock.new_session()
        for step in PATHS[state]:
            session.expect(step, returns=ANSWERS[step])
        for step in more:
            outcome_of_step = outcome or {"returns": ANSWERS[step]}
            session.expect(step, required=False, **outcome_of_step)
        path = PATHS[state]
        smtp = smtplib.SMTP("mail.example.com", 25) if path else smtplib.SMTP()
        for step in path[1:]:
            CALLS[step](smtp)
        self.assertIs(session.state, state)
        return smtp, session

    def refused_connection(self):
        """Return a client that was refused with 554 and stayed open, and its session."""
        session = self.smtp_mock.new_session().expect("connect", returns=(554, b"No"))
        smtp = smtplib.SMTP()
        smtp._host = "mail.example.com"  # smtplib's starttls needs it, connect() does not set it
        self.assertEqual(smtp.connect("mail.example.com"), (554, b"No"))
        self.assertIs(session.state, State.DISCONNECTED)
        return smtp, session

    def snapshot(self, smtp, session):
        return (
            session.state,
            session.position,
            len(self.smtp_timeline),
            len(self.smtp_mock.outbox),
            smtp.sock is None,
            smtp.ehlo_resp,
            smtp.helo_resp,
            smtp.does_esmtp,
            dict(smtp.esmtp_features),
        )
