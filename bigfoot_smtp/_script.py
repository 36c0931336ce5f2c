"""The script: the sessions that a test expects, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, List, Literal, Optional, Tuple, Type, Union

from bigfoot_smtp import _report, _where
from bigfoot_smtp._calls import CALLS, NAMED
from bigfoot_smtp._command import Call
from bigfoot_smtp._errors import InvalidStateError, UnmockedInteractionError
from bigfoot_smtp._reading import ehlo_reply
from bigfoot_smtp._states import State, StateMachine

if TYPE_CHECKING:
    from bigfoot_smtp._expected import Answer, Method
    from bigfoot_smtp._timeline import Interaction

_UNSET: Any = object()
_GREETING = (220, b"localhost ready")


class Step:
    """One command that a session expects, and what it answers.

    :ivar str method: the command.
    :ivar returns: the scripted answer.
    :ivar raises: the exception to raise instead, or None.
    :ivar bool required: whether the step must be used.
    :ivar interaction: the interaction that used the step, or None.
    """

    __slots__ = ("method", "returns", "raises", "required", "place", "interaction")

    def __init__(
        self,
        method: str,
        returns: Any,
        raises: Optional[BaseException],
        required: bool,
        place: _where.Place,
    ) -> None:
        self.method: str = method
        self.returns: Any = returns
        self.raises: Optional[BaseException] = raises
        self.required: bool = required
        self.place: _where.Place = place
        self.interaction: Optional["Interaction"] = None

    @property
    def where(self) -> str:
        """``file:line`` of the line that scripted the step."""
        return "%s:%s" % self.place

    @property
    def answer(self) -> Any:
        """The answer as the client gets it."""
        if isinstance(self.returns, dict):
            return self.returns.copy()
        return _GREETING if self.returns is None else self.returns

    @property
    def fails(self) -> bool:
        """Whether the step leaves the state where it was, whatever smtplib makes of the answer."""
        return self.raises is not None or not is_positive(self.answer)

    def __repr__(self) -> str:
        return _report.step_text(self)


def is_positive(answer: Any) -> bool:
    """Return whether an answer is no refusal: RFC 5321 section 4.2.1, codes from 200 to 399."""
    return not isinstance(answer, tuple) or 200 <= answer[0] < 400


class SessionHandle:
    """One scripted connection: an ordered list of steps, and the state it is in.

    :ivar State state: where the session stands now.
    """

    def __init__(self, number: int, machine: StateMachine) -> None:
        self.state: State = State.DISCONNECTED
        self.steps: List[Step] = []
        self.number: int = number
        self.machine: StateMachine = machine
        self.position: int = 0
        self.responses: int = 0  # the lines that a login by docmd still awaits

    def expect(
        self,
        method: Method,
        *,
        returns: Answer = _UNSET,
        raises: Union[None, BaseException, Type[BaseException]] = None,
        required: bool = True,
    ) -> "SessionHandle":
        """Add the next step and return the session, so that calls can be chained.

        :param str method: a command of smtplib, such as ``"sendmail"``.
        :param returns: what the command returns: a reply ``(int, bytes)``; for
            ``connect`` None or the greeting; for ``sendmail`` and
            ``send_message`` a dict of the refused recipients to their replies;
            for ``help`` bytes. May be left out only where ``raises`` is given.
        :param raises: an exception class or instance to raise instead.
        :param bool required: whether the test fails when the step is not used.
        :raises ValueError: for an unknown method.
        :raises TypeError: for an answer of the wrong shape for the command.
        """
        call = NAMED.get(method) if isinstance(method, str) else None
        if call is None:
            raise ValueError(_report.unknown_method(method, list(CALLS)))
        if raises is not None:
            raises = _exception(raises)
            returns = None if returns is _UNSET else returns
        elif returns is _UNSET:
            raise TypeError(_report.missing_answer(call))
        elif not call.answer.accepts(returns):
            raise TypeError(_report.wrong_answer(call, returns))
        if isinstance(returns, dict):
            returns = returns.copy()
        self.steps.append(Step(call.method, returns, raises, bool(required), _where.caller()))
        return self

    def expect_delivery(
        self,
        *,
        starttls: bool = False,
        login: bool = False,
        via: Literal["sendmail", "send_message"] = "sendmail",
        count: int = 1,
    ) -> "SessionHandle":
        """Add the steps of a successful delivery, from ``connect`` to ``quit``.

        :param bool starttls: whether the client starts TLS; greeted once more
            afterwards where the machine forgets the first greeting (RFC 3207).
        :param bool login: whether the client logs in.
        :param str via: ``"sendmail"`` or ``"send_message"``.
        :param int count: the number of messages.
        :raises ValueError: for another ``via``, or a ``count`` below 1.
        """
        if via not in ("sendmail", "send_message"):
            raise ValueError(f'via is "sendmail" or "send_message", not {via!r}')
        if not isinstance(count, int) or count < 1:
            raise ValueError(f"count is the number of messages, at least 1, not {count!r}")
        extensions = ["STARTTLS"] * starttls + ["AUTH PLAIN LOGIN"] * login
        greeting = ehlo_reply(*extensions)
        self.expect("connect", returns=None).expect("ehlo", returns=greeting)
        if starttls:
            self.expect("starttls", returns=CALLS["starttls"].answer.default)
            if self.machine.target(State.GREETED, "starttls") is not State.GREETED:
                self.expect("ehlo", returns=ehlo_reply(*extensions[1:]))
        if login:
            self.expect("login", returns=CALLS["login"].answer.default)
        for _ in range(count):
            self.expect(via, returns={})
        return self.expect("quit", returns=CALLS["quit"].answer.default)

    def find(self, method: str) -> Optional[int]:
        """Return the position of the step that ``method`` would use, optional ones passed over."""
        for position in range(self.position, len(self.steps)):
            step = self.steps[position]
            if step.method == method:
                return position
            if step.required:
                break
        return None

    def match(
        self, call: Call, place: _where.Place, because: Optional[Type[Call]]
    ) -> Tuple[int, State]:
        """Return the position of the step that ``call`` uses, and the state it leads to.

        Nothing is used yet.

        :param place: where the call was made.
        :param because: the command for which smtplib greets by itself, or None.
        :raises InvalidStateError: where the machine forbids the command now.
        :raises UnmockedInteractionError: where it is not the next step.
        """
        target = self.machine.target(self.state, call.method)
        if target is None:
            valid = self.machine.valid_states(call.method)
            raise InvalidStateError(call.method, self.state, valid)
        position = self.find(call.method)
        if position is None:
            raise UnmockedInteractionError(because)
        return position, target

    def use(self, position: int, interaction: "Interaction") -> Step:
        """Use up the step at ``position`` and return it."""
        step = self.steps[position]
        step.interaction = interaction
        self.position = position + 1
        return step

    def unused(self) -> List[Step]:
        """Return the required steps that no call used: none is ever passed over."""
        return [step for step in self.steps[self.position :] if step.required]

    def __str__(self) -> str:
        return _report.transcript(self)

    def __repr__(self) -> str:
        return f"<session {self.number}, {self.state}>"


def _exception(raises: Any) -> BaseException:
    if isinstance(raises, BaseException):
        return raises
    if not (isinstance(raises, type) and issubclass(raises, BaseException)):
        raise TypeError(f"raises is an exception class or instance, not {raises!r}")
    try:
        return raises()
    except TypeError as error:
        name = _report.imported(raises)
        raise TypeError(
            f"{raises.__name__} cannot be made without arguments; give an instance, such as"
            f" raises={name}(...) with them ({error})"
        ) from None
