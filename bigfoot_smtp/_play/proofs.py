"""How each mechanism of AUTH proves that the client is one of the users (RFC 4954)."""

from __future__ import annotations

import hmac
import re
from typing import Any, Callable, Dict, List

CRAM_CHALLENGE = b"<1.1@localhost>"


def _is_right(users: Any, user: bytes, password: bytes) -> bool:
    name = user.decode("utf-8", "replace")
    return name in users and users[name].encode() == password


def _plain(responses: List[bytes], users: Any) -> bool:
    parts = responses[0].split(b"\0")  # RFC 4616
    return len(parts) == 3 and _is_right(users, *parts[1:])


def _login(responses: List[bytes], users: Any) -> bool:
    return _is_right(users, *responses)


def _cram_md5(responses: List[bytes], users: Any) -> bool:
    user, _, digest = responses[0].decode("utf-8", "replace").rpartition(" ")  # RFC 2195
    password = users.get(user, "").encode()
    return user in users and hmac.new(password, CRAM_CHALLENGE, "md5").hexdigest() == digest


def _xoauth2(responses: List[bytes], users: Any) -> bool:
    found = re.match(rb"user=(.*)\x01auth=Bearer (.*)\x01\x01$", responses[0])
    return found is not None and _is_right(users, *found.groups())


PROOFS: Dict[str, Callable[[List[bytes], Any], bool]] = {
    "PLAIN": _plain,
    "LOGIN": _login,
    "CRAM-MD5": _cram_md5,
    "XOAUTH2": _xoauth2,
}
"""Whether the responses of a client, decoded, are those of one of the users."""
