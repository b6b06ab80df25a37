#!/usr/bin/env bash
# Runs the models of this folder with spin: each as it is, which must hold in all its states, and each with one thing
# broken, which spin must convict. One line of result each. Usage: run.sh [MODEL...]
# A search that did not finish within its memory and time says nothing, so it counts as failed. Spin explores sequential
# consistency only: what processors and compilers reorder is the business of the rungs `model` and `litmus`.
set -uo pipefail
export LC_ALL=C
here=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)
memory=1400 seconds=30 # limits of one search: MB, and s

# MODEL, `holds` or what is broken, its sizes. `sleeps`: the verdict must be an invalid end state, a thread that sleeps for
# ever; `asserts`: a broken assertion.
table='
seed    as-it-is asserts      PUSHERS=2 POPPERS=2

lock    holds                 THREADS=3 ROUNDS=2
lock    TAKES_HELD sleeps     THREADS=3 ROUNDS=1
lock    WAKE_FIRST sleeps     THREADS=2 ROUNDS=1
lock    RELEASE_STORE sleeps  THREADS=2 ROUNDS=1
lock    NO_COMPARE sleeps     THREADS=2 ROUNDS=1

parker  holds                 WAITERS=2 SIGNALS=2 TIMED
parker  holds                 WAITERS=3 SIGNALS=1
parker  COMPARE_OUTSIDE sleeps WAITERS=2 SIGNALS=2 TIMED
parker  SLEEP_STORE sleeps    WAITERS=2 SIGNALS=2 TIMED
parker  WAKE_STORE sleeps     WAITERS=2 SIGNALS=2 TIMED
parker  UNPARK_FIRST sleeps   WAITERS=2 SIGNALS=2 TIMED
parker  NEXT_LATE asserts     WAITERS=2 SIGNALS=2 TIMED
parker  CANCEL_BLIND asserts  WAITERS=2 SIGNALS=2 TIMED
parker  CANCEL_LEAVES asserts WAITERS=2 SIGNALS=2 TIMED

cells   holds                 M=1 PUSHERS=2 POPPERS=1 PUSHES=3
cells   holds                 M=1 PUSHERS=1 POPPERS=2 PUSHES=3
cells   holds                 M=1 PUSHERS=2 POPPERS=2 PUSHES=2
cells   holds                 M=2 PUSHERS=2 POPPERS=1 PUSHES=4
cells   holds                 M=2 PUSHERS=2 POPPERS=2 PUSHES=2
cells   holds                 M=1 PUSHERS=1 POPPERS=1 PUSHES=2 TRIERS=1
cells   RELEASE_EXCHANGE sleeps M=1 PUSHERS=2 POPPERS=1 PUSHES=3
cells   BIT_STORE sleeps      M=1 PUSHERS=2 POPPERS=1 PUSHES=2
cells   BIT_ELSEWHERE sleeps  M=1 PUSHERS=2 POPPERS=1 PUSHES=2
cells   WAKE_FIRST sleeps     M=1 PUSHERS=2 POPPERS=1 PUSHES=2
cells   NO_COMPARE sleeps     M=1 PUSHERS=2 POPPERS=1 PUSHES=2
cells   LAP_UNWOKEN sleeps    M=1 PUSHERS=2 POPPERS=1 PUSHES=2

withdraw holds                M=2 PUSHERS=2 POPPERS=1 PUSHES=2 POPS=1 TIMED_PUSHERS=1 TIMED_POPPERS=0
withdraw holds                M=2 PUSHERS=1 POPPERS=1 PUSHES=2 POPS=1 TIMED_PUSHERS=1 TIMED_POPPERS=1
withdraw holds                M=2 PUSHERS=1 POPPERS=1 PUSHES=2 POPS=2 TIMED_PUSHERS=1 TIMED_POPPERS=0 CLOSE
withdraw NO_CASCADE sleeps    M=2 PUSHERS=2 POPPERS=1 PUSHES=2 POPS=1 TIMED_PUSHERS=1 TIMED_POPPERS=0
withdraw NOT_PASSED sleeps    M=2 PUSHERS=2 POPPERS=1 PUSHES=2 POPS=1 TIMED_PUSHERS=1 TIMED_POPPERS=0

turn    holds                 AHEAD_MAX=3 PUSHERS=2 POPPERS=2 PUSHES=2
turn    holds                 AHEAD_MAX=1 PUSHERS=2 POPPERS=2 PUSHES=3
turn    holds                 AHEAD_MAX=3 PUSHERS=3 POPPERS=1 PUSHES=3
turn    PASS_STORE sleeps     AHEAD_MAX=3 PUSHERS=2 POPPERS=2 PUSHES=2
turn    AHEAD_UNTOLD sleeps   AHEAD_MAX=3 PUSHERS=2 POPPERS=2 PUSHES=2
turn    AHEAD_LOWERED sleeps  AHEAD_MAX=3 PUSHERS=2 POPPERS=2 PUSHES=2
turn    AHEAD_WRAPS sleeps    AHEAD_MAX=1 PUSHERS=2 POPPERS=1 PUSHES=3
turn    WAKE_FIRST sleeps     AHEAD_MAX=3 PUSHERS=2 POPPERS=2 PUSHES=2
turn    WAKE_ONE sleeps       AHEAD_MAX=3 PUSHERS=2 POPPERS=2 PUSHES=3

chan    holds                 CAPACITY=2 PUSHERS=2 POPPERS=2 PUSHES=2
chan    holds                 CAPACITY=1 PUSHERS=2 POPPERS=1 PUSHES=2
chan    holds                 CAPACITY=1 PUSHERS=1 POPPERS=2 PUSHES=2
chan    holds                 CAPACITY=1 PUSHERS=1 POPPERS=2 PUSHES=1 CLOSE
chan    holds                 CAPACITY=1 PUSHERS=1 POPPERS=1 PUSHES=2 CLOSE
chan    holds                 CAPACITY=1 PUSHERS=2 POPPERS=1 PUSHES=2 TIMED
chan    holds                 CAPACITY=1 PUSHERS=1 POPPERS=2 PUSHES=1 TIMED
chan    NO_HAND_ON sleeps     CAPACITY=2 PUSHERS=2 POPPERS=2 PUSHES=2
chan    NO_LAST_TRY sleeps    CAPACITY=2 PUSHERS=2 POPPERS=2 PUSHES=2
chan    NOT_AGAIN sleeps      CAPACITY=2 PUSHERS=2 POPPERS=2 PUSHES=2
chan    WAKE_FIRST sleeps     CAPACITY=2 PUSHERS=2 POPPERS=2 PUSHES=2
chan    NO_WAKE_COUNT sleeps  CAPACITY=1 PUSHERS=1 POPPERS=2 PUSHES=1 CLOSE
chan    CLOSE_FIRST sleeps    CAPACITY=1 PUSHERS=1 POPPERS=2 PUSHES=1 CLOSE
chan    DRAIN_UNWOKEN sleeps  CAPACITY=1 PUSHERS=1 POPPERS=2 PUSHES=1 CLOSE

phases  holds                 WORKERS=2 LEAVES=0 JOINS=0
phases  holds                 WORKERS=2 LEAVES=1 JOINS=1
phases  holds                 WORKERS=3 LEAVES=1 JOINS=0
phases  BOOLEAN_FLAG sleeps  WORKERS=2 LEAVES=0 JOINS=0
phases  ARRIVE_TWICE sleeps   WORKERS=2 LEAVES=0 JOINS=0
phases  LEAVER_UNTOLD sleeps  WORKERS=2 LEAVES=1 JOINS=0
phases  LEAVER_COUNTED sleeps WORKERS=2 LEAVES=1 JOINS=0
phases  JOIN_APART asserts    WORKERS=2 LEAVES=0 JOINS=1
phases  CHILD_DROPPED asserts WORKERS=2 LEAVES=1 JOINS=0
phases  RESCAN_FLAG asserts   WORKERS=2 LEAVES=0 JOINS=0
phases  SORT_UNCLAIMED asserts WORKERS=2 LEAVES=0 JOINS=0
phases  PAST_UNRUN asserts    WORKERS=2 LEAVES=0 JOINS=0

bell    holds                 WORKERS=2 SUBMITTERS=1 SUBMITS=2 CHILDREN=1
bell    holds                 WORKERS=2 SUBMITTERS=2 SUBMITS=1 CHILDREN=1
bell    NO_SECOND_LOOK sleeps WORKERS=1 SUBMITTERS=1 SUBMITS=1 CHILDREN=0
bell    LISTEN_LATE sleeps    WORKERS=1 SUBMITTERS=1 SUBMITS=1 CHILDREN=0
bell    RING_FIRST sleeps     WORKERS=1 SUBMITTERS=1 SUBMITS=1 CHILDREN=0
bell    NO_COMPARE sleeps     WORKERS=1 SUBMITTERS=1 SUBMITS=1 CHILDREN=0
bell    RING_LOST sleeps      WORKERS=1 SUBMITTERS=1 SUBMITS=1 CHILDREN=0
bell    STOP_FIRST sleeps     WORKERS=2 SUBMITTERS=1 SUBMITS=1 CHILDREN=0

inbox   holds                 COROUTINES=2 ROUNDS=2
inbox   holds                 COROUTINES=2 ROUNDS=2 TIMED
inbox   SLEEP_STORE sleeps    COROUTINES=1 ROUNDS=1
inbox   SLEEP_FLAG sleeps     COROUTINES=1 ROUNDS=1
inbox   TAKE_STORE sleeps     COROUTINES=2 ROUNDS=1
inbox   RUN_THERE asserts     COROUTINES=1 ROUNDS=2
inbox   CANCEL_BLIND asserts  COROUTINES=1 ROUNDS=2 TIMED

retire  holds                 WORKERS=2
retire  holds                 WORKERS=3
retire  FINISH_FIRST asserts  WORKERS=2
retire  DRAIN_FIRST asserts   WORKERS=2
retire  BEYOND_READ asserts   WORKERS=2
retire  NOT_MERGED asserts    WORKERS=2
retire  TOKEN_LEFT sleeps     WORKERS=2
retire  TOKEN_PLAIN sleeps    WORKERS=2
'

for m; do [ -f "$here/$m.pml" ] || { echo "promela: no model '$m'" >&2; exit 2; }; done
for p in spin gcc; do command -v $p >/dev/null || { echo "promela: $p is not installed" >&2; exit 2; }; done
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
cp "$here"/*.pml "$work" || exit 2
trap 'exit 130' INT TERM HUP

# search MODEL -D...: runs the model; what pan says is in $work/said. Leaves `states`, `found` and `took`.
search() {
  local start=${EPOCHREALTIME/./} model=$1
  shift
  states='' found='did not build'
  rm -f "$work"/pan*
  (cd "$work" && spin -a "$@" "$model.pml" && gcc $optimise -w -DSAFETY -DMEMLIM=$memory -DVECTORSZ=512 -o pan pan.c) \
    >"$work/said" 2>&1 </dev/null && [ -x "$work/pan" ] || return
  (cd "$work" && timeout -k 1 $seconds ./pan -m20000 -w22 -n) >"$work/said" 2>&1 </dev/null
  took=$(((${EPOCHREALTIME/./} - start) / 10000))
  took=$((took / 100)).$(printf %02d $((took % 100)))
  states=$(sed -nE 's/^ *([0-9]+) states, stored.*/\1/p' "$work/said")
  found=$(sed -nE 's/^pan:1: (invalid end state|assertion violated)( .*)?$/\1/p' "$work/said")
  [ -n "$found" ] && return
  found='did not finish'
  grep -q 'errors: 0$' "$work/said" && ! grep -qE 'not completed|depth too small|[Oo]ut of memory|truncated' "$work/said" && found="no error"
}

failed=0
report() { # report WANTED TEXT: `ok` when that is what was found
  if [ "$found" = "$1" ]; then
    echo "ok - $2 ($found; $states states, $took s)"
  else
    echo "not ok - $2: wanted $1; found: $found (${states:-no} states)"
    tail -n 12 "$work/said"
    failed=1
  fi
}

while read -r model broken rest; do
  [ -n "$model" ] || continue
  [ $# -eq 0 ] || [[ " $* " == *" $model "* ]] || continue
  case $broken in
  holds) sizes=$rest wanted="no error" optimise=-O1 ;;
  *) wanted=${rest%% *} sizes=${rest#* } optimise=-O0 ;; # found soon, or compiled too long
  esac
  flags=()
  for s in $sizes; do flags+=("-D$s"); done
  case $wanted in sleeps) wanted='invalid end state' ;; asserts) wanted='assertion violated' ;; esac
  case $broken in
  holds) name="$model holds" ;;
  as-it-is) name="$model, the negative control, is convicted" ;;
  *) name="$model with $broken is convicted" flags+=("-DBROKEN_$broken") ;;
  esac
  search "$model" "${flags[@]}"
  report "$wanted" "$name: $(tr -s ' ' <<<"$sizes" | sed 's/^ //')"
done <<<"$table"
exit $failed
