"""What a runner that uses several processes, as Django's does, sends from one to another."""

import pickle
import smtplib
import unittest
from email.message import EmailMessage

from bigfoot_smtp import SmtpMockTestCase


class PicklingTests(SmtpMockTestCase):
    smtp_serve = True

    def test_a_running_test_can_be_pickled(self):
        self.answer = 42
        smtplib.SMTP("mail.example.com").sendmail("a@example.com", "b@example.com", "Subject: Hi")
        (self.mail,) = self.smtp_mock.outbox
        self.assertEqual(self.mail.subject, "Hi")
        self.connecting, self.timeline = self.smtp_timeline[0], self.smtp_timeline
        self.session, self.plugin = self.connecting.session, self.smtp_mock
        message = EmailMessage()
        message["From"], message["To"] = "a@example.com", "b@example.com"
        smtplib.SMTP("mail.example.com").send_message(message)
        with self.smtp_mock.in_any_order():
            self.call = self.smtp_mock.assert_send_message(msg=message).call
        outcome, self._outcome = self._outcome, None
        sent = pickle.loads(pickle.dumps(self))
        self._outcome = outcome
        self.assertEqual((sent.id(), sent.answer), (self.id(), 42))
        self.assertEqual((sent.mail.raw, sent.mail.subject), (self.mail.raw, "Hi"))
        left = {"smtp_mock", "connecting", "timeline", "session", "plugin", "call"}
        self.assertEqual(left & {*vars(sent)}, set())

    def test_the_state_that_a_base_picks_is_kept(self):
        class Base(unittest.TestCase):
            def __getstate__(self):
                return {"_testMethodName": self._testMethodName, "smtp_mock": self.smtp_mock}

        class Inner(SmtpMockTestCase, Base):
            def test(self):
                self.state = self.__getstate__()

        inner = Inner("test")
        self.assertTrue(inner.run().wasSuccessful())
        self.assertEqual(inner.state, {"_testMethodName": "test"})

    def test_a_base_may_try_each_attribute_as_django_does(self):
        class Base(unittest.TestCase):
            def __getstate__(self):
                return {name: each for name, each in vars(self).items() if is_pickable(each)}

        class Inner(SmtpMockTestCase, Base):
            def test(self):
                self.answer, self.itself = 42, [self]
                with self.subTest("sent as the test runs"):
                    self.state = self.__getstate__()

        inner = Inner("test")
        self.assertTrue(inner.run().wasSuccessful())
        self.assertEqual((inner.state["_testMethodName"], inner.state["answer"]), ("test", 42))
        self.assertEqual({"smtp_mock", "itself", "_smtp_is_pickled"} & {*inner.state}, set())
        self.assertNotIn("_smtp_is_pickled", vars(inner))


def is_pickable(value):
    """Return what Django does."""
    try:
        pickle.loads(pickle.dumps(value))
    except (AttributeError, TypeError, pickle.PickleError):
        return False
    return True
