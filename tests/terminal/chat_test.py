#!/usr/bin/env python3
"""The chat of `tegula run` as a person sees it.

TEGULA_BIN is the folder of the programs. Most tests talk to the fake engine in TEGULA_FAKE_ENGINE,
which answers "hi" at once or misbehaves as the model's name asks; those of AnswersOfAModel have the
real engine and the starter model, and are skipped without them.
"""
import json
import os
import pathlib
import shutil
import stat
import subprocess
import tempfile
import unittest

from screen import Terminal

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("TEGULA_BIN", SOURCE / "build/release/bin"))
FAKE_ENGINE = os.environ.get("TEGULA_FAKE_ENGINE", str(BIN / "fake_engine"))
CTRL_C, CTRL_D, UP = "\x03", "\x04", "\x1b[A"
GREETING = "{}, context 4096 tokens; /help lists the commands, /bye leaves"


class Chats(unittest.TestCase):
    """A home with the starter model under the names that the fake engine knows."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.home = pathlib.Path(cls.folder.name)
        cls.environment = {
            "HOME": str(cls.home),
            "TEGULA_HOME": str(cls.home / "tegula"),
            "PATH": "/usr/bin:/bin",
            "TERM": "xterm",
            "LANG": "C.UTF-8",
            "TEGULA_ENGINE": FAKE_ENGINE,
            **{name: text for name, text in os.environ.items() if name.endswith("SAN_OPTIONS")},
        }
        model = cls.home / "m.gguf"
        model.write_bytes((SOURCE / "models/starter/starter-q8_0.gguf").read_bytes())
        cls.tegula("build", "-t", "answers", str(model))
        for name in ("stalls", "dies_in_answer", "escapes", "thinks", "never_ready"):
            cls.tegula("cp", "answers", name)

    @classmethod
    def tegula(cls, *words):
        done = subprocess.run(
            [str(BIN / "tegula"), *words],
            env=cls.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    def chat(self, *words, columns=80, **environment):
        terminal = Terminal(
            [str(BIN / "tegula"), "run", *words], {**self.environment, **environment}, columns
        )
        self.addCleanup(terminal.close)
        return terminal

    def prompted(self, terminal, prompt=">>>"):
        """Waits until the program asks for a line."""

        def asks():
            return (
                terminal.screen.text().rsplit("\n", 1)[-1].startswith(prompt)
                and terminal.takes_keys_singly()
            )

        terminal.wait(asks, f"prompt {prompt}")
        return terminal

    def answered(self, terminal, keys, prompt=">>>"):
        """Types, and waits for the next prompt; what came in between."""
        before = len(terminal.screen.text().rsplit("\n", 1)[0])
        terminal.type(keys + "\r")
        lines = keys.count("\r") + 1
        seen = len(terminal.screen.lines)

        def done():
            rows = terminal.screen.text().split("\n")
            return (
                len(rows) >= seen + lines and rows[-1] == prompt and terminal.takes_keys_singly()
            )

        terminal.wait(done, "next prompt")
        return terminal.screen.text()[before:].rsplit("\n", 1)[0].strip("\n")

    def assert_screen(self, terminal, *lines):
        self.assertEqual(terminal.screen.text().split("\n"), list(lines))


class Talk(Chats):
    def test_greets_answers_and_ends_with_ctrl_d(self):
        chat = self.prompted(self.chat("answers"))
        self.answered(chat, "hello")
        self.assert_screen(chat, GREETING.format("answers"), ">>> hello", "hi", "", ">>>")
        chat.type(CTRL_D)
        self.assertEqual(chat.end(), 0)

    def test_bye_leaves(self):
        for word in ("/bye", "/exit", "/quit"):
            chat = self.prompted(self.chat("answers"))
            chat.type(word + "\r")
            self.assertEqual(chat.end(), 0)

    def test_takes_several_lines_in_quotes(self):
        chat = self.prompted(self.chat("answers"))
        chat.type('"""one\r')
        self.prompted(chat, "...")
        self.answered(chat, 'two"""')
        self.assertIn('>>> """one\n... two"""\nhi\n', chat.screen.text())
        self.assertIn("user: one\ntwo\nassistant: hi", self.answered(chat, "/show messages"))

    def test_takes_several_lines_by_backslash(self):
        chat = self.prompted(self.chat("answers"))
        chat.type("one\\\r")
        self.prompted(chat, "...")
        self.answered(chat, "two")
        self.assertIn("user: one\ntwo\nassistant: hi", self.answered(chat, "/show messages"))

    def test_takes_a_paste_as_one_question(self):
        chat = self.prompted(self.chat("answers"))
        chat.type("\x1b[200~/bye\rtwo\r\x1b[201~")
        chat.wait_for("two")
        self.answered(chat, "!")
        self.assertIn("user: /bye\ntwo!\nassistant: hi", self.answered(chat, "/show messages"))

    def test_asks_what_is_quoted_even_if_it_looks_like_a_command(self):
        chat = self.prompted(self.chat("answers"))
        self.assertIn("hi", self.answered(chat, '"""/bye"""'))
        self.assertIn("hi", self.answered(chat, "/etc/hosts: what is it?"))

    def test_thinking_is_told_apart(self):
        chat = self.prompted(self.chat("thinks", NO_COLOR="1"))
        self.answered(chat, "hello")
        self.assertIn("(thinking)\nhm\n(answer)\nhi\n", chat.screen.text())

    def test_the_model_does_not_command_the_terminal(self):
        chat = self.prompted(self.chat("escapes"))
        self.answered(chat, "hello")
        self.assertIn("\n<U+001B>[2Jhi<U+0007>\n", chat.screen.text())
        self.assertNotIn("\x1b[2J", chat.raw)


class History(Chats):
    def test_arrow_up_recalls_also_in_the_next_session(self):
        chat = self.prompted(self.chat("answers"))
        self.answered(chat, "first")
        self.answered(chat, "second")
        chat.type(UP + UP)
        chat.wait(lambda: chat.screen.text().endswith("\n>>> first"), "recalled line")
        chat.type(CTRL_C)
        self.prompted(chat)
        chat.type(CTRL_D)
        self.assertEqual(chat.end(), 0)
        file = self.home / "tegula/state/chat_history"
        self.assertEqual(file.read_text(), "first\nsecond\n")
        self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600)

        again = self.prompted(self.chat("answers"))
        again.type(UP)
        again.wait(lambda: again.screen.text().endswith("\n>>> second"), "line of the last session")

        file.unlink()
        self.tegula("config", "set", "chat.history", "false")
        quiet = self.prompted(self.chat("answers"))
        self.answered(quiet, "secret")
        quiet.type(CTRL_D)
        self.assertEqual(quiet.end(), 0)
        self.assertFalse(file.exists())


class Commands(Chats):
    def test_help_fits_eighty_columns(self):
        chat = self.prompted(self.chat("answers"))
        said = self.answered(chat, "/help")
        words = ("/set parameter", "/show WHAT", "/save NAME", "/clear", "/bye", '"""', "Ctrl-C")
        for word in words:
            self.assertIn(word, said)
        self.assertLess(max(map(len, said.split("\n"))), 80)

    def test_mistakes_are_answered_with_help(self):
        chat = self.prompted(self.chat("answers"))
        cases = {
            "/hlep": ('unknown command "/hlep"', "did you mean /help?"),
            "/xyzzy": ('unknown command "/xyzzy"', "/help lists them"),
            "/set": ("/set needs to know what", "/set parameter NAME VALUE"),
            "/set sistem x": ('there is no setting "sistem"', "did you mean system?"),
            "/set parameter temprature 1": ("temprature", "did you mean temperature?"),
            "/set parameter temperature hot": ("expected a number", "likeliest"),
            "/set parameter num_ctx 9": ("cannot change while running", "--set num_ctx=9 answers"),
            "/set parameter use_mmap 0": ("cannot change while running", "--set use_mmap=0"),
            "/show licence": ('there is no "licence"', "did you mean license?"),
            "/save": ("/save needs a name", "such as /save mine"),
        }
        for typed, (error, hint) in cases.items():
            said = self.answered(chat, typed).replace("\n", "")
            self.assertIn("tegula: error: ", said)
            self.assertIn(error, said)
            self.assertIn("tegula: hint: ", said)
            self.assertIn(hint, said)

    def test_settings_change_and_are_shown(self):
        chat = self.prompted(self.chat("answers"))
        self.assertIn("temperature is 0.25", self.answered(chat, "/set parameter temperature 0.25"))
        self.assertIn("temperature  0.25", self.answered(chat, "/show parameters"))
        self.answered(chat, "hello")
        self.assertIn("starts anew", self.answered(chat, "/set system Be brief."))
        self.assertIn("\nBe brief.\n", self.answered(chat, "/show system") + "\n")
        self.assertIn("(none)", self.answered(chat, "/show messages"))
        self.answered(chat, "/set verbose")
        self.assertRegex(self.answered(chat, "hello"), r"1 prompt tokens, 1 answer tokens")
        self.answered(chat, "/set quiet")
        self.assertNotRegex(self.answered(chat, "hello"), r"answer tokens")
        self.assertIn("architecture", self.answered(chat, "/show"))

    def test_a_conversation_is_saved_and_forgotten(self):
        chat = self.prompted(self.chat("answers"))
        self.answered(chat, "remember me")
        self.assertIn('saved "mine" (sha256:', self.answered(chat, "/save mine"))
        self.assertIn("forgotten", self.answered(chat, "/clear"))
        self.assertIn("(none)", self.answered(chat, "/show messages"))
        names = [model["name"] for model in json.loads(self.tegula("list", "--json"))["models"]]
        self.assertIn("mine:latest", names)
        mine = self.prompted(self.chat("mine"))
        said = self.answered(mine, "/show messages")
        self.assertIn("user: remember me\nassistant: hi", said)


class Interruptions(Chats):
    def test_ctrl_c_stops_the_answer_and_not_the_program(self):
        chat = self.prompted(self.chat("stalls"))
        chat.type("hello\r")
        chat.wait_for("\nhi")
        chat.type(CTRL_C)
        self.prompted(chat)
        greeting = GREETING.format("stalls")
        self.assert_screen(chat, greeting, ">>> hello", "hi", "(stopped)", "", ">>>")
        chat.type(CTRL_D)
        self.assertEqual(chat.end(), 0)
        self.assertIn("\x1b[?2004l", chat.raw.rsplit("\x1b[?2004h", 1)[-1])

    def test_keys_typed_during_an_answer_do_not_show(self):
        chat = self.prompted(self.chat("stalls"))
        chat.type("hello\r")
        chat.wait_for("\nhi")
        self.assertFalse(chat.shows_keys())
        chat.type("zzz" + CTRL_C)
        self.prompted(chat)
        self.assertNotIn("zzz", chat.screen.text())

    def test_ctrl_c_at_the_prompt_gives_up_the_line(self):
        chat = self.prompted(self.chat("answers"))
        chat.type(CTRL_C)
        chat.wait_for("(/bye or Ctrl-D leaves)\n>>>")
        self.prompted(chat)
        chat.type("half a question" + CTRL_C)
        chat.wait_for(">>> half a question^C\n")
        self.prompted(chat)
        chat.type('"""open\r')
        self.prompted(chat, "...")
        chat.type(CTRL_C)
        self.prompted(chat)
        self.answered(chat, "whole")
        self.assertEqual(
            self.answered(chat, "/show messages").split("\n")[-2:], ["user: whole", "assistant: hi"]
        )

    def test_ctrl_c_ends_the_start(self):
        chat = self.chat("never_ready")
        chat.wait_for("loading never_ready ...")
        chat.type(CTRL_C)
        self.assertEqual(chat.end(), 130)
        self.assertNotIn("loading", chat.screen.text())
        self.assertTrue("error" not in chat.screen.text() or "stopped" in chat.screen.text())

    def test_a_dead_engine_is_told_and_the_conversation_can_be_saved(self):
        chat = self.prompted(self.chat("dies_in_answer"))
        said = self.answered(chat, "hello")
        self.assertIn("hi\ntegula: error: the engine was killed by signal SIGABRT", said)
        self.assertIn("tegula: error: ", self.answered(chat, "again"))
        self.assertIn('saved "rest"', self.answered(chat, "/save rest"))
        chat.type(CTRL_D)
        self.assertEqual(chat.end(), 0)


class Terminals(Chats):
    def test_a_narrow_and_a_resized_one(self):
        chat = self.prompted(self.chat("answers", columns=60))
        chat.resize(30)
        self.answered(chat, "x" * 40)
        rows = chat.screen.text().split("\n")
        self.assertEqual(rows[-5:], [">>> " + "x" * 26, "x" * 14, "hi", "", ">>>"])
        chat.resize(80)
        self.answered(chat, "y" * 40)
        self.assertEqual(chat.screen.text().split("\n")[-4:], [">>> " + "y" * 40, "hi", "", ">>>"])

    def test_colour_only_where_it_is_wanted(self):
        colour = self.prompted(self.chat("answers"))
        self.answered(colour, "hello")
        self.assertIn("\x1b[2m", colour.raw)
        plain = self.prompted(self.chat("answers", NO_COLOR="1"))
        self.answered(plain, "/hlep")
        self.answered(plain, "hello")
        self.assertNotRegex(plain.raw, r"\x1b\[[\d;]*m")

    def test_a_dumb_one_gets_no_escapes(self):
        for term in ("dumb", ""):
            chat = self.chat("answers", TERM=term)
            chat.wait_for("\n>>>")
            chat.type("hello\n")
            chat.wait_for("\nhi\n\n>>>")
            chat.type("/hlep\n")
            chat.wait_for("did you mean /help?")
            chat.type(CTRL_D)
            self.assertEqual(chat.end(), 0)
            self.assertNotIn("\x1b", chat.raw)

    def test_one_whose_locale_is_not_utf8(self):
        for locale in ("C", "POSIX", "de_DE.ISO-8859-1"):
            chat = self.prompted(self.chat("answers", LANG=locale, LC_ALL=locale))
            self.answered(chat, "gr\u00fc\u00df \U0001F44B")
            said = self.answered(chat, "/show messages")
            self.assertIn("user: gr\u00fc\u00df \U0001F44B\n", said)

    def test_bytes_that_are_no_utf8_are_refused_and_not_fatal(self):
        chat = self.chat("answers", TERM="dumb")
        chat.wait_for("\n>>>")
        chat.type(b"caf\xe9\n")
        chat.wait_for("tegula: error: ")
        chat.wait_for("UTF-8\n>>>")
        chat.type("hello\n")
        chat.wait_for("\nhi\n")


@unittest.skipUnless((BIN / "tegula-engine").exists(), "no engine in this build")
class AnswersOfAModel(Chats):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        del cls.environment["TEGULA_ENGINE"]
        folder = cls.home / "starter"
        folder.mkdir()
        for file in (SOURCE / "models/starter").iterdir():
            if file.is_file():
                (folder / file.name).write_bytes(file.read_bytes())
        cls.tegula("build", "-t", "starter", str(folder))

    def starter(self, **how):
        # One thread: several that wait for each other are slow on a busy machine.
        return self.chat("starter", "--temperature", "0", "--set", "num_thread=1", **how)

    def test_the_starter_introduces_itself_once_and_answers(self):
        shutil.rmtree(self.home / "tegula/state/introduced", ignore_errors=True)
        chat = self.prompted(self.starter())
        self.answered(chat, "What is 23 + 45?")
        rows = chat.screen.text().split("\n")
        self.assertTrue(rows[0].startswith("starter: a tiny demonstration model"), rows[0])
        self.assertIn("starter, context 512 tokens; /help lists the commands, /bye leaves", rows)
        self.assertLessEqual(max(map(len, rows)), 80)
        self.assertRegex(chat.screen.text(), r"\n>>> What is 23 \+ 45\?\n.*68.*\n\n>>>$")
        self.assertIn("...", chat.raw)  # until the first token
        chat.type(CTRL_D)
        self.assertEqual(chat.end(), 0)
        again = self.prompted(self.starter())
        self.assertNotIn("demonstration", again.screen.text())

    def test_the_conversation_is_remembered_and_forgotten(self):
        chat = self.prompted(self.starter())
        first = self.answered(chat, "What is 12 + 13?")
        self.answered(chat, "/clear")
        self.assertEqual(self.answered(chat, "What is 12 + 13?"), first)

    def test_a_question_that_does_not_fit_is_refused_and_taken_back(self):
        chat = self.starter(columns=200, TERM="dumb")
        chat.wait_for("\n>>>")
        chat.type("word " * 700 + "\n")
        chat.wait_for("the prompt is too long")
        chat.wait_for("context holds 512")
        chat.type("What is 23 + 45?\n")
        chat.wait_for("68")


if __name__ == "__main__":
    unittest.main(verbosity=2)
