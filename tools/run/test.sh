# Tests in every build. Sourced by ./run.

# The sanitizer and clang presets leave the engine out and drive the release one.
use_release_engine() {
  if [ -x build/release/bin/tegula-engine ]; then
    export TEGULA_ENGINE=$ROOT/build/release/bin/tegula-engine
  fi
}

# ctest_in PRESET [ctest arguments]
ctest_in() {
  local preset=$1
  shift
  if [ "$preset" != release ]; then use_release_engine; fi
  export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1
  export LSAN_OPTIONS=suppressions=$ROOT/tests/lsan.supp:print_suppressions=0
  export UBSAN_OPTIONS=print_stacktrace=1 TSAN_OPTIONS=second_deadlock_stack=1
  ctest --test-dir "build/$preset" --parallel "$JOBS" --output-on-failure --no-tests=error "$@"
}

# The release tests as an ordinary user, since permissions mean nothing to root; not those that
# only compute. ctest writes its own files in a folder of that user; the tree stays read-only to it.
NOBODY=65534
ctest_as_user() {
  local work
  work=$(mktemp -d /tmp/tegula-user.XXXXXX)
  mkdir "$work/tests" "$work/home" "$work/tmp"
  echo "subdirs(\"$ROOT/build/release\")" >"$work/tests/CTestTestfile.cmake"
  chown -R "$NOBODY:$NOBODY" "$work"
  local status=0
  in_reachable_tree setpriv --reuid="$NOBODY" --regid="$NOBODY" --clear-groups \
    env -i PATH=/usr/bin:/bin LANG=C.UTF-8 HOME="$work/home" TMPDIR="$work/tmp" \
    ctest --test-dir "$work/tests" --parallel "$JOBS" --output-on-failure --no-tests=error \
    --label-exclude 'repo|bench|repro|simulation|targets' || status=$?
  rm -rf "$work"
  return "$status"
}

# Runs a command where every user can reach this tree at the same path. A clone under a home folder
# with mode 0700 is mounted, in a mount namespace of the command's own, below an empty folder.
in_reachable_tree() {
  if setpriv --reuid="$NOBODY" --regid="$NOBODY" --clear-groups test -r "$ROOT/run"; then
    "$@"
    return
  fi
  local top
  top=/$(echo "$ROOT" | cut -d/ -f2)
  # shellcheck disable=SC2016
  unshare --mount bash -c '
    set -e
    root=$1 top=$2
    shift 2
    exec 9<"$root"
    mount -t tmpfs -o mode=0755 none "$top"
    mkdir -p "$root"
    mount --no-canonicalize --bind /proc/self/fd/9 "$root"
    exec 9<&-
    cd "$root"
    exec "$@"' bash "$ROOT" "$top" "$@"
}

# run_check PRESET: the tests of one preset without the engine.
run_check() {
  local preset=${1:-dev}
  STEPS_ALL=2
  case "$preset" in
    clang) packages build test clang ;;
    *) packages build test ;;
  esac
  must step "building preset $preset" build_preset "$preset"
  must show "tests of preset $preset" ctest_in "$preset"
}

# Sanitizers slow everything down: what is long or says nothing new stays out.
check_preset() {
  local preset=$1 what=$2
  step "building with $what" build_preset "$preset"
  if [ "$STEP_STATUS" != 0 ]; then return 0; fi
  show "tests with $what" ctest_in "$preset" --label-exclude 'repo|slow|bench|docs'
}

run_test() {
  STEPS_ALL=5
  # shellcheck disable=SC2046
  packages $(build_sections) repro
  build_release all
  show "asking the starter model" demo
  show "tests of the release build" ctest_in release
  if [ "$(id -u)" = 0 ]; then
    show "the same as an ordinary user" ctest_as_user
  else
    STEPS_ALL=$((STEPS_ALL - 1))
    say "this is an ordinary user: the tests do not run again as another one"
  fi
  finish
  say "all tests passed"
}

# The other compiler and the sanitizers, which need no engine of their own.
run_presets() {
  STEPS_ALL=7
  packages build test clang
  check_preset asan "AddressSanitizer and UndefinedBehaviorSanitizer"
  check_preset tsan "ThreadSanitizer"
  check_preset clang "clang 19"
  finish
  say "all presets passed"
}
