"""Running a scenario on the real ``smtplib`` and on the fake, and what each call showed."""

import contextlib
import functools
import io
import smtplib
import socket
import time
import warnings

from bigfoot_smtp import SMTPLIB, STRICT, SmtpPlugin, StrictVerifier
from tests.scenarios import overrides
from tests.scenarios.notation import Place
from tests.support.audit import watch
from tests.support.loopback import HOST
from tests.support.ruled import Ruled

_PATIENCE = 0.01


def places(port, unix_path="/lmtp", closed_port=9):
    """Return what the names in the scenarios stand for."""
    return {
        "port": port,
        "host_port": f"{HOST}:{port}",
        "unix_path": unix_path,
        "closed_port": closed_port,
    }


class Comparison:
    """What both sides showed.

    :ivar int values: how many values were compared.
    :ivar differences: ``{what: [(position, call, real, fake), ...]}`` for what differs.
    :ivar ways_out: the audit events of the fake that concern sockets.
    """

    def __init__(self):
        self.values = 0
        self.differences = {}
        self.ways_out = []

    def add(self, position, act, real, fake):
        """Compare what one call showed."""
        for what in {**real, **fake}:
            self.values += 1
            if real.get(what, "missing") != fake.get(what, "missing"):
                found = (position, act.name, real.get(what), fake.get(what))
                self.differences.setdefault(what, []).append(found)


class _Side:
    """One run of a scenario: the client object, and what each call did."""

    def __init__(self, where):
        self._where = where
        self.client = None

    def run(self, act):
        """Make a call; return everything a caller could see of it, by name."""
        seen = {"returned": None, "raised": None}
        with contextlib.ExitStack() as stack:
            warned = stack.enter_context(warnings.catch_warnings(record=True))
            warnings.simplefilter("always", DeprecationWarning)
            # The real socket that an exception leaves behind, here or in a call before: before
            # stderr is caught, where PyPy, which drops it when it likes, would print it.
            warnings.simplefilter("ignore", ResourceWarning)
            stack.enter_context(self._prepared(act))
            sent = stack.enter_context(watch("smtplib.send"))
            printed = stack.enter_context(contextlib.redirect_stderr(io.StringIO()))
            try:
                seen["returned"] = self._call(act)
                seen["its type"] = type(seen["returned"])
            except Exception as error:
                seen["raised"] = (type(error), error.args, vars(error))
        seen["sent"] = [data for _, (_, data) in sent]
        seen["printed"] = printed.getvalue()
        seen["warned"] = [(each.category, str(each.message)) for each in warned]
        seen["mails"] = self._new_mails()
        if self.client is not None:
            seen.update(_attributes(self.client))
        return seen

    def _call(self, act):
        args = [self._placed(each) for each in act.args]
        kwargs = {name: self._placed(each) for name, each in act.kwargs.items()}
        if act.is_constructor:
            classes = overrides if hasattr(overrides, act.name) else smtplib
            self.client = getattr(classes, act.name)(*args, **kwargs)
            return act.name
        result = getattr(self.client, act.name)(*args, **kwargs)
        return "the client" if result is self.client else result

    def _placed(self, value):
        return self._where[value] if isinstance(value, Place) else value


class Real(_Side):
    """The real ``smtplib``, talking to a server that plays the steps."""

    def __init__(self, where, server):
        super().__init__(where)
        self._server = server
        self._open = contextlib.ExitStack()
        server.unsaid.clear()
        server.wraps = False

    @contextlib.contextmanager
    def _prepared(self, act):
        self._server.wraps = self._server.wraps or act.name == "SMTP_SSL"
        self._server.play(step.speech for step in act.steps if step.speech)
        raised = [step.script.get("raises") for step in act.steps]
        if act.is_in_vain or any(isinstance(each, TimeoutError) for each in raised):
            self.client.sock.settimeout(_PATIENCE)  # it is silence, however long one waits
        del self._server.mails[:]
        yield
        self._hurry()
        # A second connect() drops the socket of the first without closing it.
        for each in ("sock", "file"):
            if getattr(self.client, each, None) is not None:
                self._open.callback(getattr(self.client, each).close)

    def _hurry(self):
        """Let what is written in pieces go out at once, and not when a piece was acknowledged."""
        sock = getattr(self.client, "sock", None)
        if sock is not None and sock.fileno() >= 0 and sock.family == socket.AF_INET:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _new_mails(self):
        return list(self._server.mails)

    def settle(self):
        """Wait for the server, which may be behind where the client reads stale replies."""
        for _ in range(50):
            if not self._server.unsaid:
                break
            time.sleep(0.002)

    def close(self):
        """Close all connections."""
        self._open.close()


class Fake(_Side):
    """The fake, under ``SMTPLIB``, with the steps as its script.

    :ivar ways_out: the audit events that concern sockets.
    """

    def __init__(self, where):
        super().__init__(where)
        self.ways_out = []
        self._verifier = StrictVerifier(require_assertions=False)
        self._plugin = SmtpPlugin(self._verifier, SMTPLIB)
        self._session = None

    def run(self, act):
        with watch("socket.") as events:
            seen = super().run(act)
        self.ways_out += events
        return seen

    def _prepared(self, act):
        for step in act.steps:
            if step.method == "connect":
                self._session = self._plugin.new_session()
            self._session.expect(step.method, **step.script)
        del self._plugin.outbox[:]
        return self.sandbox()

    def sandbox(self):
        """Return the context manager inside which ``smtplib`` is the fake."""
        return self._verifier.sandbox()

    def _new_mails(self):
        return [(mail.from_addr, mail.to_addrs, mail.raw) for mail in self._plugin.outbox]

    def unused(self):
        """Return the steps that no call took."""
        return self._verifier.scenario.unused()


class ServedReal(Real):
    """The real ``smtplib``, talking to a server with rules."""

    def __init__(self, where, server, rules):
        super().__init__(where, server)
        server.play([Ruled(server, rules)])


class ServedFake(Fake):
    """The fake, answered by rules; the machine of the test is the strict one."""

    def __init__(self, where, rules):
        super().__init__(where)
        self._verifier.scenario.machine = STRICT
        self._plugin.serve(**rules)


@functools.lru_cache(maxsize=None)
def _values_of(cls):
    """Return the names of a class that are no methods."""
    return [name for name in dir(cls) if not callable(getattr(cls, name))]


def _attributes(client):
    seen = {}
    for name in {*_values_of(type(client)), *vars(client)}:
        if name.startswith("_"):
            continue
        value = getattr(client, name)
        if name == "file":
            seen["file is None"] = value is None
        elif name == "sock":
            seen["sock is None"] = value is None
            seen["timeout of sock"] = None if value is None else value.gettimeout()
        elif name == "context":
            seen[name] = (value.verify_mode, value.check_hostname)
        elif not callable(value):
            seen[name] = value
    return seen
