"""More test cases whose names say how they must end: asynchronous ones."""

import unittest

from bigfoot_smtp import SmtpMockTestCase
from cases import check, swallow


class AsyncCases(SmtpMockTestCase, unittest.IsolatedAsyncioTestCase):
    async def test_passed_with_all_asserted(self):
        self.smtp_mock.new_session().expect("connect", returns=None)
        check()
        self.smtp_mock.assert_connect(host="mail.example.com", port=25)

    async def test_failed_with_a_swallowed_violation(self):
        swallow()
