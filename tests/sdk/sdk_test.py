#!/usr/bin/env python3
"""The SDK as installed: its examples are built against the copy, by CMake and by pkg-config, and
run; the library shows what its header promises and nothing else."""
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["TEGULA_SOURCE_DIR"])
BUILD = pathlib.Path(os.environ["TEGULA_BUILD"])
COMPILER = {"c": os.environ.get("CC", "cc"), "cc": os.environ.get("CXX", "c++")}


def run(*command, **options):
    result = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, timeout=300, **options
    )
    if result.returncode != 0:
        raise AssertionError(f"{command}\n{result.stdout}{result.stderr}")
    return result.stdout


def install(prefix):
    """As documented; that writes its list of files into the build, which may not be ours."""
    if os.access(BUILD, os.W_OK):
        run("cmake", "--install", BUILD, "--prefix", prefix)
    else:
        script = BUILD / "packaging" / "cmake_install.cmake"
        run("cmake", f"-DCMAKE_INSTALL_PREFIX={prefix}", "-P", script)


class InstalledSdk(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="tegula-sdk.")
        top = pathlib.Path(cls.folder.name)
        install(top / "installed")
        # What works from here works from anywhere.
        cls.prefix = top / "moved"
        (top / "installed").rename(cls.prefix)
        cls.top = top
        (cls.library,) = cls.prefix.glob("lib*/**/libtegula.so.0")
        cls.environment = dict(
            os.environ,
            TEGULA_HOME=str(top / "home"),
            LD_LIBRARY_PATH=str(cls.library.parent),
            PKG_CONFIG_PATH=str(cls.library.parent / "pkgconfig"),
        )
        cls.environment.pop("TEGULA_ENGINE", None)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def build_example(self, name):
        out = self.top / name
        run(
            "cmake", "-S", SOURCE / "examples" / name, "-B", out, "-G", "Ninja",
            f"-DCMAKE_PREFIX_PATH={self.prefix}", f"-DCMAKE_C_COMPILER={COMPILER['c']}",
            f"-DCMAKE_CXX_COMPILER={COMPILER['cc']}",
        )  # fmt: skip
        run("cmake", "--build", out)
        return out

    def test_c_example_builds_a_model_and_asks_it(self):
        program = self.build_example("embed_sdk_c") / "ask"
        starter = SOURCE / "models" / "starter"
        before = (starter / "Modelfile.lock").read_bytes()
        answer = run(program, starter, "What is 23 + 45?", env=self.environment)
        self.assertTrue(answer.endswith("= 68.\n"), answer)
        self.assertEqual((starter / "Modelfile.lock").read_bytes(), before)

    def test_c_example_says_what_is_wrong(self):
        program = self.build_example("embed_sdk_c") / "ask"
        result = subprocess.run(
            [program, self.top / "nothing", "?"],
            env=self.environment, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        self.assertEqual(result.returncode, 1)
        self.assertIn("ask: not_found: there is no", result.stderr)
        self.assertIn("hint: give a folder", result.stderr)

    def test_cpp_example_inspects_and_finds_a_flipped_bit(self):
        program = self.build_example("embed_sdk_cpp") / "inspect"
        home = self.top / "other-home"
        environment = dict(self.environment, TEGULA_HOME=str(home))
        tegula = self.prefix / "bin" / "tegula"
        run(tegula, "build", "-t", "starter", SOURCE / "models" / "starter", env=environment)
        self.assertIn("every byte is as it was made", run(program, env=environment))
        weights = max((home / "store" / "blobs").rglob("*"), key=lambda path: path.stat().st_size)
        data = bytearray(weights.read_bytes())
        data[len(data) // 2] ^= 1
        weights.unlink()
        weights.write_bytes(data)
        result = subprocess.run(
            [program, "starter"], env=environment, capture_output=True, text=True, timeout=60
        )
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stderr, r"corrupt: layer \"starter-q8_0\.gguf\": piece \d+")

    def program(self, name):
        """A C++ program of this folder, built against the copy."""
        program = self.top / name
        if not program.exists():
            flags = run("pkg-config", "--cflags", "--libs", "tegula", env=self.environment).split()
            run(COMPILER["cc"], "-std=c++23", "-Wall", "-Wextra", "-Wpedantic", "-Werror",
                os.environ[f"TEGULA_SDK_{name.upper()}"], *flags, "-o", program)  # fmt: skip
        return program

    def starter_in(self, name):
        """The environment of a home that has the starter model."""
        home = self.top / name
        environment = dict(self.environment, TEGULA_HOME=str(home))
        if not home.exists():
            tegula = self.prefix / "bin" / "tegula"
            run(tegula, "build", "-t", "starter", SOURCE / "models" / "starter", env=environment)
        return environment

    def where(self, *places):
        """Runs where.cc, in an environment that would have llama-server ask for a key."""
        return subprocess.run(
            [self.program("where"), "starter", "What is 23 + 45?", *places],
            env=dict(self.starter_in("where-home"), LLAMA_API_KEY="not-ours"),
            capture_output=True, text=True, timeout=300,
        )  # fmt: skip

    def test_a_layers_bytes_are_read(self):
        program, environment = self.program("extract"), self.starter_in("extract-home")
        layer = "starter-q8_0.gguf"
        result = subprocess.run(
            [program, "starter", layer], env=environment, capture_output=True, timeout=60
        )
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stdout, (SOURCE / "models" / "starter" / layer).read_bytes())
        result = subprocess.run(
            [program, "starter", "nothing"], env=environment, capture_output=True, timeout=60
        )
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"invalid_argument: there are", result.stderr)

    def test_an_engine_in_this_process_says_what_another_says(self):
        result = self.where("process", "library", "library", "process")
        self.assertEqual(result.returncode, 0, result.stderr)
        answers = result.stdout.split("\n\n")[:-1]
        self.assertEqual(len(answers), 4)
        self.assertEqual(set(answers), {answers[0]})
        self.assertIn("68", answers[0].replace("\n", ""))
        barriers = [line.split(" ", 2) for line in result.stderr.splitlines()]
        inside = [detail for _, _, detail in barriers if detail.startswith("in process")]
        self.assertEqual(len(inside), len(barriers) // 2)
        for name, enforced, detail in barriers:
            self.assertEqual(enforced == "0", detail.startswith("in process"), name)
        self.assertEqual(list((self.top / "where-home").rglob("engine-*")), [])

    def test_an_engine_in_this_process_needs_its_library(self):
        (library,) = self.prefix.glob("lib*/**/libtegula-engine.so")
        self.assertEqual(library.parent, self.library.parent / "tegula")
        away = library.with_suffix(".away")
        library.rename(away)
        try:
            result = self.where("library")
        finally:
            away.rename(library)
        self.assertEqual(result.returncode, 1)
        self.assertIn("not_found: the engine's library", result.stderr)
        self.assertIn("hint: install it", result.stderr)

    def test_the_engines_library_shows_one_function(self):
        (library,) = self.prefix.glob("lib*/**/libtegula-engine.so")
        lines = run("nm", "-D", "--defined-only", library).splitlines()
        shown = {line.split()[-1].split("@")[0] for line in lines} - {"TEGULA_ENGINE"}
        self.assertEqual(shown, {"tegula_engine_serve"})
        taken = run("nm", "-D", "--undefined-only", library).split()
        process_wide = {"signal", "sigaction", "setenv", "__cxa_atexit", "setlocale", "chdir"}
        self.assertEqual({word.split("@")[0] for word in taken} & process_wide, set())
        needed = set(re.findall(r"NEEDED.*\[(.*?)\.so", run("readelf", "-d", library)))
        known = {"libc", "libm", "libgomp", "ld-linux-x86-64", "ld-linux-aarch64"}
        self.assertLessEqual(needed, known)

    def test_pkg_config_finds_the_moved_copy(self):
        flags = run("pkg-config", "--cflags", "--libs", "tegula", env=self.environment).split()
        program = self.top / "ask-by-pkg-config"
        source = SOURCE / "examples" / "embed_sdk_c" / "ask.c"
        run(COMPILER["c"], "-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", source,
            *flags, "-o", program)  # fmt: skip
        self.assertIn("68", run(program, SOURCE / "models" / "starter", "What is 23 + 45?",
                                env=self.environment))  # fmt: skip

    def test_the_header_is_cpp_of_any_age(self):
        include = f"-I{self.prefix}/include"
        text = "#include <tegula/tegula.h>\nint main() { return tegula_version() == nullptr; }\n"
        run(COMPILER["cc"], "-std=c++11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", include,
            "-x", "c++", "-fsyntax-only", "-", input=text)  # fmt: skip

    def test_the_library_shows_what_the_header_declares(self):
        header = (self.prefix / "include" / "tegula" / "tegula.h").read_text()
        declared = set(re.findall(r"TEGULA_API[^;(]*?(\btegula_\w+)\(", header))
        lines = run("nm", "-D", "--defined-only", self.library).splitlines()
        shown = {line.split()[-1] for line in lines if not line.endswith(" A TEGULA_0")}
        self.assertEqual(shown, {f"{name}@@TEGULA_0" for name in declared})
        self.assertGreater(len(declared), 30)

    def test_the_library_needs_the_c_library_alone(self):
        dynamic = run("readelf", "-d", self.library)
        self.assertIn("libtegula.so.0", re.search(r"SONAME.*\[(.*)\]", dynamic)[1])
        needed = set(re.findall(r"NEEDED.*\[(.*?)\.so", dynamic))
        self.assertLessEqual(needed, {"libc", "libm", "ld-linux-x86-64", "ld-linux-aarch64"})


if __name__ == "__main__":
    unittest.main()
