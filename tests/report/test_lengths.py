"""How long the messages are: 25 lines at most in the flow of the guide, 60 in any.

No line is a list without an end.
"""

import contextlib
import smtplib
import unittest
from email.message import EmailMessage

from bigfoot_smtp import SMTPLIB, STRICT, SmtpMockTestCase
from tests.support.texts import error_of

SENDER, TO = "from@example.com", ["to@example.com"]
GREETED = [("connect", None), ("ehlo", (250, b"OK"))]
SECURE = [*GREETED, ("starttls", (220, b"Ready")), ("login", (235, b"OK"))]
MAIL = [("sendmail", {}), ("quit", (221, b"Bye"))]


def script(case, *steps):
    session = case.smtp_mock.new_session()
    for method, answer in steps:
        session.expect(method, returns=answer)


def send(quits=True, greets=True, secure=False, host="mail.example.com", to=TO, text="hello"):
    smtp = smtplib.SMTP(host, 587)
    if greets:
        smtp.ehlo()
    if secure:
        smtp.starttls()
        smtp.login("user", "s3cret")
    smtp.sendmail(SENDER, to, f"Subject: hi\r\n\r\n{text}")
    if quits:
        smtp.quit()


def no_session(case):
    with contextlib.suppress(Exception):
        send()


def no_greeting(case):
    script(case, *GREETED, *MAIL)
    send(greets=False)


def no_quit(case):
    script(case, *GREETED, *MAIL)
    send(quits=False)


def nothing_asserted(case):
    script(case, *SECURE, *MAIL)
    send(secure=True)


def nothing_asserted_and_no_quit(case):
    script(case, *SECURE, *MAIL)
    send(secure=True, quits=False)


def other_recipients(case):
    script(case, *GREETED, *MAIL)
    send()
    case.smtp_mock.assert_connect(host="mail.example.com", port=587)
    case.smtp_mock.assert_ehlo(name="")
    case.smtp_mock.assert_sendmail(
        from_addr=SENDER, to_addrs=["other@example.com"], msg="Subject: hi\r\n\r\nhello"
    )


def step_missing_in_the_script(case):
    script(case, *GREETED, *MAIL)
    send(secure=True)


def starttls_not_offered(case):
    secure = [("starttls", (220, b"Ready")), ("ehlo", (250, b"OK")), ("login", (235, b"OK"))]
    script(case, *GREETED, *secure, *MAIL)
    with contextlib.suppress(Exception):
        with smtplib.SMTP("mail.example.com", 587) as smtp:
            smtp.starttls()


def session_never_opened(case):
    case.smtp_mock.new_session().expect_delivery(starttls=True, login=True)


def many_times_the_same(case):
    for _ in range(10):
        with contextlib.suppress(Exception):
            send()


def twelve_sessions_in_any_order(case):
    for number in range(12):
        script(case, *GREETED, *MAIL)
        send(to=[f"{number}@example.com"], text=f"for {number}")
    with case.smtp_mock.in_any_order():
        case.smtp_mock.assert_sendmail(
            from_addr=SENDER, to_addrs=["12@example.com"], msg="Subject: hi\r\n\r\nfor 12"
        )


def many_unasserted(case):
    for number in range(12):
        script(case, *GREETED, *MAIL)
        send(to=[f"{number}@example.com"], text=f"for {number}")


def many_left_open(case):
    for number in range(12):
        script(case, *SECURE, *MAIL)
        send(secure=True, quits=False)
    for _ in range(12):
        session_never_opened(case)
    no_session(case)


def a_long_dialogue_with_many_violations(case):
    script(case, ("connect", None), *[("noop", (250, b"OK"))] * 40)
    smtp = smtplib.SMTP("mail.example.com")
    for number in range(30):
        smtp.noop()
        for command in (smtp.rset, smtp.helo, smtp.ehlo, smtp.quit, smtp.help):
            with contextlib.suppress(Exception):
                command()


def a_message_that_differs_everywhere(case):
    message = EmailMessage()
    for number in range(40):
        message[f"X-{number}"] = "x" * 200
    message.set_content("\n".join(map(str, range(200))))
    script(case, *GREETED, ("send_message", {}))
    smtp = smtplib.SMTP("mail.example.com")
    smtp.ehlo()
    smtp.send_message(message, SENDER, TO)
    other = EmailMessage()
    for number in range(40):
        other[f"X-{number}"] = "y" * 200
    other.set_content("\n".join(map(str, range(1000, 1200))))
    with case.smtp_mock.in_any_order():
        case.smtp_mock.assert_send_message(msg=other)


def many_refused_by_the_server(case):
    case.smtp_mock.serve(refuse=lambda address: (550, b"No"))
    for number in range(100):
        with contextlib.suppress(smtplib.SMTPRecipientsRefused):
            send(to=[f"{number}@example.com"])
    case.assertEqual(len(case.smtp_mock.outbox), 1)


def many_hosts(case):
    for number in range(100):
        case.smtp_mock.new_session(host=f"mail{number}.example.com").expect_delivery()
    with contextlib.suppress(Exception):
        send()


def refusals_of_many_others(case):
    others = {f"{number}@example.com": (550, b"No") for number in range(100)}
    script(case, *GREETED, ("sendmail", others))
    with contextlib.suppress(Exception):
        send()


def failed_elsewhere(case):
    many_left_open(case)
    case.fail("2 != 1")


GUIDE = [
    (no_session, STRICT),
    (no_greeting, STRICT),
    (no_quit, STRICT),
    (nothing_asserted, STRICT),
    (nothing_asserted_and_no_quit, STRICT),
    (other_recipients, STRICT),
    (step_missing_in_the_script, STRICT),
    (starttls_not_offered, SMTPLIB),
    (session_never_opened, STRICT),
]
ANY = [
    (many_times_the_same, STRICT),
    (twelve_sessions_in_any_order, STRICT),
    (many_unasserted, STRICT),
    (many_left_open, STRICT),
    (a_long_dialogue_with_many_violations, STRICT),
    (a_message_that_differs_everywhere, STRICT),
    (many_refused_by_the_server, STRICT),
    (many_hosts, STRICT),
    (refusals_of_many_others, SMTPLIB),
    (failed_elsewhere, STRICT),
]


def told(body, machine):
    """Return the lines of what a test with ``body`` ends with, the notes included."""
    attributes = {"test": body, "smtp_state_machine": machine}
    error = error_of(type("Inner", (SmtpMockTestCase,), attributes))
    return "\n".join([str(error), *getattr(error, "__notes__", [])]).split("\n")


class Lengths(unittest.TestCase):
    def assert_short(self, flows, most):
        for body, machine in flows:
            with self.subTest(body.__name__):
                lines = told(body, machine)
                self.assertLessEqual(len(lines), most, "\n".join(lines))
                self.assertLessEqual(max(map(len, lines)), 1000, "\n".join(lines))

    def test_in_the_flow_of_the_guide(self):
        self.assert_short(GUIDE, 25)

    def test_in_any_flow(self):
        self.assert_short(ANY, 60)


if __name__ == "__main__":
    for each, state_machine in [*GUIDE, *ANY]:
        print(f"{len(told(each, state_machine)):4} {each.__name__}")
