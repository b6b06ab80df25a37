#!/bin/sh
# peers_test.sh BENCH PEERS.DEF: every peer is listed, present or absent, and those present move items rightly.
# A peer may run into its limit: some spin for their turn while whose turn it is does not run. That is a result, and
# not this test's business; a lost value, a crash or a missing row is.
bench=$1 def=$2
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT

# case/variant of each row, as promised and as linked
sed -n 's/^WEIR_PEER([^,]*, "\([^"]*\)", "\([^"]*\)".*/\1 \2/p' "$def" | sort > "$dir/promised"
"$bench" list | awk '/^[^ ]/ { name = $1 } /^  peer\./ { print name, $1 }' | sort > "$dir/linked"
if ! diff "$dir/promised" "$dir/linked"; then
    echo "peers.def (<) and the rows of bench (>) differ"
    exit 1
fi

# What stands still for the disk cannot be measured where there is none.
tmpfs=0
[ "$(stat -f -c %T "$dir")" = tmpfs ] && tmpfs=1
TMPDIR=$dir "$bench" run --variant 'peer.*' --load quiet --keys 1k --reps 1 --seconds 0.02 --limit 2 --format csv \
    > "$dir/cells"
status=$?
awk -F, -v tmpfs=$tmpfs 'NR > 1 && $5 !~ /^(ok|timeout|absent)$/ && !(tmpfs && $1 == "kv.durable") { print; bad = 1 }
    NR > 1 { seen++ } END { exit bad || !seen }' "$dir/cells" || status=1

# Servers end with their cells, and their folders go.
left() { ls -A "$dir" | grep weir-bench; grep -l "$dir" /proc/[0-9]*/environ 2>/dev/null; }
for i in 1 2 3 4 5 6 7 8 9 10; do
    [ -z "$(left)" ] && break
    sleep 0.5
done
if [ -n "$(left)" ]; then
    echo "left behind: $(left)"
    status=1
fi
echo "$(grep -c ,ok, "$dir/cells") cells ok, $(grep -c ,absent, "$dir/cells") absent, \
$(grep -c ,timeout, "$dir/cells") at their limit"
exit "$status"
