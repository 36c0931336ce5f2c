"""A model of the two state machines and of the script, in plain dicts, without the package.

A program is a plain dict too: what is scripted, what is called, what is asserted.
The model says what each call does, and what is left at the end.
"""

import random

_ALWAYS = ("noop", "rset", "vrfy", "expn", "docmd")
_MAIL = ("mail", "rcpt")


def _row(state, *methods, **targets):
    return {**dict.fromkeys(methods, state), **targets}


_SENDS = {"sendmail": "sending", "data": "sending", "quit": "closed"}
STRICT = {
    "disconnected": {"connect": "connected"},
    "connected": _row("connected", *_ALWAYS, ehlo="greeted", helo="greeted"),
    "greeted": _row("greeted", *_ALWAYS, *_MAIL, "starttls", login="authenticated", **_SENDS),
    "authenticated": _row("authenticated", *_ALWAYS, *_MAIL, **_SENDS),
    "sending": _row("sending", *_ALWAYS, *_MAIL, **_SENDS),
    "closed": {},
}
_ANY = {"ehlo": "greeted", "helo": "greeted", "starttls": "connected", "login": "authenticated"}
SMTPLIB = {
    state: _row(state, *_ALWAYS, *_MAIL, **_ANY, **_SENDS)
    for state in ("disconnected", "connected", "greeted", "authenticated", "sending")
}
SMTPLIB["disconnected"]["connect"] = "connected"
SMTPLIB["closed"] = {}
TABLES = {"STRICT": STRICT, "SMTPLIB": SMTPLIB}

METHODS = sorted(set().union(*SMTPLIB.values()))
OUTCOMES = ["ok"] * 6 + ["refused", "refused", "raises", "lost"]
_REFUSAL = {
    "starttls": "SMTPResponseException",
    "login": "SMTPAuthenticationError",
    "sendmail": "SMTPRecipientsRefused",
}
_FAILURE = {"raises": "OSError", "lost": "SMTPServerDisconnected"}


class Raised(Exception):
    """What a call raises, by the name of its class."""


class Violation(Raised):
    """What a call raises that the script does not allow."""


def program(seed):
    """Return a random program: legal more often than not."""
    chance = random.Random(seed)
    machine = chance.choice(sorted(TABLES))
    sessions, calls = [], []
    for _ in range(chance.choice((1, 1, 2, 3))):
        state, steps = "disconnected", []
        for _ in range(chance.randrange(1, 8)):
            row = TABLES[machine][state]
            method = chance.choice(sorted(row) if row and chance.random() < 0.85 else METHODS)
            method = "connect" if not steps and chance.random() < 0.95 else method
            outcome = chance.choice(OUTCOMES)
            steps.append((method, outcome, chance.random() < 0.8))
            if outcome == "ok":
                state = row.get(method, state)
            if chance.random() < 0.9:
                calls.append(method)
            if chance.random() < 0.15:
                calls.append(chance.choice(METHODS))
        sessions.append(steps)
    asserts = []
    for method in calls if chance.random() < 0.9 else []:
        method = method if chance.random() < 0.95 else chance.choice(METHODS)
        asserts.append((chance.choice(("next", "next", "any")), method))
    return {"machine": machine, "sessions": sessions, "calls": calls, "asserts": asserts}


class Model:
    """Run a program in the head.

    :ivar outcomes: what each call did: ``("returned", outcome of its step)`` or
        ``("raised", name of the class)``.
    :ivar timeline: ``[session, method, name of the class raised or None]`` of each
        interaction.
    :ivar taken: for each call the steps that it used, ``(method, outcome)``, in order.
    :ivar sessions: a dict each with its ``state`` and what was ``used``.
    :ivar violations: the names of their classes.
    :ivar claims: whether each assertion held.
    :ivar first_violation: the number of the first call that was one.
    """

    def __init__(self, program):
        self.is_strict = program["machine"] == "STRICT"
        self.table = TABLES[program["machine"]]
        self.sessions = [
            {
                "number": number,
                "state": "disconnected",
                "steps": steps,
                "at": 0,
                "used": [False] * len(steps),
            }
            for number, steps in enumerate(program["sessions"])
        ]
        self.waiting = list(self.sessions)
        self.current = None
        self.is_open = self.is_broken = self.is_secure = False
        self.greeted = {"ehlo": False, "helo": False}
        self.offers = False
        self.timeline, self.taken, self.violations = [], [], []
        self.outcomes = []
        self.first_violation = len(program["calls"])
        for number, method in enumerate(program["calls"]):
            self.taken.append([])
            try:
                self.outcomes.append(("returned", self._call(method)))
            except Raised as error:
                self.outcomes.append(("raised", str(error)))
                if isinstance(error, Violation):
                    self.violations.append(str(error))
                    self.first_violation = min(number, self.first_violation)
        self.asserted = [False] * len(self.timeline)
        self.claims = [self._claims(how, method) for how, method in program["asserts"]]

    def unused(self):
        """Return how many required steps were not used."""
        return sum(
            required and not used
            for each in self.sessions
            for (_, _, required), used in zip(each["steps"], each["used"])
        )

    def findings(self):
        """Return the names of the errors that the end of the test reveals."""
        found = list(self.violations)
        found += ["UnusedMocksError"] if self.unused() else []
        return found + (["UnassertedInteractionsError"] if not all(self.asserted) else [])

    def _claims(self, how, method):
        opened = [n for n, is_asserted in enumerate(self.asserted) if not is_asserted]
        if how == "any":
            opened = [n for n in opened if self.timeline[n][1] == method]
        if not opened or self.timeline[opened[0]][1] != method:
            return False
        self.asserted[opened[0]] = True
        return True

    def _call(self, method):
        if method == "connect":
            return self._connect()
        if self.is_strict:
            return self._step(method)
        if method in ("starttls", "login", "sendmail") and not any(self.greeted.values()):
            if self._greet("ehlo") != "ok" and self._greet("helo") != "ok":
                raise Raised("SMTPHeloError")
        if method in self.greeted:
            return self._greet(method)
        if method in ("starttls", "login") and not self.offers:
            raise Raised("SMTPNotSupportedError")
        outcome = self._step(method)
        if method in ("starttls", "quit"):
            self._forget()
        return outcome

    def _forget(self):
        self.greeted = {"ehlo": False, "helo": False}
        self.offers = False

    def _greet(self, method):
        before = self.offers
        self.offers = self.offers and method == "helo"
        try:
            outcome = self._step(method)
        except Violation:
            self.offers = before
            raise
        self.greeted[method] = True
        self.offers = self.offers or (method == "ehlo" and outcome == "ok")
        return outcome

    def _connect(self):
        if not self.waiting:
            raise Violation("UnmockedInteractionError")
        session = self.waiting[0]
        if "connect" not in self.table[session["state"]]:
            raise Violation("InvalidStateError")
        outcome = self._take(session, "connect")
        if outcome == "ok" or self._find(session, "connect") is None:
            self.waiting.pop(0)
        if outcome != "raises" or self.current is None:
            if self.current is not None and self.current["state"] != "disconnected":
                self.current["state"] = "closed"
            self.current = session
            self.is_broken = self.is_secure = False
        self.is_open = outcome in ("ok", "refused") or outcome == "raises" and self.is_open
        if outcome in _FAILURE:
            self._fail(_FAILURE[outcome])
        if outcome == "ok":
            session["state"] = "connected"
        return outcome

    def _step(self, method):
        session = self.current
        if not self.is_strict and not self.is_open:
            raise Raised("SMTPServerDisconnected")
        if self.is_broken:
            self.is_broken = self.is_open = False
            raise Raised("SMTPServerDisconnected")
        if session is None or method not in self.table[session["state"]]:
            raise Violation("InvalidStateError")
        target = self.table[session["state"]][method]
        outcome = self._take(session, method)
        if outcome in _FAILURE or method == "quit":
            self.is_open = False
            session["state"] = "closed"
            # A failed handshake leaves a socket, which the next command finds broken.
            self.is_broken = self.is_strict and method == "starttls" and outcome == "raises"
        elif outcome == "ok":
            session["state"] = target
        if outcome in _FAILURE:
            # To a client of smtplib, what breaks the connection is a server that has gone.
            self._fail(_FAILURE[outcome] if self.is_strict else _FAILURE["lost"])
        if outcome == "refused" and not self.is_strict and method in _REFUSAL:
            self._fail(_REFUSAL[method])
        if outcome == "ok" and method == "starttls":
            self._handshake(session)
        return outcome

    def _handshake(self, session):
        if self.is_secure:
            # No server takes a handshake under TLS: it hangs up, and the socket stays.
            session["state"] = "closed"
            self.is_broken = True
            self._fail("SSLEOFError")
        self.is_secure = True

    def _fail(self, name):
        self.timeline[-1][2] = name
        raise Raised(name)

    @staticmethod
    def _find(session, method):
        for position in range(session["at"], len(session["steps"])):
            name, _, required = session["steps"][position]
            if name == method:
                return position
            if required:
                return None
        return None

    def _take(self, session, method):
        position = self._find(session, method)
        if position is None:
            raise Violation("UnmockedInteractionError")
        session["at"] = position + 1
        session["used"][position] = True
        outcome = session["steps"][position][1]
        self.timeline.append([session["number"], method, None])
        self.taken[-1].append((method, outcome))
        return outcome
