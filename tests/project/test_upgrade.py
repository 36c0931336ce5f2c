"""The table of the CHANGELOG that leads from 1.0 to 2.0: each row is run.

For each there is a program as 1.0 had it, which fails now, and the same written as the row says.
"""

import contextlib
import functools
import pathlib
import re
import smtplib
import ssl
import threading
import unittest
from unittest import mock

from bigfoot_smtp import (
    SMTPLIB,
    MessageWith,
    SmtpMockTestCase,
    State,
    UnmockedInteractionError,
)
from tests.support.inner import PASSED, run_body
from tests.support.upgraded import (
    BYE,
    FORWARDED,
    IN_ORDER,
    OK,
    ONE,
    TWO_FILES,
    TWO_SUBJECTS,
    A,
    B,
    PlainContext,
    RealSMTP,
    await_nothing,
    by_lmtp,
    call_by_name,
    catch_class,
    catch_words,
    compare,
    compare_texts,
    connect_in_class,
    connect_twice,
    deliver,
    dial,
    dial_under_a_mock,
    go_on,
    is_not_sent,
    is_sent,
    mail,
    nothing,
    override,
    plain,
    play_by,
    program,
    read_reply,
    refuse_nobody,
    refuse_noop,
    refuse_one,
    refuse_text,
    same_class,
    send_nothing,
    send_pieces,
    set_early,
    set_late,
    share_thread,
    silence,
    start_tls,
    to_no_address,
    to_nobody,
    to_several,
    two_threads,
    use,
    verify_own,
)

CHANGELOG = pathlib.Path(__file__).parents[2] / "CHANGELOG.rst"


def rows():
    """Return the first column of the table, without its title."""
    text = CHANGELOG.read_text(encoding="utf-8")
    section = re.search(r"(?s)\nUpgrade from 1\.0\n~+\n(.*?)\n~+\n", text).group(1)
    cells = re.findall(r"(?ms)^   \* - (.+?)\n     - ", section)
    return [" ".join(cell.split()) for cell in cells[1:]]


# The text of a row: the old program, what it fails with, the new one.
PROGRAMS = {
    "``except TimeoutError`` around a scripted command, under ``SMTPLIB``": (
        program(silence, TimeoutError, smtp_state_machine=SMTPLIB),
        "SMTPServerDisconnected",
        program(silence, smtplib.SMTPServerDisconnected, smtp_state_machine=SMTPLIB),
    ),
    "a command after a scripted timeout, reset or TLS error, as the ``quit`` of ``with``": (
        program(go_on, ("quit", BYE)),
        "After this noop there is no connection",
        program(go_on),
    ),
    "an override that runs within another command, as a ``sendmail`` that quits": (
        program(override, ("send_message", {})),
        "UnmockedInteractionError: quit",
        program(override, ("send_message", {}), ("quit", BYE)),
    ),
    "``SMTP.sendmail(self, ...)`` of a class imported by name, with a step for each line": (
        program(call_by_name, ("mail", OK), ("rcpt", OK), ("data", OK)),
        "UnmockedInteractionError: sendmail",
        program(call_by_name, ("sendmail", {})),
    ),
    "a step for each ``send`` of a text in pieces, or one for two commands": (
        program(send_pieces, ("docmd", OK), ("docmd", OK)),
        "1 step was never used: docmd",
        program(send_pieces, ("docmd", OK)),
    ),
    "a reply with blanks around its lines, or CRLF between two, under ``SMTPLIB``": (
        program(read_reply, b" One\r\nTwo", smtp_state_machine=SMTPLIB),
        "Tuples differ",
        program(read_reply, b"One\nTwo", smtp_state_machine=SMTPLIB),
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
    '``MessageWith(to="a@example.com")`` where the header has more addresses than this one': (
        program(compare, MessageWith(to=A), f"To: {A}; {B}"),
        "AssertionError: MessageWith(to=",
        program(compare, MessageWith(to=[A, B]), f"To: {A}, {B}"),
    ),
    '``MessageWith(to=[""])`` where the header is ``undisclosed-recipients:;``': (
        program(compare, MessageWith(to=[""]), "To: undisclosed-recipients:;"),
        "AssertionError: MessageWith(to=",
        program(compare, MessageWith(to=[]), "To: undisclosed-recipients:;"),
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
    "``assertRaisesRegex`` with the words of a message of this package": (
        program(catch_words, "not scripted, there is no session"),
        "This connection is not scripted: there is no session",
        program(catch_class, "mail.example.com"),
    ),
    "``verify_all()`` of your own verifier that raises what ``assertRaises`` has caught before": (
        program(verify_own, UnmockedInteractionError),
        "UnmockedInteractionError not raised",
        program(verify_own),
    ),
    "a mail by LMTP to several recipients, and a command after it, under ``SMTPLIB``": (
        program(by_lmtp, [A, B], smtp_state_machine=SMTPLIB),
        "b'OK' != b'next'",
        program(by_lmtp, [A], smtp_state_machine=SMTPLIB),
    ),
    "a host, a port, a timeout or a source address that no socket takes, as a mock": (
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
    "a thread that an earlier test has started, as the worker of a queue of mails": (
        functools.partial(share_thread, in_first_test=True),
        "a thread that sends was started by an earlier test",
        functools.partial(share_thread, in_first_test=False),
    ),
    "a second ``starttls``, or one on a connection of ``SMTP_SSL``": (
        program(start_tls, smtplib.SMTP_SSL),
        "SSLEOFError",
        program(start_tls, smtplib.SMTP),
    ),
    "a context whose ``wrap_socket`` returns the plain socket": (
        program(
            start_tls,
            smtplib.SMTP,
            PlainContext(ssl.PROTOCOL_TLS_CLIENT),
            smtp_state_machine=SMTPLIB,
        ),
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
    "a setting that is changed after ``super().setUp()``": (
        program(nothing, setUp=set_late),
        "smtp_state_machine was set after super().setUp(), too late",
        program(nothing, setUp=set_early),
    ),
    "``smtplib.SMTP is not RealSMTP``": (
        program(lambda case: case.assertIsNot(smtplib.SMTP, RealSMTP)),
        "unexpectedly identical",
        program(same_class),
    ),
    "``expect_delivery(login=1)`` or ``starttls=1``": (
        program(deliver, 1, smtp_state_machine=SMTPLIB),
        "login must be True or False",
        program(deliver, True, smtp_state_machine=SMTPLIB),
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
