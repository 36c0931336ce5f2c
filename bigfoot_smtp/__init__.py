"""Test code that sends mail with ``smtplib``: script a session, run the code, assert every step."""

from bigfoot_smtp._base import BigfootError
from bigfoot_smtp._errors import (
    CallError,
    InvalidStateError,
    SandboxNotActiveError,
    ScriptError,
    UnmockedInteractionError,
)
from bigfoot_smtp._findings import (
    InteractionMismatchError,
    RecordedError,
    UnassertedInteractionsError,
    UnusedMocksError,
    VerificationError,
)
from bigfoot_smtp._matcher import MessageWith
from bigfoot_smtp._plugin import SmtpPlugin
from bigfoot_smtp._reading import SentMail, ehlo_reply
from bigfoot_smtp._script import SessionHandle
from bigfoot_smtp._states import SMTPLIB, STRICT, State, StateMachine
from bigfoot_smtp._timeline import Interaction, Timeline
from bigfoot_smtp._verifier import StrictVerifier
from bigfoot_smtp.testcase import SmtpMockTestCase

__version__ = "1.0.0"

__all__ = [
    "SMTPLIB",
    "STRICT",
    "BigfootError",
    "CallError",
    "Interaction",
    "InteractionMismatchError",
    "InvalidStateError",
    "MessageWith",
    "RecordedError",
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
]
