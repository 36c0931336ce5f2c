"""How the script is played: smtplib patched in place, and the server's end of it.

- ``connection.py``: the server's end of one SMTP object. Begin here: its head tells the way of
  a ``sendmail`` in twelve lines.
- ``patch.py``: smtplib patched in place.
- ``attributes.py``: attributes replaced all at once, and put back.
- ``turn.py``: one command of the client, from its call to its return.
- ``dialogue.py``: which reply each line of the client gets within a step.
- ``envelope.py``: the mail transaction that its lines make, and the mail that was accepted.
- ``scenario.py``: the script of one test, and what became of it.
- ``threads.py``: which scenario a thread plays, and what it is told where it plays none.
- ``network.py``: what stands in the place of the socket.
- ``tls.py``: TLS on it.
- ``mocks.py``: what a test has mocked by itself.
- ``session.py``: ``SessionHandle``, by which a test writes a script.
- ``assertions.py``: the ``assert_*`` helpers.
- ``rules.py``: the rules of an answering server, checked where they are made.
- ``server.py``: the answering server: what it replies to each line, by rules.
- ``proofs.py``: how a client proves to it who it is.
- ``recorder.py``: record mode, which is that server with a memory.
- ``guard.py``: where no test fakes smtplib, it opens no connection.
- ``verifier.py``: what a test must have done by its end.
- ``acknowledging.py``: what ``assertRaises`` catches.
- ``plugin.py``: ``SmtpPlugin``.
"""
