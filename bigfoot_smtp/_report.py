"""The texts: every message of this package is written here, when it is printed."""

import difflib
import textwrap
from typing import Any, Dict, Iterable, List, Sequence, Tuple

from bigfoot_smtp import _where
from bigfoot_smtp._calls import Call
from bigfoot_smtp._states import SMTPLIB, State
from bigfoot_smtp._values import SECRET, represented, shortened

_MOST_LISTED = 20


def counted(number: int, noun: str) -> str:
    """Return ``number`` and ``noun`` in agreement."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


# What a script may not say.


def unknown_method(method: Any, known: Sequence[str]) -> str:
    """Return the text for a step that is no command of smtplib."""
    near = difflib.get_close_matches(str(method), known, 1)
    hint = f'did you mean "{near[0]}"?' if near else f"the steps are {', '.join(known)}"
    return f"unknown step {method!r}; {hint}"


def example(call: Any) -> str:
    """Return how a step of this command is scripted."""
    return f'.expect("{call.method}", returns={call.answer.example})'


def wrong_answer(call: Any, returns: Any) -> str:
    """Return the text for an answer of the wrong shape."""
    return (
        f'"{call.method}" returns {call.answer.wanted}, not {shortened(represented(returns))};'
        f" write {example(call)}"
    )


# The transcript.


def step_text(step: Any) -> str:
    """Return a step and its answer on one line."""
    if step.raises is not None:
        answer = f"raises {shortened(represented(step.raises))}"
    else:
        answer = f"-> {shortened(represented(step.returns))}"
    return f"{step.method} {answer}" + ("" if step.required else " (optional)")


def transcript(session: Any, error: Any = None) -> str:
    """Return a session as a dialogue: what was scripted beside what was called.

    With ``error``, as it was when that call was refused, the call marked.
    """
    position = session.position if error is None else error.position
    rows: List[Tuple[str, str, str]] = []
    for index, step in enumerate(session.steps):
        called = "(not called)"
        if index < position:
            called = "(passed over)" if step.interaction is None else _called(step.interaction)
        rows.append((" ", step_text(step), called))
    if error is not None:
        if position == len(rows):
            rows.append((">", "(end of the script)", repr(error.call)))
        else:
            rows[position] = (">", rows[position][1], repr(error.call))
    width = max((len(scripted) for _, scripted, _ in rows), default=0)
    lines = [f"  {mark} {scripted:<{width}}  {called}" for mark, scripted, called in rows]
    state = session.state if error is None else error.state
    title = f"Session {session.number}, {state}:"
    return "\n".join([title, *lines] if lines else [f"{title} nothing is scripted"])


def timeline(interactions: Iterable[Any]) -> str:
    """Return the interactions in order, a line each."""
    return "\n".join(
        f"  {each.sequence} session {each.session.number}: {_called(each)}"
        f"{'' if each.asserted else ' (not asserted)'}"
        for each in interactions
    )


def _called(interaction: Any) -> str:
    return f"{interaction.call!r}  {_where.shown(interaction.place)}"


# A call that was refused.


def invalid_state(error: Any) -> str:
    """Return the text of an ``InvalidStateError``."""
    lines = [f"{error.method} is not allowed in state {error.current_state}."]
    if error.call is not None:
        lines += [f"  Actual:      {error.call!r}, called at {_where.shown(error.place)}"]
    lines += [f"  Allowed in:  {', '.join(sorted(error.valid_states)) or 'no state'}"]
    if error.session is not None:
        allowed = error.session.machine.allowed(error.current_state)
        lines += [f"  Allowed now: {', '.join(allowed) or 'nothing, the session is over'}"]
        lines += ["", transcript(error.session, error)]
    lines += _smtplib_hint(error)
    return _with_fate(error, lines)


def _smtplib_hint(error: Any) -> List[str]:
    if error.session is None or error.session.machine is SMTPLIB:
        return []
    if SMTPLIB.target(error.current_state, error.method) is None:
        return []
    greets = error.current_state == State.CONNECTED and error.call.greets_first
    does = "would have greeted by itself" if greets else "allows this"
    return ["", f"smtplib {does}. To follow it, set on the test case:", "    smtp_state_machine = SMTPLIB"]


def unmocked(error: Any) -> str:
    """Return the text of an ``UnmockedInteractionError``."""
    call, session = error.call, error.session
    if session is None:
        scripted = counted(error.sessions, "session")
        state = "no session is scripted" if not error.sessions else f"{scripted} scripted, none left"
        lines = [
            f"This connection is not scripted: {state}.",
            f"  Actual: {call!r}, called at {_where.shown(error.place)}",
            "",
            "To allow it:",
            '    self.smtp_mock.new_session().expect("connect", returns=None)',
        ]
        return _with_fate(error, lines)
    step = session.steps[error.position] if error.position < len(session.steps) else None
    expected = "the end of the session"
    if step is not None:
        expected = f"{step_text(step)}, scripted at {_where.shown(step.place)}"
    lines = [
        f"{call.method} is not the next step of session {session.number}.",
        f"  Expected: {expected}",
        f"  Actual:   {call!r}, called at {_where.shown(error.place)}",
    ]
    if error.because:
        lines.append(f"  smtplib greets by itself before {error.because}.")
    place = "at the end" if step is None else f"before {step.method}"
    lines += ["", transcript(session, error), "", f"To allow it, script it {place}:"]
    lines += [f"    {example(call)}"]
    return _with_fate(error, lines)


def strangers(error: Any) -> str:
    """Return the text of a ``ScriptError``."""
    names = ", ".join(map(represented, error.strangers))
    step = error.step
    lines = [
        f"{error.call.method} is scripted to refuse {names}, who is no recipient of this mail.",
        f"  Scripted: {step_text(step)}, at {_where.shown(step.place)}",
        f"  Actual:   {error.call!r}, called at {_where.shown(error.place)}",
    ]
    return _with_fate(error, lines)


def not_active(error: Any) -> str:
    """Return the text of a ``SandboxNotActiveError``."""
    called = "" if error.place is None else f"  Called at {_where.shown(error.place)}"
    lines = [f"{error.what} was used outside the test or sandbox it belongs to.", called]
    lines += ["", "Make the SMTP object inside the test, or use sandbox() around the call."]
    return _with_fate(error, lines)


def _with_fate(error: Any, lines: List[str]) -> str:
    if error.was_swallowed:
        lines = ["The code under test swallowed this error:", *lines]
    return "\n".join(lines)


# An assertion that failed.


def mismatch(error: Any) -> str:
    """Return the text of an ``InteractionMismatchError``."""
    wanted = _expected(error)
    actual = error.actual
    if error.candidates is not None:
        return _no_candidate(error, wanted)
    if actual is None:
        happened = "No interaction took place." if not error.total else (
            f"No interaction is left to assert: all {error.total} are asserted."
        )
        return f"{happened}\n  Expected: {wanted}"
    hint = ["", "To assert what was called:", *to_paste([actual])]
    where = _where.shown(actual.place)
    if actual.call.method != error.method:
        lines = [
            f"The next interaction is {actual.call.method}, not {error.method}.",
            f"  Expected: {wanted}",
            f"  Actual:   {actual.call!r}, called at {where}",
        ]
        return "\n".join(lines + hint)
    names = actual.call.differing(error.expected)
    lines = [f"{error.method} differs in {_listing(names)}, called at {where}."]
    for name in names:
        lines += [f"  {name}", *_difference(error, actual, name)]
    return "\n".join(lines + hint)


def _no_candidate(error: Any, wanted: str) -> str:
    lines = [f"No unasserted {error.method} matches.", f"  Expected: {wanted}"]
    for candidate in error.candidates[:_MOST_LISTED]:
        names = candidate.call.differing(error.expected)
        lines.append(f"  Called at {_where.shown(candidate.place)}, differs in {_listing(names)}:")
        for name in names:
            lines += [f"    {line}" for line in [name, *_difference(error, candidate, name)]]
    if len(error.candidates) > _MOST_LISTED:
        lines.append(f"  and {len(error.candidates) - _MOST_LISTED} more")
    if error.candidates:
        lines += ["", "To assert the first:", *to_paste(error.candidates[:1])]
    return "\n".join(lines)


def _difference(error: Any, interaction: Any, name: str) -> List[str]:
    kind = interaction.call.fields[name].kind
    wanted_kind = error.wanted.variant(error.expected).fields[name].kind
    if type(wanted_kind) is not type(kind):
        kind = SECRET
    lines = kind.difference(error.expected[name], interaction.call.values[name])
    return [f"    {line}" for line in lines]


def _expected(error: Any) -> str:
    variant = error.wanted.variant(error.expected)
    given = {
        name: field
        for name, field in variant.fields.items()
        if name in error.expected and field.is_told(error.expected[name])
    }
    return str(variant.shown(error.expected, given))


def _listing(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


# What the end of a test reveals.


def unasserted(error: Any) -> str:
    """Return the text of an ``UnassertedInteractionsError``."""
    found = error.interactions
    was = "was" if len(found) == 1 else "were"
    lines = [f"{counted(len(found), 'interaction')} {was} not asserted."]
    lines += [f"  {_called(each)}" for each in found[:_MOST_LISTED]]
    if len(found) > _MOST_LISTED:
        lines.append(f"  and {len(found) - _MOST_LISTED} more")
    lines += ["", f"To assert {'it' if len(found) == 1 else 'them'}:", *to_paste(found[:_MOST_LISTED])]
    return "\n".join(lines)


def unused(error: Any) -> str:
    """Return the text of an ``UnusedMocksError``."""
    steps = error.mocks
    was = "was" if len(steps) == 1 else "were"
    lines = [f"{counted(len(steps), 'step')} {was} never used."]
    lines += [f"  {step_text(s)}, scripted at {_where.shown(s.place)}" for s in steps[:_MOST_LISTED]]
    if len(steps) > _MOST_LISTED:
        lines.append(f"  and {len(steps) - _MOST_LISTED} more")
    with_unused = [each for each in error.sessions if any(step in steps for step in each.steps)]
    for session in with_unused[:_MOST_LISTED]:
        lines += ["", transcript(session)]
    lines += ["", "Where the code need not take a step, remove it or script it as optional:"]
    lines += [f"    {optional(steps[0])}"]
    return "\n".join(lines)


def optional(step: Any) -> str:
    """Return a step as code, made optional."""
    return f'.expect("{step.method}", {_scripted(step)}, required=False)'


def _scripted(step: Any) -> str:
    if step.raises is None:
        return f"returns={step.returns!r}"
    kind = type(step.raises)
    module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    return f"raises={module}{represented(step.raises)}"


def verification(error: Any) -> str:
    """Return the text of a ``VerificationError``."""
    sections = [
        f"{number}. {textwrap.indent(str(each), '   ', bool).lstrip()}"
        for number, each in enumerate(error.errors, 1)
    ]
    return "\n\n".join([f"{counted(len(sections), 'finding')}:", *sections])


def to_paste(interactions: Iterable[Any]) -> List[str]:
    """Return the lines that assert ``interactions``, with the imports they need."""
    code = [line for each in interactions for line in each.call.asserted_by().splitlines()]
    return [f"    {line}" for line in [*imports(code), *code]]


def imports(code: Sequence[str]) -> List[str]:
    """Return the import lines that ``code`` needs."""
    found = []
    if any("mock.ANY" in line for line in code):
        found.append("from unittest import mock")
    if any("MessageWith(" in line for line in code):
        found.append("from bigfoot_smtp import MessageWith")
    return found


def recorded(error: Any) -> str:
    """Return the text of a ``RecordedError``: the script, then the assertions."""
    script: List[str] = []
    for session in error.sessions:
        script.append("(self.smtp_mock.new_session()")
        script += [f'    .expect("{step.method}", {_scripted(step)})' for step in session.steps]
        script[-1] += ")"
    assertions = [line for each in error.interactions for line in each.call.asserted_by().splitlines()]
    lines = [
        f"{counted(len(error.sessions), 'connection')} recorded. Paste before the call:",
        "",
        *(f"    {line}" for line in script),
        "",
        "and after it:",
        "",
        *(f"    {line}" for line in [*imports(assertions), *assertions]),
    ]
    return "\n".join(lines)


def note(verifier: Any, error: BaseException) -> str:
    """Return what a failed test should know besides: how far its script came."""
    scenario = verifier.scenario
    told = getattr(error, "session", None)
    sections = [transcript(each) for each in scenario.sessions if each is not told]
    sections += [str(each) for each in verifier.violations() if each is not error]
    return "\n\n".join(sections[:_MOST_LISTED])


def without_super(cls: type, method: str) -> str:
    """Return the text for a test case that overrides ``method`` and forgets ``super()``."""
    owner = next(each for each in cls.__mro__ if method in vars(each))
    return (
        f"{owner.__qualname__}.{method}() does not call super().{method}(), so nothing"
        f" {'is faked' if method == 'setUp' else 'was verified'}. Add to it:\n"
        f"    super().{method}()"
    )
