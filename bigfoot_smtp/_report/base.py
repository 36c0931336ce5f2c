"""The base of all errors.

An error keeps the objects it is about and tells them when it is printed. All are
AssertionErrors, so that unittest prints FAIL and not ERROR.
"""

from __future__ import annotations

import sys
from typing import Any, List, Optional, Sequence, Tuple

from bigfoot_smtp._script.place import chain, end_at_caller, is_of_smtplib, without_package


class BigfootError(AssertionError):
    """The base of all errors of this package.

    An error keeps its text through pickling, and few of its objects.

    :cvar pickled: the names of the attributes that it keeps.
    """

    pickled: Tuple[str, ...] = ()
    __module__ = "bigfoot_smtp"
    _text: Optional[str] = None
    _notes: Sequence[str] = ()

    def __init_subclass__(cls) -> None:
        # A traceback then names the error as its users import it.
        cls.__module__ = "bigfoot_smtp"

    def __str__(self) -> str:
        return "\n".join([self._without_notes(), *self._notes])

    def _without_notes(self) -> str:
        return "\n".join(self.lines(is_section=False)) if self._text is None else self._text

    def __repr__(self) -> str:
        """Say what happened on one line: a parallel runner may print no more than that."""
        happened, _, _ = str(self).partition("\n\n")
        return f"<{type(self).__name__}: {' '.join(happened.split())}>"

    if sys.version_info < (3, 11):

        def add_note(self, note: str) -> None:
            """Do as ``BaseException.add_note``; the note is shown as a part of the text."""
            self._notes = (*self._notes, note)

    def summary(self) -> str:
        """Return what happened on one line, for a list of findings."""
        return self.lines(is_section=True)[0]

    def lines(self, *, is_section: bool) -> List[str]:
        """Return the message, made from the objects the error keeps.

        :param bool is_section: whether it is a section of a report that shows the
            transcript by itself.
        """
        return [super().__str__()]

    def __reduce__(self) -> Any:
        names = [*self.pickled, "_notes", *(["__notes__"] if hasattr(self, "__notes__") else [])]
        kept = {name: getattr(self, name) for name in names}
        text = self._without_notes()
        return type(self).__new__, (type(self), text), {"_text": text, **kept}


def tidy(error: BaseException) -> None:
    """Leave the user's part of the tracebacks of an exception, and of those that led to it."""
    is_ours = isinstance(error, BigfootError)
    for each in chain(error):
        if isinstance(each, BigfootError) or (is_ours and is_of_smtplib(each)):
            end_at_caller(each)
        else:
            without_package(each)
