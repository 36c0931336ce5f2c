"""Mail addresses in a text: taken apart, written, and the keys by which they find each other."""

from __future__ import annotations

import email.utils
import re
from typing import Any, Hashable, List, Tuple


def pairs(text: str) -> List[Tuple[str, str]]:
    """Return the ``(name, address)`` pairs; the text itself where it has none and should."""
    found = [pair for pair in email.utils.getaddresses([text]) if any(pair)]
    if len(found) > 1 and not _are_separated(text):
        found = []  # before Python 3.13 getaddresses finds some to whom smtplib may send nothing
    is_empty = not text.strip() or text.rstrip().endswith(";")  # an empty group (RFC 5322)
    return found if found or is_empty else [("", text)]


def _are_separated(text: str) -> bool:
    """Return whether the addresses of a header have commas between them (RFC 5322 section 3.4)."""
    unquoted = re.sub(r'"(?:[^"\\]|\\.)*"', "", text)
    return ":" in unquoted or (";" not in unquoted and re.search(r"@[^,]*@", unquoted) is None)


def written(name: str, address: str) -> str:
    """Return an address with its name, as a person writes it."""
    if name.isascii() and address.isascii():
        return email.utils.formataddr((name, address))
    return f'"{email.utils.quote(name)}" <{address}>' if name else address


def parsed(text: str) -> Tuple[str, str]:
    """Return the name and the address in a text, both empty where it does not have just one.

    Before Python 3.13 ``parseaddr`` takes the first of several.
    """
    found = [pair for pair in email.utils.getaddresses([text]) if any(pair)]
    return found[0] if len(found) == 1 else ("", "")


def bare(text: str) -> str:
    """Return the address in a text without its name."""
    return parsed(text)[1]


def _whole(each: Any) -> Hashable:
    """Return the key of an address with its name, of a wanted one or one that is there."""
    if not isinstance(each, str):
        return None
    name, address = parsed(each)
    return (name, address) if address else each


def _without_name(wanted: Any) -> Hashable:
    """Return the key of a wanted address without a name, which any name fits."""
    name, address = parsed(wanted) if isinstance(wanted, str) else ("", "")
    return None if name else address or None


def _of_any_name(there: str) -> Hashable:
    """Return the key of an address that is there, whatever its name is."""
    return bare(there) or None


KEYS = ((_whole, _whole), (_without_name, _of_any_name))
"""The keys by which the addresses of a set find each other, see ``unpaired``."""
