"""The ``assert_*`` helpers, one for each command."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, Optional, Type

from bigfoot_smtp._commands import commands
from bigfoot_smtp._commands.collections import joined
from bigfoot_smtp._commands.command import UNSET, Command
from bigfoot_smtp._play.mocks import hidden_class
from bigfoot_smtp._report.mismatch import InteractionMismatchError
from bigfoot_smtp._script.session import Interaction
from bigfoot_smtp._script.timeline import Timeline

__tracebackhide__ = True  # pytest shows neither the frames of this file nor their arguments

if TYPE_CHECKING:
    from bigfoot_smtp._commands.expected import (
        Addresses,
        Bool,
        Context,
        Message,
        Options,
        Port,
        Protocol,
        Seconds,
        SourceAddress,
        Str,
    )


class Assertions:
    """Assert the interactions, each by the arguments of its command."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._is_in_order = True
        self._passed = 0

    @contextlib.contextmanager
    def in_any_order(self) -> Iterator[None]:
        """Let each assertion inside take the earliest interaction that matches it."""
        before, self._is_in_order = self._is_in_order, False
        try:
            yield
        finally:
            self._is_in_order = before

    def _claim(self, wanted: Type[Command], **expected: Any) -> Interaction:
        """Find the expected interaction, mark it as asserted, and return it."""
        if self._is_in_order:
            found = self._timeline.next()  # mostly it is this, and a loop takes twice as long
            if (
                found is None
                or found.session.is_served
                or found.call.method != wanted.method
                or not found.call.agrees(expected)
            ):
                found = self._next(wanted, expected)
            self._passed = found.sequence
        else:
            found = self._timeline.find(wanted, expected)
            if found is None:
                left = self._timeline.unasserted
                candidates = [each for each in left if each.call.method == wanted.method]
                raise self._mismatch(wanted, expected, None, candidates)
        found.asserted = True
        return found

    def _next(self, wanted: Type[Command], expected: Dict[str, Any]) -> Interaction:
        """Return the next interaction where it is the expected one.

        It is the next that must be asserted, or an earlier one of the wanted command on a served
        connection, where none must be. What came before the last one that was asserted in order
        is passed over.

        :raises InteractionMismatchError: where it is not the expected one.
        """
        first = None
        for each in self._timeline.unasserted_from(self._passed):
            is_served, is_wanted = each.session.is_served, each.call.method == wanted.method
            if is_served and (first is not None or not is_wanted):
                continue
            if is_wanted and each.call.agrees(expected):
                return each
            first = first or each
            if not is_served:
                break
        error = self._mismatch(wanted, expected, first)
        error.is_of_served = first is None and self._timeline.next() is not None
        raise error

    def _mismatch(
        self,
        wanted: Type[Command],
        expected: Dict[str, Any],
        actual: Optional[Interaction],
        candidates: Optional[List[Interaction]] = None,
    ) -> InteractionMismatchError:
        """Return the error, with what was called: that may be the cause."""
        error = InteractionMismatchError(wanted, expected, actual, candidates)
        error.played = [*self._timeline]
        error.hidden = "" if error.played else hidden_class()
        return error

    def assert_connect(
        self,
        *,
        host: Str,
        port: Port,
        protocol: Protocol = "smtp",
        timeout: Seconds = UNSET,
        local_hostname: Str = UNSET,
        source_address: SourceAddress = UNSET,
        context: Context = UNSET,
        server_hostname: Str = UNSET,
    ) -> Interaction:
        """Assert that a connection was opened (RFC 5321 section 3.1).

        :param host: str, the host that smtplib dials, or the path of a Unix socket.
        :param port: int or str, the port that smtplib dials.
        :param protocol: ``"smtp"``, ``"smtps"`` (SMTP_SSL) or ``"lmtp"``.
        :param float timeout: seconds; it and what follows are compared only if given.
        :param local_hostname: str, as given to the constructor.
        :param source_address: ``(host, port)``.
        :param context: the ``ssl.SSLContext`` of SMTP_SSL.
        :param server_hostname: str, the name that SMTP_SSL would verify.
        :raises InteractionMismatchError: if the interaction is a different one.
        """
        return self._claim(
            commands.Connect,
            host=host,
            port=port,
            protocol=protocol,
            timeout=timeout,
            local_hostname=local_hostname,
            source_address=source_address,
            context=context,
            server_hostname=server_hostname,
        )

    def assert_ehlo(self, *, name: Str) -> Interaction:
        """Assert that EHLO was sent (RFC 5321 section 4.1.1.1).

        :param name: str, as the client gave it; ``""`` for its own name.
        :raises InteractionMismatchError: if the interaction is a different one.
        """
        return self._claim(commands.Ehlo, name=name)

    def assert_helo(self, *, name: Str) -> Interaction:
        """Assert that HELO was sent (RFC 5321 section 4.1.1.1).

        :param name: str, as the client gave it; ``""`` for its own name.
        :raises InteractionMismatchError: if the interaction is a different one.
        """
        return self._claim(commands.Helo, name=name)

    def assert_starttls(
        self, *, context: Context = UNSET, server_hostname: Str = UNSET
    ) -> Interaction:
        """Assert that STARTTLS was sent (RFC 3207).

        :param context: the ``ssl.SSLContext``; it and what follows are compared only if given.
        :param server_hostname: str, the name that the certificate would be verified for.
        :raises InteractionMismatchError: if the interaction is a different one.
        """
        return self._claim(commands.Starttls, context=context, server_hostname=server_hostname)

    def assert_login(
        self,
        *,
        user: Str,
        password: Str,
        initial_response_ok: Bool = UNSET,
        mechanism: Str = UNSET,
    ) -> Interaction:
        """Assert that ``SMTP.login`` was called (RFC 4954).

        :param user: str.
        :param password: str, never shown.
        :param initial_response_ok: bool; it and what follows are compared only if given.
        :param mechanism: str, the last mechanism that was tried, such as ``"PLAIN"``.
        :raises InteractionMismatchError: if the interaction is a different one.
        """
        return self._claim(
            commands.Login,
            user=user,
            password=password,
            initial_response_ok=initial_response_ok,
            mechanism=mechanism,
        )

    def assert_auth(self, *, mechanism: Str) -> Interaction:
        """Assert that ``SMTP.auth`` was called (RFC 4954).

        :param mechanism: str, such as ``"PLAIN"``.
        :raises InteractionMismatchError: if the interaction is a different one.
        """
        return self._claim(commands.Auth, mechanism=mechanism)

    def assert_sendmail(
        self,
        *,
        from_addr: Str,
        to_addrs: Addresses,
        msg: Message,
        mail_options: Options = (),
        rcpt_options: Options = (),
    ) -> Interaction:
        """Assert that ``SMTP.sendmail`` was called.

        :param from_addr: str.
        :param to_addrs: str or collection of str; the order counts unless it is a set.
        :param msg: str, bytes, a message object or a ``MessageWith``.
        :param mail_options: sequence of str.
        :param rcpt_options: sequence of str.
        :raises InteractionMismatchError: if the interaction is a different one.
        :raises ValueError: for several addresses in one str.
        """
        _check(to_addrs)
        return self._claim(
            commands.Sendmail,
            from_addr=from_addr,
            to_addrs=to_addrs,
            msg=msg,
            mail_options=mail_options,
            rcpt_options=rcpt_options,
        )

    def assert_send_message(
        self,
        *,
        msg: Message,
        from_addr: Str = None,
        to_addrs: Addresses = None,
        mail_options: Options = (),
        rcpt_options: Options = (),
    ) -> Interaction:
        """Assert that ``SMTP.send_message`` was called.

        :param msg: a message object or a ``MessageWith``.
        :param from_addr: str, if the client gave it.
        :param to_addrs: str or collection of str, if the client gave it.
        :param mail_options: sequence of str.
        :param rcpt_options: sequence of str.
        :raises InteractionMismatchError: if the interaction is a different one.
        :raises ValueError: for several addresses in one str.
        """
        _check(to_addrs)
        return self._claim(
            commands.SendMessage,
            msg=msg,
            from_addr=from_addr,
            to_addrs=to_addrs,
            mail_options=mail_options,
            rcpt_options=rcpt_options,
        )

    def assert_mail(self, *, sender: Str, options: Options = ()) -> Interaction:
        """Assert that MAIL was sent (RFC 5321 section 4.1.1.2).

        :param sender: str.
        :param options: sequence of str.
        :raises InteractionMismatchError: if the interaction is a different one.
        """
        return self._claim(commands.Mail, sender=sender, options=options)

    def assert_rcpt(self, *, recip: Str, options: Options = ()) -> Interaction:
        """Assert that RCPT was sent (RFC 5321 section 4.1.1.3).

        :param recip: str.
        :param options: sequence of str.
        :raises InteractionMismatchError: if the interaction is a different one.
        """
        return self._claim(commands.Rcpt, recip=recip, options=options)

    def assert_data(self, *, msg: Message) -> Interaction:
        """Assert that DATA and the text were sent (RFC 5321 section 4.1.1.4).

        :param msg: str, bytes, a message object or a ``MessageWith``.
        :raises InteractionMismatchError: if the interaction is a different one.
        """
        return self._claim(commands.Data, msg=msg)

    def assert_rset(self) -> Interaction:
        """Assert that RSET was sent (RFC 5321 section 4.1.1.5).

        :raises InteractionMismatchError: if the interaction is a different one.
        """
        return self._claim(commands.Rset)

    def assert_vrfy(self, *, address: Str) -> Interaction:
        """Assert that VRFY was sent (RFC 5321 section 4.1.1.6).

        :param address: str.
        :raises InteractionMismatchError: if the interaction is a different one.
        """
        return self._claim(commands.Vrfy, address=address)

    def assert_expn(self, *, address: Str) -> Interaction:
        """Assert that EXPN was sent (RFC 5321 section 4.1.1.7).

        :param address: str.
        :raises InteractionMismatchError: if the interaction is a different one.
        """
        return self._claim(commands.Expn, address=address)

    def assert_help(self, *, args: Str = "") -> Interaction:
        """Assert that HELP was sent (RFC 5321 section 4.1.1.8).

        :param args: str, the topic.
        :raises InteractionMismatchError: if the interaction is a different one.
        """
        return self._claim(commands.Help, args=args)

    def assert_noop(self) -> Interaction:
        """Assert that NOOP was sent (RFC 5321 section 4.1.1.9).

        :raises InteractionMismatchError: if the interaction is a different one.
        """
        return self._claim(commands.Noop)

    def assert_quit(self) -> Interaction:
        """Assert that QUIT was sent (RFC 5321 section 4.1.1.10).

        :raises InteractionMismatchError: if the interaction is a different one.
        """
        return self._claim(commands.Quit)

    def assert_docmd(self, *, cmd: Str, args: Str = "") -> Interaction:
        """Assert that a command was sent by ``docmd``, ``putcmd`` or ``send``.

        :param cmd: str, the command.
        :param args: str.
        :raises InteractionMismatchError: if the interaction is a different one.
        """
        return self._claim(commands.Docmd, cmd=cmd, args=args)


def _check(to_addrs: Any) -> None:
    """Refuse recipients that smtplib sends no mail to, however right the test finds them."""
    address = joined(to_addrs)
    if address is not None:
        raise ValueError(
            f"smtplib takes {address!r} for one recipient:"
            " write a list of addresses, here and in the code"
        )
