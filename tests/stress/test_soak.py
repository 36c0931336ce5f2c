"""Many threads share one script: each step is used once, and nothing is lost.

``BIGFOOT_SMTP_SOAK`` in the environment says how many sessions; a sample runs by default.
"""

import collections
import os
import random
import smtplib
import sys
import threading
import time
import unittest

from bigfoot_smtp import SmtpPlugin, StrictVerifier

_SESSIONS = int(os.environ.get("BIGFOOT_SMTP_SOAK", 128))
_THREADS = 64
_SECONDS = 20 + _SESSIONS / 200

OK, NO, BYE = (250, b"OK"), (550, b"no"), (221, b"bye")
A, B = "a@example.com", "b@example.com"

# How a session goes, and what a client tells of it.
KINDS = {
    "sent": [("ehlo", OK), ("sendmail", {}), ("quit", BYE)],
    "refused": [("ehlo", OK), ("sendmail", {B: NO}), ("quit", BYE)],
    "sent after HELO": [("ehlo", (500, b"what?")), ("helo", OK), ("sendmail", {}), ("quit", BYE)],
    "lost": [("ehlo", OK), ("sendmail", smtplib.SMTPServerDisconnected("lost"))],
    "unreachable": [("connect", ConnectionRefusedError("unreachable"))],
}


def script(session, steps):
    """Script a session of a kind, with a step that no client uses."""
    if steps[0][0] != "connect":
        session.expect("connect", returns=None)
    for method, answer in steps:
        if isinstance(answer, Exception):
            session.expect(method, raises=answer)
        else:
            session.expect(method, returns=answer)
    session.expect("noop", returns=OK, required=False)


def send(number):
    """Send a mail with ``number`` in it; return the kind of session it met."""
    try:
        smtp = smtplib.SMTP("mail.example.com")
    except ConnectionRefusedError:
        return "unreachable"
    is_esmtp = smtp.ehlo()[0] == 250
    if not is_esmtp:
        smtp.helo()
    try:
        refused = smtp.sendmail(A, [B], "Subject: %d\r\n\r\n" % number)
    except smtplib.SMTPServerDisconnected:
        return "lost"
    smtp.quit()
    if refused:
        return "refused"
    return "sent" if is_esmtp else "sent after HELO"


def in_threads(work, jobs):
    """Do the jobs in all threads at once; return what they returned."""
    waiting, done, failed = collections.deque(jobs), collections.deque(), []
    at_once = threading.Barrier(_THREADS)

    def run():
        at_once.wait()
        while True:
            try:
                job = waiting.popleft()
            except IndexError:
                return
            try:
                done.append(work(job))
            except BaseException as error:
                failed.append(error)

    threads = [threading.Thread(target=run, daemon=True) for _ in range(_THREADS)]
    for each in threads:
        each.start()
    last = time.monotonic() + _SECONDS
    for each in threads:
        each.join(max(0, last - time.monotonic()))
    if any(each.is_alive() for each in threads):
        raise AssertionError(f"a thread hangs; {len(done)} jobs are done")
    if failed:
        raise failed[0]
    return list(done)


class InThreadsTests(unittest.TestCase):
    def test_an_error_in_a_thread_is_raised(self):
        with self.assertRaisesRegex(ValueError, "base 10: 'x'"):
            in_threads(int, ["1", "x", "2"])


class SoakTests(unittest.TestCase):
    def setUp(self):
        self.addCleanup(sys.setswitchinterval, sys.getswitchinterval())
        sys.setswitchinterval(1e-5)
        self.verifier = StrictVerifier()
        self.plugin = SmtpPlugin(self.verifier)

    def test_sessions_of_many_threads(self):
        kinds = [list(KINDS)[number % len(KINDS)] for number in range(_SESSIONS)]
        random.Random(6).shuffle(kinds)
        handles = [self.plugin.new_session() for _ in kinds]
        for handle, kind in zip(handles, kinds):
            script(handle, KINDS[kind])

        with self.verifier.sandbox():
            met = in_threads(send, range(_SESSIONS))

        self.assertEqual(collections.Counter(met), collections.Counter(kinds))
        for handle in handles:
            *used, left = handle.steps
            self.assertIsNone(left.interaction)
            sequences = [step.interaction.sequence for step in used]
            self.assertEqual(sequences, sorted(set(sequences)))
            self.assertEqual(
                [step.interaction.call.method for step in used], [step.method for step in used]
            )
        steps = [step for handle in handles for step in handle.steps[:-1]]
        self.assertEqual(
            sorted(step.interaction.sequence for step in steps),
            [each.sequence for each in self.verifier.timeline],
        )
        mails = {mail.raw for mail in self.plugin.outbox}
        self.assertEqual(len(mails), len(self.plugin.outbox))
        self.assertEqual(len(mails), sum(kind.startswith("sent") for kind in kinds))

        self._assert_all(random.Random(7))
        self.verifier.verify_all()

    def test_one_object_in_many_threads(self):
        calls = _SESSIONS // 2
        session = self.plugin.new_session().expect("connect", returns=None)
        for number in range(calls):
            session.expect("noop", returns=(250, b"%d" % number))
        with self.verifier.sandbox():
            smtp = smtplib.SMTP("mail.example.com")
            lock = threading.Lock()

            def ask(_):
                with lock:
                    return smtp.noop()

            answers = in_threads(ask, range(calls))

        self.assertEqual(
            sorted(answers, key=lambda reply: int(reply[1])),
            [(250, b"%d" % number) for number in range(calls)],
        )
        with self.plugin.in_any_order():
            for _ in range(calls):
                self.plugin.assert_noop()
        self.plugin.assert_connect(host="mail.example.com", port=25)
        self.verifier.verify_all()

    def _assert_all(self, chance):
        interactions = list(self.verifier.timeline)
        chance.shuffle(interactions)
        with self.plugin.in_any_order():
            for each in interactions:
                values = each.call.values
                if each.call.method == "sendmail":
                    found = self.plugin.assert_sendmail(from_addr=A, to_addrs=B, msg=values["msg"])
                    self.assertEqual(found.call.msg, values["msg"])
                elif each.call.method == "connect":
                    self.plugin.assert_connect(host="mail.example.com", port=25)
                elif each.call.method in ("ehlo", "helo"):
                    getattr(self.plugin, f"assert_{each.call.method}")(name="")
                else:
                    self.plugin.assert_quit()
