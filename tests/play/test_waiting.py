"""Waiting for the mails of a thread that the test cannot join."""

import asyncio
import contextlib
import pickle
import smtplib
import threading
import time

from bigfoot_smtp import InvalidStateError, MissingMailsError, SmtpMockTestCase

TEXT = "Subject: Hi\r\n\r\nHello.\r\n"


def send(to="to@example.com", lingering=0):
    with smtplib.SMTP("mail.example.com", 25) as smtp:
        smtp.sendmail("from@example.com", to, TEXT)
        time.sleep(lingering)


class Waiting(SmtpMockTestCase):
    smtp_serve = True

    def test_for_a_thread(self):
        thread = threading.Timer(0.01, send, ["to@example.com", 0.01])
        self.addCleanup(thread.join)
        thread.start()
        (mail,) = self.smtp_mock.wait_for_mails(1, timeout=5)
        self.assertEqual(self.smtp_timeline[-1].call.method, "quit")
        self.assertEqual(mail.to_addrs, ["to@example.com"])

    def test_for_less_than_a_second(self):
        thread = threading.Timer(0.01, send)
        self.addCleanup(thread.join)
        thread.start()
        self.assertEqual(len(self.smtp_mock.wait_for_mails(timeout=1)), 1)

    def test_for_a_connection_that_is_kept(self):
        with smtplib.SMTP("mail.example.com", 25) as smtp:
            smtp.sendmail("from@example.com", "to@example.com", TEXT)
            for timeout in (0.01, 0.012):
                self.assertEqual(len(self.smtp_mock.wait_for_mails(timeout=timeout)), 1)

    def test_for_none_that_is_missing(self):
        send()
        send()
        self.assertEqual(len(self.smtp_mock.wait_for_mails(timeout=0)), 2)

    def test_in_a_coroutine(self):
        """What is to send waits for the coroutine that waits for it."""

        def wait():
            self.smtp_mock.wait_for_mails(2, timeout=0)

        async def wait_here():
            wait()

        async def wait_in_a_thread():
            await asyncio.get_running_loop().run_in_executor(None, wait)

        told = (
            "Meanwhile the event loop stood still. Wait outside it:\n"
            "    loop = asyncio.get_running_loop()\n"
            "    await loop.run_in_executor(None, self.smtp_mock.wait_for_mails, 2)"
        )
        for waiting, is_told in ((wait_here, True), (wait_in_a_thread, False)):
            with self.assertRaises(MissingMailsError) as caught:
                asyncio.run(waiting())
            self.assertIs(str(caught.exception).endswith(f"\n\n{told}"), is_told)

    def test_beside_a_coroutine(self):
        """As the hint says, which holds for Python 3.8, too."""

        async def send_meanwhile():
            loop = asyncio.get_running_loop()
            loop.call_soon(send)
            return await loop.run_in_executor(None, self.smtp_mock.wait_for_mails, 1)

        self.assertEqual(len(asyncio.run(send_meanwhile())), 1)

    def test_in_vain(self):
        send("a@example.com")
        with self.assertRaises(MissingMailsError) as caught:
            self.smtp_mock.wait_for_mails(2, timeout=0.01)
        error = caught.exception
        self.assertEqual((error.count, error.timeout, len(error.mails)), (2, 0.01, 1))
        self.assertEqual(
            str(error),
            "1 mail came within 0.01 seconds, not 2 mails.\n"
            "  <SentMail from 'from@example.com' to ['a@example.com'] subject 'Hi'>",
        )
        self.assertEqual(pickle.loads(pickle.dumps(error)).count, 2)
        self.assertIn("within 1 second, not", str(MissingMailsError(2, 1.0, [], [])))

    def test_in_vain_since_the_thread_met_a_violation(self):
        self.smtp_mock.new_session().expect("connect", returns=None)
        with contextlib.suppress(InvalidStateError):
            smtplib.SMTP("mail.example.com").rcpt("to@example.com")
        self.smtp_mock.assert_connect(host="mail.example.com", port=25)
        with self.assertRaises(MissingMailsError) as caught:
            self.smtp_mock.wait_for_mails(timeout=0)
        self.assertIn("rcpt is not allowed in state connected.", str(caught.exception))
        self.smtp_mock.verifier.acknowledge(caught.exception.violations[0])

    def test_wrong_arguments(self):
        for count, timeout, error, text in [
            ("1", 1, TypeError, "count must be an int, not '1'"),
            (1.0, 1, TypeError, "count must be an int, not 1.0"),
            (True, 1, TypeError, "count must be an int, not True"),
            (1, "1", TypeError, "timeout must be a number of seconds, not '1'"),
            (0, 1, ValueError, "count must be at least 1, not 0"),
            (1, -1, ValueError, "timeout must be at least 0, not -1"),
            (1, float("nan"), ValueError, "timeout must be at least 0, not nan"),
        ]:
            with self.subTest(text), self.assertRaisesRegex(error, f"^{text}$"):
                self.smtp_mock.wait_for_mails(count, timeout)
