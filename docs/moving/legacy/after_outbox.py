from django.test import SimpleTestCase

from bigfoot_smtp.django import DjangoSmtpMockTestCase

from orders import ask, confirm, invoice, newsletter, remind, welcome


class WelcomeTests(DjangoSmtpMockTestCase, SimpleTestCase):
    smtp_serve = True

    def test_one_mail(self):
        welcome("ann@example.com", "Ann")
        self.assertEqual(len(self.smtp_mock.outbox), 1)

    def test_subject(self):
        welcome("ann@example.com", "Ann")
        self.assertEqual(self.smtp_mock.outbox[0].subject, "Welcome, Ann")

    def test_subject_has_the_name(self):
        welcome("ann@example.com", "J\u00fcrgen")
        self.assertIn("J\u00fcrgen", self.smtp_mock.outbox[0].subject)

    def test_body(self):
        welcome("ann@example.com", "Ann")
        self.assertIn("Good to have you.", self.smtp_mock.outbox[0].text)

    def test_to(self):
        welcome("ann@example.com", "Ann")
        self.assertEqual(self.smtp_mock.outbox[0].message["To"].split(", "), ["ann@example.com"])

    def test_from(self):
        welcome("ann@example.com", "Ann")
        self.assertEqual(self.smtp_mock.outbox[0].message["From"], "shop@example.com")

    def test_two_customers(self):
        welcome("ann@example.com", "Ann")
        welcome("bob@example.com", "Bob")
        subjects = [each.subject for each in self.smtp_mock.outbox]
        self.assertEqual(subjects, ["Welcome, Ann", "Welcome, Bob"])

    def test_nothing_sent(self):
        self.assertEqual(self.smtp_mock.outbox, [])


class ConfirmTests(DjangoSmtpMockTestCase, SimpleTestCase):
    smtp_serve = True

    def setUp(self):
        super().setUp()
        confirm("ann@example.com", 7)

    def test_one_mail(self):
        self.assertEqual(len(self.smtp_mock.outbox), 1)

    def test_subject(self):
        self.assertEqual(self.smtp_mock.outbox[0].subject, "Order 7")

    def test_text(self):
        self.assertIn("Order 7 is on its way.", self.smtp_mock.outbox[0].text)

    def test_no_html_in_the_text(self):
        self.assertNotIn("<", self.smtp_mock.outbox[0].text)

    def test_html(self):
        self.assertIn("<b>7</b>", self.smtp_mock.outbox[0].html)

    def test_german(self):
        confirm("bob@example.com", 8, "de")
        self.assertEqual(self.smtp_mock.outbox[-1].subject, "Ihre Bestellung 8")

    def test_recipients(self):
        self.assertEqual(self.smtp_mock.outbox[0].to_addrs, ["ann@example.com"])

    def test_again(self):
        self.smtp_mock.outbox.clear()
        confirm("ann@example.com", 9)
        self.assertEqual(self.smtp_mock.outbox[0].subject, "Order 9")


class InvoiceTests(DjangoSmtpMockTestCase, SimpleTestCase):
    smtp_serve = True

    def setUp(self):
        super().setUp()
        invoice("ann@example.com", 7, "accountant@example.com")

    def test_subject(self):
        self.assertEqual(self.smtp_mock.outbox[0].subject, "Invoice 7")

    def test_body(self):
        self.assertIn("See attached.", self.smtp_mock.outbox[0].text)

    def test_from(self):
        self.assertEqual(self.smtp_mock.outbox[0].message["From"], "billing@example.com")

    def test_recipients(self):
        recipients = self.smtp_mock.outbox[0].to_addrs
        self.assertEqual(recipients, ["ann@example.com", "accountant@example.com"])

    def test_blind_copy(self):
        self.assertIn("accountant@example.com", self.smtp_mock.outbox[0].to_addrs[1:])

    def test_nobody_sees_the_blind_copy(self):
        self.assertIsNone(self.smtp_mock.outbox[0].message["Bcc"])

    def test_no_blind_copy(self):
        self.smtp_mock.outbox.clear()
        invoice("bob@example.com", 8)
        self.assertEqual(self.smtp_mock.outbox[0].to_addrs[1:], [])

    def test_reply_to(self):
        addresses = self.smtp_mock.outbox[0].message["Reply-To"].split(", ")
        self.assertEqual(addresses, ["questions@example.com"])

    def test_header(self):
        self.assertEqual(self.smtp_mock.outbox[0].message["X-Invoice"], "7")

    def test_attachment(self):
        self.assertEqual(len(self.smtp_mock.outbox[0].attachments), 1)

    def test_attachment_content(self):
        self.assertEqual(self.smtp_mock.outbox[0].attachments.popitem()[1], "item,price\n")

    def test_attachment_name(self):
        self.assertEqual(self.smtp_mock.outbox[0].attachments.popitem()[0], "7.csv")


class AskTests(DjangoSmtpMockTestCase, SimpleTestCase):
    smtp_serve = True

    def setUp(self):
        super().setUp()
        ask("supplier@example.com", ["ann@example.com", "bob@example.com"])

    def test_subject(self):
        self.assertEqual(self.smtp_mock.outbox[0].subject, "A question")

    def test_copies(self):
        copies = self.smtp_mock.outbox[0].message["Cc"].split(", ")
        self.assertEqual(copies, ["ann@example.com", "bob@example.com"])

    def test_recipients(self):
        self.assertEqual(len(self.smtp_mock.outbox[0].to_addrs), 3)

    def test_from(self):
        self.assertEqual(self.smtp_mock.outbox[0].message["From"], "shop@example.com")


class NewsletterTests(DjangoSmtpMockTestCase, SimpleTestCase):
    smtp_serve = True

    def test_number(self):
        self.assertEqual(newsletter(["ann@example.com", "bob@example.com"]), 2)
        self.assertEqual(len(self.smtp_mock.outbox), 2)

    def test_to_each(self):
        newsletter(["ann@example.com", "bob@example.com"])
        recipients = [each.message["To"].split(", ") for each in self.smtp_mock.outbox]
        self.assertEqual(recipients, [["ann@example.com"], ["bob@example.com"]])

    def test_body_of_each(self):
        newsletter(["ann@example.com", "bob@example.com"])
        self.assertIn("bob@example.com", self.smtp_mock.outbox[1].text)

    def test_to_nobody(self):
        newsletter([])
        self.assertFalse(self.smtp_mock.outbox)


class ReminderTests(DjangoSmtpMockTestCase, SimpleTestCase):
    smtp_serve = True

    def test_who_has_not_paid(self):
        remind([("ann@example.com", False), ("bob@example.com", True)])
        (reminder,) = self.smtp_mock.outbox
        self.assertEqual(reminder.message["To"].split(", "), ["ann@example.com"])

    def test_who_has_paid(self):
        remind([("ann@example.com", True)])
        self.assertEqual(len(self.smtp_mock.outbox), 0)

    def test_from(self):
        remind([("ann@example.com", False)])
        self.assertEqual(self.smtp_mock.outbox[0].message["From"], "billing@example.com")

    def test_body(self):
        remind([("ann@example.com", False)])
        self.assertIn("Please pay.", self.smtp_mock.outbox[0].text)
