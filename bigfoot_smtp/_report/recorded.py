"""What happened as the code that a person would keep: scripts, assertions, their imports."""

from __future__ import annotations

import email.utils
import textwrap
from typing import Any, Callable, Collection, Iterable, List, NamedTuple, Optional, Sequence

from bigfoot_smtp._commands.command import Command
from bigfoot_smtp._commands.commands import COMMANDS
from bigfoot_smtp._commands.order import VIA
from bigfoot_smtp._commands.replies import Reply, is_reply
from bigfoot_smtp._commands.states import State, StateMachine
from bigfoot_smtp._mail.message import is_international, is_message, reading
from bigfoot_smtp._report.code import (
    IN_A_BLOCK,
    IN_A_METHOD,
    IN_ANY_ORDER,
    are_mixed,
    assertion_code,
    by_session,
)
from bigfoot_smtp._report.imports import import_lines, needed
from bigfoot_smtp._report.layout import laid_out
from bigfoot_smtp._report.steps import delivery_code, step_code
from bigfoot_smtp._report.wording import indented
from bigfoot_smtp._script.session import Delivery, Interaction, Session, Step

SESSION = ".smtp_mock.new_session("
CONNECT = ".smtp_mock.assert_connect("

Optionals = Callable[[Step], Optional[Collection[str]]]
"""Returns which lines of a reply to EHLO are written only where they are used; None for all."""


def to_paste(
    sessions: Sequence[Session], interactions: Sequence[Interaction], machine: StateMachine
) -> List[str]:
    """Return the code of a recording, each part under where to paste it."""
    scripts = [session_code(each, machine) for each in sessions]
    is_unordered = are_mixed(interactions)
    if is_unordered:
        interactions = by_session(interactions)
    assertions = [assertion_code(each.call) for each in interactions]
    asserted = blocks(assertions, IN_A_BLOCK if is_unordered else IN_A_METHOD)
    if is_unordered:
        asserted[0].insert(0, IN_A_METHOD + IN_ANY_ORDER)
    parts = {
        "Paste at the top of the file:": [import_lines(needed(scripts + assertions))],
        "Paste before the call:": blocks(scripts, IN_A_METHOD),
        "Paste after the call:": asserted,
    }
    lines: List[str] = []
    for heading, code in parts.items():
        if any(code):
            text = "\n\n".join("\n".join(each) for each in code)
            lines += ["", heading, *indented(textwrap.dedent(text).splitlines())]
    return lines


def _all(step: Step) -> None:
    """Return None: each line of a reply to EHLO is written only where it is used."""


def session_code(session: Session, machine: StateMachine, optional: Optionals = _all) -> str:
    """Return the statement that scripts a session, not yet laid out.

    :param StateMachine machine: that of the test case.
    """
    steps = session.steps
    argument = ""
    if session.machine is not machine and not _is_legal(session, machine):
        argument = f"state_machine={session.machine!r}"
        machine = session.machine
    script = Script(steps, machine, optional)
    delivery = script.delivery()
    code = f"self{SESSION}{argument})"
    if delivery is not None:
        return code + delivery_code(delivery)
    return code + "".join(map(script.code, steps))


class Script(NamedTuple):
    """The steps of a session as they are written.

    :ivar machine: the state machine that they go by.
    :ivar optional: says what of a reply to EHLO is written only where it is used.
    """

    steps: Sequence[Step]
    machine: StateMachine
    optional: Optionals = _all

    def code(self, step: Step) -> str:
        """Return the ``.expect(...)`` of one of the steps."""
        if not is_offer(step):
            return step_code(step, step.required)
        return f'.expect("ehlo", returns={offer_code(self.offering(step))})'

    def offering(self, step: Step) -> Reply:
        """Return the reply to one of the EHLOs."""
        code, text = step.returns
        host, *offered = text.split(b"\n")
        only_if_used = self.optional(step)
        # The last reply before the next greeting counts, whatever the one after it offers.
        ahead = [each.method for each in self.steps[self.steps.index(step) :]]
        used = {
            "STARTTLS": "starttls" in ahead,
            "AUTH": "login" in ahead or "auth" in ahead,
            "8BITMIME": _is_8bit(self.steps),
            "SMTPUTF8": _is_international(self.steps),
        }
        kept = [
            line
            for line in offered
            if used.get(_text(line).partition(" ")[0].upper())
            or (only_if_used is not None and _text(line) not in only_if_used)
        ]
        return code, b"\n".join([host, *kept])

    def delivery(self) -> Optional[Delivery]:
        """Return the ``expect_delivery`` that the steps are, or None."""
        methods = [step.method for step in self.steps]
        via = next((each for each in VIA if each in methods), None)
        if via is None or not all(map(_is_usual, self.steps)):
            return None
        if _is_8bit(self.steps) or _is_international(self.steps):
            return None
        least = self._replace(optional=_all)
        greetings = filter(is_offer, self.steps)
        if any(self.offering(each) != least.offering(each) for each in greetings):
            return None
        count = methods.count(via)
        starttls, login = "starttls" in methods, "login" in methods
        forgets = self.machine.target(State.GREETED, "starttls") is not State.GREETED
        secure = ["starttls", *["ehlo"] * forgets] if starttls else []
        if methods != ["connect", "ehlo", *secure, *["login"] * login, *[via] * count, "quit"]:
            return None
        return Delivery(starttls, login, via, count)


def is_offer(step: Step) -> bool:
    """Return whether a step is an EHLO with a reply that offers extensions, or none."""
    return step.method == "ehlo" and not step.fails and is_reply(step.returns)


def offer_code(reply: Reply) -> str:
    """Return a reply to EHLO as code."""
    host, *offered = map(_text, reply[1].split(b"\n"))
    arguments = [*map(repr, offered), *([f"host={host!r}"] if host != "localhost" else [])]
    return f'ehlo_reply({", ".join(arguments)})'


def _text(line: bytes) -> str:
    return line.decode("ascii", "replace")


def blocks(codes: Sequence[str], indent: str, **layout: Any) -> List[List[str]]:
    """Return the lines of statements, those of each session by themselves.

    :param layout: see ``laid_out``.
    """
    found: List[List[str]] = []
    for code in codes:
        if not found or SESSION in code or CONNECT in code:
            found.append([])
        found[-1] += laid_out(code, indent, **layout)
    return found


def _is_usual(step: Step) -> bool:
    """Return whether a step agrees to all that the client asks."""
    return not step.fails and (step.returns in (None, {}) or is_reply(step.returns))


def _is_8bit(steps: Iterable[Step]) -> bool:
    """Return whether a mail of these steps uses 8BITMIME (RFC 6152)."""
    return any("BODY=8BITMIME" in _options(call) for call in _calls(steps))


def _is_international(steps: Iterable[Step]) -> bool:
    """Return whether a mail of these steps uses SMTPUTF8 (RFC 6531)."""
    return any(map(_takes_smtputf8, _calls(steps)))


def _calls(steps: Iterable[Step]) -> List[Command]:
    return [each.interaction.call for each in steps if each.interaction]


def _options(call: Command) -> List[str]:
    """Return the parameters of MAIL that a call gives, in capitals."""
    given = [*(call.values.get("mail_options") or ()), *(call.values.get("options") or ())]
    return [str(each).upper() for each in given]


def _takes_smtputf8(call: Command) -> bool:
    values = call.values
    if "SMTPUTF8" in _options(call):
        return True
    if call.method != "send_message" or not is_message(values["msg"]):
        return False
    given = [*_listed(values["from_addr"]), *_listed(values["to_addrs"])]
    if not all(address.isascii() for _, address in email.utils.getaddresses(given)):
        return True
    try:
        return bool(reading(values["msg"]).read(is_international))
    except Exception:  # email fails in many ways on what is not a mail
        return False


def _listed(addresses: Any) -> List[str]:
    return [addresses] if isinstance(addresses, str) else [*map(str, addresses or ())]


def _is_legal(session: Session, machine: StateMachine) -> bool:
    """Return whether a machine lets the steps of a session through.

    A greeting from the place of the next command, or of one that smtplib itself refused, is one
    that smtplib made by itself.
    """
    steps = session.steps
    refused = {each.place for each in session.mishaps}
    state = State.DISCONNECTED
    for step, following in zip(steps, [*steps[1:], None]):
        target = machine.target(state, step.method)
        is_greeting = COMMANDS[step.method].is_greeting
        is_implicit = is_greeting and _place(step) in {_place(following), *refused}
        if target is None or (is_implicit and not machine.greets_implicitly):
            return False
        state = state if step.fails else target
    return True


def _place(step: Optional[Step]) -> Any:
    return step and step.interaction and step.interaction.place
