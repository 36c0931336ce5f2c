"""A server with rules for the loopback interface, written from the RFCs and from nothing else.

It is the judge of the package's own: see ``tests/whole/test_served_parity.py``. What it
says to a line depends on the connection, so one client talks to it at a time.
"""

import base64
import hmac
import re

from tests.support.loopback import START_MAIL_INPUT

OK = (250, b"OK")
SYNTAX = (501, b"Syntax error in parameters or arguments")
SEQUENCE = (503, b"Bad sequence of commands")
UNKNOWN = (500, b"Command not recognized")
MISSING = (502, b"Command not implemented")
BYE = (221, b"Bye")
CHALLENGE = (334, b"")
WELCOME = (235, b"Authentication successful")
CRAM = b"<1.1@localhost>"

_ADDRESS = re.compile(r" *<(.*)>(.*)$")
_SPECIALS = set(' \t<>()[]\\,;:@"')
_FREE_OF_TLS = ("noop", "ehlo", "lhlo", "starttls", "quit")
_FREE_OF_LOGIN = (*_FREE_OF_TLS, "auth", "helo", "rset")
_VALUES = {
    "BODY": {"7BIT", "8BITMIME"},
    "RET": {"FULL", "HDRS"},
    "NOTIFY": {"NEVER", "SUCCESS", "FAILURE", "DELAY"},
}
_KNOWN = {
    "mail": {"SIZE", "BODY", "AUTH", "RET", "ENVID", "SMTPUTF8"},
    "rcpt": {"NOTIFY", "ORCPT"},
}


def _are_atoms(text):
    return all(each and not _SPECIALS.intersection(each) for each in text.split("."))


def _is_mailbox(address):
    local, at, domain = address.rpartition("@")
    if not at:
        local, domain = address, "localhost"
    is_quoted = len(local) > 1 and local[0] == local[-1] == '"'
    is_literal = domain[:1] == "[" and domain[-1:] == "]"
    return (is_quoted or _are_atoms(local)) and (is_literal or _are_atoms(domain))


class Ruled:
    """What a server with ``rules`` says; the rules are those of ``serve``.

    :param server: the loopback server that says it.
    """

    def __init__(self, server, rules):
        self.server = server
        self.rules = {"starttls": True, "login": True, "smtputf8": True, **rules}
        self.tried = {}
        self.outages = 0

    def __call__(self, verb, line):
        if verb == "connect":
            return self._connected()
        if self.over:
            return None
        if verb == "response":
            code, text = self._response(line.strip())
        elif verb == "text":
            code, text = self._text(line)
        else:
            word, _, rest = line.decode("latin-1").rstrip().partition(" ")
            code, text = self._command(word.lower(), rest)
        self.over = self.over or code == 421
        return code, text

    def _connected(self):
        self.tls = self.server.wraps
        self.over = self.turned_away = self.greeted = False
        self.user = self.sender = None
        self.recipients = []
        self.responses = None
        outage = self.rules.get("refuse_connections")
        if isinstance(outage, list):
            outage = [each for each in outage if isinstance(each, tuple)]
            outage = outage[self.outages] if self.outages < len(outage) else None
            self.outages += 1
        if outage is None:
            return 220, b"localhost ready"
        self.turned_away = True
        self.over = outage[0] == 421
        return outage

    def _command(self, word, rest):
        rules = self.rules
        if self.turned_away and word != "quit":
            return SEQUENCE
        if rules.get("require_tls") and not self.tls and word not in _FREE_OF_TLS:
            return 530, b"Must issue a STARTTLS command first"
        if rules.get("require_login") and self.user is None and word not in _FREE_OF_LOGIN:
            return 530, b"Authentication required"
        answer = getattr(self, f"_say_{word}", None)
        return UNKNOWN if answer is None else answer(rest)

    def _offers(self):
        rules = self.rules
        needs_tls = rules.get("require_tls") and not self.tls
        if rules["starttls"] and not self.tls:
            yield "STARTTLS"
        if rules["login"] is not False and not needs_tls:
            yield "AUTH " + " ".join(rules.get("auth", ("PLAIN", "LOGIN")))
        if "size" in rules:
            yield f"SIZE {rules['size']}"
        if rules["smtputf8"]:
            yield from ("8BITMIME", "SMTPUTF8")

    def _say_ehlo(self, rest):
        if not rest:
            return SYNTAX
        self._reset()
        self.greeted = True
        return 250, "\n".join(["localhost", *self._offers()]).encode()

    def _say_helo(self, rest):
        code, _ = self._say_ehlo(rest)
        return OK if code == 250 else SYNTAX

    def _say_lhlo(self, rest):
        return UNKNOWN

    def _reset(self):
        self.sender, self.recipients = None, []

    def _say_starttls(self, rest):
        if not self.rules["starttls"]:
            return MISSING
        if rest:
            return SYNTAX
        if self.tls:
            return SEQUENCE
        self._reset()
        self.tls, self.greeted, self.user = True, False, None
        return 220, b"Ready"

    def _say_auth(self, rest):
        if self.rules["login"] is False:
            return MISSING
        if not self.greeted or self.user is not None or self.sender is not None:
            return SEQUENCE
        words = rest.split()
        if len(words) not in (1, 2):
            return SYNTAX
        self.mechanism = words[0].upper()
        offered = self.rules.get("auth", ("PLAIN", "LOGIN"))
        is_open = "auth" not in self.rules and self.rules["login"] is True
        if self.mechanism not in offered and not is_open:
            return 504, b"Unrecognized authentication type"
        self.responses = []
        return self._response(words[1].encode()) if len(words) == 2 else self._next()

    def _next(self):
        return (334, base64.b64encode(CRAM)) if self.mechanism == "CRAM-MD5" else CHALLENGE

    def _response(self, response):
        if response == b"*":
            return SYNTAX
        self.responses.append(response)
        if self.mechanism == "LOGIN" and len(self.responses) == 1:
            return self._next()
        if self.rules["login"] is not True:
            try:
                given = [base64.b64decode(each, validate=True) for each in self.responses]
            except ValueError:
                return SYNTAX
            proofs = [self._proof(*pair) for pair in self.rules["login"].items()]
            if given not in proofs:
                return 535, b"Authentication credentials invalid"
        self.user = "somebody"
        return WELCOME

    def _proof(self, user, password):
        """Return what the client must have responded to be this user."""
        if self.mechanism == "PLAIN":
            return [f"\0{user}\0{password}".encode()]
        if self.mechanism == "LOGIN":
            return [user.encode(), password.encode()]
        if self.mechanism == "XOAUTH2":
            return [f"user={user}\1auth=Bearer {password}\1\1".encode()]
        return [f"{user} {hmac.new(password.encode(), CRAM, 'md5').hexdigest()}".encode()]

    def _path(self, keyword, rest):
        """Return the match of the address behind a keyword, None where it is not there."""
        if not rest.upper().startswith(keyword):
            return None
        return _ADDRESS.match(rest[len(keyword) :])

    def _parameters(self, word, text):
        """Return the parameters by name, the last of each; None where one is not known."""
        found = dict((each.upper() + "=").split("=")[:2] for each in text.split())
        known = _KNOWN[word] - (set() if self.rules["smtputf8"] else {"SMTPUTF8"})
        return found if set(found) <= known else None

    def _are_right(self, parameters):
        """Return whether each parameter has a value that there is."""
        for name, value in parameters.items():
            known = _VALUES.get(name)
            if known is None and bool(value) is (name == "SMTPUTF8"):
                return False
            if known is not None and not set(value.split(",")) <= known:
                return False
            if name == "SIZE" and not value.isdigit() or name == "ORCPT" and ";" not in value:
                return False
        return not ("NEVER" in parameters.get("NOTIFY", "") and "," in parameters["NOTIFY"])

    def _say_mail(self, rest):
        if not self.greeted or self.sender is not None:
            return SEQUENCE
        path = self._path("FROM:", rest)
        if path is None or path[1] and not _is_mailbox(path[1]):
            return SYNTAX
        parameters = self._parameters("mail", path[2])
        if parameters is None:
            return 555, b"MAIL FROM/RCPT TO parameters not recognized or not implemented"
        if not self._are_right(parameters):
            return SYNTAX
        if int(parameters.get("SIZE", 0)) > self.rules.get("size", 10**9):
            return 552, b"Message size exceeds fixed maximum message size"
        refusal = self._refusal("refuse_senders", path[1])
        if refusal is None:
            self.sender = path[1]
        return refusal or OK

    def _say_rcpt(self, rest):
        if self.sender is None:
            return SEQUENCE
        path = self._path("TO:", rest)
        if path is None or not _is_mailbox(path[1]):
            return SYNTAX
        parameters = self._parameters("rcpt", path[2])
        if parameters is None:
            return 555, b"MAIL FROM/RCPT TO parameters not recognized or not implemented"
        if not self._are_right(parameters):
            return SYNTAX
        refusal = self._refusal("refuse", path[1])
        if refusal is None:
            self.recipients.append(path[1])
        return refusal or OK

    def _refusal(self, name, address):
        rule = self.rules.get(name)
        if callable(rule):
            rule = rule(address)
        if isinstance(rule, dict):
            local, at, domain = address.rpartition("@")
            rule = rule.get(local + at + domain.lower())
        if isinstance(rule, list):
            tries = self.tried.get((name, address), 0)
            self.tried[name, address] = tries + 1
            rule = rule[tries] if tries < len(rule) else None
        return (550, b"No such user") if rule is True else rule or None

    def _say_data(self, rest):
        if self.sender is None:
            return SEQUENCE
        if not self.recipients:
            return 554, b"No valid recipients"
        return SYNTAX if rest else START_MAIL_INPUT

    def _text(self, text):
        self._reset()
        if len(re.sub(rb"(?m)^\.\.", b".", text[:-3])) > self.rules.get("size", 10**9):
            return 552, b"Message size exceeds fixed maximum message size"
        return OK

    def _say_rset(self, rest):
        if rest:
            return SYNTAX
        self._reset()
        return OK

    def _say_noop(self, rest):
        return OK

    def _say_vrfy(self, rest):
        if not rest:
            return SYNTAX
        return 252, b"Cannot verify, but will take mail for it"

    _say_expn = _say_vrfy

    def _say_help(self, rest):
        return 214, b"See RFC 5321"

    def _say_quit(self, rest):
        self.over = True
        return BYE
