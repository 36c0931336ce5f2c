"""What an expected value is, for type checkers; ``Any``, since a matcher may stand for each."""

from __future__ import annotations

import email.message
import ssl
from typing import (
    Any,
    Collection,
    Literal,
    Mapping,
    Sequence,
    Tuple,
    Union,
)

from bigfoot_smtp._matcher import MessageWith

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
