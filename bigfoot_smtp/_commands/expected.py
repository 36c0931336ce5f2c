"""What may stand in a script and in an assertion, for type checkers.

An expected value is ``Any`` as well, since a matcher may stand for it.
"""

from __future__ import annotations

import email.message
import ssl
from typing import Any, Collection, Dict, List, Literal, Sequence, Tuple, Union

from bigfoot_smtp._commands.replies import Reply
from bigfoot_smtp._mail.matcher import MessageWith

Answer = Union[None, Reply, Dict[str, Reply], bytes, List[Any]]

Str = Union[str, Any]
Addresses = Union[str, Collection[str], Any]
Bool = Union[bool, Any]
Port = Union[int, str, Any]
Protocol = Union[Literal["smtp", "smtps", "lmtp"], Any]
Seconds = Union[float, Any]
SourceAddress = Union[Tuple[str, int], Any]
Context = Union["ssl.SSLContext", Any]
Options = Union[Sequence[str], Any]
Message = Union[str, bytes, email.message.Message, MessageWith, Any]
