"""The statement that scripts a session, ``self.smtp_mock.new_session().expect(...)``, renewed."""

from __future__ import annotations

import ast
import re
from typing import Any, Iterator, List, NamedTuple, Optional, Sequence

from bigfoot_smtp._report.layout import calls_of, on_one_line
from bigfoot_smtp._report.recorded import Script, offer_code
from bigfoot_smtp._report.steps import delivery_arguments
from bigfoot_smtp._script.session import Delivery, Step
from bigfoot_smtp._write.calls import replaced
from bigfoot_smtp._write.method import Method, Spot
from bigfoot_smtp._write.source import NotWritten
from bigfoot_smtp._write.text import Edit, Text

_COMMENT = re.compile(r"([ \t]*#[^\r\n]*)?")
_BETWEEN = re.compile(
    # A comment reaches the end of its line: else a row of # could be split in many ways.
    r"(?P<behind>([ \t]*#[^\r\n]*(?=[\r\n]))?)"
    r"(?P<above>(\s*#[^\r\n]*(?=[\r\n]))*)(?P<lead>[\s\\]*)\.\s*"
)
"""What stands between two calls: a comment on the first one, those on the other, and its dot."""


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

    def renewed(self, text: Text, script: Script, offers: Sequence[Step]) -> List[Edit]:
        """Return the edits that make the statement script other steps.

        :param script: of those that were used, old ones and new ones.
        :param offers: the old ones among them that offer more than they did.
        """
        if self.is_delivery:
            used = [step for step in script.steps if step.interaction]
            return self._redelivered(text, script._replace(steps=used))
        parts = [*_parts(text, self.calls)]
        lead = _lead(parts)
        after = parts[0].start
        edits = [self._offering(text, script, step) for step in offers]
        for step, part in zip(self.steps, parts):
            if step not in script.steps:
                rest = part.comments
                is_followed = part is parts[-1] and text.text[part.stop : part.stop + 1].strip()
                if is_followed and any(each.has_comment for each in parts):
                    rest += lead
                edits.append(Edit(part.start, part.stop, rest))
        for step in script.steps:
            if step in self.steps:
                after = parts[self.steps.index(step)].stop
            else:
                edits.append(Edit(after, after, lead + _code(script, step)))
        return edits

    def _offering(self, text: Text, script: Script, step: Step) -> Edit:
        """Return the edit that makes an EHLO offer what it has to."""
        call = self.calls[self.steps.index(step)]
        given = {each.arg: each.value for each in call.keywords}
        if "returns" not in given:
            raise NotWritten("what differs in a script is passed to it with **")
        node = given["returns"]
        code = offer_code(script.offering(step))
        return replaced(text, text.start(node), text.stop(node), on_one_line(code))

    def _redelivered(self, text: Text, script: Script) -> List[Edit]:
        """Return the edits of an ``expect_delivery``; what it says rightly stays as written."""
        (call,) = self.calls
        (part,) = _parts(text, self.calls)
        now = script.delivery()
        if now is None:
            code = _lead([part]).join(_code(script, step) for step in script.steps)
            return [replaced(text, part.dot, text.stop(call), code)]
        given = {str(each.arg): each.value for each in call.keywords}
        was = self.steps[0].delivery
        assert was is not None
        arguments = delivery_arguments(now)
        changes = {
            name: arguments.get(name, "")
            for name in Delivery._fields
            if not _holds(getattr(was, name), getattr(now, name))
        }
        if all(code and name in given for name, code in changes.items()):
            nodes = [(given[name], code) for name, code in changes.items()]
            return [replaced(text, text.start(node), text.stop(node), code) for node, code in nodes]
        if "None" in given:
            raise NotWritten("what differs in a script is passed to it with **")
        said = {**{name: text.of(node) for name, node in given.items()}, **changes}
        listed = ", ".join(f"{name}={code}" for name, code in said.items() if code)
        return [replaced(text, part.dot, text.stop(call), f".expect_delivery({listed})")]


class _Part(NamedTuple):
    """The part of a chain that is one call, from the end of the part before it.

    :ivar start: the offset at which it begins.
    :ivar stop: the offset after it, and after the comment behind it.
    :ivar dot: the offset of its dot.
    :ivar comments: those that stand above it.
    :ivar lead: the space between those and the dot.
    :ivar has_comment: whether a comment stands between it and the call before it.
    """

    start: int
    stop: int
    dot: int
    comments: str
    lead: str
    has_comment: bool


def _parts(text: Text, calls: Sequence[Any]) -> Iterator[_Part]:
    """Yield the parts of a chain.

    :raises NotWritten: where something else than space and comments stands between them.
    """
    found: List[Any] = []
    for call in calls:
        name_at = text.stop(call.func) - len(_name(call))
        between = _BETWEEN.fullmatch(text.text, text.stop(call.func.value), name_at)
        if between is None:
            raise NotWritten("a script is not laid out as a chain of calls")
        found.append(between)
    for number, (call, between) in enumerate(zip(calls, found)):
        stop = text.stop(call)
        if between is not found[-1]:
            stop = found[number + 1].end("behind")
        elif "\\" not in between["lead"] and between["lead"].strip(" \t"):
            stop = _COMMENT.match(text.text, stop).end()  # type: ignore[union-attr]
        yield _Part(
            between.end("behind"),
            stop,
            between.end("lead"),
            between["above"],
            between["lead"],
            bool(between["behind"] or between["above"]),
        )


def _lead(parts: Sequence[_Part]) -> str:
    """Return what stands before each call where each has a line of its own."""
    leads = [each.lead for each in parts]
    lead = next((each for each in reversed(leads) if each.strip(" \t")), leads[-1])
    return lead.replace("\f", "")


def _holds(given: Any, now: Any) -> bool:
    """Return whether an argument of ``expect_delivery`` still says what happens."""
    if isinstance(given, tuple):  # the least and the most
        least, most = given
        return bool(least <= now and (most is None or now <= most))
    return bool(given == now)


def chain_at(method: Method, steps: Sequence[Step]) -> Optional[Chain]:
    """Return the plain statement in a method that scripts these steps, None where none does."""
    if not all(method.has(step.place) for step in steps):
        return None
    spots = [method.spot(step.place[1]) for step in steps]
    spot = spots[0] if spots else None
    if spot is None or not spot.is_plain or any(e != spot for e in spots):
        return None
    if not isinstance(spot.statement, (ast.Expr, ast.Assign)):
        return None
    calls = calls_of(spot.statement.value)
    names = [_name(each) for each in calls]
    is_delivery = names[1:] == ["expect_delivery"]
    is_known = set(names[1:]) == {"expect"} and len(names) == len(steps) + 1
    if names[:1] != ["new_session"] or not (is_delivery or is_known):
        return None
    return Chain(spot, calls[1:], steps)


def _code(script: Script, step: Step) -> str:
    return on_one_line(script.code(step))


def _name(call: ast.Call) -> str:
    return getattr(call.func, "attr", "")
