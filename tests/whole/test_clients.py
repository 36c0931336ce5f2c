"""The calls of real programs, in their order and with their style of arguments."""

import logging
import logging.handlers
import smtplib
import ssl
import sys
import threading
from unittest import mock

from bigfoot_smtp import SMTPLIB, STRICT, MessageWith, SmtpMockTestCase, ehlo_reply
from bigfoot_smtp._commands.replies import BYE, OK, READY

HOST, USER, PASSWORD = "mail.example.com", "user", "password"
A, B, C = "a@example.com", "b@example.com", "c@example.com"
TEXT = "Subject: hello\r\n\r\nHello\r\n"
NAME = "client.example.com"

IN = (235, b"welcome")
TLS = ehlo_reply("STARTTLS", "AUTH PLAIN LOGIN")
AUTH = ehlo_reply("AUTH PLAIN LOGIN")


class ClientTestCase(SmtpMockTestCase):
    smtp_state_machine = SMTPLIB

    def script(self, **answers):
        """Script a session: its steps by name; a step that comes again ends in a digit."""
        session = self.smtp_mock.new_session().expect("connect", returns=None)
        for name, answer in answers.items():
            given = "raises" if isinstance(answer, BaseException) else "returns"
            session.expect(name.rstrip("2"), **{given: answer})

    def assert_connect(self, port=25, **arguments):
        self.smtp_mock.assert_connect(host=HOST, port=port, **arguments)

    def assert_ehlo(self, name=""):
        self.smtp_mock.assert_ehlo(name=name)

    def assert_login(self):
        self.smtp_mock.assert_login(user=USER, password=PASSWORD)

    def assert_sendmail(self, to=(B,), msg=TEXT):
        self.smtp_mock.assert_sendmail(from_addr=A, to_addrs=to, msg=msg)

    def assert_quit(self):
        self.smtp_mock.assert_quit()


class Django:
    """Opens lazily, never greets by itself, sends bytes, and closes where quitting fails."""

    def __init__(self, starttls=None, use_ssl=False):
        self.starttls = starttls
        self.use_ssl = use_ssl

    def send(self):
        options = {"local_hostname": NAME, "timeout": 10}
        if self.use_ssl:
            options["context"] = ssl.create_default_context()
        make = smtplib.SMTP_SSL if self.use_ssl else smtplib.SMTP
        self.connection = make(HOST, 587, **options)
        if self.starttls is not None:
            self.connection.starttls(**self.starttls)
        self.connection.login(USER, PASSWORD)
        self.connection.sendmail(A, [B], TEXT.encode())
        self.quit()

    def quit(self):
        try:
            self.connection.quit()
        except (ssl.SSLError, smtplib.SMTPServerDisconnected):
            self.connection.close()


class DjangoTests(ClientTestCase):
    STEPS = {"ehlo": TLS, "starttls": READY, "ehlo2": AUTH, "login": IN, "sendmail": {}}

    def check(self, client, **arguments):
        client.send()
        self.assert_connect(587, local_hostname=NAME, timeout=10, **arguments)
        self.assert_ehlo()
        if client.starttls is not None:
            self.smtp_mock.assert_starttls()
            self.assert_ehlo()
        self.assert_login()
        self.assert_sendmail(msg=TEXT.encode())
        self.assert_quit()
        self.assertIsNone(client.connection.sock)

    def test_starttls_with_a_context(self):
        self.script(**self.STEPS, quit=BYE)
        self.check(Django({"context": ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)}))

    def test_starttls_with_key_and_certificate(self):
        client = Django({"keyfile": None, "certfile": None})
        if sys.version_info < (3, 12):
            self.script(**self.STEPS, quit=BYE)
            return self.check(client)
        # Django up to 4.1, which does that, does not run on these Pythons.
        self.script()
        with self.assertRaisesRegex(TypeError, "keyfile"):
            client.send()
        self.assert_connect(587)

    def test_use_ssl(self):
        self.script(ehlo=AUTH, login=IN, sendmail={}, quit=BYE)
        self.check(Django(use_ssl=True), protocol="smtps", context=mock.ANY)

    def test_quitting_fails(self):
        for error in (smtplib.SMTPServerDisconnected("gone"), ssl.SSLError("broken")):
            with self.subTest(error=error):
                self.script(ehlo=AUTH, login=IN, sendmail={}, quit=error)
                self.check(Django())

    def test_quit_in_finally(self):
        self.script(ehlo=AUTH, login=smtplib.SMTPAuthenticationError(535, b"no"), quit=BYE)
        client = Django()
        with self.assertRaises(smtplib.SMTPAuthenticationError):
            try:
                client.send()
            finally:
                client.quit()
        self.assert_connect(587)
        self.assert_ehlo()
        self.assert_login()
        self.assert_quit()

    def test_before_1_11(self):
        self.script(**self.STEPS, quit=BYE)
        connection = smtplib.SMTP(HOST, 587, local_hostname=NAME)
        connection.ehlo()
        connection.starttls()
        connection.ehlo()
        connection.login(USER, PASSWORD)
        connection.sendmail(A, [B], TEXT)
        connection.quit()
        self.assert_connect(587)
        self.assert_ehlo()
        self.smtp_mock.assert_starttls()
        self.assert_ehlo()
        self.assert_login()
        self.assert_sendmail()
        self.assert_quit()


class LoggingTests(ClientTestCase):
    def log(self, **options):
        handler = logging.handlers.SMTPHandler((HOST, 587), A, [B, C], "broken", **options)
        self.addCleanup(handler.close)
        record = logging.LogRecord("name", logging.ERROR, "file.py", 1, "it broke", None, None)
        with mock.patch.object(handler, "handleError") as handle_error:
            handler.emit(record)
        handle_error.assert_not_called()

    def assert_message(self):
        self.smtp_mock.assert_send_message(
            msg=MessageWith(subject="broken", from_=A, to=[B, C], text="it broke")
        )

    def test_plain(self):
        self.script(ehlo=AUTH, send_message={}, quit=BYE)
        self.log()
        self.assert_connect(587, timeout=5.0)
        self.assert_ehlo()
        self.assert_message()
        self.assert_quit()

    def test_secure(self):
        self.script(ehlo=TLS, starttls=READY, ehlo2=AUTH, login=IN, send_message={}, quit=BYE)
        self.log(credentials=(USER, PASSWORD), secure=())
        self.assert_connect(587)
        self.assert_ehlo()
        self.smtp_mock.assert_starttls()
        self.assert_ehlo()
        self.assert_login()
        self.assert_message()
        self.assert_quit()


class Yagmail:
    """Greets before and after STARTTLS, and tries three times to send."""

    def __init__(self, oauth=None):
        self.smtp = smtplib.SMTP(HOST, 587)
        self.smtp.set_debuglevel(0)
        self.smtp.ehlo()
        self.smtp.starttls()
        self.smtp.ehlo()
        if oauth is None:
            self.smtp.login(USER, PASSWORD)
        else:
            self.smtp.ehlo("client-id")
            self.smtp.docmd("AUTH", "XOAUTH2 " + oauth)

    def send(self):
        for _ in range(2):
            try:
                return self.smtp.sendmail(A, [B], TEXT)
            except smtplib.SMTPServerDisconnected:
                self.smtp.connect(HOST, 587)
        return self.smtp.sendmail(A, [B], TEXT)


class YagmailTests(ClientTestCase):
    def assert_opened(self):
        self.assert_connect(587)
        self.assert_ehlo()
        self.smtp_mock.assert_starttls()
        self.assert_ehlo()

    def test_three_tries(self):
        gone = smtplib.SMTPServerDisconnected("gone")
        self.script(ehlo=TLS, starttls=READY, ehlo2=AUTH, login=IN, sendmail=gone)
        self.script(sendmail=gone)
        self.script(sendmail={})
        self.assertEqual(Yagmail().send(), {})
        self.assert_opened()
        self.assert_login()
        self.assert_sendmail()
        for _ in range(2):
            self.assert_connect(587)
            self.assert_sendmail()

    def test_oauth(self):
        session = self.smtp_mock.new_session().expect("connect", returns=None)
        session.expect("ehlo", returns=TLS).expect("starttls", returns=READY)
        session.expect("ehlo", returns=AUTH).expect("ehlo", returns=AUTH)
        session.expect("docmd", returns=IN).expect("sendmail", returns={})
        Yagmail(oauth="dG9rZW4=").send()
        self.assert_opened()
        self.assert_ehlo("client-id")
        self.smtp_mock.assert_docmd(cmd="AUTH", args="XOAUTH2 dG9rZW4=")
        self.assert_sendmail()


class OthersTests(ClientTestCase):
    def test_fail2ban(self):
        self.script(ehlo=AUTH, login=IN, sendmail={C: (550, b"no")}, quit=BYE)
        server = smtplib.SMTP()
        code, text = server.connect(f"{HOST}:2525")
        self.assertEqual(code, 220)
        server.login(USER, PASSWORD)
        refused = server.sendmail(A, [B, C], TEXT)
        self.assertEqual([f"{to}: {code}" for to, (code, _) in refused.items()], [f"{C}: 550"])
        code, text = server.quit()
        self.assertEqual((code, text), BYE)
        self.assert_connect(2525)
        self.assert_ehlo()
        self.assert_login()
        self.assert_sendmail(to=[B, C])
        self.assert_quit()

    def test_frappe(self):
        self.script(ehlo=TLS, starttls=READY, ehlo2=AUTH, login=IN, noop=OK, sendmail={})
        session = smtplib.SMTP(HOST, 587, source_address=("192.0.2.1", 0))
        session.ehlo()
        session.starttls()
        session.ehlo()
        self.assertEqual(session.login(USER, PASSWORD)[0], 235)
        self.assertEqual(session.noop()[0], 250)
        session.sendmail(from_addr=A, to_addrs=[B], msg=TEXT)
        self.assert_connect(587, source_address=("192.0.2.1", 0))
        self.assert_ehlo()
        self.smtp_mock.assert_starttls()
        self.assert_ehlo()
        self.assert_login()
        self.smtp_mock.assert_noop()
        self.assert_sendmail()

    def test_ansible(self):
        session = self.smtp_mock.new_session()
        session.expect("connect", raises=ssl.SSLError(1, "wrong version number"))
        self.smtp_mock.new_session().expect("connect", returns=None)
        self.script(ehlo=TLS, starttls=READY, ehlo2=AUTH, login=IN, sendmail={}, quit=BYE)
        try:
            smtp = smtplib.SMTP_SSL(host=HOST, port=587, local_hostname=NAME, timeout=20)
        except ssl.SSLError:
            smtp = smtplib.SMTP(host=HOST, port=587, local_hostname=NAME, timeout=20)
            code, message = smtp.connect(HOST, 587)
            self.assertLess(int(code), 300)
        smtp.ehlo()
        self.assertTrue(smtp.has_extn("STARTTLS"))
        smtp.starttls()
        smtp.ehlo()
        self.assertTrue(smtp.has_extn("AUTH"))
        smtp.login(USER, PASSWORD)
        self.assertEqual(smtp.sendmail(A, {B, C}, TEXT), {})
        smtp.quit()
        self.assert_connect(587, protocol="smtps", timeout=20)
        self.assert_connect(587)
        self.assert_connect(587)
        self.assert_ehlo()
        self.smtp_mock.assert_starttls()
        self.assert_ehlo()
        self.assert_login()
        self.assert_sendmail(to={B, C})
        self.assert_quit()

    def test_odoo(self):
        self.script(
            ehlo=TLS, starttls=READY, ehlo2=AUTH, login=IN, mail=OK, rcpt=OK, docmd=(354, b"")
        )
        connection = smtplib.SMTP(HOST, 587, timeout=60)
        connection.set_debuglevel(False)
        connection.starttls()
        connection.login(USER, PASSWORD)
        connection.ehlo_or_helo_if_needed()
        self.assertEqual(connection.mail(A), OK)
        self.assertEqual(connection.rcpt(B), OK)
        connection.putcmd("data")
        self.assertEqual(connection.getreply(), (354, b""))
        connection.close()
        self.assert_connect(587, timeout=60)
        self.assert_ehlo()
        self.smtp_mock.assert_starttls()
        self.assert_ehlo()
        self.assert_login()
        self.smtp_mock.assert_mail(sender=A)
        self.smtp_mock.assert_rcpt(recip=B)
        self.smtp_mock.assert_docmd(cmd="data")

    def test_airflow(self):
        self.script(noop=OK, ehlo=AUTH, login=IN, sendmail={})
        client = smtplib.SMTP(host=HOST, port=587, timeout=30)
        self.assertEqual(client.noop()[0], 250)
        client.login(user=USER, password=PASSWORD)
        client.sendmail(from_addr=A, to_addrs=[B], msg=TEXT)
        client.close()
        self.assert_connect(587, timeout=30)
        self.smtp_mock.assert_noop()
        self.assert_ehlo()
        self.assert_login()
        self.assert_sendmail()

    def test_saleor(self):
        self.script(quit=BYE)
        connection = smtplib.SMTP(HOST, 587, timeout=5)
        connection.quit()
        self.assert_connect(587)
        self.assert_quit()


class QueueTests(ClientTestCase):
    THREADS = 8

    def test_one_connection_a_thread(self):
        def work(number):
            server = smtplib.SMTP(HOST, 587)
            server.sendmail(A, [f"to{number}@example.com"], TEXT)
            server.quit()

        for _ in range(self.THREADS):
            self.script(ehlo=OK, sendmail={}, quit=BYE)
        threads = [threading.Thread(target=work, args=(n,)) for n in range(self.THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        with self.smtp_mock.in_any_order():
            for number in range(self.THREADS):
                self.assert_connect(587)
                self.assert_ehlo()
                self.assert_sendmail(to=[f"to{number}@example.com"])
                self.assert_quit()


class TracTests(ClientTestCase):
    def send(self, use_tls):
        server = smtplib.SMTP(HOST, 587)
        server.ehlo()
        if use_tls:
            self.assertIn("starttls", server.esmtp_features)
            server.starttls()
            server.ehlo()
        server.login(USER, PASSWORD)
        server.sendmail(A, [B], TEXT)
        server.quit()

    def test_with_tls(self):
        self.script(ehlo=TLS, starttls=READY, ehlo2=AUTH, login=IN, sendmail={}, quit=BYE)
        self.send(use_tls=True)
        self.assert_connect(587)
        self.assert_ehlo()
        self.smtp_mock.assert_starttls()
        self.assert_sent()

    def test_without_tls(self):
        self.script(ehlo=AUTH, login=IN, sendmail={}, quit=BYE)
        self.send(use_tls=False)
        self.assert_connect(587)
        self.assert_sent()

    def assert_sent(self):
        self.assert_ehlo()
        self.assert_login()
        self.assert_sendmail()
        self.assert_quit()


class StrictTests(TracTests):
    """A client that greets first, once and by itself runs under the textbook order too."""

    smtp_state_machine = STRICT

    def test_with_tls(self):
        self.script(ehlo=TLS, starttls=READY)
        with self.assertRaisesRegex(AssertionError, "ehlo is not allowed in state greeted"):
            self.send(use_tls=True)
        self.assert_connect(587)
        self.assert_ehlo()
        self.smtp_mock.assert_starttls()
