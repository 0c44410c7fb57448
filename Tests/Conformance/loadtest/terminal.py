#!/usr/bin/env python3
"""The live view on a real pseudo-terminal, read by a terminal emulator: what is drawn on 80 × 24 and after a resize, and that Ctrl-C ends with a
full report and gives the screen and the cursor back.

    terminal.py [--quick] [--show]
"""

import fcntl
import json
import os
import pty
import select
import struct
import subprocess
import termios
import time

from lab import DelayServer, Drill, Skipped, drills

try:
    import pyte
except ImportError:
    pyte = None

OPENED, CLOSED = b"\x1b[?1049h", b"\x1b[?1049l"


class Terminal:
    """A program on a pseudo-terminal of its own, which sends signals for Ctrl-C as a real one does."""

    def __init__(self, command: list[str], columns: int, rows: int):
        self.master, slave = pty.openpty()
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.bytes = b""
        self.resize(columns, rows)
        environment = os.environ | {"TERM": "xterm-256color"}
        environment.pop("NO_COLOR", None)
        self.process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True, preexec_fn=own_terminal)
        os.close(slave)

    def resize(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.screen.resize(rows, columns)

    def read(self, seconds: float) -> bool:
        """Takes what comes within so long; False when the program has closed its terminal."""
        if not select.select([self.master], [], [], seconds)[0]:
            return True
        try:
            part = os.read(self.master, 65_536)
        except OSError:
            return False
        self.bytes += part
        self.stream.feed(part)
        return bool(part)

    def until(self, condition, seconds: float = 60) -> bool:
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end or not self.read(0.2):
                return condition()
        return True

    def to_end(self, seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.read(0.2):
            pass

    @property
    def lines(self) -> list[str]:
        return [line.rstrip() for line in self.screen.display]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.master)


def own_terminal() -> None:
    """Runs in the child: the terminal is its controlling one, so that Ctrl-C is a signal to it."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def frame(terminal: Terminal) -> str:
    """The screen as a box, for whoever wants to see it."""
    width = terminal.screen.columns
    return "\n".join(["┌" + "─" * width + "┐"] + [f"│{line:<{width}}│" for line in terminal.lines] + ["└" + "─" * width + "┘"])


def promises(terminal: Terminal, columns: int, rows: int) -> list[tuple[bool, str, str]]:
    """What has to be on the screen."""
    size = f"{columns} × {rows}"
    lines = terminal.lines
    made = [(lines[0].startswith("Sakuga load test · http://127.0.0.1") and ("/" in lines[0][-14:] and len(lines[0]) == columns or columns < 60),
             f"{size}: the target and the clock are in the first line", lines[0]),
            ("left" in lines[1] and "%" in lines[1], f"{size}: a bar says how far it is", lines[1].strip("█ ")),
            (any(line.startswith("Step ") for line in lines), f"{size}: and a line which step it is", lines[2])]
    for name in ("last second", "this step", "in all"):
        made.append((any(line.startswith(name) for line in lines), f"{size}: figures of {name}", ""))
    # On a machine that keeps the generator waiting a line says so, as far as it fits.
    made.append((not any("…" in line for line in lines[1:] if not line.startswith("! ")), f"{size}: only an address may be cut", ""))
    if columns >= 68:
        head = next((line for line in lines if "QPS" in line and "P99" in line), "")
        made.append((all(name in head for name in ("mean", "P50", "P95", "errors", "requests")), f"{size}: figures stand under their names", head))
    made.append((any("Ctrl-C" in line for line in lines), f"{size}: how to end it is said", ""))
    made.append(("\x1b" not in terminal.text and "�" not in terminal.text, f"{size}: nothing is left of what steers terminals", ""))
    return made


def drawn(drill: Drill, terminal: Terminal, columns: int, rows: int) -> None:
    # What has been read may be half a frame, or one that was on its way when the size changed.
    terminal.until(lambda: all(holds for holds, *_ in promises(terminal, columns, rows)))
    for promise in promises(terminal, columns, rows):
        drill.check(*promise)


async def live_view(drill: Drill, server: DelayServer) -> None:
    report = drill.folder / "report"
    terminal = Terminal([drill.arguments.sakuga, "loadtest", server.address, "--get", "--steps", "2,4,8", "--step-time", "300s", "--drop", "1s", "--wait", "0.1s",
                         "--slo", "p95=30s,errors=1%", "--report", str(report)], 80, 24)
    try:
        drill.check(terminal.until(lambda: "measuring" in terminal.text and "last second" in terminal.text), "the view is drawn")
        drawn(drill, terminal, 80, 24)
        if drill.arguments.show:
            print(frame(terminal))
        drill.check(terminal.screen.cursor.hidden, "the cursor does not blink in it")
        drill.check(terminal.bytes.count(OPENED) == 1 and CLOSED not in terminal.bytes, "it is on the second screen, which was opened once")
        before = terminal.lines[0]
        drill.check(terminal.until(lambda: terminal.lines[0] != before), "it moves", terminal.lines[0][-12:])
        for columns, rows in ((120, 40), (50, 14)):
            terminal.resize(columns, rows)
            seen = len(terminal.bytes)
            # A whole frame after the next beginning of one: it may have been half way when the size changed.
            drill.check(terminal.until(lambda: terminal.bytes[seen:].count(b"\x1b[H") >= 2), f"a terminal of {columns} × {rows} is drawn anew")
            drawn(drill, terminal, columns, rows)
            if drill.arguments.show:
                print(frame(terminal))
        os.write(terminal.master, b"\x03")
        terminal.to_end()
        code = terminal.process.wait(60)
        drill.check(code == 130, "Ctrl-C ends it", code)
        ending(drill, terminal, report)
    finally:
        terminal.end()


def ending(drill: Drill, terminal: Terminal, report) -> None:
    """The first screen is back, with what is said at the end on it."""
    drill.check(terminal.bytes.count(CLOSED) == 1, "the first screen is back, once")
    live, after = terminal.bytes.split(CLOSED)
    drill.check(live.rindex(b"\x1b[?25h") > live.rindex(b"\x1b[?25l") and not terminal.screen.cursor.hidden, "and the cursor, before it")
    drill.check(b"Stopping" in live.split(b"\x1b[?1049h")[-1] or b"Stopping" in after, "that it stops is said")
    text = after.decode()
    drill.check("\x1b" not in text, "what follows is plain text")
    drill.check("Load test of http://127.0.0.1" in text and "users" in text and "The report is in" in text, "with the table and where the report is")
    if drill.arguments.show:
        print(text)
    summary = json.loads((report / "summary.json").read_text())
    drill.check(len(summary["steps"]) == 1 and summary["steps"][0]["counts"]["succeeded"] > 0, "the report has what was measured", len(summary["steps"]))


async def not_a_terminal(drill: Drill, server: DelayServer) -> None:
    """Where the terminal can't move its cursor, plain lines are printed."""
    os.environ["TERM"] = "dumb"
    done = subprocess.run([drill.arguments.sakuga, "loadtest", server.address, "--get", "--users", "1", "--wait", "0.1s", "--duration", "2s", "--drop", "0s"],
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False)
    drill.check(b"\x1b" not in done.stdout + done.stderr and b"measuring" in done.stdout + done.stderr, "where there is no terminal, lines are printed")


async def body(drill: Drill) -> None:
    if pyte is None:
        raise Skipped("the Python package pyte is not installed: scripts/python-environment does it")
    server = DelayServer()
    try:
        await live_view(drill, server)
        await not_a_terminal(drill, server)
    finally:
        server.stop()


if __name__ == "__main__":
    parser = drills.parser(__doc__)
    parser.add_argument("--show", action="store_true", help="print the screens")
    arguments = parser.parse_args()
    arguments.limit = arguments.limit or 400
    drills.run(body, arguments)
