"""The line to type next: how a script allows what it refused.

A hint is not to lead to a passing test in which fewer mails are sent than the code would send
to a willing server, or in which one is sent in the clear or without a login. So a greeting to
type offers all that smtplib asks for; what smtplib itself refused is told as the cause, with
the greeting that cures it; and where the code calls in the wrong order, or goes on after a
refusal, it is the code that is to change.
"""

from __future__ import annotations

import itertools
import smtplib
from typing import Dict, Iterable, List, NamedTuple, Optional, Sequence, Set, Tuple

from bigfoot_smtp._commands.kinds import represented
from bigfoot_smtp._commands.order import (
    AFTER_A_GREETING,
    BEFORE_A_MAIL,
    BEGINS_A_MAIL,
    ENDS_A_MAIL,
    GREETS_FIRST,
    NEEDED_BY,
    OF_A_MAIL,
    PROBES,
    VIA,
    belongs_before,
)
from bigfoot_smtp._commands.replies import CHALLENGE, SHUTTING_DOWN, code_of
from bigfoot_smtp._report.steps import (
    OFFERS,
    delivery_code,
    greeting,
    in_place_of,
    in_single_steps,
    without,
)
from bigfoot_smtp._report.wording import OF_PORTS, after_that, by_smtplib, calls, listing
from bigfoot_smtp._script.place import shown
from bigfoot_smtp._script.session import (
    Delivery,
    Interaction,
    Mishap,
    Session,
    Step,
    has_sent_since,
    purpose,
    used_steps,
    withheld,
)

_TO_OFFER = "To offer it"
_RULES = {"starttls": "starttls=True", "auth": "login=True", "smtputf8": "smtputf8=True"}


class Misplaced(NamedTuple):
    """A call that is not the next step of its session, and what the code does wrong with it.

    :ivar str method: the call.
    :ivar Session session: the session.
    :ivar int position: how far that was.
    """

    method: str
    session: Session
    position: int

    @property
    def ahead(self) -> List[Step]:
        """The steps that were still to come."""
        return self.session.steps[self.position :]

    @property
    def used(self) -> List[Tuple[Step, Interaction]]:
        """The steps that were used, each with what used it."""
        return used_steps(self.session, self.position)

    def used_too_early(self) -> Optional[Interaction]:
        """Return what came before the call, and should come after it, if anything.

        A mail that was refused may come before: the server may want a login first.
        """
        if self.method not in BEFORE_A_MAIL:
            return None  # a session is looked through for few of its commands
        for step, used in self.used:
            if belongs_before(self.method, step.method) and not _is_refusal(step):
                return used
        return None

    def left_out(self) -> List[Step]:
        """Return the next steps that should come before the call, none where it needs none."""
        ahead = [step for step in self.ahead if step.required]
        if not ahead or not self._needs(ahead[0]):
            return []
        ends = (self.method, "quit", *OF_A_MAIL)
        between = itertools.takewhile(lambda step: step.method not in ends, ahead[1:])
        return [ahead[0], *(step for step in between if belongs_before(step.method, self.method))]

    def _needs(self, step: Step) -> bool:
        if step.fails and step.method in PROBES:
            return self.method in (*OF_A_MAIL, "quit")
        return self.method in NEEDED_BY.get(step.method, ())

    def unheeded(self) -> Optional[Interaction]:
        """Return what was refused before the call, which builds on it, if anything."""
        refused: Dict[str, Optional[Interaction]] = {}
        for step, used in self.used:
            if code_of(step.returns) == CHALLENGE[0]:
                continue
            name = "ehlo" if used.call.is_greeting else purpose(used)
            if not step.fails:
                refused[name] = None  # since then it is settled
                if name in ENDS_A_MAIL:
                    for each in BEGINS_A_MAIL:
                        refused.pop(each, None)
            elif self.method in NEEDED_BY.get(name, ()):
                refused.setdefault(name, used)
            elif code_of(step.returns) == SHUTTING_DOWN and self.method != "quit":
                refused[name] = used
        return next((each for each in refused.values() if each is not None), None)

    def told(self) -> List[str]:
        """Return what is wrong in the order of the calls."""
        early = self.used_too_early()
        if early is not None:
            return [f"The code has called {early.call.method} before it, at {shown(early.place)}."]
        lines = []
        refused = self.unheeded()
        if refused is not None:
            what, at = refused.call.method, shown(refused.place)
            lines.append(f"The code goes on after {what} was refused, at {at}.")
            raised = withheld(refused)
            if raised:
                lines.append(f"{self.session.machine} returns that: smtplib raises {raised}.")
        left_out = self.left_out()
        if left_out:
            names = listing(each.method for each in left_out)
            lines.append(f"The code goes on without {names}.")
        return lines

    def to_mend(self) -> List[str]:
        """Return how the code is to change, nothing where it may be right.

        It may be where the script has the call further on: it allows what the code does.
        """
        for mend in _MENDS:
            found = mend(self)
            if found is not None:
                return found
        return []

    # Each returns how to mend one fault, None where the code has another one or none.

    def _quit_once(self) -> Optional[List[str]]:
        # No other command comes behind one: it has closed the connection.
        has_quit = any(step.method == "quit" for step, _ in self.used)
        return ["Let the code call quit() once."] if has_quit else None

    def _begin_the_mail(self) -> Optional[List[str]]:
        left_out, missing = self.left_out(), self._missing_of_mail()
        first = left_out[0].method if left_out else ""
        if missing and not left_out and self.unheeded() is None:
            first = missing[0]
        is_known = first in missing or first == "helo"
        return [f"Let the code call {first}() before {self.method}()."] if is_known else None

    def _greet_by_ehlo(self) -> Optional[List[str]]:
        if self.method == "helo" and any(step.method in BEFORE_A_MAIL for step in self.ahead):
            return ["Let the code greet with EHLO: after HELO smtplib refuses TLS and a login."]
        return None

    def _greet_anew(self) -> Optional[List[str]]:
        is_to_greet = self.method in AFTER_A_GREETING or bool(self.left_out())
        return [greets_anew(self.method)] if is_to_greet and self.is_ungreeted() else None

    def _expect_no_second_tls(self) -> Optional[List[str]]:
        unsafe = self._unsafe()
        by = self.began_tls() if any(step.method == "starttls" for step in unsafe) else ""
        if not by:
            return None
        _, connect = self.used[0]
        if by == "SMTP_SSL" and connect.call.is_unlike_its_port():
            return [f"Let the code connect by SMTP. {OF_PORTS}"]
        return [f"TLS has already begun, by {by}: {without(unsafe[:1])}."]

    def _leave_nothing_out(self) -> Optional[List[str]]:
        unsafe = self._unsafe()
        return self._to_call_first(unsafe, self.method) if unsafe else None

    def _do_what_is_scripted(self) -> Optional[List[str]]:
        return [] if any(step.method == self.method for step in self.ahead) else None

    def _call_it_earlier(self) -> Optional[List[str]]:
        early = self.used_too_early()
        if early is None:
            return None
        return [f"Let the code call {self.method}() before {early.call.method}()."]

    def _heed_the_refusal(self) -> Optional[List[str]]:
        refused = self.unheeded()
        if refused is None:
            return None
        if withheld(refused):
            return by_smtplib("To follow smtplib,")
        return [
            "Let the code end there, or try again.",
            f"If it is meant to go on all the same, script {self.method} as the next step.",
        ]

    def _unsafe(self) -> List[Step]:
        """Return the steps left out without which a mail goes in the clear, or is lost."""
        needed = (*BEFORE_A_MAIL, *BEGINS_A_MAIL, *PROBES)
        return [step for step in self.left_out() if step.method in needed]

    def is_ungreeted(self) -> bool:
        """Return whether nobody has greeted, nor will smtplib: as after a redial."""
        if self.method in GREETS_FIRST and not self.session.machine.greets_implicitly:
            return False
        is_greeted = any(
            used.call.is_greeting or step.method == "docmd" for step, used in self.used
        )
        return bool(self.used) and not is_greeted

    def began_tls(self) -> str:
        """Return what began TLS before the call, "" where nothing did."""
        for step, used in self.used:
            if used.call.values.get("protocol") == "smtps" and not step.fails:
                return "SMTP_SSL"
            if step.method == "starttls" and not step.fails:
                return "starttls"
        return ""

    def _missing_of_mail(self) -> List[str]:
        """Return what the mail of the call begins with, and no server has accepted."""
        accepted: Set[str] = set()
        for step, _ in self.used:
            if step.method in ENDS_A_MAIL:
                accepted.clear()
            elif step.method == "docmd":
                return []  # it may be any command
            elif not step.fails:
                accepted.add(step.method)
        needed = (each for each in BEGINS_A_MAIL if self.method in NEEDED_BY[each])
        return [each for each in needed if each not in accepted]

    def to_deliver(self) -> List[str]:
        """Return the delivery to script in place of another one, if one has the call."""
        delivery = self.other_delivery()
        if delivery is None:
            return []
        return [in_place_of(self.ahead[0]), f"    {delivery_code(delivery)}"]

    def other_delivery(self) -> Optional[Delivery]:
        """Return the delivery that has the call where ``expect_delivery()`` has another step."""
        method, ahead = self.method, self.ahead
        delivery = ahead[0].delivery if ahead else None
        if delivery is None or self.used_too_early():
            return None
        if method == "starttls" and not delivery.starttls:
            return delivery._replace(starttls=True)
        if method == "login" and not delivery.login:
            return delivery._replace(login=True)
        return self._other_mails(delivery, ahead[0].method) if method in VIA else None

    def _other_mails(self, delivery: Delivery, expected: str) -> Optional[Delivery]:
        """Return a delivery with one mail more, or with mails that are sent as the call does it.

        None where neither has the call: no delivery sends one mail this way and one the other.
        """
        if self.method != delivery.via and any(
            step.method == delivery.via for step, _ in self.used
        ):
            return None
        count = delivery.count
        if expected == "quit":
            more = count + 1 if isinstance(count, int) else (count[0], count[1] + 1)
            return delivery._replace(count=more)
        return delivery._replace(via=self.method) if expected in VIA else None

    def to_skip_nothing(self, called: str) -> List[str]:
        """Return what to do about steps that the code has left out, if there are some.

        :param str called: what the code calls, where smtplib makes the call for that.
        """
        skipped = self._skipped()
        return self._to_call_first(skipped, called) if skipped else []

    def _skipped(self) -> List[Step]:
        """Return the next steps up to that of the call, where it has one further on.

        None where the call was made just before and accepted, where a mail is among them, or
        where a delivery scripts one of them: its arguments say that.
        """
        if any(e.method == self.method and not _is_refusal(e) for e, _ in self.used[-1:]):
            return []
        before = list(itertools.takewhile(lambda step: step.method != self.method, self.ahead))
        is_scripted = len(before) < len(self.ahead)
        between = [step for step in before if step.required]
        are_single = all(step.delivery is None for step in between)
        is_apart = {step.method for step in between}.isdisjoint(("quit", "connect", *OF_A_MAIL))
        return between if is_scripted and are_single and is_apart else []

    def _to_call_first(self, steps: Sequence[Step], called: str) -> List[str]:
        return [
            f"Let the code call {calls(step.method for step in steps)} before {called}().",
            f"If it is meant to do without, {without(steps)}.",
        ]


# In order: what comes earlier is the cause of what comes later, or makes its hint unsafe.
_MENDS = (
    Misplaced._quit_once,
    Misplaced._begin_the_mail,
    Misplaced._greet_by_ehlo,
    Misplaced._greet_anew,
    Misplaced._expect_no_second_tls,
    Misplaced._leave_nothing_out,
    Misplaced._do_what_is_scripted,  # the script allows it: nothing is to change
    Misplaced._call_it_earlier,
    Misplaced._heed_the_refusal,
)


def _is_refusal(step: Step) -> bool:
    return step.fails or (isinstance(step.returns, dict) and bool(step.returns))


def greets_anew(method: str) -> str:
    """Return how the code is to greet where smtplib does not do so by itself."""
    if method not in GREETS_FIRST:
        return f"Let the code call ehlo() after connect(), before {method}()."
    return (
        f"Let the code call ehlo() after connect(), before {method}(), or make a new SMTP object:"
        " smtplib takes the greeting of the earlier connection for that of this one."
    )


class Cause:
    """What smtplib itself refused on a connection before the script did, and how to cure it.

    :param refusals: the Mishaps, at least one; the last session's are told.
    :ivar cure: what is to change in the code or the script, as lines.
    """

    def __init__(self, refusals: Sequence[Mishap]) -> None:
        self._session = session = refusals[-1].session
        self._refusals = list(dict.fromkeys(e for e in refusals if e.session is session))
        first, last = self._refusals[0], self._refusals[-1]
        self._extension = first.extension
        self._first = Misplaced(first.method, session, first.position)
        before = reversed(used_steps(session, last.position))
        self._greeting = next((step for step, used in before if used.call.is_greeting), None)
        self._why, self.cure = self._judged()

    def told(self) -> List[str]:
        """Return what happened."""
        refused = dict.fromkeys(f"{e.method} at {shown(e.place)}" for e in self._refusals)
        lines = [f"smtplib itself refused {listing(refused)}: {self._why}."]
        step = self._greeting
        if step is not None and self._session.server is None:
            lines.append(f"  Scripted: {represented(step)} at {shown(step.place)}")
        return lines

    def behind(self, lines: Sequence[str]) -> List[str]:
        """Return what was refused, then what happened after it."""
        return [*self.told(), *after_that(lines)]

    def before(
        self, lines: Sequence[str], hint: Sequence[str], sessions: Iterable[Session] = ()
    ) -> Tuple[List[str], List[str]]:
        """Return what happened behind what was refused, and what to type, the cure first.

        :param hint: for code that is meant to go on after what was refused. It is left out where
            no mail was sent since: it may lead to a test in which none is.
        :param sessions: those by which a mail may have been sent besides that of the refusal.
        """
        is_sent = has_sent_since(self._refusals[-1], sessions)
        return self.behind(lines), self.cure + (["", *hint] if hint and is_sent else [])

    def _judged(self) -> Tuple[str, List[str]]:
        """Return why it was refused, and what is to change."""
        why, hint = self._lacking()
        step = next(iter(self._first.ahead), None)
        if (
            step is not None
            and step.method == self._first.method
            and isinstance(step.raises, smtplib.SMTPNotSupportedError)
        ):
            return why, [f"smtplib raises this by itself, without a step: {without([step])}."]
        return why, hint

    def _lacking(self) -> Tuple[str, List[str]]:
        """Return what the greeting lacks or what else is wrong with it, and how to mend that."""
        by = self._first.began_tls() if self._extension == "starttls" else ""
        if by:
            hint = "Let the code leave it out: under TLS no server offers STARTTLS (RFC 3207)."
            return f"TLS has already begun, by {by}", [hint]
        session = self._session
        who = f"session {session.number}"
        if self._comes_after_tls():
            why = f"{who} offers AUTH after starttls, which was not called"
            if session.server is not None:
                why = "the answering server offers AUTH only after STARTTLS (require_tls=True)"
            return why, ["Let the code call starttls() before login()."]
        why, to_greet = self._of_the_greeting(who)
        return why, self._first.to_mend() or to_greet

    def _of_the_greeting(self, who: str) -> Tuple[str, List[str]]:
        """Return what is wrong with the greeting, and the one that would do."""
        step = self._greeting
        if step is None:
            to_greet = by_smtplib("smtplib would have greeted. To follow it,")
            return "nobody greeted the server before it", to_greet
        if step.method == "helo":
            why = f"the greeting of {who} is HELO, which offers nothing"
            return why, self._to_greet_by_ehlo()
        offers = f"does not offer {OFFERS[self._extension].split()[0]}"
        if self._offers_other_mechanisms():
            offers = "offers no way to log in that smtplib knows"
        if self._session.server is None:
            return f"the reply to EHLO in {who} {offers}", self._to_script(step)
        return f"the answering server {offers}", self._to_serve()

    def _to_greet_by_ehlo(self) -> List[str]:
        if self._session.server is not None:
            return ["Let the code greet with EHLO."]
        ehlo = next((step for step, _ in self._first.used if step.method == "ehlo"), None)
        heading = "Let the code greet with EHLO, and script:"
        if ehlo is not None:
            heading = f"The script refuses EHLO at {shown(ehlo.place)}. Script in its place:"
        return [heading, *greeting(self._needed())]

    def _to_serve(self) -> List[str]:
        """Return how the answering server offers what was refused."""
        if self._offers_other_mechanisms():
            return ["Let the server offer PLAIN, LOGIN or CRAM-MD5: write serve() without auth=."]
        rules = dict.fromkeys(_RULES[each.extension] for each in self._refusals)
        which = "this rule" if len(rules) == 1 else "these rules"
        return [f"{_TO_OFFER}, give serve() {which}:", f"    {', '.join(rules)}"]

    def _to_script(self, step: Step) -> List[str]:
        """Return how an EHLO of the script offers what was refused."""
        needed = {each.extension for each in self._refusals}
        delivery = step.delivery
        if delivery is None:
            return [in_place_of(step, _TO_OFFER), *greeting(self._needed())]
        if "smtputf8" in needed:
            return in_single_steps({step: greeting(self._needed())}, [self._session], _TO_OFFER)
        changed = delivery._replace(
            starttls=delivery.starttls or "starttls" in needed,
            login=delivery.login or "auth" in needed,
        )
        return [in_place_of(step), f"    {delivery_code(changed)}"]

    def _comes_after_tls(self) -> bool:
        """Return whether the server would have offered what was refused under TLS."""
        server = self._session.server
        if {each.extension for each in self._refusals} != {"auth"}:
            return False
        if server is None:
            ahead = self._session.steps[self._refusals[-1].position :]
            methods = [step.method for step in ahead]
            under_tls = ahead[methods.index("starttls") :] if "starttls" in methods else []
            return any("AUTH" in str(step.returns) for step in under_tls if step.method == "ehlo")
        rules = server.rules
        return rules.require_tls and bool(rules.mechanisms) and not server.is_secure

    def _offers_other_mechanisms(self) -> bool:
        """Return whether a login was refused though the greeting offers AUTH."""
        is_login = self._extension == "auth"
        return is_login and any(each.startswith("AUTH") for each in self._offered())

    def _needed(self) -> List[str]:
        """Return what the greeting must offer: what it offers, and what was refused."""
        needed = dict.fromkeys(OFFERS[each.extension] for each in self._refusals)
        words = {each.split()[0] for each in needed}
        return [each for each in self._offered() if each.split()[0] not in words] + list(needed)

    def _offered(self) -> List[str]:
        step = self._greeting
        reply = None if step is None else step.returns
        if isinstance(reply, list):
            reply = next(iter(reply), None)  # a reply to each line, of which EHLO is one
        text = reply[1] if isinstance(reply, tuple) else b""
        return [line.decode("ascii", "replace") for line in text.split(b"\n")[1:] if line.strip()]
