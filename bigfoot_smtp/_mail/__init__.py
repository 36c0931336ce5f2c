"""What is sent: its form on the wire, reading it, comparing it, and what a test sees of it.

- ``message.py``: messages as they go over the wire, and as a reader sees them.
- ``comparing.py``: whether two messages are the same, and what they differ in.
- ``addresses.py``: the addresses in a text.
- ``pairing.py``: two collections, each thing of the one with one of the other.
- ``matcher.py``: ``MessageWith``.
- ``sent.py``: ``SentMail``.
"""
