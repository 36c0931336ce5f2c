import unittest
from unittest import mock

from shop import send_report


class FakeSMTP:
    sent = []
    log = []
    refused = {}

    def __init__(self, host="", port=0, **kwargs):
        self.log.append(("connect", host, port))

    def __enter__(self):
        return self

    def __exit__(self, *args):
        self.quit()

    def ehlo(self, name=""):
        self.log.append(("ehlo",))
        return 250, b"OK"

    def starttls(self, **kwargs):
        self.log.append(("starttls",))
        return 220, b"Ready"

    def login(self, user, password):
        self.log.append(("login", user, password))
        return 235, b"OK"

    def sendmail(self, from_addr, to_addrs, msg):
        self.log.append(("sendmail",))
        self.sent.append((from_addr, to_addrs, msg))
        return self.refused

    def quit(self):
        self.log.append(("quit",))
        return 221, b"Bye"


class ReportTests(unittest.TestCase):
    def setUp(self):
        FakeSMTP.sent = []
        FakeSMTP.log = []
        FakeSMTP.refused = {}
        patcher = mock.patch("shop.smtplib.SMTP", FakeSMTP)
        patcher.start()
        self.addCleanup(patcher.stop)

    def test_sends(self):
        send_report("to@example.com")
        from_addr, to_addrs, msg = FakeSMTP.sent[0]
        self.assertEqual("shop@example.com", from_addr)
        self.assertEqual(
            ["boss@example.com", "to@example.com"], to_addrs
        )
        self.assertIn("Subject: Report", msg)
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

    def test_tells_who_was_refused(self):
        FakeSMTP.refused = {"to@example.com": (550, b"No")}
        self.assertEqual(
            FakeSMTP.refused, send_report("to@example.com")
        )
