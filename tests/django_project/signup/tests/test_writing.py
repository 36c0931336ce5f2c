"""Record mode writes the scripts of tests of Django views."""

from django.test import SimpleTestCase, TestCase

from tests.support import recording

MODULE = """\
from django.contrib.auth.models import User
from django.test import TestCase

from bigfoot_smtp.django import DjangoSmtpMockTestCase


class ViewTests(DjangoSmtpMockTestCase, TestCase):
    def test_the_view_mails(self):
        response = self.client.post("/signup/", {"address": "new@example.com"})
        self.assertContains(response, "mailbox")

    def test_a_link_with_a_token(self):
        User.objects.create_user("ann", "ann@example.com", "old password")
        self.client.post("/reset/", {"email": "ann@example.com"}, follow=True)
"""


class WritingTests(TestCase):
    def test_the_tests_pass_twice(self):
        with recording.folder() as folder:
            folder.write("views", MODULE)
            self.assertEqual(folder.record("views").text, "")
            text = folder.text("views")
            self.assertEqual(text.count(".assert_quit()"), 2)
            self.assertIn('text="Glad you are here.\\n"', text)
            self.assertEqual(text.count("text="), 1)  # that with the token is not pinned
            for _ in range(2):
                self.assertEqual(folder.run("views").text, "")


class NothingTests(SimpleTestCase):
    def test_a_test_without_mail_is_left(self):
        with recording.folder() as folder:
            data = folder.write("views", MODULE.partition("    def")[0] + "    pass\n")
            folder.record("views")
            self.assertEqual(folder.file("views").read_bytes(), data)
