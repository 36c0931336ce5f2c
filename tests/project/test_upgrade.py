"""The table of the CHANGELOG that leads from 1.0 to 2.0: each row is run.

For each there is a program as 1.0 had it, which fails now, and the same written as the row says.
"""

import contextlib
import email
import email.policy
import functools
import pathlib
import re
import smtplib
import threading
import unittest
from email.message import EmailMessage
from unittest import mock

from bigfoot_smtp import (
    SMTPLIB,
    InteractionMismatchError,
    MessageWith,
    SmtpMockTestCase,
    SmtpPlugin,
    State,
    StateMachine,
    StrictVerifier,
    UnmockedInteractionError,
    ehlo_reply,
)
from tests.support import loopback
from tests.support.inner import PASSED, run_body

CHANGELOG = pathlib.Path(__file__).parents[2] / "CHANGELOG.rst"
OK, BYE = (250, b"OK"), (221, b"Bye")
A, B, TEXT = "a@example.com", "b@example.com", "Subject: Hi\n\nHello.\n"
RealSMTP, REAL_QUIT = smtplib.SMTP, smtplib.SMTP.quit


def rows():
    """Return the first column of the table, without its title."""
    text = CHANGELOG.read_text(encoding="utf-8")
    section = re.search(r"(?s)\nUpgrade from 1\.0\n~+\n(.*?)\n~+\n", text).group(1)
    cells = re.findall(r"(?ms)^   \* - (.+?)\n     - ", section)
    return [" ".join(cell.split()) for cell in cells[1:]]


def program(body, *args, **attributes):
    """Return a function that runs ``body(case, *args)`` as a test and returns the verdict."""

    def test(case):
        body(case, *args)

    return functools.partial(run_body, test, smtp_require_assertions=False, **attributes)


def connected(case, *steps, make=smtplib.SMTP):
    """Return a client that has greeted, its session scripted with ``steps``."""
    session = case.smtp_mock.new_session().expect("connect", returns=None)
    session.expect("ehlo", returns=OK)
    for method, outcome in steps:
        name = "raises" if isinstance(outcome, Exception) else "returns"
        session.expect(method, **{name: outcome})
    smtp = make("mail.example.com")
    smtp.ehlo()
    return smtp


def silence(case, error):
    smtp = connected(case, ("sendmail", TimeoutError()))
    case.assertRaises(error, smtp.sendmail, A, B, TEXT)


def go_on(case):
    smtp = connected(case, ("noop", TimeoutError()), ("quit", BYE))
    case.assertRaises(TimeoutError, smtp.noop)
    smtp.quit()


def connect_anew(case):
    smtp = connected(case, ("noop", TimeoutError()))
    case.assertRaises(TimeoutError, smtp.noop)
    connected(case, ("quit", BYE)).quit()


class Closing(smtplib.SMTP):
    def sendmail(self, *args, **kwargs):
        refused = super().sendmail(*args, **kwargs)
        self.quit()
        return refused


def override(case, *steps):
    connected(case, *steps, make=Closing).send_message(mail(), A, B)


def mail(*names, cte=None):
    """Return a message with an attachment for each name, which may be None."""
    message = EmailMessage()
    message.set_content("Hello.\n", cte=cte)
    for name in names:
        message.add_attachment(b"data", "application", "pdf", filename=name)
    return message


def plain(text, charset="us-ascii"):
    """Return a message with a text in UTF-8, whatever charset it names."""
    head = f"Content-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: 8bit"
    return email.message_from_bytes(f"{head}\n\n{text}".encode())


def send(case, message):
    """Send a message, and return the function that asserts it."""
    connected(case, ("send_message", {})).send_message(message, A, B)
    case.smtp_mock.assert_connect(host="mail.example.com", port=25)
    case.smtp_mock.assert_ehlo(name="")
    return functools.partial(case.smtp_mock.assert_send_message, from_addr=A, to_addrs=B)


def is_sent(case, message, wanted):
    send(case, message)(msg=wanted)


def is_not_sent(case, message, wanted):
    case.assertRaises(InteractionMismatchError, send(case, message), msg=wanted)


def compare_to(case, header):
    case.assertEqual(MessageWith(to=[A, B]), f"To: {header}\n\nHello.\n")


def send_nothing(case, patch=contextlib.nullcontext()):
    with patch:
        case.assertRaises(ConnectionRefusedError, smtplib.SMTP, "mail.example.com")
        case.assertEqual(case.smtp_mock.outbox, [])


async def await_nothing(case):
    pass


def compare_texts(case):
    send(case, mail())
    for cte, compare in (("7bit", case.assertEqual), ("base64", case.assertNotEqual)):
        compare(case.smtp_mock.outbox[0].raw, mail(cte=cte).as_bytes(policy=email.policy.SMTP))


def by_lmtp(case, recipients):
    session = case.smtp_mock.new_session().expect("connect", returns=None)
    session.expect("ehlo", returns=OK).expect("sendmail", returns={})
    session.expect("noop", returns=(250, b"next"))
    lmtp = smtplib.LMTP("mail.example.com")
    lmtp.sendmail(A, recipients, TEXT)
    case.assertEqual(lmtp.noop()[1], b"next")


def connect_twice(case, expected):
    connected(case)
    case.assertRaises(expected, smtplib.SMTP, "mail.example.com")


def dial_under_a_mock(case, patch):
    with patch:
        connected(case)


def dial(case, timeout):
    case.smtp_mock.new_session().expect("connect", returns=None)
    smtplib.SMTP("mail.example.com", timeout=timeout)


def use(case, smtp):
    case.assertRaises(smtplib.SMTPServerDisconnected, smtp.helo)


ONE = {B: (550, b"No")}


def refuse_one(case, outcome):
    client = connected(case, ("sendmail", outcome))
    with contextlib.suppress(smtplib.SMTPRecipientsRefused):
        case.assertEqual(client.sendmail(A, [B, "c@example.com"], TEXT), ONE)


def refuse_noop(case, outcome):
    client = connected(case, ("noop", outcome))
    with contextlib.suppress(smtplib.SMTPDataError):
        case.assertEqual(client.noop(), (450, b"Later"))


def refuse_text(case, text):
    smtp = connected(case, ("sendmail", smtplib.SMTPDataError(554, text)))
    case.assertRaises(smtplib.SMTPDataError, smtp.sendmail, A, B, TEXT)


def to_several(case, recipients):
    connected(case, ("sendmail", {})).sendmail(A, recipients, TEXT)
    with case.smtp_mock.in_any_order():
        case.smtp_mock.assert_sendmail(from_addr=A, to_addrs=recipients, msg=TEXT)


def to_nobody(case):
    case.assertEqual(connected(case, ("sendmail", {})).sendmail(A, [], TEXT), {})


def refuse_nobody(case):
    case.assertRaises(smtplib.SMTPRecipientsRefused, to_nobody, case)


def to_no_address(case, outcome):
    smtp = connected(case, ("sendmail", outcome))
    with contextlib.suppress(TypeError):
        smtp.sendmail(A, None, TEXT)


def two_threads(case, lock, patience):
    """Give a command while another thread is within one, which ends after ``patience`` seconds."""
    is_within, is_over = threading.Event(), threading.Event()

    class Slow(smtplib.SMTP):
        def docmd(self, cmd, args=""):
            is_within.set()
            is_over.wait(patience)
            return super().docmd(cmd, args)

    def call():
        with lock:
            smtp.noop()

    smtp = connected(case, ("noop", OK), ("noop", OK), make=Slow)
    other = threading.Thread(target=call, daemon=True)
    other.start()
    is_within.wait(5)
    try:
        call()
    finally:
        is_over.set()
        other.join(5)


@classmethod
def connect_in_class(cls):
    super(cls, cls).setUpClass()
    server = loopback.Server()
    cls.addClassCleanup(server.close)
    server.play([loopback.always((220, b"Hello")), loopback.always(BYE)])
    smtplib.SMTP(loopback.HOST, server.port, local_hostname="a").quit()


def nothing(case):
    pass


def same_class(case):
    case.assertIs(smtplib.SMTP, RealSMTP)
    case.assertIsNot(RealSMTP.quit, REAL_QUIT)


def play_by(case, table):
    flags = ("greets_implicitly", "interprets_replies", "reports_disconnection")
    machine = StateMachine("own", table, **dict.fromkeys(flags, True))
    verifier = StrictVerifier()
    SmtpPlugin(verifier, machine).new_session().expect("connect", returns=None)
    with verifier.sandbox():
        smtplib.SMTP("mail.example.com")


def deliver(case, login):
    case.smtp_mock.new_session(state_machine=SMTPLIB).expect_delivery(login=login)
    with smtplib.SMTP("mail.example.com") as smtp:
        smtp.login("shop", "s3cret")
        smtp.sendmail(A, B, TEXT)


TWO_SUBJECTS = email.message_from_string("Subject: One\nSubject: Two\n\nHello.\n")
TWO_FILES = mail("b.pdf", "a.pdf")
FORWARDED = EmailMessage()
FORWARDED.add_attachment(mail())
IN_ORDER = {"a.pdf": b"data", "b.pdf": b"data"}


# The text of a row: the old program, what it fails with, the new one.
class PlainContext:
    def wrap_socket(self, sock, **arguments):
        return sock


def start_tls(case, make, context=None):
    ready, offering = (220, b"Ready"), ehlo_reply("STARTTLS")
    session = case.smtp_mock.new_session().expect("connect", returns=None)
    session.expect("ehlo", returns=offering).expect("starttls", returns=ready)
    session.expect("noop", returns=OK)
    smtp = make("mail.example.com")
    smtp.ehlo()
    smtp.starttls(context=context)
    smtp.noop()


PROGRAMS = {
    "``except TimeoutError`` around a scripted command, under ``SMTPLIB``": (
        program(silence, TimeoutError, smtp_state_machine=SMTPLIB),
        "SMTPServerDisconnected",
        program(silence, smtplib.SMTPServerDisconnected, smtp_state_machine=SMTPLIB),
    ),
    "a command after a scripted timeout or reset": (
        program(go_on),
        "InvalidStateError: quit",
        program(connect_anew),
    ),
    "an override that runs within another command, as a ``sendmail`` that quits": (
        program(override, ("send_message", {})),
        "UnmockedInteractionError: quit",
        program(override, ("send_message", {}), ("quit", BYE)),
    ),
    "``MessageWith(attachments=...)`` without the parts that have no file name": (
        program(is_sent, mail(None), MessageWith(attachments={})),
        "InteractionMismatchError",
        program(is_sent, mail(None), MessageWith(attachments={"application/pdf": b"data"})),
    ),
    "a test that a dict of attachments in another order does not match": (
        program(is_not_sent, TWO_FILES, MessageWith(attachments=IN_ORDER)),
        "InteractionMismatchError not raised",
        program(is_not_sent, TWO_FILES, MessageWith(attachments=[*IN_ORDER])),
    ),
    "``MessageWith(subject=...)``, or another header, where it is given twice": (
        program(is_sent, TWO_SUBJECTS, MessageWith(subject="One")),
        "InteractionMismatchError",
        program(is_sent, TWO_SUBJECTS, MessageWith(subject="One\nTwo")),
    ),
    "``MessageWith(text=...)`` on the text of an attached message": (
        program(is_sent, FORWARDED, MessageWith(text="Hello.\n")),
        "InteractionMismatchError",
        program(
            is_sent,
            FORWARDED,
            MessageWith(attachments={"message/rfc822": MessageWith(text="Hello.\n")}),
        ),
    ),
    "``MessageWith(text=...)`` where a line of ``send_message`` begins with ``From``": (
        program(is_sent, plain("From me\n"), MessageWith(text="From me\n")),
        "InteractionMismatchError",
        program(is_sent, plain("From me\n"), MessageWith(text=">From me\n")),
    ),
    "``MessageWith(text=...)`` where the mail names a charset that cannot read its text": (
        program(is_sent, plain("Caf\u00e9\n"), MessageWith(text="Caf\u00e9\n")),
        "InteractionMismatchError",
        program(is_sent, plain("Caf\u00e9\n", "utf-8"), MessageWith(text="Caf\u00e9\n")),
    ),
    "a test that a message differs from a text in another encoding": (
        program(is_not_sent, mail(), mail(cte="base64").as_string()),
        "InteractionMismatchError not raised",
        program(compare_texts),
    ),
    "``MessageWith(to=[...])`` where a header has ``;`` or a blank between addresses": (
        program(compare_to, f"{A}; {B}"),
        "AssertionError: MessageWith(to=",
        program(compare_to, f"{A}, {B}"),
    ),
    "``assertEqual(outbox, [])`` under a ``mock.patch`` of ``smtplib.SMTP`` or ``SMTP_SSL``": (
        program(send_nothing, mock.patch("smtplib.SMTP", side_effect=ConnectionRefusedError)),
        "smtplib.SMTP is a mock",
        program(send_nothing, smtp_serve={"refuse_connections": [ConnectionRefusedError]}),
    ),
    "an assertion with two addresses in one ``str``": (
        program(to_several, f"{A}, {B}"),
        "for one recipient",
        program(to_several, [A, B]),
    ),
    "a mail to nobody under ``STRICT``": (
        program(to_nobody),
        "SMTPRecipientsRefused",
        program(refuse_nobody),
    ),
    "code that swallows what ``smtplib`` raises in a scripted command, for an address ``None``": (
        program(to_no_address, {}),
        "BrokenOffError",
        program(to_no_address, TypeError()),
    ),
    "``raises=SMTPRecipientsRefused`` that has some of the recipients, under ``SMTPLIB``": (
        program(refuse_one, smtplib.SMTPRecipientsRefused(ONE), smtp_state_machine=SMTPLIB),
        "ScriptError",
        program(refuse_one, ONE, smtp_state_machine=SMTPLIB),
    ),
    '``raises=SMTPDataError(554, "No")``, or another with a ``str`` text, under ``SMTPLIB``': (
        program(refuse_text, "No", smtp_state_machine=SMTPLIB),
        "the text of a reply must be bytes",
        program(refuse_text, b"No", smtp_state_machine=SMTPLIB),
    ),
    "``raises=`` an exception that ``smtplib`` raises only for other commands, under ``SMTPLIB``": (
        program(refuse_noop, smtplib.SMTPDataError(450, b"Later"), smtp_state_machine=SMTPLIB),
        "ScriptError",
        program(refuse_noop, (450, b"Later"), smtp_state_machine=SMTPLIB),
    ),
    "``assertRaises(Exception)`` that catches a violation": (
        program(connect_twice, Exception),
        "Swallowed by assertRaises(Exception)",
        program(connect_twice, UnmockedInteractionError),
    ),
    "a mail by LMTP to several recipients, and a command after it, under ``SMTPLIB``": (
        program(by_lmtp, [A, B], smtp_state_machine=SMTPLIB),
        "b'OK' != b'next'",
        program(by_lmtp, [A], smtp_state_machine=SMTPLIB),
    ),
    "a timeout, a port or an address that no socket takes": (
        program(dial, -1),
        "ValueError",
        program(dial, 1),
    ),
    "a test with a mock of ``socket.create_connection`` that raises an ``OSError``": (
        program(dial_under_a_mock, mock.patch("socket.create_connection", side_effect=OSError)),
        "OSError",
        program(dial_under_a_mock, contextlib.nullcontext()),
    ),
    "one SMTP object used by two threads": (
        program(two_threads, contextlib.nullcontext(), 2),
        "ConcurrentCallError",
        program(two_threads, threading.Lock(), 0.01),
    ),
    "``starttls`` on a connection of ``SMTP_SSL``": (
        program(start_tls, smtplib.SMTP_SSL),
        "SSLEOFError",
        program(start_tls, smtplib.SMTP),
    ),
    "a context whose ``wrap_socket`` returns the plain socket": (
        program(start_tls, smtplib.SMTP, PlainContext(), smtp_state_machine=SMTPLIB),
        "SMTPServerDisconnected",
        program(start_tls, smtplib.SMTP, mock.Mock(), smtp_state_machine=SMTPLIB),
    ),
    "an SMTP object made before the test": (
        program(use, smtplib.SMTP(local_hostname="a"), smtp_state_machine=SMTPLIB),
        "SandboxNotActiveError",
        program(
            lambda case: use(case, smtplib.SMTP(local_hostname="a")), smtp_state_machine=SMTPLIB
        ),
    ),
    "an ``async def`` test that never ran": (
        functools.partial(run_body, await_nothing, SmtpMockTestCase),
        "is async def, and would never run",
        functools.partial(
            run_body, await_nothing, SmtpMockTestCase, unittest.IsolatedAsyncioTestCase
        ),
    ),
    "a connection made in ``setUpClass``": (
        program(nothing, setUpClass=connect_in_class),
        "SandboxNotActiveError",
        program(nothing, setUpClass=connect_in_class, smtp_guard=False),
    ),
    "``smtplib.SMTP is not RealSMTP``": (
        program(lambda case: case.assertIsNot(smtplib.SMTP, RealSMTP)),
        "unexpectedly identical",
        program(same_class),
    ),
    "``expect_delivery(login=...)`` or ``starttls=...`` with a value that is not a ``bool``": (
        program(deliver, ("shop", "s3cret")),
        "login must be True or False",
        program(deliver, True),
    ),
    "``StateMachine({state: ...}, ...)``": (
        program(play_by, {State.DISCONNECTED: {"connect": State.CONNECTED}}),
        "'disconnected'> is not a command",
        program(play_by, {"connect": {State.DISCONNECTED: State.CONNECTED}}),
    ),
}


class UpgradeTests(unittest.TestCase):
    def test_each_row_has_its_programs(self):
        self.assertEqual(list(PROGRAMS), rows())

    def test_what_passed_on_1_0_fails(self):
        for row, (old, reason, _) in PROGRAMS.items():
            with self.subTest(row):
                self.assertIn(reason, old().text)

    def test_what_to_write_passes(self):
        for row, (_, _, new) in PROGRAMS.items():
            with self.subTest(row):
                verdict = new()
                self.assertEqual(verdict.counts, PASSED, verdict)
