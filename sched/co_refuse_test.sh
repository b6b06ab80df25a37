#!/bin/sh
# Each CASE of co_refuse_test.c is refused, with the words behind its `refused:`; without CASE it compiles.
#   co_refuse_test.sh SOURCE_FOLDER COMPILER FLAG ...
source=$1/co_refuse_test.c
shift
failed=0
cases=$(sed -n 's/.*CASE == \([0-9]*\).*/\1/p' "$source")
[ "$(echo "$cases" | wc -l)" -ge 10 ] || { echo "only these cases were found: $cases"; exit 1; }
for variant in switch goto; do
    for case in 0 $cases; do
        words=$(sed -n "s/.*CASE == $case .*refused: \(.*\) \*\/.*/\1/p" "$source")
        said=$("$@" -O2 -std=c11 -Wall -Wextra -Werror -DWEIR_PER_VARIANT -DWEIR_CO=$variant -DCASE="$case" -c "$source" -o /dev/null 2>&1)
        compiled=$?
        if [ "$case" = 0 ]; then
            [ $compiled = 0 ] || { echo "$variant: what is right does not compile: $said"; failed=1; }
        elif [ $compiled = 0 ]; then
            echo "$variant: case $case compiles"; failed=1
        elif ! echo "$said" | grep -Eq "$words"; then
            echo "$variant: case $case is refused, but not for: $words: $said"; failed=1
        fi
    done
done
exit $failed
