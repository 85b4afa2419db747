# Fuzzing, benchmarks, form, coverage. Sourced by ./run.

fuzz_targets() { basename -a fuzz/*_fuzz.cc | sed 's/_fuzz.cc$//'; }

run_fuzz() {
  local target=${1:-} seconds=${2:-60}
  if [ -z "$target" ]; then say "targets:"; fuzz_targets; return; fi
  if [ ! -f "fuzz/${target}_fuzz.cc" ]; then
    die "no fuzz target \"$target\"" "one of: $(fuzz_targets | tr '\n' ' ')"
  fi
  STEPS_ALL=2
  packages build test clang
  must step "building fuzz target $target" build_preset fuzz "${target}_fuzz"
  must show "fuzzing $target for $(took "$seconds")" fuzz "$target" "$seconds"
}

# Finds go to a copy of the corpus under build/; the committed seeds stay few and small.
fuzz() {
  local target=$1 seconds=$2 crashes=build/fuzz/crashes/$1 status=0 words=()
  if [ -f "fuzz/dict/$target.dict" ]; then words=("-dict=fuzz/dict/$target.dict"); fi
  mkdir -p "build/fuzz/corpus/$target" "$crashes"
  build/fuzz/bin/"${target}_fuzz" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=4096 \
    -print_final_stats=1 "${words[@]}" -artifact_prefix="$crashes/" \
    "build/fuzz/corpus/$target" "fuzz/corpus/$target" || status=$?
  if [ "$status" = 0 ]; then echo "no crash"; return 0; fi
  echo "the input is in $crashes/; look at it with: build/fuzz/bin/${target}_fuzz $crashes/FILE"
  echo "commit it with the fix: cp $crashes/FILE fuzz/corpus/$target/what-it-was"
  return "$status"
}

run_bench() {
  STEPS_ALL=3
  # shellcheck disable=SC2046
  packages $(build_sections)
  build_release all llama-server llama-quantize # the peers of bench/scenario/{decode,convert}.py
  must show "benchmarks" benchmarks "$@"
}

# Programs build/release/bin/NAME_bench and scenarios bench/scenario/NAME.py; with names, only
# those.
benchmarks() {
  local program name ran=0
  export PATH=$ROOT/build/release/bin:$PATH
  for program in build/release/bin/*_bench bench/scenario/*.py; do
    if [ ! -x "$program" ]; then continue; fi
    name=$(basename "${program%.py}")
    if [ $# -gt 0 ] && [[ " $* " != *" ${name%_bench} "* ]]; then continue; fi
    echo "== $name"
    "$program"
    ran=1
  done
  if [ "$ran" = 0 ]; then die "no such benchmark" "see bench/CMakeLists.txt"; fi
}

cxx_files() { git ls-files --cached --others --exclude-standard '*.h' '*.cc'; }

run_fmt() {
  packages format
  if [ "${1:-}" = --check ]; then
    cxx_files | xargs clang-format-19 --dry-run --Werror || die "not formatted" "./run fmt"
  else
    cxx_files | xargs clang-format-19 -i
  fi
}

run_tidy() {
  STEPS_ALL=4
  packages build test clang format
  show "house rules" python3 -B tests/tidy/tidy_test.py
  show "layers" python3 -B tests/tidy/layers_test.py
  must step "configuring preset clang" configure clang
  show "clang-tidy (minutes)" clang_tidy "$@"
  finish
}

# Of the given files, or of all sources.
clang_tidy() {
  local files=("$@")
  if [ ${#files[@]} = 0 ]; then mapfile -t files < <(git ls-files 'src/*.cc' 'cmd/*.cc'); fi
  printf '%s\n' "${files[@]}" |
    xargs -P "$JOBS" -n 4 clang-tidy-19 --quiet -p build/clang --warnings-as-errors='*'
}

run_coverage() {
  STEPS_ALL=3
  packages build test coverage
  must step "building with coverage" build_preset coverage
  show "tests with coverage" ctest_in coverage --label-exclude repo
  must show "what they reach" gcovr --root . --filter src/ --exclude '.*_test\.cc' \
    --html-details build/coverage/report.html --print-summary build/coverage
  say "details: build/coverage/report.html"
  finish
}

run_clean() {
  local entry
  for entry in build/*; do
    if [ "$entry" != build/deps ] && [ -e "$entry" ]; then rm -rf "$entry"; fi
  done
}
