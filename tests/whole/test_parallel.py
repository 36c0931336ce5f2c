"""What a runner that uses several processes, as Django's does, sends from one to another."""

import pickle
import unittest

from bigfoot_smtp import SmtpMockTestCase


class PicklingTests(SmtpMockTestCase):
    def test_a_running_test_can_be_pickled(self):
        self.answer = 42
        outcome, self._outcome = self._outcome, None
        sent = pickle.loads(pickle.dumps(self))
        self._outcome = outcome
        self.assertEqual((sent.id(), sent.answer), (self.id(), 42))
        self.assertNotIn("smtp_mock", vars(sent))

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
