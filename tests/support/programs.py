"""Programs that send mail, for tests that write their script from what is printed."""

import contextlib
import email.utils
import logging
import logging.handlers
import smtplib
from email.message import EmailMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

SENDER = "from@example.com"
TO = ["to@example.com", "copy@example.com"]


def plain():
    with smtplib.SMTP("mail.example.com", 25) as smtp:
        smtp.ehlo()
        smtp.sendmail(SENDER, TO, "Subject: hi\n\nhello\n.dots\n")


def secure():
    smtp = smtplib.SMTP("smtp.example.com", 587, timeout=10)
    smtp.ehlo()
    smtp.starttls()
    smtp.login("user@example.com", "s3cret")
    smtp.sendmail(SENDER, set(TO), b"Subject: Report\r\n\r\nSee attached.")
    smtp.quit()


def legacy():
    smtp = smtplib.SMTP()
    smtp.connect("mail.example.com:2525")
    smtp.helo("client.example.com")
    smtp.sendmail(SENDER, TO[0], "Subject: hi\n\n" + "a long line of text\n" * 200)
    smtp.close()


def multipart():
    message = EmailMessage()
    message["Subject"] = "Grüße"
    message["From"] = f"Sender <{SENDER}>"
    message["To"] = ", ".join(TO)
    message["Bcc"] = "hidden@example.com"
    message["Date"] = email.utils.localtime()
    message["Message-ID"] = email.utils.make_msgid()
    message.set_content("Guten Tag")
    message.add_alternative("<p>Guten Tag</p>", subtype="html")
    message.add_attachment(b"%PDF\x00", maintype="application", subtype="pdf", filename="a.pdf")
    message.add_attachment("name,age\n", filename="ä b.csv")
    with smtplib.SMTP("mail.example.com") as smtp:
        smtp.ehlo()
        smtp.send_message(message)


def international():
    message = EmailMessage()
    message["Subject"] = "hi"
    message["From"], message["To"] = SENDER, "j\u00f6rg@example.com"
    message.set_content("text")
    with smtplib.SMTP("mail.example.com") as smtp:
        smtp.send_message(message)


def old_mime():
    message = MIMEMultipart("alternative")
    message["Subject"] = "old"
    message["From"], message["To"] = SENDER, TO[0]
    message["Date"] = email.utils.formatdate()
    message["Message-ID"] = email.utils.make_msgid()
    message.attach(MIMEText("text", "plain"))
    message.attach(MIMEText("<b>text</b>", "html"))
    smtp = smtplib.SMTP_SSL("smtp.example.com")
    smtp.ehlo()
    smtp.sendmail(SENDER, TO, message.as_string())
    smtp.quit()


def local():
    with smtplib.LMTP("/run/lmtp.sock") as lmtp:
        lmtp.ehlo()
        lmtp.sendmail(
            SENDER, TO[:1], "text", mail_options=["BODY=8BITMIME"], rcpt_options=["NOTIFY=NEVER"]
        )


def taking_turns(connections=2):
    """Return a program whose connections take turns, in another order at each run."""
    order = [*range(connections)]

    def program():
        order.reverse()
        clients = [smtplib.SMTP("mail.example.com") for _ in order]
        for number in order:
            clients[number].ehlo()
        for number in order:
            clients[number].sendmail(SENDER, f"to{number}@example.com", "text")
        for number in order:
            clients[number].quit()

    return program


def two_connections():
    for host in ("one.example.com", "two.example.com"):
        smtp = smtplib.SMTP(host)
        smtp.ehlo()
        for recipient in TO:
            smtp.sendmail(SENDER, [recipient], f"Subject: for {recipient}\n\nhello")
        smtp.quit()


def command_by_command():
    smtp = smtplib.SMTP("mail.example.com")
    smtp.ehlo("client.example.com")
    smtp.noop()
    smtp.verify("someone")
    smtp.expn("list")
    smtp.help()
    smtp.mail(SENDER, ["SIZE=10"])
    smtp.rcpt(TO[0])
    smtp.rset()
    smtp.mail(SENDER)
    smtp.rcpt(TO[0])
    smtp.data(b"Subject: hi\r\n\r\nhello")
    smtp.quit()


def own_authentication():
    smtp = smtplib.SMTP("mail.example.com")
    smtp.ehlo()
    code, _ = smtp.docmd("AUTH", "XOAUTH2 czNjcmV0")
    assert code == 235
    smtp.auth("PLAIN", lambda challenge=None: "\0user\0s3cret")
    smtp.sendmail(SENDER, TO, "text")
    smtp.quit()


def own_login():
    smtp = smtplib.SMTP("mail.example.com")
    smtp.ehlo()
    smtp.docmd("AUTH LOGIN", "dXNlcg==")
    smtp.docmd("czNjcmV0")
    smtp.quit()
    smtp.connect("mail.example.com")
    smtp.ehlo()
    smtp.docmd("auth", "login")
    smtp.docmd("dXNlcg==")
    code, _ = smtp.docmd("czNjcmV0")
    assert code == 235
    smtp.docmd("NOOP")
    smtp.quit()


def log_handler():
    handler = logging.handlers.SMTPHandler(
        ("mail.example.com", 25), SENDER, TO, "Failure", ("user", "s3cret"), ()
    )
    record = logging.LogRecord("app", logging.ERROR, __file__, 1, "broken", None, None)
    handler.handle(record)
    handler.close()


def one_refused():
    smtp = smtplib.SMTP("mail.example.com")
    smtp.ehlo()
    refused = smtp.sendmail(SENDER, TO, "Subject: hi\n\nhello")
    smtp.quit()
    with smtplib.SMTP("log.example.com") as smtp:
        smtp.ehlo()
        smtp.sendmail(SENDER, SENDER, f"Subject: refused\n\n{sorted(refused)}")


def without_tls():
    smtp = smtplib.SMTP("mail.example.com", 587)
    with contextlib.suppress(smtplib.SMTPNotSupportedError):
        smtp.starttls()


def slow(is_open, may_send):
    """Send a mail when it may, which may be when the test has ended."""
    smtp = smtplib.SMTP("mail.example.com", 25)
    is_open.set()
    may_send.wait()
    try:
        smtp.ehlo()
    except Exception:
        smtp.close()


def numbered(number):
    with smtplib.SMTP("mail.example.com") as smtp:
        smtp.ehlo()
        smtp.sendmail(SENDER, SENDER, f"Subject: number {number}\n\nhello")


def swallowed():
    with smtplib.SMTP("mail.example.com") as smtp:
        smtp.ehlo()
        with contextlib.suppress(smtplib.SMTPException):
            smtp.sendmail(SENDER, "gone@example.com", "Subject: hi\n\nhello")


PROGRAMS = {
    "STRICT": [
        plain,
        secure,
        legacy,
        multipart,
        old_mime,
        local,
        two_connections,
        command_by_command,
    ],
    "SMTPLIB": [log_handler, plain, multipart, two_connections],
}
"""The programs that each state machine lets through."""
