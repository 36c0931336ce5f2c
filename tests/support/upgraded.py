"""Bodies of tests as 1.0 had them, and as the table of the CHANGELOG says to write them."""

import contextlib
import email
import email.policy
import functools
import smtplib
import ssl
import threading
import warnings
from email.message import EmailMessage

from bigfoot_smtp import (
    SMTPLIB,
    InteractionMismatchError,
    SmtpPlugin,
    StateMachine,
    StrictVerifier,
    UnmockedInteractionError,
    ehlo_reply,
)
from tests.support import loopback
from tests.support.inner import run_body
from tests.support.played import greeted

OK, BYE = (250, b"OK"), (221, b"Bye")
A, B, TEXT = "a@example.com", "b@example.com", "Subject: Hi\n\nHello.\n"
RealSMTP, REAL_QUIT = smtplib.SMTP, smtplib.SMTP.quit


def program(body, *args, **attributes):
    """Return a function that runs ``body(case, *args)`` as a test and returns the verdict."""

    def test(case):
        body(case, *args)

    return functools.partial(run_body, test, smtp_require_assertions=False, **attributes)


def silence(case, error):
    smtp = greeted(case, ("sendmail", TimeoutError()))
    case.assertRaises(error, smtp.sendmail, A, B, TEXT)


def go_on(case, *steps):
    with greeted(case, ("noop", TimeoutError()), *steps) as smtp:
        case.assertRaises(TimeoutError, smtp.noop)
    greeted(case, ("quit", BYE)).quit()


class Closing(smtplib.SMTP):
    def sendmail(self, *args, **kwargs):
        refused = super().sendmail(*args, **kwargs)
        self.quit()
        return refused


def override(case, *steps):
    greeted(case, *steps, make=Closing).send_message(mail(), A, B)


class ByName(RealSMTP):
    def sendmail(self, *args):
        return RealSMTP.sendmail(self, *args)


def call_by_name(case, *steps):
    greeted(case, *steps, make=ByName).sendmail(A, B, TEXT)


def send_pieces(case, *steps):
    smtp = greeted(case, ("docmd", (354, b"Go on")), *steps)
    smtp.docmd("DATA")
    smtp.send("Subject: Hi\r\n\r\n")
    smtp.send("Hello.\r\n.\r\n")
    case.assertEqual(smtp.getreply(), OK)


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
    greeted(case, ("send_message", {})).send_message(message, A, B)
    case.smtp_mock.assert_connect(host="mail.example.com", port=25)
    case.smtp_mock.assert_ehlo(name="")
    return functools.partial(case.smtp_mock.assert_send_message, from_addr=A, to_addrs=B)


def is_sent(case, message, wanted):
    send(case, message)(msg=wanted)


def is_not_sent(case, message, wanted):
    case.assertRaises(InteractionMismatchError, send(case, message), msg=wanted)


def compare(case, wanted, header):
    case.assertEqual(wanted, f"{header}\n\nHello.\n")


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
    greeted(case)
    case.assertRaises(expected, smtplib.SMTP, "mail.example.com")


def catch_words(case, words):
    with case.assertRaisesRegex(UnmockedInteractionError, words):
        smtplib.SMTP("mail.example.com")


def catch_class(case, host):
    with case.assertRaises(UnmockedInteractionError) as caught:
        smtplib.SMTP("mail.example.com")
    case.assertEqual(caught.exception.call.host, host)


def verify_own(case, expected=()):
    verifier = StrictVerifier()
    SmtpPlugin(verifier)
    with case.assertRaises(UnmockedInteractionError), verifier.sandbox():
        smtplib.SMTP("mail.example.com")
    with case.assertRaises(expected) if expected else contextlib.nullcontext():
        verifier.verify_all()


def dial_under_a_mock(case, patch):
    with patch:
        greeted(case)


def dial(case, timeout):
    case.smtp_mock.new_session().expect("connect", returns=None)
    smtplib.SMTP("mail.example.com", timeout=timeout)


def use(case, smtp):
    case.assertRaises(smtplib.SMTPServerDisconnected, smtp.helo)


ONE = {B: (550, b"No")}


def refuse_one(case, outcome):
    client = greeted(case, ("sendmail", outcome))
    with contextlib.suppress(smtplib.SMTPRecipientsRefused):
        case.assertEqual(client.sendmail(A, [B, "c@example.com"], TEXT), ONE)


def refuse_noop(case, outcome):
    client = greeted(case, ("noop", outcome))
    with contextlib.suppress(smtplib.SMTPDataError):
        case.assertEqual(client.noop(), (450, b"Later"))


def read_reply(case, text):
    case.assertEqual(greeted(case, ("noop", (250, text))).noop(), (250, text))


def refuse_text(case, text):
    smtp = greeted(case, ("sendmail", smtplib.SMTPDataError(554, text)))
    case.assertRaises(smtplib.SMTPDataError, smtp.sendmail, A, B, TEXT)


def to_several(case, recipients):
    greeted(case, ("sendmail", {})).sendmail(A, recipients, TEXT)
    with case.smtp_mock.in_any_order():
        case.smtp_mock.assert_sendmail(from_addr=A, to_addrs=recipients, msg=TEXT)


def to_nobody(case):
    case.assertEqual(greeted(case, ("sendmail", {})).sendmail(A, [], TEXT), {})


def refuse_nobody(case):
    case.assertRaises(smtplib.SMTPRecipientsRefused, to_nobody, case)


def to_no_address(case, outcome):
    smtp = greeted(case, ("sendmail", outcome))
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

    smtp = greeted(case, ("noop", OK), ("noop", OK), make=Slow)
    other = threading.Thread(target=call, daemon=True)
    other.start()
    is_within.wait(5)
    try:
        call()
    finally:
        is_over.set()
        other.join(5)


def share_thread(in_first_test):
    """Run two tests: in the second a thread sends that was started in the first, or before."""
    is_second = threading.Event()

    def send():
        is_second.wait(5)
        with contextlib.suppress(Exception):
            smtplib.SMTP("mail.example.com")

    def second(case):
        case.smtp_mock.new_session().expect("connect", returns=None)
        is_second.set()
        thread.join(5)

    thread = threading.Thread(target=send, daemon=True)
    if in_first_test:
        run_body(lambda case: thread.start())
    else:
        thread.start()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return program(second)()


@classmethod
def connect_in_class(cls):
    super(cls, cls).setUpClass()
    server = loopback.Server()
    cls.addClassCleanup(server.close)
    server.play([loopback.always((220, b"Hello")), loopback.always(BYE)])
    smtplib.SMTP(loopback.HOST, server.port, local_hostname="a").quit()


def set_late(case):
    super(type(case), case).setUp()
    case.smtp_state_machine = SMTPLIB


def set_early(case):
    case.smtp_state_machine = SMTPLIB
    super(type(case), case).setUp()


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
    case.smtp_mock.new_session().expect_delivery(login=login)
    with smtplib.SMTP("mail.example.com") as smtp:
        smtp.login("shop", "s3cret")
        smtp.sendmail(A, B, TEXT)


TWO_SUBJECTS = email.message_from_string("Subject: One\nSubject: Two\n\nHello.\n")
TWO_FILES = mail("b.pdf", "a.pdf")
FORWARDED = EmailMessage()
FORWARDED.add_attachment(mail())
IN_ORDER = {"a.pdf": b"data", "b.pdf": b"data"}


class PlainContext(ssl.SSLContext):
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
