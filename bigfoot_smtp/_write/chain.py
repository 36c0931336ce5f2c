"""The statement that scripts a session, ``self.smtp_mock.new_session().expect(...)``, renewed."""

from __future__ import annotations

import ast
from typing import Any, List, NamedTuple, Optional, Sequence

from bigfoot_smtp._commands.states import StateMachine
from bigfoot_smtp._report.layout import on_one_line
from bigfoot_smtp._report.recorded import delivery, script_code
from bigfoot_smtp._script.session import Session, Step
from bigfoot_smtp._write.method import Method, Spot
from bigfoot_smtp._write.text import Edit, Text

_STEPS = ("expect", "expect_delivery")


class Chain(NamedTuple):
    """A statement that scripts one session by a chain of calls.

    :ivar calls: the ``expect`` and ``expect_delivery`` calls, in order.
    :ivar steps: the steps that they made.
    """

    spot: Spot
    calls: Sequence[ast.Call]
    steps: Sequence[Step]

    @property
    def is_delivery(self) -> bool:
        """Whether it is one ``expect_delivery``."""
        return [_name(each) for each in self.calls] == ["expect_delivery"]

    def renewed(self, text: Text, steps: List[Step], machine: StateMachine) -> List[Edit]:
        """Return the edits that make the statement script other steps.

        :param steps: those that were used, old ones and new ones.
        """
        if self.is_delivery:
            (call,) = self.calls
            arguments = delivery(steps, machine)
            if arguments is None:
                code = "".join(_code(steps, number) for number in range(len(steps)))
                return [Edit(_before(text, call), text.stop(call), code)]
            given = ", ".join(f"{name}={value}" for name, value in arguments.items())
            code = f".expect_delivery({given})"
            return [Edit(_before(text, call), text.stop(call), code)]
        edits: List[Edit] = []
        old = list(self.steps)
        after = _before(text, self.calls[0])
        for step, call in zip(old, self.calls):
            if step not in steps:
                edits.append(Edit(_before(text, call), text.stop(call), ""))
        for number, step in enumerate(steps):
            if step in old:
                after = text.stop(self.calls[old.index(step)])
            else:
                code = self._broken(text) + _code(steps, number)
                edits.append(Edit(after, after, code))
        return edits

    def _broken(self, text: Text) -> str:
        """Return what stands before each call where each has a line of its own."""
        last = self.calls[-1]
        between = text.text[_before(text, last) : text.stop(last)]
        return between[: len(between) - len(between.lstrip())]


def chain_at(method: Method, session: Session) -> Optional[Chain]:
    """Return the plain statement in a method that scripts a session, None where it is none."""
    if not all(method.has(step.place) for step in session.steps):
        return None
    spots = [method.spot(step.place[1]) for step in session.steps]
    spot = spots[0] if spots else None
    if spot is None or not spot.is_plain or any(e != spot for e in spots):
        return None
    if not isinstance(spot.statement, (ast.Expr, ast.Assign)):
        return None
    calls = calls_of(spot.statement.value)
    names = [_name(each) for each in calls]
    is_delivery = names[1:] == ["expect_delivery"]
    is_known = set(names[1:]) == {"expect"} and len(names) == len(session.steps) + 1
    if names[:1] != ["new_session"] or not (is_delivery or is_known):
        return None
    return Chain(spot, calls[1:], list(session.steps))


def calls_of(node: Any) -> List[Any]:
    """Return the calls of a chain, from ``new_session`` on."""
    calls: List[Any] = []
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        calls.insert(0, node)
        node = node.func.value
    return calls


def _code(steps: Sequence[Step], number: int) -> str:
    return on_one_line(script_code(steps, number))


def _name(call: ast.Call) -> str:
    return getattr(call.func, "attr", "")


def _before(text: Text, call: Any) -> int:
    """Return the offset after what a call of a chain is made on."""
    return text.stop(call.func.value)
