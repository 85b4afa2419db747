# Presets, llama.cpp, demo. Sourced by ./run.

STARTER_QUESTION="What is 23 + 45?"

# llama.cpp is compiled for these; see tools/cmake/llama.cmake.
check_processor() {
  local flag lacking=""
  if [ "$(uname -m)" != x86_64 ] || [ ! -r /proc/cpuinfo ]; then return 0; fi
  for flag in avx2 fma f16c bmi2; do
    if ! grep -qw "$flag" /proc/cpuinfo; then lacking+=" $flag"; fi
  done
  if [ -z "$lacking" ]; then return 0; fi
  die "this processor lacks$lacking, which the engine is compiled for" \
    "use a machine with AVX2 (2013 or later); ./run check builds everything but the engine"
}

# Where tools/llama.sh puts the source; it may not be there yet.
llama_folder() (
  . tools/llama.pin
  echo "$ROOT/build/deps/llama.cpp-${LLAMA_TREE:0:12}"
)

needs_fetch() {
  [ ! -f "$(llama_folder)/.complete" ] && [ -z "${TEGULA_LLAMA_FROM:-}" ] &&
    ! command -v npm >/dev/null
}

# The package sections a build needs on this machine.
build_sections() {
  if needs_fetch; then echo build test fetch; else echo build test; fi
}

# configure PRESET. The engine needs the source of llama.cpp; the other presets compile its
# quantisers if it is there.
configure() {
  local arguments=("-DTEGULA_VECTORS=${TEGULA_VECTORS:+$(realpath "$TEGULA_VECTORS")}")
  if [ "$1" = release ] || [ -f "$(llama_folder)/.complete" ]; then
    arguments+=("-DTEGULA_LLAMA_SOURCE=$(tools/llama.sh)")
  fi
  cmake --preset "$1" "${arguments[@]}"
}

# build_preset PRESET [TARGET…]
build_preset() {
  local preset=$1
  shift
  configure "$preset"
  cmake --build "build/$preset" --parallel "$JOBS" ${1:+--target "$@"}
}

fetch_llama() { tools/llama.sh; }

# The packages first, the release build after: the start of demo and test. Arguments: targets.
build_release() {
  check_processor
  must step "fetching llama.cpp (36 MB, checked against the pin)" fetch_llama
  local about="about 10 min on two cores; ccache makes it seconds"
  must step "building llama.cpp and the engine ($about)" build_preset release "$@"
}

# A state folder of its own: the demo never touches the user's models.
demo() {
  export TEGULA_HOME=$ROOT/build/demo
  build/release/bin/tegula build -t starter models/starter
  echo "\$ tegula run starter \"$STARTER_QUESTION\""
  build/release/bin/tegula run starter "$STARTER_QUESTION"
}

run_demo() {
  STEPS_ALL=3
  # shellcheck disable=SC2046
  packages $(build_sections)
  build_release tegula tegula-engine
  must show "asking the starter model" demo
  say "next: TEGULA_HOME=build/demo build/release/bin/tegula run starter"
}

run_build() {
  local preset=${1:-release}
  STEPS_ALL=1
  case "$preset" in
    release) STEPS_ALL=2; packages $(build_sections); build_release; return ;;
    clang | fuzz) packages build test clang ;;
    dev | asan | tsan | coverage) packages build test ;;
    *) die "no preset \"$preset\"" "dev, release, asan, tsan, clang, fuzz or coverage" ;;
  esac
  must step "building preset $preset" build_preset "$preset"
  say "programs are in build/$preset/bin/"
}
