"""The texts for a script or a test case that cannot be what its author meant."""

from __future__ import annotations

import difflib
import re
import smtplib
from typing import Any, Optional, Sequence, Type

from bigfoot_smtp._commands.command import Command
from bigfoot_smtp._commands.kinds import represented, shortened
from bigfoot_smtp._commands.replies import AUTHENTICATED, NO_SUCH_USER, REFUSED, Reply, is_reply
from bigfoot_smtp._report.steps import example, imported, step_code
from bigfoot_smtp._script.place import UNKNOWN
from bigfoot_smtp._script.session import Step

_WITH_A_REPLY = (
    smtplib.SMTPSenderRefused,
    smtplib.SMTPDataError,
    smtplib.SMTPConnectError,
    smtplib.SMTPHeloError,
    smtplib.SMTPAuthenticationError,
)
_OF_OTHERS = {
    **dict.fromkeys(("expect", "expect_delivery", "state"), "a session has it: new_session()"),
    **dict.fromkeys(("sandbox", "verify_all", "acknowledge"), "the verifier has it: .verifier"),
}
_OF_A_MOCK = re.compile("assert_interaction|.*call|.*sent|.*mails|.*messages|.*_no_")


def unknown_method(method: Any, known: Sequence[str]) -> str:
    """Return the text for a step that is not a command of smtplib."""
    near = _nearest(represented(method).strip("'").lower(), known)
    hint = f'did you mean "{near}"?' if near else f"the steps are {', '.join(known)}"
    return f"unknown step {represented(method)}; {hint}"


def missing_answer(command: Type[Command]) -> str:
    """Return the text for a step without an answer."""
    return f'"{command.method}" needs returns= or raises=; write {example(command)}'


def wrong_answer(command: Type[Command], returns: Any) -> str:
    """Return the text for an answer of the wrong shape."""
    wanted = f'"{command.method}" returns {command.answer.wanted}'
    kind = returns if isinstance(returns, type) else type(returns)
    if issubclass(kind, BaseException):
        code = f'.expect("{command.method}", raises={imported(kind)})'
        return f"{wanted}; to raise an exception, write {code}"
    code = example(command)
    if isinstance(returns, list):
        wanted += ", or a list of what the server says line by line"
    if isinstance(returns, dict) and command.answer is REFUSED:
        refused = {_address(who): _meant(why) for who, why in returns.items()}
        code = step_code(Step(command.method, refused, None, True, UNKNOWN))
    told = shortened(represented(returns))
    if command.answer.default == AUTHENTICATED and not re.match(r"\(?\d|None", told):
        told = f"of type {type(returns).__name__}"  # it may hold a password
    return f"{wanted}, not {told}; write {code}"


def _address(who: Any) -> str:
    return who.decode("ascii", "replace") if isinstance(who, bytes) else str(who)


def _meant(why: Any) -> Reply:
    """Return the reply by which a recipient was to be refused, another one where it is none."""
    if isinstance(why, tuple) and len(why) == 2 and isinstance(why[1], str):
        why = why[0], why[1].encode("ascii", "replace")
    return why if is_reply(why) else NO_SUCH_USER


def has_str_text(raises: BaseException) -> bool:
    """Return whether an exception of smtplib has a reply in it whose text is a str."""
    if type(raises) in _WITH_A_REPLY:
        return isinstance(getattr(raises, "smtp_error", None), str)
    refused = raises.recipients if type(raises) is smtplib.SMTPRecipientsRefused else {}
    replies = refused.values() if isinstance(refused, dict) else ()
    return any(isinstance(each, tuple) and each and isinstance(each[-1], str) for each in replies)


def str_text(raises: BaseException) -> str:
    """Return the text for a reply in an exception whose text is a str."""
    given = represented(raises)
    return f"the text of a reply must be bytes, as in (550, b'No'), not as in {given}"


def still_patched(name: str) -> str:
    """Return the text for a class of smtplib that is a mock, where it should be the fake."""
    return (
        f"smtplib.{name} is a mock, so what the code sends does not come here:"
        " take the mock.patch out"
    )


def no_attribute(name: str, known: Sequence[str]) -> str:
    """Return the text for an attribute that an ``SmtpPlugin`` does not have."""
    prefix = "assert_" if name.startswith("assert_") else ""
    begin = len(prefix)  # by what all assertions share, any two would be alike
    public = (each for each in known if not each.startswith("_"))
    known = [each[begin:] for each in public if each.startswith(prefix)]
    is_of_a_mock = _OF_A_MOCK.match(name)
    near = _nearest(name[begin:], known, cutoff=0.85 if is_of_a_mock else 0.6)
    hint = ""
    if name in _OF_OTHERS:
        hint = f"; {_OF_OTHERS[name]}.{name}"
    elif near:
        hint = f"; did you mean {prefix + near!r}?"
    elif prefix or is_of_a_mock:
        hint = "; each command has its own assertion, such as assert_sendmail(...)"
        hint += "; mails are in .outbox"
    return f"an SmtpPlugin has no {name!r}{hint}"


def misspelt_setting(cls: type, name: str, known: Sequence[str]) -> Optional[str]:
    """Return the text for a class attribute that is nearly a setting, None where it is not."""
    near = _nearest(name.lower(), known, cutoff=0.87)
    return near and f"{cls.__qualname__}.{name} means nothing; write {near}"


def before_set_up(cls: type, name: str) -> str:
    """Return the text for what is used before ``setUp`` made it."""
    return (
        f"{cls.__qualname__!r} object has no {name!r} yet: SmtpMockTestCase.setUp() makes it,"
        " so use it after\n    super().setUp()"
    )


def never_run(cls: type, name: str) -> str:
    """Return the text for an async test whose base does not run it."""
    return (
        f"{cls.__qualname__}.{name} is async def, and would never run: derive the test case from"
        " SmtpMockTestCase and unittest.IsolatedAsyncioTestCase"
    )


def wrong_value(name: str, wanted: str, value: Any) -> str:
    """Return the text for a value that a parameter may not have.

    A dict may be one of passwords, given to the wrong one.
    """
    given = "a dict" if isinstance(value, dict) else shortened(represented(value))
    return f"{name} must be {wanted}, not {given}"


def unknown_mechanism(mechanism: str, known: Sequence[str]) -> str:
    """Return the text for a mechanism by which no server here can check a password."""
    near = _nearest(mechanism.upper(), known)
    hint = f'did you mean "{near}"?' if near else f"the mechanisms are {', '.join(known)}"
    return f"auth has an unknown mechanism {mechanism!r}; {hint}"


def wrong_count(count: Any) -> str:
    """Return the text for a number of messages that no delivery can have."""
    wanted = (
        "an int of at least 1, range(1, 4) for one to three mails, or (2, None) for two or more"
    )
    return wrong_value("count", wanted, count)


def late_setting(name: str) -> str:
    """Return the text for a setting that ``setUp`` changes when it was already read."""
    return f"{name} was set after super().setUp(), too late. Set it on the class, or before that."


def without_super(cls: type, base: type, method: str) -> str:
    """Return the text for a test case whose ``method`` forgets ``super()``, down to ``base``."""
    overriding = [each for each in cls.__mro__[: cls.__mro__.index(base)] if method in vars(each)]
    forgetful = (each for each in overriding if not _calls_on(vars(each)[method], method))
    owner = next(forgetful, cls)
    lost = {"setUp": "nothing was faked", "tearDown": "nothing was verified"}[method]
    return (
        f"{owner.__qualname__}.{method}() does not call super().{method}(), so {lost}."
        f" Add to it:\n    super().{method}()"
    )


def _calls_on(function: Any, method: str) -> bool:
    code = getattr(function, "__code__", None)
    return code is not None and method in code.co_names


def _nearest(name: str, known: Sequence[str], cutoff: float = 0.6) -> Optional[str]:
    """Return the known name that is most like this one, None where none is like it."""
    return next(iter(difflib.get_close_matches(name, known, cutoff=cutoff)), None)
