"""Views that send mail, under each test case of Django."""

import re
import urllib.request
from unittest import mock

from django.contrib.auth.models import User
from django.test import LiveServerTestCase, SimpleTestCase, TestCase, TransactionTestCase

from bigfoot_smtp import MessageWith
from bigfoot_smtp.django import DjangoSmtpMockTestCase
from signup.tests.support import report


class _Views(DjangoSmtpMockTestCase):
    def assert_delivered(self, to, msg):
        self.smtp_mock.assert_connect(host="mail.example.com", port=2525)
        self.smtp_mock.assert_ehlo(name="")
        self.smtp_mock.assert_sendmail(from_addr="shop@example.com", to_addrs=[to], msg=msg)
        self.smtp_mock.assert_quit()


class SimpleViewTests(_Views, SimpleTestCase):
    def test_the_view_mails(self):
        self.smtp_mock.new_session().expect_delivery()
        response = self.client.post("/signup/", {"address": "new@example.com"})
        self.assertContains(response, "mailbox")
        self.assert_delivered("new@example.com", MessageWith(subject="Welcome"))

    def test_the_careless_view_mails(self):
        self.smtp_mock.new_session().expect_delivery()
        response = self.client.post("/careless/", {"address": "new@example.com"})
        self.assertContains(response, "mailbox")
        self.assert_delivered("new@example.com", MessageWith(subject="Welcome"))


class TransactionTests(_Views, TransactionTestCase):
    def test_the_view_mails(self):
        self.smtp_mock.new_session().expect_delivery()
        self.client.post("/signup/", {"address": "new@example.com"})
        self.assert_delivered("new@example.com", MessageWith(subject="Welcome"))


class LiveServerTests(_Views, LiveServerTestCase):
    def test_the_view_mails_from_the_thread_of_the_server(self):
        self.smtp_mock.new_session().expect_delivery()
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(self.live_server_url + "/signup/", b"address=new@example.com") as response:
            self.assertIn(b"mailbox", response.read())
        self.assert_delivered("new@example.com", MessageWith(subject="Welcome"))


class PasswordResetTests(_Views, TestCase):
    def test_the_mail_has_a_link_that_works(self):
        User.objects.create_user("ann", "ann@example.com", "old password")
        self.smtp_mock.new_session().expect_delivery()
        response = self.client.post("/reset/", {"email": "ann@example.com"}, follow=True)
        self.assertContains(response, "mailbox")
        self.assert_delivered("ann@example.com", MessageWith(text=mock.ANY))
        text = self.smtp_mock.outbox[0].message.get_content()
        uid, token = re.search(r"http://testserver/reset/(.+)/(.+)/", text).groups()
        self.assertEqual(uid, "MQ")
        self.assertRegex(token, r"^\w+-\w+$")

    def test_an_unknown_address_gets_no_mail(self):
        self.client.post("/reset/", {"email": "nobody@example.com"})
        self.assertEqual(len(self.smtp_timeline), 0)


class SwallowedViolationTests(SimpleTestCase):
    def test_a_view_that_swallows_a_violation_fails_its_test(self):
        class Inner(DjangoSmtpMockTestCase, SimpleTestCase):
            def test(self):
                response = self.client.post("/careless/", {"address": "new@example.com"})
                self.assertContains(response, "later")

        text = report(Inner)
        self.assertIn("UnmockedInteractionError: Swallowed by the code under test", text)
        self.assertIn("Actual: connect(host='mail.example.com', port=2525)", text)

    def test_a_view_that_lets_it_pass_fails_its_test_in_the_view(self):
        class Inner(DjangoSmtpMockTestCase, SimpleTestCase):
            def test(self):
                self.client.post("/signup/", {"address": "new@example.com"})

        text = report(Inner)
        self.assertIn("UnmockedInteractionError: ", text)
        self.assertNotIn("Swallowed", text)

    def test_a_scripted_failure_may_be_swallowed(self):
        class Inner(DjangoSmtpMockTestCase, SimpleTestCase):
            def test(self):
                self.smtp_mock.new_session().expect("connect", raises=TimeoutError("slow"))
                response = self.client.post("/careless/", {"address": "new@example.com"})
                self.assertContains(response, "later")
                self.smtp_mock.assert_connect(host="mail.example.com", port=2525)

        self.assertEqual(report(Inner), "")
