"""What a test keeps, and that nothing of it is left when it is over."""

import gc
import importlib.util
import smtplib
import unittest

from tests import benchmark
from tests.support.inner import ERROR, FAILED, PASSED, run_body


def package_objects():
    """Return the objects of the package that are alive, as far as ``gc`` shows them."""
    gc.collect()
    return {
        id(each): each
        for each in gc.get_objects()
        if type(each).__module__.startswith("bigfoot_smtp")
    }


class MemoryTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if hasattr(gc, "freeze"):  # pragma: no branch
            gc.freeze()  # what the other tests have left is not looked through each time

    def assert_nothing_left(self, body, counts):
        run_body(body)
        before = package_objects()
        self.assertEqual(run_body(body).counts, counts)
        left = package_objects()
        self.assertEqual([each for key, each in left.items() if key not in before], [])

    def test_a_test_that_passes_leaves_nothing(self):
        def body(self):
            benchmark.script_report(self.smtp_mock)
            benchmark.send_report()
            benchmark.assert_report(self.smtp_mock)

        self.assert_nothing_left(body, PASSED)

    def test_a_test_that_fails_leaves_nothing(self):
        def body(self):
            benchmark.script_report(self.smtp_mock)
            try:
                smtplib.SMTP("smtp.example.com").quit()
            except AssertionError as error:
                self.assertIn("quit", str(error))

        self.assert_nothing_left(body, FAILED)

    def test_a_test_with_an_error_leaves_nothing(self):
        def body(self):
            self.smtp_mock.new_session().expect("connect", raises=OSError("unreachable"))
            smtplib.SMTP("smtp.example.com")

        self.assert_nothing_left(body, ERROR)

    def test_a_subclass_of_the_client_is_left_as_it_was(self):
        class Client(smtplib.SMTP):
            pass

        def body(self):
            self.smtp_mock.new_session().expect("connect", returns=None)
            self.smtp_mock.new_session().expect("connect", returns=None)
            one, other = Client("smtp.example.com"), Client("smtp.example.com")
            self.assertIs(type(one), type(other))
            for _ in range(2):
                self.smtp_mock.assert_connect(host="smtp.example.com", port=25)

        self.assert_nothing_left(body, PASSED)
        self.assertEqual(Client.__subclasses__(), [])

    @unittest.skipUnless(importlib.util.find_spec("_tracemalloc"), "there is no tracemalloc here")
    def test_an_interaction_keeps_about_a_kibibyte(self):
        # The benchmark tells it exactly, of so many that what is kept once does not count.
        # The first time fills caches as well.
        least = min(benchmark.memory_of_interactions(150) for _ in range(2))
        self.assertLess(least, 1300)
