"""Which commands make a mail, and which comes before which on a connection."""

from __future__ import annotations

VIA = ("sendmail", "send_message")
"""The commands that send a whole mail."""
SENDING = (*VIA, "data")
"""The commands by which a mail is sent where they succeed."""
BEGINS_A_MAIL = ("mail", "rcpt")
"""What comes before the text of a mail that is sent command by command."""
ENDS_A_MAIL = ("rset", *SENDING)
"""The commands after which a mail begins anew."""
OF_A_MAIL = frozenset((*BEGINS_A_MAIL, *SENDING))
"""The commands that send a mail, or a part of it."""
BEFORE_A_MAIL = ("starttls", "login", "auth")
"""The commands without which a mail is sent all the same, in the clear or without a login."""
GREETS_FIRST = ("starttls", "login", *VIA)
"""The commands for which smtplib greets by itself where nobody did."""
AFTER_A_GREETING = OF_A_MAIL.union(BEFORE_A_MAIL)
"""The commands that a server refuses where nobody greeted."""
PROBES = ("noop", "rset")
"""The commands that try a connection which is kept: where they fail, it is not used again."""
ALIKE = (
    {"sendmail", "send_message"},
    {"sendmail", "data"},
    {"send_message", "data"},
    {"ehlo", "helo"},
    {"login", "auth"},
)
"""Commands of which one may be meant by the other."""
NEEDED_BY = {
    "ehlo": AFTER_A_GREETING,
    "helo": AFTER_A_GREETING,
    "starttls": OF_A_MAIL.union(("login", "auth")),
    "login": OF_A_MAIL,
    "auth": OF_A_MAIL,
    "mail": frozenset(("rcpt", "data")),
    "rcpt": frozenset(("data",)),
}
"""For each command, those before which a server expects it."""


def belongs_before(method: str, other: str) -> bool:
    """Return whether a connection has a command once, before another one."""
    return method in BEFORE_A_MAIL and other in NEEDED_BY[method]
