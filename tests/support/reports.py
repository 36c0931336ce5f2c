"""A mail with all that a mail may have."""

from email.message import EmailMessage


def report(**headers):
    message = EmailMessage()
    message["Subject"] = "Report f\u00fcr Mai"
    message["From"] = "Ann <ann@example.com>"
    message["To"] = "Bob <bob@example.com>, carl@example.com"
    message["Cc"] = "dora@example.com"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content("See attached.\n\nAnn\n")
    message.add_alternative("<p>See attached.</p>\n", subtype="html")
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="report.pdf")
    message.add_attachment("a,b\n", subtype="csv", filename="data.csv")
    return message
