"""The code under test."""

import smtplib


def send_report(address):
    """Send the report; return the recipients that the server refused."""
    smtp = smtplib.SMTP("mail.example.com", 587)
    smtp.ehlo()
    smtp.starttls()
    smtp.login("shop", "s3cret")
    try:
        return smtp.sendmail(
            "shop@example.com",
            ["boss@example.com", address],
            "Subject: Report\n\nAll is well.\n",
        )
    finally:
        smtp.quit()
