"""Each way in which Django sends mail, asserted step by step."""

from unittest import mock

from django.core import mail
from django.test import SimpleTestCase

from bigfoot_smtp import MessageWith
from bigfoot_smtp.django import DjangoSmtpMockTestCase


class SendingTests(DjangoSmtpMockTestCase, SimpleTestCase):
    def assert_connected_and_greeted(self):
        self.smtp_mock.assert_connect(host="mail.example.com", port=2525, timeout=10)
        self.smtp_mock.assert_ehlo(name="")

    def test_send_mail(self):
        self.smtp_mock.new_session().expect_delivery()
        sent = mail.send_mail("Hello", "How are you?", "me@example.com", ["you@example.com"])
        self.assertEqual(sent, 1)
        self.assert_connected_and_greeted()
        self.smtp_mock.assert_sendmail(
            from_addr="me@example.com",
            to_addrs=["you@example.com"],
            msg=MessageWith(subject="Hello", to="you@example.com", text="How are you?"),
        )
        self.smtp_mock.assert_quit()

    def test_send_mail_puts_nothing_into_the_outbox_of_the_runner(self):
        self.smtp_mock.new_session().expect_delivery()
        mail.send_mail("Hello", "How are you?", "me@example.com", ["you@example.com"])
        self.assertEqual(mail.outbox, [])
        self.assertEqual(self.smtp_mock.outbox[0].message["Subject"], "Hello")
        self.assert_connected_and_greeted()
        self.smtp_mock.assert_sendmail(
            from_addr="me@example.com",
            to_addrs=["you@example.com"],
            msg=MessageWith(subject="Hello"),
        )
        self.smtp_mock.assert_quit()

    def test_send_mass_mail_uses_one_connection(self):
        self.smtp_mock.new_session().expect_delivery(count=2)
        sent = mail.send_mass_mail(
            [
                ("First", "One", "me@example.com", ["a@example.com"]),
                ("Second", "Two", "me@example.com", ["b@example.com", "c@example.com"]),
            ]
        )
        self.assertEqual(sent, 2)
        self.assert_connected_and_greeted()
        self.smtp_mock.assert_sendmail(
            from_addr="me@example.com",
            to_addrs=["a@example.com"],
            msg=MessageWith(subject="First", text="One"),
        )
        self.smtp_mock.assert_sendmail(
            from_addr="me@example.com",
            to_addrs=["b@example.com", "c@example.com"],
            msg=MessageWith(subject="Second", text="Two"),
        )
        self.smtp_mock.assert_quit()

    def test_alternatives_and_an_attachment(self):
        self.smtp_mock.new_session().expect_delivery()
        message = mail.EmailMultiAlternatives(
            "Your invoice",
            "See the attachment.",
            "shop@example.com",
            ["you@example.com"],
            bcc=["archive@example.com"],
            cc=["boss@example.com"],
        )
        message.attach_alternative("<p>See the attachment.</p>", "text/html")
        message.attach("invoice.pdf", b"%PDF-1.7 \xff", "application/pdf")
        message.send()
        self.assert_connected_and_greeted()
        self.smtp_mock.assert_sendmail(
            from_addr="shop@example.com",
            to_addrs=["you@example.com", "boss@example.com", "archive@example.com"],
            msg=MessageWith(
                subject="Your invoice",
                cc="boss@example.com",
                text="See the attachment.",
                html="<p>See the attachment.</p>",
                attachments={"invoice.pdf": b"%PDF-1.7 \xff"},
                headers={"Bcc": None},
            ),
        )
        self.smtp_mock.assert_quit()

    def test_mail_admins(self):
        self.smtp_mock.new_session().expect_delivery()
        mail.mail_admins("Disk full", "Delete something.")
        self.assert_connected_and_greeted()
        self.smtp_mock.assert_sendmail(
            from_addr="server@example.com",
            to_addrs=["admin@example.com"],
            msg=MessageWith(subject="[Django] Disk full", text="Delete something."),
        )
        self.smtp_mock.assert_quit()

    def test_the_host_calls_itself_localhost_without_asking_the_dns(self):
        self.smtp_mock.new_session().expect_delivery()
        vars(mail.DNS_NAME).pop("_fqdn", None)
        with mock.patch("socket.getfqdn", side_effect=RuntimeError("the DNS was asked")):
            mail.send_mail("Hello", "How are you?", "me@example.com", ["you@example.com"])
        self.smtp_mock.assert_connect(
            host="mail.example.com", port=2525, local_hostname="localhost"
        )
        self.smtp_mock.assert_ehlo(name="")
        sendmail = self.smtp_mock.assert_sendmail(
            from_addr="me@example.com",
            to_addrs=["you@example.com"],
            msg=MessageWith(subject="Hello"),
        )
        self.assertIn(b"@localhost>", sendmail.call.msg)
        self.smtp_mock.assert_quit()
