#!/usr/bin/env bash
# Runs fuzz programs for a short while each and says `ok - NAME` or `not ok - NAME`, with what a failed one printed. What they
# find worth keeping stays in CORPORA and is where the next run begins. Usage: run.sh CORPORA SECONDS JOBS PROGRAM...
set -uo pipefail
corpora=$1 seconds=$2 jobs=$3
shift 3

one() { # one CORPORA SECONDS PROGRAM
  local name=${3##*/} corpus=$1/${3##*/}
  mkdir -p "$corpus"
  if "$3" -max_total_time="$2" -max_len=400 -timeout=20 -rss_limit_mb=1024 -artifact_prefix="$corpus." "$corpus" >"$corpus.log" 2>&1; then
    echo "ok - fuzz $name: $(grep -oE 'Done [0-9]+ runs' "$corpus.log" | tail -n 1)"
  else
    printf '%s\nnot ok - fuzz %s (whole output in %s)\n' "$(tail -n 20 "$corpus.log")" "$name" "$corpus.log"
  fi
}
export -f one
printf '%s\0' "$@" | xargs -0 -n 1 -P "$jobs" bash -c 'one "$@"' one "$corpora" "$seconds"
