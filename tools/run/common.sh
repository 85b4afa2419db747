# Saying what is done and how long it takes. Sourced by ./run.

ROOT=$PWD
JOBS=${JOBS:-$(nproc)}
# One cache for every checkout: paths in the objects are relative to this one.
export CCACHE_BASEDIR=$ROOT CCACHE_NOHASHDIR=1

say() { echo "run: $*"; }
die() {
  echo "run: error: $1" >&2
  if [ -n "${2:-}" ]; then echo "run: hint: $2" >&2; fi
  exit 1
}

took() {
  if [ "$1" -lt 60 ]; then echo "$1s"; else printf '%dm%02ds\n' $(($1 / 60)) $(($1 % 60)); fi
}

STEPS_ALL=0   # how many steps this command has
STEP_NOW=0    # the running one
STEP_STATUS=0 # of the last one
STEP_TABLE=()
STEPS_FAILED=0

# step TITLE COMMAND…: runs it with its output in build/log/ and shows the end of that if it fails.
# show TITLE COMMAND…: the same with the output on the screen.
# Neither stops the script: STEP_STATUS tells. `set -e` holds inside the command, so both must be
# plain statements, never part of a condition.
step() { run_step run_quietly "$@"; }
show() { run_step run_loudly "$@"; }

# must step|show …: a step without which nothing later makes sense.
must() {
  "$@"
  if [ "$STEP_STATUS" = 0 ]; then return 0; fi
  table
  die "stopped: the last step failed"
}

# The commands that only report at their end call this last.
finish() {
  table
  if [ "$STEPS_FAILED" != 0 ]; then die "$STEPS_FAILED steps failed: see above and build/log/"; fi
}

run_step() {
  local how=$1 title=$2 line log start=$SECONDS
  shift 2
  STEP_NOW=$((STEP_NOW + 1))
  line="run: [$STEP_NOW/$STEPS_ALL] $title …"
  log=build/log/$(printf '%02d' "$STEP_NOW")-$(echo "${title%% (*}" | tr -cs 'a-zA-Z0-9+\n' '-').log
  mkdir -p build/log
  "$how" "$line" "$log" "$@"
  end_step "${title%% (*}" "$line" "$log" "$(took $((SECONDS - start)))"
  if [ "$how" = run_quietly ] && [ "$STEP_STATUS" != 0 ]; then
    echo "run: the end of $log:" >&2
    tail -n 60 "$log" >&2
  fi
}

run_loudly() {
  local line=$1 log=$2
  shift 2
  echo "$line"
  set +e
  (set -e; "$@") 2>&1 | tee "$log"
  STEP_STATUS=${PIPESTATUS[0]}
  set -e
}

run_quietly() {
  local line=$1 log=$2 ticker
  shift 2
  if [ -t 1 ]; then printf '%s ' "$line"; else echo "$line"; fi
  : >"$log"
  tick "$line" "$log" &
  ticker=$!
  # shellcheck disable=SC2064
  trap "kill $ticker 2>/dev/null" EXIT
  set +e
  (trap - EXIT; set -e; "$@") >"$log" 2>&1 </dev/null
  STEP_STATUS=$?
  { kill "$ticker" && wait "$ticker"; } 2>/dev/null
  set -e
  trap - EXIT
  if [ -t 1 ]; then printf '\r\033[K'; fi
}

# Repeats the step's line with the time so far: in place on a terminal, once a minute elsewhere.
tick() {
  local line=$1 log=$2 start=$SECONDS pause=60 now nap=
  trap 'kill $nap 2>/dev/null; exit' TERM
  if [ -t 1 ]; then pause=1; fi
  while sleep "$pause" & nap=$!; wait "$nap"; do
    now="$line $(took $((SECONDS - start))) $(progress_of "$log")"
    if [ -t 1 ]; then printf '\r%s ' "$now"; else echo "$now"; fi
  done
}

# The last "[12/345]" of a build's log, to show that it moves.
progress_of() { tail -c 400 "$1" 2>/dev/null | grep -ao '\[[0-9]*/[0-9]*\]' | tail -1 || true; }

end_step() {
  local title=$1 line=$2 log=$3 time=$4 word=done
  if [ "$STEP_STATUS" != 0 ]; then
    word=FAILED
    STEPS_FAILED=$((STEPS_FAILED + 1))
  fi
  echo "$line $word in $time"
  STEP_TABLE+=("$(printf '%-6s %7s  %s' "$word" "$time" "$title")")
}

table() {
  echo "run: the steps:"
  printf '  %s\n' "${STEP_TABLE[@]}"
  say "all in $(took "$SECONDS")"
}
