"""A person at a terminal: a program in a pseudo-terminal, its screen, and its keys.

The screen understands what terminfo's xterm makes libedit write, and refuses what it doesn't know.
Nothing here sleeps: one waits for what must appear, and a deadline makes waiting in vain a failure.
"""
import codecs
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
import unicodedata

SECONDS_MAX = 120  # for whatever is waited for; only a hanging program needs it
ESCAPE = re.compile(r"\x1b(?:\[([?>]?)([\d;]*)([A-Za-z@])|[=>])")
PARTIAL_ESCAPE = re.compile(r"\x1b(?:\[[?>]?[\d;]*)?\Z")


class Screen:
    """What is seen: lines of characters, the top ones scrolled out of sight included."""

    def __init__(self, columns):
        self.columns = columns
        self.lines = [[]]
        self.row = self.column = 0
        self.rest = ""

    def feed(self, text):
        text = self.rest + text
        self.rest = ""
        while text:
            if text[0] == "\x1b":
                if PARTIAL_ESCAPE.match(text):
                    self.rest = text
                    return
                escape = ESCAPE.match(text)
                if not escape:
                    raise ValueError(f"an escape that no screen test knows: {text[:20]!r}")
                self.obey(escape)
                text = text[escape.end() :]
            else:
                self.put(text[0])
                text = text[1:]

    def put(self, char):
        if char == "\r":
            self.column = 0
        elif char == "\n":
            self.move_down()
        elif char == "\b":
            self.column = max(0, self.column - 1)
        elif char == "\a" or unicodedata.combining(char):
            pass
        elif ord(char) < 0x20 or ord(char) == 0x7F:
            raise ValueError(f"a control character on the screen: {char!r}")
        else:
            self.write(char)

    def write(self, char):
        if self.column >= self.columns:
            self.column = 0
            self.move_down()
        line = self.lines[self.row]
        line.extend(" " * (self.column + 1 - len(line)))
        line[self.column] = char
        self.column += 1

    def move_down(self):
        self.row += 1
        if self.row == len(self.lines):
            self.lines.append([])

    def obey(self, escape):
        private, numbers, letter = escape.groups()
        if letter is None or private or letter in "mhl":
            return  # colours and modes show nothing here
        number = int(numbers.split(";")[0] or 0)
        line = self.lines[self.row]
        self.column = min(self.column, self.columns - 1)
        if letter == "A":
            self.row = max(0, self.row - max(1, number))
        elif letter == "B":
            for _ in range(max(1, number)):
                self.move_down()
        elif letter == "C":
            self.column = min(self.columns - 1, self.column + max(1, number))
        elif letter == "D":
            self.column = max(0, self.column - max(1, number))
        elif letter == "G":
            self.column = max(1, number) - 1
        elif letter == "K" and number == 0:
            del line[self.column :]
        elif letter == "J" and number == 0:
            del line[self.column :]
            del self.lines[self.row + 1 :]
        elif letter == "P":
            del line[self.column : self.column + max(1, number)]
        elif letter == "@":
            line[self.column : self.column] = " " * max(1, number)
        else:
            raise ValueError(f"an escape that no screen test knows: {escape.group()!r}")

    def text(self):
        return "\n".join("".join(line).rstrip() for line in self.lines)


class Terminal:
    """A program on a terminal of its own."""

    def __init__(self, argv, environment, columns=80):
        self.raw = ""
        self.status = None
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.screen = Screen(columns)
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            # The size must be there before the program asks.
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
            os.execve(argv[0], argv, environment)

    def resize(self, columns):
        self.screen.columns = columns
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

    def type(self, keys):
        os.write(self.master, keys if isinstance(keys, bytes) else keys.encode())

    def takes_keys_singly(self):
        return not termios.tcgetattr(self.master)[3] & termios.ICANON

    def shows_keys(self):
        return bool(termios.tcgetattr(self.master)[3] & termios.ECHO)

    def wait(self, until, what):
        """Reads until `until` is true."""
        deadline = time.monotonic() + SECONDS_MAX
        while not until():
            left = deadline - time.monotonic()
            # A short wait each time: what is waited for may be a mode, which no output announces.
            ready = left > 0 and select.select([self.master], [], [], min(left, 0.05))[0]
            if left <= 0 or (ready and not self.take()):
                raise AssertionError(f"no {what} on this screen:\n{self.screen.text()}")

    def take(self):
        """Whether there was anything; False at the end."""
        try:
            got = os.read(self.master, 65536)
        except OSError:  # Linux: the other side is closed
            got = b""
        text = self.decoder.decode(got)
        self.raw += text
        self.screen.feed(text)
        return bool(got)

    def wait_for(self, text):
        self.wait(lambda: text in self.screen.text(), repr(text))

    def end(self):
        """Reads to the end; the exit status, negative for a signal."""
        if self.status is None:
            deadline = time.monotonic() + SECONDS_MAX
            while select.select([self.master], [], [], max(0, deadline - time.monotonic()))[0]:
                if not self.take():
                    break
            else:
                os.kill(self.pid, signal.SIGKILL)
            self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
            os.close(self.master)
        return self.status

    def close(self):
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            self.end()
