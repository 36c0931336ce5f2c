"""How each command is called and answered, and a test case that drives a machine with them."""

import smtplib
from email.message import EmailMessage

from bigfoot_smtp import STRICT, Interaction, SmtpMockTestCase, State, ehlo_reply

FURTHER = {"noop", "rset", "vrfy", "expn", "help", "docmd", "mail", "rcpt", "data", "auth"}
DRAWN = {"connect", "ehlo", "helo", "starttls", "login", "sendmail", "send_message", "quit"}
COMMANDS = sorted(FURTHER | DRAWN)

GREET_FIRST = ("login", "starttls", "sendmail", "send_message")

EHLO = ehlo_reply("STARTTLS", "AUTH PLAIN")

# The answer that lets each command succeed.
ANSWERS = {
    **dict.fromkeys(COMMANDS, (250, b"OK")),
    "connect": None,
    "ehlo": EHLO,
    "starttls": (220, b"Ready"),
    "login": (235, b"OK"),
    "auth": (235, b"OK"),
    "sendmail": {},
    "send_message": {},
    "help": b"text",
    "quit": (221, b"Bye"),
}


def message():
    msg = EmailMessage()
    msg["From"], msg["To"] = "from@example.com", "to@example.com"
    return msg


# How each command is called.
CALLS = {
    "connect": lambda smtp: smtp.connect("mail.example.com", 25),
    "ehlo": lambda smtp: smtp.ehlo(),
    "helo": lambda smtp: smtp.helo(),
    "starttls": lambda smtp: smtp.starttls(),
    "login": lambda smtp: smtp.login("user", "s3cret"),
    "auth": lambda smtp: smtp.auth("XAUTH", lambda challenge=None: "response"),
    "sendmail": lambda smtp: smtp.sendmail("from@example.com", "to@example.com", "hello"),
    "send_message": lambda smtp: smtp.send_message(message()),
    "mail": lambda smtp: smtp.mail("from@example.com"),
    "rcpt": lambda smtp: smtp.rcpt("to@example.com"),
    "data": lambda smtp: smtp.data("hello"),
    "noop": lambda smtp: smtp.noop(),
    "rset": lambda smtp: smtp.rset(),
    "vrfy": lambda smtp: smtp.vrfy("to@example.com"),
    "expn": lambda smtp: smtp.expn("to@example.com"),
    "help": lambda smtp: smtp.help(),
    "docmd": lambda smtp: smtp.docmd("XCMD"),
    "quit": lambda smtp: smtp.quit(),
}

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
    interaction = Interaction(("file.py", 1))
    interaction.call, interaction.session = call, None
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
