import email
import unittest
from unittest import mock

from shop import send_report


class FakeSMTP:
    def __init__(self, host="", port=0):
        FakeSMTP.log.append(("connect", host, port))

    def ehlo(self, name=""):
        FakeSMTP.log.append(("ehlo",))
        return 250, b"OK"

    def starttls(self):
        FakeSMTP.log.append(("starttls",))
        return 220, b"Ready"

    def login(self, user, password):
        FakeSMTP.log.append(("login", user, password))
        return 235, b"OK"

    def sendmail(self, from_addr, to_addrs, msg):
        FakeSMTP.log.append(("sendmail",))
        FakeSMTP.sent.append((from_addr, to_addrs, msg))
        return FakeSMTP.refused

    def quit(self):
        FakeSMTP.log.append(("quit",))
        return 221, b"Bye"


class ReportTests(unittest.TestCase):
    def setUp(self):
        FakeSMTP.log = []
        FakeSMTP.sent = []
        FakeSMTP.refused = {}
        patcher = mock.patch("shop.smtplib.SMTP", FakeSMTP)
        patcher.start()
        self.addCleanup(patcher.stop)

    def test_sends(self):
        send_report("to@example.com", "12")

        self.assertEqual(
            [
                ("connect", "mail.example.com", 587),
                ("ehlo",),
                ("starttls",),
                ("login", "shop", "s3cret"),
                ("sendmail",),
                ("quit",),
            ],
            FakeSMTP.log,
        )
        from_addr, to_addrs, text = FakeSMTP.sent[0]
        self.assertEqual("shop@example.com", from_addr)
        self.assertEqual(["boss@example.com", "to@example.com"], to_addrs)
        message = email.message_from_string(text)
        self.assertEqual("Report", message["Subject"])

    def test_tells_who_was_refused(self):
        FakeSMTP.refused = {"to@example.com": (550, b"No")}

        refused = send_report("to@example.com", "12")

        self.assertEqual({"to@example.com": (550, b"No")}, refused)
