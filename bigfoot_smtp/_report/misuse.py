"""The errors for a call that goes wrong whatever the script says: by a rule, or by a thread."""

from __future__ import annotations

from typing import Any, List, Tuple

from bigfoot_smtp._commands.kinds import represented, shortened
from bigfoot_smtp._report.errors import CallError
from bigfoot_smtp._script.place import Place, shown


class RuleError(CallError, TypeError):
    """A rule of ``serve`` that gives no answer: its predicate fails, or returns something else.

    :ivar str rule: the parameter of ``serve``.
    :ivar str address: what the predicate was asked for.
    :ivar found: what it returned, or the exception that it raised.
    """

    pickled: Tuple[str, ...] = ("place", "rule", "address")

    def __init__(self, rule: str, address: str, found: Any) -> None:
        super().__init__(rule, address)
        self.rule = rule
        self.address = address
        self.found = found

    def happened(self) -> List[str]:
        did = "Raised:   " if isinstance(self.found, BaseException) else "Returned: "
        return [
            f"The predicate {self.rule} of serve() gives no answer.",
            f"  Asked for: {self.address!r}",
            f"  {did} {shortened(represented(self.found))}",
            "  Expected:  None or False, True, or a reply such as (550, b'No such user')",
            f"  Called at {shown(self.place)}",
        ]


class ConcurrentCallError(CallError):
    """A command on an SMTP object while a command of another thread is under way on it.

    smtplib does not lock: their lines would be mixed on the connection.

    :ivar str method: the command.
    :ivar str under_way: the command that is under way.
    :ivar other: ``(file, line)`` of that.
    """

    is_refused = False  # by the script
    pickled: Tuple[str, ...] = ("place", "method", "under_way", "other")

    def __init__(self, method: str, under_way: str, other: Place) -> None:
        super().__init__(method, under_way, other)
        self.method = method
        self.under_way = under_way
        self.other = other

    def happened(self) -> List[str]:
        return [
            f"{self.method} was called while {self.under_way} of another thread was under way"
            " on the same SMTP object.",
            f"  Called at {shown(self.place)}",
            f"  Under way at {shown(self.other)}",
            "  smtplib does not lock: the lines of the two would be mixed on the connection.",
        ]

    def hint(self) -> List[str]:
        return ["Use a connection for each thread, or a lock around each command."]

    def _told(self) -> Tuple[List[str], List[str]]:
        return self.happened(), self.hint()  # nothing before it is the cause
