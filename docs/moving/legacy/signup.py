"""The code under test, in a Django project."""

from django.core.mail import send_mail


def send_welcome(address):
    """Send the welcome mail."""
    send_mail("Welcome", "Good to have you.", None, [address])
