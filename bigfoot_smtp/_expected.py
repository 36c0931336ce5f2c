"""What an expected value is, as a type; ``Any``, since a matcher may stand for each."""

from __future__ import annotations

from typing import (
    TYPE_CHECKING,
    Any,
    Collection,
    Literal,
    Mapping,
    Sequence,
    Tuple,
    Union,
)

if TYPE_CHECKING:
    import ssl

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
