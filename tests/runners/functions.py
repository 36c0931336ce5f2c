"""Tests that are functions, for pytest: they fail, and what it prints of them is looked at."""

import smtplib

import pytest

from bigfoot_smtp import SmtpPlugin, StrictVerifier


@pytest.fixture
def smtp_mock():
    verifier = StrictVerifier(require_assertions=False)
    with verifier.sandbox():
        yield SmtpPlugin(verifier)


def secret():
    return "".join(["s3", "cret"])


def test_an_assertion(smtp_mock):
    smtp_mock.serve()
    smtp = smtplib.SMTP("mail.example.com")
    smtp.login("shop", secret())
    smtp_mock.assert_login(user="another", password=secret())


def test_a_call(smtp_mock):
    smtplib.SMTP("mail.example.com")
