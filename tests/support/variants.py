"""Programs by what they need of the server, how they greet, and what they swallow.

Each sends one mail to a server that offers what it needs.
"""

import contextlib
import itertools
import smtplib
from email.message import EmailMessage

SENDER, TO = "from@example.com", ["to@example.com"]
TEXT = "Subject: hi\n\nhello\n"


def international():
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = "hi", SENDER, "jörg@example.com"
    message.set_content("hello")
    return message


NEEDS = {
    "nothing": [],
    "starttls": [lambda smtp: smtp.starttls()],
    "auth": [lambda smtp: smtp.login("user", "s3cret")],
    "starttls auth": [lambda smtp: smtp.starttls(), lambda smtp: smtp.login("user", "s3cret")],
    "smtputf8": [],
    "smtputf8 option": [],
}
SENDS = {
    "smtputf8": lambda smtp: smtp.send_message(international()),
    "smtputf8 option": lambda smtp: smtp.sendmail(SENDER, TO, TEXT, ["SMTPUTF8"]),
}


def send(smtp, needs):
    SENDS.get(needs, lambda smtp: smtp.sendmail(SENDER, TO, TEXT))(smtp)


def greet_not(smtp, needs):
    """Leave the greeting to smtplib."""


def greet(smtp, needs):
    smtp.ehlo()


def greet_and_ask(smtp, needs):
    """Give up where the server does not offer what is needed."""
    smtp.ehlo()
    wanted = {"starttls", "auth", "smtputf8"}.intersection(needs.split())
    assert all(map(smtp.has_extn, wanted)), wanted


def swallow_nothing(greets, needs):
    smtp = smtplib.SMTP("mail.example.com", 25)
    greets(smtp, needs)
    for step in NEEDS[needs]:
        step(smtp)
    send(smtp, needs)
    smtp.quit()


def swallow_all(greets, needs):
    with contextlib.suppress(Exception):
        swallow_nothing(greets, needs)


def swallow_all_but_leave(greets, needs):
    """Swallow outside the ``with`` block, whose end sends QUIT."""
    with contextlib.suppress(Exception):
        with smtplib.SMTP("mail.example.com", 25) as smtp:
            greets(smtp, needs)
            for step in NEEDS[needs]:
                step(smtp)
            send(smtp, needs)


def swallow_and_leave(greets, needs):
    """Swallow inside the ``with`` block."""
    with smtplib.SMTP("mail.example.com", 25) as smtp:
        with contextlib.suppress(Exception):
            greets(smtp, needs)
            for step in NEEDS[needs]:
                step(smtp)
            send(smtp, needs)


def swallow_and_close(greets, needs):
    """Swallow all, and leave without a QUIT."""
    smtp = smtplib.SMTP("mail.example.com", 25)
    with contextlib.suppress(Exception):
        greets(smtp, needs)
        for step in NEEDS[needs]:
            step(smtp)
        send(smtp, needs)
    smtp.close()


def swallow_each(greets, needs):
    """Swallow what each step raises, and send where all went well."""
    smtp = smtplib.SMTP("mail.example.com", 25)
    done = []
    for step in [lambda smtp: greets(smtp, needs), *NEEDS[needs]]:
        with contextlib.suppress(Exception):
            step(smtp)
            done.append(step)
    if len(done) == 1 + len(NEEDS[needs]):
        with contextlib.suppress(Exception):
            send(smtp, needs)
    with contextlib.suppress(Exception):
        smtp.quit()


def go_on_without(greets, needs):
    """Send all the same where the server refuses TLS or the login."""
    with smtplib.SMTP("mail.example.com", 25) as smtp:
        greets(smtp, needs)
        for step in NEEDS[needs]:
            with contextlib.suppress(smtplib.SMTPException):
                step(smtp)
        send(smtp, needs)


def try_again(greets, needs):
    """Try a second connection where the first fails."""
    for _ in range(2):
        try:
            return swallow_nothing(greets, needs)
        except Exception:
            continue


SWALLOWS = (
    swallow_nothing,
    swallow_all,
    swallow_all_but_leave,
    swallow_and_leave,
    swallow_and_close,
    swallow_each,
    go_on_without,
    try_again,
)


def variants():
    """Yield a name and a program for each combination."""
    for needs, greets, swallows in itertools.product(
        NEEDS, (greet_not, greet, greet_and_ask), SWALLOWS
    ):
        name = f"{needs}, {greets.__name__}, {swallows.__name__}"
        yield name, lambda swallows=swallows, greets=greets, needs=needs: swallows(greets, needs)
