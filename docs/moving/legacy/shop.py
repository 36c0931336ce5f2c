"""The code under test."""

import smtplib
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText


def send_report(address, sales):
    """Send the report; return the recipients that the server refused."""
    if not sales:
        return {}
    message = MIMEMultipart()
    message["Subject"] = "Report"
    message.attach(MIMEText("See attached."))
    attachment = MIMEText(sales, "csv")
    attachment.add_header("Content-Disposition", "attachment", filename="sales.csv")
    message.attach(attachment)
    smtp = smtplib.SMTP("mail.example.com", 587)
    smtp.ehlo()
    smtp.starttls()
    smtp.login("shop", "s3cret")
    try:
        recipients = ["boss@example.com", address]
        return smtp.sendmail("shop@example.com", recipients, message.as_string())
    finally:
        smtp.quit()
