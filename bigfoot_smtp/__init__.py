"""Test code that sends mail with ``smtplib``: script a session, run the code, assert every step."""

from bigfoot_smtp._commands.replies import ehlo_reply
from bigfoot_smtp._commands.states import SMTPLIB, STRICT, State, StateMachine
from bigfoot_smtp._mail.matcher import MessageWith
from bigfoot_smtp._mail.sent import SentMail
from bigfoot_smtp._play.guard import guard
from bigfoot_smtp._play.plugin import SmtpPlugin
from bigfoot_smtp._play.session import SessionHandle
from bigfoot_smtp._play.verifier import StrictVerifier
from bigfoot_smtp._report.base import BigfootError
from bigfoot_smtp._report.errors import (
    BrokenOffError,
    CallError,
    InvalidStateError,
    SandboxNotActiveError,
    ScriptError,
    UnmockedInteractionError,
)
from bigfoot_smtp._report.findings import (
    MissingMailsError,
    RecordedError,
    UnassertedInteractionsError,
    UnusedMocksError,
    VerificationError,
)
from bigfoot_smtp._report.mismatch import InteractionMismatchError
from bigfoot_smtp._report.misuse import ConcurrentCallError, RuleError
from bigfoot_smtp._script.session import Interaction
from bigfoot_smtp._script.timeline import Timeline
from bigfoot_smtp.testcase import SmtpMockTestCase

__version__ = "2.0.0"

__all__ = [
    "SMTPLIB",
    "STRICT",
    "BigfootError",
    "BrokenOffError",
    "CallError",
    "ConcurrentCallError",
    "Interaction",
    "InteractionMismatchError",
    "InvalidStateError",
    "MessageWith",
    "MissingMailsError",
    "RecordedError",
    "RuleError",
    "SandboxNotActiveError",
    "ScriptError",
    "SentMail",
    "SessionHandle",
    "SmtpMockTestCase",
    "SmtpPlugin",
    "State",
    "StateMachine",
    "StrictVerifier",
    "Timeline",
    "UnassertedInteractionsError",
    "UnmockedInteractionError",
    "UnusedMocksError",
    "VerificationError",
    "ehlo_reply",
    "guard",
]
