#!/bin/sh
# replay_test.sh WEIR CASES SCHED: each conformance case is recorded and repeated by another number of workers, and says the same.
# A text that cannot be read is no input, and a rate cannot be recorded.
weir=$1 cases=$2 sched=$3 ran=0 bad=0
dir=$(mktemp -d "${TMPDIR:-/tmp}/weir-replay-XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
for case in "$cases"/*/; do
  setup=$case/setup.txt
  [ -f "$setup" ] || setup=/dev/null
  grep -q '^rate' "$setup" && continue
  timeout 60 "$weir" run --results --sched "$sched" --setup "$setup" --record "$dir/record" "$case/script.slp" >"$dir/all" 2>/dev/null
  grep -av '^P ' "$dir/all" >"$dir/first"
  timeout 60 "$weir" run --results --sched "$sched" --workers 1 --replay "$dir/record" >"$dir/again" 2>"$dir/errors"
  if grep -aq . "$dir/all" && cmp "$dir/first" "$dir/again" && ! grep -a '^weir: re' "$dir/errors"; then ran=$((ran + 1)); else
    echo "$case: differs" && bad=1
  fi
done
echo "$ran cases"
[ $bad = 0 ] && [ $ran -gt 100 ]
