#!/usr/bin/env python3
"""Builds digests.cc in one way of the matrix, runs it with 1, 2 and 7 threads, and compares what it
prints with tests/golden/repro/digests.txt.

  repro_test.py --list
  repro_test.py --case NAME --llama FOLDER --names FOLDER

FOLDER of --llama is llama.cpp's source, that of --names has ggml_names.h (tools/cmake). A case
whose compiler is not installed is skipped (status 77). TEGULA_ACCEPT=1 writes the golden file.
"""
import argparse
import difflib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
THREADS = (1, 2, 7)
ROOT = pathlib.Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests/golden/repro/digests.txt"

GCC, CLANG = ("gcc-12", "g++-12"), ("clang-19", "clang++-19")
ARM = ("aarch64-linux-gnu-gcc-12", "aarch64-linux-gnu-g++-12")
AVX2 = ("-mavx2", "-mfma", "-mf16c")

# name -> compilers of C and C++, flags, the program that runs it
CASES = {
    "gcc_O0": (GCC, ["-O0"], []),
    "gcc_O3": (GCC, ["-O3"], []),
    "gcc_O0_avx2": (GCC, ["-O0", *AVX2], []),
    "gcc_O3_avx2": (GCC, ["-O3", *AVX2], []),
    "clang_O0": (CLANG, ["-O0"], []),
    "clang_O3": (CLANG, ["-O3"], []),
    "clang_O0_avx2": (CLANG, ["-O0", *AVX2], []),
    "clang_O3_avx2": (CLANG, ["-O3", *AVX2], []),
    "aarch64_O0": (ARM, ["-O0", "-static"], ["qemu-aarch64"]),
    "aarch64_O3": (ARM, ["-O3", "-static"], ["qemu-aarch64"]),
}

# What the build gives these files too (src/tensor/CMakeLists.txt).
NUMERIC = ["-ffp-contract=off", "-fno-fast-math", "-ffunction-sections"]
KERNELS = ["-fno-strict-aliasing", "-w", "-DNDEBUG"]
SOURCES = [
    "tests/repro/digests.cc",
    "src/base/check.cc",
    "src/base/printable.cc",
    "src/base/result.cc",
    "src/base/utf8.cc",
    "src/codec/excerpt.cc",
    "src/codec/json.cc",
    "src/tensor/adapter_writing.cc",
    "src/tensor/dtype.cc",
    "src/tensor/file_json.cc",
    "src/tensor/float_bits.cc",
    "src/tensor/gguf_writer.cc",
    "src/tensor/hf_config.cc",
    "src/tensor/hf_tensors.cc",
    "src/tensor/mlx_affine.cc",
    "src/tensor/mlx_blocks.cc",
    "src/tensor/name_check.cc",
    "src/tensor/quantise.cc",
    "src/tensor/safetensors_type.cc",
    "src/tensor/safetensors_writer.cc",
]


def run(command, **options):
    return subprocess.run([str(word) for word in command], check=True, **options)


def build(case, llama, names, folder):
    (cc, cxx), flags, _ = CASES[case]
    # Only headers that are whole libraries: the system's others are another processor's.
    (folder / "include").mkdir()
    for library in ("fmt", "nlohmann"):
        (folder / "include" / library).symlink_to(f"/usr/include/{library}")
    objects = []
    kernels = folder / "kernels.o"
    includes = [f"-I{ROOT}/src", f"-I{names}", f"-I{llama}/ggml/src", f"-I{llama}/ggml/include"]
    run([cc, "-std=gnu11", *flags, *NUMERIC, *KERNELS, *includes]
        + ["-c", ROOT / "src/tensor/ggml_kernels.c", "-o", kernels])
    for source in SOURCES:
        objects.append(folder / (source.replace("/", "_") + ".o"))
        run([cxx, "-std=c++23", *flags, *NUMERIC, "-w", "-DFMT_HEADER_ONLY", f"-I{ROOT}/src"]
            + [f"-I{folder}/include", "-c", ROOT / source, "-o", objects[-1]])
    program = folder / "digests"
    run([cxx, *flags, "-pthread", *objects, kernels, "-o", program, "-lm", "-Wl,--gc-sections"])
    return program


def missing(case):
    (cc, cxx), flags, runner = CASES[case]
    for tool in (cc, cxx, *runner):
        if shutil.which(tool) is None:
            return f"{tool} is not installed (tools/packages.txt, repro)"
    if "-mavx2" in flags:
        words = set(pathlib.Path("/proc/cpuinfo").read_text().split())
        if not {"avx2", "fma", "f16c"} <= words:
            return "this processor has no AVX2"
    return None


def compare(case, threads, got):
    want = GOLDEN.read_text()
    if got == want:
        return True
    print(f"{case}, {threads} threads: the bytes differ")
    sys.stdout.writelines(
        difflib.unified_diff(
            want.splitlines(True), got.splitlines(True), str(GOLDEN.relative_to(ROOT)), case, n=0
        )
    )
    return False


def check(arguments):
    case = arguments.case
    reason = missing(case)
    if reason:
        print(f"skipped: {reason}")
        return SKIPPED
    with tempfile.TemporaryDirectory() as name:
        program = build(case, arguments.llama, arguments.names, pathlib.Path(name))
        ok = True
        for threads in THREADS:
            command = [*CASES[case][2], program, threads]
            got = run(command, stdout=subprocess.PIPE, text=True).stdout
            if os.environ.get("TEGULA_ACCEPT") == "1":
                GOLDEN.write_text(got)
                return SKIPPED
            ok = compare(case, threads, got) and ok
    return 0 if ok else 1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--case", choices=CASES)
    parser.add_argument("--llama", type=pathlib.Path)
    parser.add_argument("--names", type=pathlib.Path)
    arguments = parser.parse_args()
    if arguments.list:
        print("\n".join(CASES))
        return 0
    return check(arguments)


if __name__ == "__main__":
    sys.exit(main())
