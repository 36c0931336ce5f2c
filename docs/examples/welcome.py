"""The code under test: it sends the welcome mail of a shop."""

import smtplib
from email.message import EmailMessage


def send_welcome(address):
    """Send the welcome mail to ``address``."""
    message = EmailMessage()
    message["From"] = "shop@example.com"
    message["To"] = address
    message["Subject"] = "Welcome"
    message.set_content("Good to have you.\n")
    with smtplib.SMTP("mail.example.com", 25) as smtp:
        smtp.ehlo()
        smtp.send_message(message)


def try_welcome(address):
    """Send the welcome mail and return whether the server took it."""
    try:
        send_welcome(address)
    except smtplib.SMTPRecipientsRefused:
        return False
    return True
