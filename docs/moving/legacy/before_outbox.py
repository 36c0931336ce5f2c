from django.core import mail
from django.test import SimpleTestCase

from orders import ask, confirm, invoice, newsletter, remind, welcome


class WelcomeTests(SimpleTestCase):
    def test_one_mail(self):
        welcome("ann@example.com", "Ann")
        self.assertEqual(len(mail.outbox), 1)

    def test_subject(self):
        welcome("ann@example.com", "Ann")
        self.assertEqual(mail.outbox[0].subject, "Welcome, Ann")

    def test_subject_has_the_name(self):
        welcome("ann@example.com", "J\u00fcrgen")
        self.assertIn("J\u00fcrgen", mail.outbox[0].subject)

    def test_body(self):
        welcome("ann@example.com", "Ann")
        self.assertIn("Good to have you.", mail.outbox[0].body)

    def test_to(self):
        welcome("ann@example.com", "Ann")
        self.assertEqual(mail.outbox[0].to, ["ann@example.com"])

    def test_from(self):
        welcome("ann@example.com", "Ann")
        self.assertEqual(mail.outbox[0].from_email, "shop@example.com")

    def test_two_customers(self):
        welcome("ann@example.com", "Ann")
        welcome("bob@example.com", "Bob")
        subjects = [each.subject for each in mail.outbox]
        self.assertEqual(subjects, ["Welcome, Ann", "Welcome, Bob"])

    def test_nothing_sent(self):
        self.assertEqual(mail.outbox, [])


class ConfirmTests(SimpleTestCase):
    def setUp(self):
        super().setUp()
        confirm("ann@example.com", 7)

    def test_one_mail(self):
        self.assertEqual(len(mail.outbox), 1)

    def test_subject(self):
        self.assertEqual(mail.outbox[0].subject, "Order 7")

    def test_text(self):
        self.assertIn("Order 7 is on its way.", mail.outbox[0].body)

    def test_no_html_in_the_text(self):
        self.assertNotIn("<", mail.outbox[0].body)

    def test_html(self):
        self.assertIn("<b>7</b>", mail.outbox[0].alternatives[0][0])

    def test_german(self):
        confirm("bob@example.com", 8, "de")
        self.assertEqual(mail.outbox[-1].subject, "Ihre Bestellung 8")

    def test_recipients(self):
        self.assertEqual(mail.outbox[0].recipients(), ["ann@example.com"])

    def test_again(self):
        mail.outbox.clear()
        confirm("ann@example.com", 9)
        self.assertEqual(mail.outbox[0].subject, "Order 9")


class InvoiceTests(SimpleTestCase):
    def setUp(self):
        super().setUp()
        invoice("ann@example.com", 7, "accountant@example.com")

    def test_subject(self):
        self.assertEqual(mail.outbox[0].subject, "Invoice 7")

    def test_body(self):
        self.assertIn("See attached.", mail.outbox[0].body)

    def test_from(self):
        self.assertEqual(mail.outbox[0].from_email, "billing@example.com")

    def test_recipients(self):
        recipients = mail.outbox[0].recipients()
        self.assertEqual(recipients, ["ann@example.com", "accountant@example.com"])

    def test_blind_copy(self):
        self.assertIn("accountant@example.com", mail.outbox[0].bcc)

    def test_nobody_sees_the_blind_copy(self):
        self.assertIsNone(mail.outbox[0].message()["Bcc"])

    def test_no_blind_copy(self):
        mail.outbox.clear()
        invoice("bob@example.com", 8)
        self.assertEqual(mail.outbox[0].bcc, [])

    def test_reply_to(self):
        addresses = mail.outbox[0].reply_to
        self.assertEqual(addresses, ["questions@example.com"])

    def test_header(self):
        self.assertEqual(mail.outbox[0].extra_headers["X-Invoice"], "7")

    def test_attachment(self):
        self.assertEqual(len(mail.outbox[0].attachments), 1)

    def test_attachment_content(self):
        self.assertEqual(mail.outbox[0].attachments[0][1], "item,price\n")

    def test_attachment_name(self):
        self.assertEqual(mail.outbox[0].attachments[0][0], "7.csv")


class AskTests(SimpleTestCase):
    def setUp(self):
        super().setUp()
        ask("supplier@example.com", ["ann@example.com", "bob@example.com"])

    def test_subject(self):
        self.assertEqual(mail.outbox[0].subject, "A question")

    def test_copies(self):
        copies = mail.outbox[0].cc
        self.assertEqual(copies, ["ann@example.com", "bob@example.com"])

    def test_recipients(self):
        self.assertEqual(len(mail.outbox[0].recipients()), 3)

    def test_from(self):
        self.assertEqual(mail.outbox[0].from_email, "shop@example.com")


class NewsletterTests(SimpleTestCase):
    def test_number(self):
        self.assertEqual(newsletter(["ann@example.com", "bob@example.com"]), 2)
        self.assertEqual(len(mail.outbox), 2)

    def test_to_each(self):
        newsletter(["ann@example.com", "bob@example.com"])
        recipients = [each.to for each in mail.outbox]
        self.assertEqual(recipients, [["ann@example.com"], ["bob@example.com"]])

    def test_body_of_each(self):
        newsletter(["ann@example.com", "bob@example.com"])
        self.assertIn("bob@example.com", mail.outbox[1].body)

    def test_to_nobody(self):
        newsletter([])
        self.assertFalse(mail.outbox)


class ReminderTests(SimpleTestCase):
    def test_who_has_not_paid(self):
        remind([("ann@example.com", False), ("bob@example.com", True)])
        (reminder,) = mail.outbox
        self.assertEqual(reminder.to, ["ann@example.com"])

    def test_who_has_paid(self):
        remind([("ann@example.com", True)])
        self.assertEqual(len(mail.outbox), 0)

    def test_from(self):
        remind([("ann@example.com", False)])
        self.assertEqual(mail.outbox[0].from_email, "billing@example.com")

    def test_body(self):
        remind([("ann@example.com", False)])
        self.assertIn("Please pay.", mail.outbox[0].body)
