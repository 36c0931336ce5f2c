"""Which commands make a mail, and which comes before which."""

import smtplib
import unittest

from bigfoot_smtp import SMTPLIB
from bigfoot_smtp._commands import order
from bigfoot_smtp._commands.commands import COMMANDS
from tests.support.commands import TABLE


class Asked(Exception):
    """smtplib greets by itself."""


class Asking(smtplib.SMTP):
    def ehlo_or_helo_if_needed(self):
        raise Asked


class Groups(unittest.TestCase):
    def test_each_is_of_commands(self):
        groups = {name: each for name, each in vars(order).items() if name.isupper()}
        self.assertGreater(len(groups), 5)
        for name, group in groups.items():
            members = set().union(*group) if name == "ALIKE" else {*group}
            self.assertLessEqual(members, {*COMMANDS}, name)

    def test_for_which_smtplib_greets_by_itself(self):
        greeting = set()
        for command in sorted({*SMTPLIB.table} - {"connect"}):  # which would dial
            try:
                TABLE[command].call(Asking())
            except Asked:
                greeting.add(command)
            except smtplib.SMTPServerDisconnected:
                pass
        self.assertEqual(greeting, {*order.GREETS_FIRST})

    def test_none_is_needed_by_one_that_it_needs(self):
        for command, users in order.NEEDED_BY.items():
            for user in users:
                self.assertNotIn(command, order.NEEDED_BY.get(user, ()))

    def test_the_parts_of_a_mail_are_of_one(self):
        for group in (order.VIA, order.SENDING, order.BEGINS_A_MAIL):
            self.assertLess({*group}, order.OF_A_MAIL)
        self.assertTrue(order.OF_A_MAIL.isdisjoint(order.BEFORE_A_MAIL))


class Before(unittest.TestCase):
    def test_once_on_a_connection(self):
        self.assertTrue(order.belongs_before("starttls", "login"))
        self.assertTrue(order.belongs_before("login", "sendmail"))
        self.assertFalse(order.belongs_before("login", "starttls"))
        self.assertFalse(order.belongs_before("mail", "rcpt"))  # a connection may have several


if __name__ == "__main__":
    unittest.main()
