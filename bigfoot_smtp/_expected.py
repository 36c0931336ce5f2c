"""What may stand in a script and in an assertion, for type checkers.

An expected value is ``Any`` as well, since a matcher may stand for it.
"""

from __future__ import annotations

import email.message
import ssl
from typing import (
    Any,
    Collection,
    Dict,
    Literal,
    Mapping,
    Sequence,
    Tuple,
    Union,
)

from bigfoot_smtp._matcher import MessageWith
from bigfoot_smtp._reading import Reply

Method = Literal[
    "connect",
    "ehlo",
    "helo",
    "starttls",
    "login",
    "auth",
    "sendmail",
    "send_message",
    "mail",
    "rcpt",
    "data",
    "rset",
    "vrfy",
    "verify",
    "expn",
    "help",
    "noop",
    "quit",
    "docmd",
]

Answer = Union[None, Reply, Dict[str, Reply], bytes]

Str = Union[str, Any]
Addresses = Union[str, Collection[str], Any]
Files = Union[Sequence[str], Mapping[str, Union[str, bytes, Any]], Any]
Bool = Union[bool, Any]
Port = Union[int, str, Any]
Protocol = Union[Literal["smtp", "smtps", "lmtp"], Any]
Seconds = Union[float, Any]
SourceAddress = Union[Tuple[str, int], Any]
Context = Union["ssl.SSLContext", Any]
Options = Union[Sequence[str], Any]
Message = Union[str, bytes, email.message.Message, MessageWith, Any]
