"""The commands of no transaction, and wrong calls."""

from tests.scenarios.notation import (
    MAIL,
    NO,
    PORT,
    SHUTDOWN,
    TEXT,
    UMLAUT,
    UNOPENED,
    A,
    do,
    dropped,
    greeted,
    on,
    scenario,
)
from tests.support.loopback import HOST

GETREPLY = on(do.getreply())
DEBUG = on(do.set_debuglevel(1))

SCENARIOS = [
    scenario("noop", do.noop(), on(do.noop(), noop=NO), on(do.noop(), noop=SHUTDOWN)),
    scenario("noop dropped", on(do.noop(), noop=dropped()), on(do.noop())),
    scenario("rset", do.rset(), on(do.rset(), rset=NO)),
    scenario("rset dropped", on(do.rset(), rset=dropped())),
    scenario("vrfy", do.vrfy("a b <a@example.com>"), do.vrfy(address="a"), on(do.vrfy(A), vrfy=NO)),
    scenario("vrfy dropped", on(do.vrfy(A), vrfy=dropped())),
    scenario("verify", do.verify(A), on(do.verify("a"), verify=NO)),
    scenario("expn", do.expn("staff"), on(do.expn("staff"), expn=NO)),
    scenario("expn dropped", on(do.expn("staff"), expn=dropped())),
    scenario("help", do.help(), do.help("noop"), do.help(args="rcpt"), on(do.help(), help=b"")),
    scenario("help dropped", on(do.help(), help=dropped())),
    scenario(
        "docmd", do.docmd("XYZ"), do.docmd("XYZ", "1 2"), on(do.docmd("X"), docmd=(299, b"a\nb"))
    ),
    scenario("docmd dropped", on(do.docmd("XYZ"), docmd=dropped())),
    scenario("putcmd", do.putcmd("XYZ", "1"), GETREPLY, do.noop()),
    scenario("putcmd, read late", do.putcmd("X"), on(do.noop(), noop=NO), GETREPLY),
    scenario("putcmd dropped", on(do.putcmd("XYZ"), docmd=dropped()), GETREPLY, on(do.noop())),
    scenario("send", do.send("XYZ 1\r\n"), GETREPLY, do.send(b"ABC\r\n"), GETREPLY),
    scenario("nothing sent", on(do.send("")), do.noop(), on(do.send(b"")), do.rset()),
    scenario("not connected", UNOPENED, on(do.putcmd("XYZ")), on(do.send("XYZ")), GETREPLY),
    scenario("a line end", on(do.docmd("A\r\nB")), on(do.ehlo("x\ny")), on(do.putcmd("A", "\r"))),
    scenario(
        "not ASCII", on(do.docmd("\u00fc")), on(do.vrfy(UMLAUT)), on(do.send("\u00fc")), do.noop()
    ),
    scenario("set_debuglevel(0)", on(do.set_debuglevel(0)), do.noop()),
    scenario(
        "debugging", DEBUG, greeted("SIZE", "8BITMIME"), MAIL, on(do.noop(), noop=NO), do.quit()
    ),
    scenario("debugging, connect", UNOPENED, DEBUG, do.connect(HOST, PORT), on(do.connect("h:x"))),
    scenario("debugging, data", DEBUG, do.data(TEXT), do.help(), on(do.ehlo(), ehlo=dropped())),
    scenario("too few arguments", on(do.sendmail(A)), on(do.login("u")), on(do.mail())),
    scenario("too many arguments", on(do.noop(1)), on(do.quit(1)), on(do.ehlo(1, 2))),
    scenario("unknown arguments", on(do.sendmail(A, A, TEXT, x=1)), on(do.starttls(x=1))),
    scenario("an argument twice", on(do.sendmail(A, A, TEXT, msg=1)), on(do.ehlo("x", name="y"))),
]
