"""Mail-sending code that took hold of smtplib's classes long before any test began."""

import functools
import smtplib
import smtplib as another_name
from smtplib import LMTP, SMTP, SMTP_SSL, quoteaddr

REAL = (SMTP, SMTP_SSL, LMTP)
QUOTEADDR = quoteaddr
HOST = "mail.example.com"
by_partial = functools.partial(SMTP, HOST, timeout=5)
UNCONNECTED = SMTP(local_hostname="client.example.com")


def by_name():
    return SMTP(HOST)


def by_module():
    return smtplib.SMTP(HOST)


def by_another_name():
    return another_name.SMTP(HOST)


def by_default_argument(make=SMTP):
    return make(HOST)


def by_dict(makers={"plain": SMTP}):
    return makers["plain"](HOST)


def by_new():
    client = SMTP.__new__(SMTP)
    client.__init__(HOST)
    return client


class Overriding(SMTP):
    """Calls ``super()`` from each override, and keeps a record."""

    def __init__(self, *args, **kwargs):
        self.record = []
        super().__init__(*args, **kwargs)

    def connect(self, *args, **kwargs):
        self.record.append("connect")
        return super().connect(*args, **kwargs)

    def ehlo(self, name=""):
        self.record.append("ehlo")
        return super().ehlo(name)

    def rcpt(self, recip, options=()):
        self.record.append(f"rcpt {recip}")
        return super().rcpt(recip.lower(), options)

    def sendmail(self, from_addr, to_addrs, msg, *args, **kwargs):
        self.record.append("sendmail")
        return super().sendmail(from_addr, to_addrs, msg, *args, **kwargs)

    def quit(self):
        self.record.append("quit")
        return super().quit()


class OldStyle(smtplib.SMTP):
    """Names the base class where ``super()`` would do."""

    def __init__(self, host):
        smtplib.SMTP.__init__(self, host, 2525)

    def sendmail(self, *args):
        return smtplib.SMTP.sendmail(self, *args)


class ByName(SMTP):
    """Names a base class that was imported by name."""

    def __init__(self, host):
        SMTP.__init__(self, host)

    def connect(self, *args, **kwargs):
        return SMTP.connect(self, *args, **kwargs)

    def sendmail(self, *args):
        return SMTP.sendmail(self, *args)

    def quit(self):
        return SMTP.quit(self)


class OwnConstructor(SMTP):
    """Connects by itself, with what its own constructor was given."""

    def __init__(self, settings):
        super().__init__()
        self.settings = settings
        self.connect(settings["host"], settings["port"])


class Secure(SMTP_SSL):
    """A subclass of a subclass."""

    def sendmail(self, *args, **kwargs):
        self.has_sent = True
        return super().sendmail(*args, **kwargs)


class Local(LMTP):
    """Always the same socket."""

    def __init__(self):
        super().__init__("/run/lmtp")


class Slotted(SMTP):
    __slots__ = ("tag",)


class Mixin:
    def hello(self):
        return self.ehlo("mixin.example.com")


class Mixed(Mixin, SMTP):
    """A mixin before the class of smtplib."""


class Registering(type):
    """Keeps a register of its classes, as plug-in systems do."""

    register = []

    def __new__(cls, name, bases, body, **options):
        made = super().__new__(cls, name, bases, body)
        cls.register.append(made)
        return made

    def __init__(cls, name, bases, body, **options):
        super().__init__(name, bases, body)


class Registered(SMTP, metaclass=Registering, tag="a keyword"):
    pass


class Demanding(SMTP):
    """Demands a keyword of each subclass."""

    subclasses = []

    def __init_subclass__(cls, *, tag):
        cls.subclasses.append((cls, tag))


class Demanded(Demanding, tag="given"):
    pass


class Reconnecting(SMTP):
    """Opens the connection again where it was lost."""

    def ehlo(self, name=""):
        if self.sock is None:
            self.connect(HOST)
        return super().ehlo(name)


class Tunnelled(SMTP):
    """Opens the socket in a way of its own."""

    _get_socket = "not to be called"


class Wrapped:
    """A socket or a file around another one."""

    def __init__(self, wrapped):
        self.wrapped = wrapped

    def __getattr__(self, name):
        return getattr(self.wrapped, name)
