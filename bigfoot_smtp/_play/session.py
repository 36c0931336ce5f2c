"""``SessionHandle``: how a test writes the script of one connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Optional, Tuple, Type, Union

from bigfoot_smtp._commands.command import Command, Unset
from bigfoot_smtp._commands.commands import COMMANDS, NAMED
from bigfoot_smtp._commands.order import VIA
from bigfoot_smtp._commands.replies import ehlo_reply, is_line_by_line
from bigfoot_smtp._commands.states import State
from bigfoot_smtp._play.network import made
from bigfoot_smtp._report import mistakes
from bigfoot_smtp._report.steps import imported
from bigfoot_smtp._report.transcript import transcript
from bigfoot_smtp._script.place import caller
from bigfoot_smtp._script.session import Delivery, Session, Step

if TYPE_CHECKING:
    from bigfoot_smtp._commands.expected import Answer
    from bigfoot_smtp._commands.states import Method

_NOT_GIVEN: Any = Unset("not given")
_NOBODY: Any = {}  # most mails refuse nobody, and many steps are kept


class SessionHandle(Session):
    """One scripted connection: an ordered list of steps, and the state it is in.

    :ivar State state: where the session stands now.
    """

    def expect(
        self,
        method: Method,
        *,
        returns: Answer = _NOT_GIVEN,
        raises: Union[None, BaseException, Type[BaseException]] = None,
        required: bool = True,
    ) -> "SessionHandle":
        """Add the next step and return the session, so that calls can be chained.

        :param str method: a command of smtplib, such as ``"sendmail"``.
        :param returns: what the command returns: a reply ``(int, bytes)``; for
            ``connect`` None or the greeting; for ``sendmail`` and
            ``send_message`` a dict of the refused recipients to their replies;
            for ``help`` bytes. A list says what the server answers line by line: a
            reply, bytes (its lines as they are), an ``OSError`` that breaks the
            connection, ``smtplib.SMTPServerDisconnected`` if the server hangs up,
            or a list of replies; what is left out succeeds. It may be left out only
            if ``raises`` is given.
        :param raises: an exception class or instance to raise instead.
        :param bool required: whether the test fails if the step is not used.
        :raises ValueError: for an unknown method.
        :raises TypeError: for an answer of the wrong shape for the command, or none; under
            ``SMTPLIB`` for an exception whose text is not bytes, as smtplib's own is.
        """
        command = NAMED.get(method) if isinstance(method, str) else None
        if command is None:
            raise ValueError(mistakes.unknown_method(method, list(COMMANDS)))
        if raises is not None:
            raises = _exception(raises)
            if self.machine.interprets_replies and mistakes.has_str_text(raises):
                raise TypeError(mistakes.str_text(raises))
            returns = None if returns is _NOT_GIVEN else returns
        if returns is _NOT_GIVEN:
            raise TypeError(mistakes.missing_answer(command))
        if raises is None or returns is not None:
            returns = _answer(command, returns)
        self.steps.append(Step(command.method, returns, raises, bool(required), caller()))
        return self

    def expect_delivery(
        self,
        *,
        starttls: bool = False,
        login: bool = False,
        via: Literal["sendmail", "send_message"] = "sendmail",
        count: Union[int, range, Tuple[int, Optional[int]]] = 1,
    ) -> "SessionHandle":
        """Add the steps of a successful delivery, from ``connect`` to ``quit``.

        Script one that fails step by step, with ``expect``.

        :param bool starttls: whether the client starts TLS. Under ``SMTPLIB`` it then greets
            again (RFC 3207 section 4.2).
        :param bool login: whether the client logs in.
        :param str via: ``"sendmail"`` or ``"send_message"``.
        :param count: the number of messages: an int; a range, ``range(1, 4)`` for one to
            three; or a tuple of the least and the most, ``(2, None)`` for two or more.
        :raises TypeError: for a ``starttls`` or ``login`` that is not a bool.
        :raises ValueError: for another ``via``, or a ``count`` that allows no message.
        """
        for name, value in (("starttls", starttls), ("login", login)):
            if type(value) is not bool:  # it may be a password
                given = type(value).__name__
                raise TypeError(f"{name} must be True or False, not of type {given}")
        if via not in VIA:
            raise ValueError(f'via must be "sendmail" or "send_message", not {via!r}')
        least, most = _least_and_most(count)
        first = len(self.steps)
        auth = ["AUTH PLAIN LOGIN"] if login else []
        greeting = ehlo_reply(*(["STARTTLS", *auth] if starttls else auth))
        self.expect("connect", returns=None).expect("ehlo", returns=greeting)
        if starttls:
            self.expect("starttls", returns=COMMANDS["starttls"].answer.default)
            if self.machine.target(State.GREETED, "starttls") is not State.GREETED:
                self.expect("ehlo", returns=ehlo_reply(*auth))
        if login:
            self.expect("login", returns=COMMANDS["login"].answer.default)
        for number in range(1, (most or max(least, 1)) + 1):
            self.expect(via, returns={}, required=number <= least)
        if most is None:
            self.repeated: Optional[Step] = self.steps[-1]  # said again for pyright
        self.expect("quit", returns=COMMANDS["quit"].answer.default)
        sent = least if least == most else (least, most)
        delivery = Delivery(starttls, login, via, sent)
        for step in self.steps[first:]:
            step.delivery = delivery
        return self

    def __str__(self) -> str:
        return transcript(self)


def _least_and_most(count: Any) -> Tuple[int, Optional[int]]:
    """Return how many messages there must be, and how many there may be, None for any number.

    :raises ValueError: for what is neither.
    """
    least = most = count
    if isinstance(count, range) and count.step == 1:
        least, most = count.start, count.stop - 1
    elif isinstance(count, tuple) and len(count) == 2:
        least, most = count
    are_numbers = type(least) is int and type(most) in (int, type(None))
    if not are_numbers or least < 0 or (most is not None and most < max(least, 1)):
        raise ValueError(mistakes.wrong_count(count))
    return least, most


def _answer(command: Type[Command], returns: Any) -> Any:
    """Return the answer to a command, a copy.

    :raises TypeError: for one of the wrong shape.
    """
    if isinstance(returns, list) and is_line_by_line(returns):
        return [_exception(each) if isinstance(each, type) else each for each in returns]
    if not command.answer.accepts(returns):
        raise TypeError(mistakes.wrong_answer(command, returns))
    if isinstance(returns, dict):
        return dict(returns) if returns else _NOBODY
    return tuple(returns) if isinstance(returns, tuple) else returns


def _exception(raises: Any) -> BaseException:
    if isinstance(raises, BaseException):
        return raises
    if not (isinstance(raises, type) and issubclass(raises, BaseException)):
        raise TypeError(f"raises must be an exception class or instance, not {raises!r}")
    try:
        return made(raises)
    except TypeError as error:
        name = imported(raises)
        raise TypeError(
            f"{raises.__name__} cannot be made without arguments; give an instance, such as"
            f" raises={name}(...) ({error})"
        ) from None
