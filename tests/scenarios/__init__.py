"""The scenarios that the real ``smtplib`` and the fake both run, by topic."""

from tests.scenarios import broken, commands, connecting, login, mail, messages, overrides, tls

SCENARIOS = (
    *connecting.SCENARIOS,
    *commands.SCENARIOS,
    *mail.SCENARIOS,
    *messages.SCENARIOS,
    *login.SCENARIOS,
    *tls.SCENARIOS,
    *overrides.SCENARIOS,
    *broken.SCENARIOS,
)
