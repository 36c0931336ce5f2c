"""A scripted SMTP server on the loopback interface, for the real ``smtplib`` to talk to."""

import collections
import os
import re
import smtplib
import socket
import ssl
import struct
import tempfile
import threading

HOST = "127.0.0.1"
CERTIFICATE = os.path.join(os.path.dirname(__file__), "loopback.pem")

_OK = (250, b"OK")
START_MAIL_INPUT = (354, b"End data with <CR><LF>.<CR><LF>")
_CHALLENGE = (334, b"")
_RESPONSES = {"plain": 1, "login": 2, "cram-md5": 1}
_TIMEOUT = 5

# What a server says within one command of the client is a function of the verb and the
# line; it returns the reply, or None to close the connection instead. It may be bytes, which
# go out as they are, a list of replies, or an exception: a TimeoutError is silence, a
# ConnectionResetError resets the connection, SMTPServerDisconnected closes the server's half.
# The verb of a message text is "text", that of the response to a challenge "response".


def always(reply):
    """Say the same to every line."""
    return lambda verb, line: reply


def by_verb(**replies):
    """Say to each verb what is given for it."""
    return lambda verb, line: replies[verb]


def transaction(refused=(), **replies):
    """Take a mail, but for the refused recipients and the verbs in ``replies``."""
    said = {
        "mail": _OK,
        "rcpt": _OK,
        "data": START_MAIL_INPUT,
        "text": _OK,
        "rset": _OK,
        **replies,
    }

    def answer(verb, line):
        return dict(refused).get(path(line), said[verb])

    answer.goes_on_with = ("rcpt", "data", "text", "rset")
    return answer


def line_by_line(said, usual):
    """Say each of ``said`` to one line, then what is ``usual``, as long as the command goes on."""
    waiting = collections.deque(said)

    def answer(verb, line):
        reply = usual(verb, line)
        return waiting.popleft() if waiting else reply

    answer.goes_on_with = ("rcpt", "data", "text", "rset", "auth", "response")
    answer.waiting = waiting
    return answer


def authentication(reply):
    """Challenge the client as its mechanism has it, then say ``reply``."""
    awaited = 0

    def answer(verb, line):
        nonlocal awaited
        words = line.decode().lower().split()
        awaited = _RESPONSES[words[1]] - len(words[2:]) if verb == "auth" else awaited - 1
        return _CHALLENGE if awaited > 0 else reply

    return answer


def path(line):
    """Return the address between the angle brackets, None where there are none."""
    found = re.match(rb"(?i)(?:mail from|rcpt to):<(.*)>", line)
    return found and found.group(1).decode()


class Server:
    """Play what it was told to whoever connects, each connection in a thread.

    :ivar int port: of its TCP socket.
    :ivar str unix_path: of its Unix socket.
    :ivar mails: ``(sender, accepted recipients, text)`` of each mail that was accepted.
    :ivar unsaid: what nobody asked for yet.
    :ivar bool wraps: whether a connection starts with the TLS handshake.
    """

    def __init__(self):
        self.mails = []
        self.unsaid = collections.deque()
        self.wraps = False
        self._speech = always(None)
        self._goes_on_with = ()
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(CERTIFICATE)
        self._directory = tempfile.TemporaryDirectory()
        self.unix_path = os.path.join(self._directory.name, "lmtp")
        self._listeners = [
            _listener(socket.AF_INET, (HOST, 0)),
            _listener(socket.AF_UNIX, self.unix_path),
        ]
        self.port = self._listeners[0].getsockname()[1]
        self._is_closing = False
        self._threads = []
        for listener in self._listeners:
            self._start(self._accept, listener)

    def play(self, speeches):
        """Say ``speeches`` to the commands that come next, one to each."""
        self.unsaid.extend(speeches)
        self._goes_on_with = ()

    def reply(self, verb, line):
        """Return what to say to a line: the next speech begins, unless this one goes on."""
        if self.unsaid and verb not in self._goes_on_with:
            self._speech = self.unsaid.popleft()
            self._goes_on_with = getattr(self._speech, "goes_on_with", ())
        return self._speech(verb, line)

    @property
    def handshake(self):
        """What may be left to say in the place of a TLS handshake, while nobody goes on."""
        return getattr(self._speech, "waiting", ())

    def wrapped(self, connection):
        """Do the server's part of a TLS handshake."""
        return self._context.wrap_socket(connection, server_side=True)

    def close(self):
        """Stop listening, and wait for the connections to end."""
        self._is_closing = True
        for listener in self._listeners:
            with socket.socket(listener.family) as last:
                last.connect(listener.getsockname())
        for thread in self._threads:
            thread.join(_TIMEOUT)
        self._directory.cleanup()

    def _start(self, target, *args):
        self._threads = [each for each in self._threads if each.is_alive()]
        thread = threading.Thread(target=target, args=args, daemon=True)
        thread.start()
        self._threads.append(thread)

    def _accept(self, listener):
        with listener:
            while True:
                connection, _ = listener.accept()
                if self._is_closing:
                    return connection.close()
                connection.settimeout(_TIMEOUT)
                if connection.family == socket.AF_INET:
                    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._start(_Connection(self, connection).serve)


class _Connection:
    """One client: its commands line by line, and the mail it is sending."""

    def __init__(self, server, connection):
        self._server = server
        self._socket = connection
        self._mail = ("", [])

    def serve(self):
        """Greet, and answer until one side closes the connection."""
        try:
            if self._server.wraps:
                self._socket = self._server.wrapped(self._socket)
            code = self._say("connect", b"")
            while code is not None:
                code = self._converse(code)
        except OSError:
            pass  # The client hung up, and its side of the test tells.
        finally:
            self._socket.close()

    def _converse(self, code):
        """Answer line by line; return the code after a TLS handshake, None at the end."""
        with self._socket.makefile("rb") as lines:
            for line in lines:
                if not line.endswith(b"\n"):
                    return None  # The client hung up within it.
                verb = "response" if code == 334 else line[:4].decode("latin-1").lower().strip()
                if code == 354:
                    verb = "text"
                    while line != b".\r\n" and not line.endswith(b"\r\n.\r\n"):
                        piece = lines.readline()
                        if not piece:
                            return None
                        line += piece
                code = self._say(verb, line)
                if code is None:
                    return None
                if verb == "star" and code == 220:
                    break
            else:
                return None
        if self._handshake:
            return self._misbehave(self._handshake.popleft())
        self._socket = self._server.wrapped(self._socket)
        return code

    def _say(self, verb, line):
        reply = self._server.reply(verb, line)
        self._handshake = self._server.handshake
        if reply is None:
            return None
        if isinstance(reply, Exception):
            return self._misbehave(reply)
        if isinstance(reply, bytes):
            first = re.match(rb"(?:\d{3}-.*\n)*(\d{3}) ", reply)
            code = int(first.group(1)) if first else 0
            self._follow(verb, line, [(code, b"")])
            self._socket.sendall(reply)
            return code
        replies = reply if isinstance(reply, list) else [reply]
        self._follow(verb, line, replies)
        for code, text in replies:
            *before, last = text.split(b"\n")
            said = b"".join(b"%03d-%s\r\n" % (code, each) for each in before)
            self._socket.sendall(said + b"%03d %s\r\n" % (code, last))
        return code

    def _misbehave(self, said):
        """Be silent, reset or close one half."""
        if isinstance(said, ConnectionResetError):
            # RFC 9293 section 3.10.7: to close without lingering sends a reset.
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return
        if isinstance(said, smtplib.SMTPServerDisconnected):
            self._socket.shutdown(socket.SHUT_WR)
        # Until the client has had enough.
        collections.deque(iter(lambda: self._socket.recv(1024), b""), maxlen=0)

    def _follow(self, verb, line, replies):
        """Take note of what a line and the replies to it change in the mail under way."""
        code = replies[0][0]
        if verb == "mail" and code == 250:
            self._mail = (path(line), [])
        elif verb == "rcpt" and code in (250, 251):
            self._mail[1].append(path(line))
        elif verb == "text":
            sender, recipients = self._mail
            if len(replies) > 1:
                # RFC 2033 section 4.2: a reply to each recipient.
                recipients = [r for r, reply in zip(recipients, replies) if reply[0] == 250]
                code = 250 if recipients else None
            if code == 250:
                self._server.mails.append((sender, recipients, _unstuffed(line)))
        # RFC 5321 section 4.1.1.4: what was said of the mail is over with its text.
        if verb == "text" or verb in ("rset", "ehlo", "helo", "lhlo") and code == 250:
            self._mail = ("", [])


def _unstuffed(text):
    return re.sub(rb"(?m)^\.", b"", text[: -len(b".\r\n")])


def _listener(family, address):
    listener = socket.socket(family)
    listener.bind(address)
    listener.listen()
    return listener
