#!/bin/bash
# weaken.sh BUILD [PATTERN [SECONDS]]: makes each memory order of prims relaxed, one at a time (of an acq_rel first the acquire,
# then the release), and runs the model programs that stand on it until one is convicted. An order that survives all of them is
# either without a client program or stronger than need be. Prints a line for each; exit 1 when one survives.
#   BUILD    where stress-model is built, such as build/release
#   PATTERN  only places FILE:LINE: TEXT that match it, FILE relative to the root, such as mpmc/ or 'chan.h:12.:'
#   SECONDS  for each program; 2
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "${1:?usage: weaken.sh BUILD [PATTERN [SECONDS]]}" && pwd) || exit 2
pattern=${2:-.} seconds=${3:-2}
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
shopt -s extglob nullglob

# Which programs look at a file: kind:folder of its variants:the variant to compile, where it is not the file's own.
clients_of() {
    case $1 in
    prims/mpmc/*) echo mpmc:mpmc: chan:mpmc: ;;
    prims/chan.h) echo chan:mpmc: ;;
    prims/lock*) echo lock:: wait:parker: ;;
    prims/wait.* | prims/parker/*) echo wait:parker: ;;
    prims/sort*) echo sort:sort:runs ;;
    *) local folder=${1#prims/} && echo "${folder%/*}:${folder%/*}:" ;;
    esac
}

# The file's own variant, else the first of the folder.
variant_of() { # FILE FOLDER
    local names own=${1##*/}
    names=$(sed -n 's/^WEIR_VARIANT([a-z]*, \([a-z]*\),.*/\1/p' "$root/prims/$2/variants.def")
    grep -x "${own%.*}" <<<"$names" || head -1 <<<"$names"
}

engine=("$build"/stress/CMakeFiles/stress-engine-model.dir/{*.o,*/*.o})
flags=(-std=c11 -D_GNU_SOURCE -O2 -g -w -fsanitize=thread -DWEIR_MODEL -DNDEBUG -I"$work" -I"$root" -I"$build/include/prims")
read -ra link < <(sed -n 's/^ *LINK_FLAGS = \(.*--wrap=memcpy.*\)/\1/p' "$build/build.ninja" | head -1)
link=("${link[@]//-fsanitize=*/}")

# Compiles the programs of a kind with the copy in $work in front of all else. What the copy does not change comes last.
compile() { # FILE KIND FOLDER VARIANT
    local define=(-DSTRESS_KIND="\"$2\"" -DSTRESS_VARIANT="\"${4:--}\"") sources=()
    if [ "$3" ]; then
        local traits
        traits=$(sed -n "s/^WEIR_VARIANT([a-z]*, $4, \"\([^\"]*\)\".*/\1/p" "$root/prims/$3/variants.def")
        define+=(-DWEIR_PER_VARIANT -D"WEIR_${3^^}=$4" -DSTRESS_TRAITS="\" $traits \"")
        [ -e "$work/prims/$3/$4.c" ] && sources+=("$work/prims/$3/$4.c")
    fi
    case $1 in
    prims/lock*) sources+=("$work/prims/lock.c" "$work/prims/wait.c") ;;
    prims/wait* | prims/parker/*) sources+=("$work"/prims/{wait.c,parker/*.c}) ;;
    prims/sort*) sources+=("$work"/prims/{sort.c,sort/*.c}) ;;
    esac
    readarray -t sources < <(printf '%s\n' "${sources[@]}" | sort -u | grep .)
    gcc "${flags[@]}" "${define[@]}" -o "$work/program" "$root/stress/model/programs/$2_model.c" "${sources[@]}" \
        "${engine[@]}" "$build/stress/libstress-prims-model.a" "${link[@]}" -lm 2>"$work/errors" ||
        { cat "$work/errors" && exit 2; }
}

# Runs them until one is convicted; tells which and how.
convict() {
    local id
    for id in $("$work/program" list | cut -f1); do
        "$work/program" run "$id" --seconds "$seconds" >"$work/out" && continue
        echo "$id at $(sed -n 's/^count \([0-9]*\) schedules/\1/p' "$work/out"): $(sed -n 's/^fail //p' "$work/out")"
        return 0
    done
    return 1
}

try() { # FILE LINE CHANGE TEXT
    rm -rf "$work/prims" && cp -r "$work/original/prims" "$work/" && sed -i "$2$3" "$work/$1" || exit 2
    local client kind folder variant how
    for client in $(clients_of "$1"); do
        IFS=: read -r kind folder variant <<<"$client"
        [ -e "$root/stress/model/programs/${kind}_model.c" ] || continue
        [ "$folder" ] && variant=${variant:-$(variant_of "$1" "$folder")}
        compile "$1" "$kind" "$folder" "$variant"
        how=$(convict) && echo "convicted  $1:$2 $4  by $how" && return 0
    done
    echo "SURVIVES   $1:$2 $4"
    return 1
}

mkdir "$work/original" && cp -r "$root/prims" "$work/original/" || exit 2
survivors=0
while IFS=: read -r file line text; do
    n=$(grep -oE '_(acquire|release|acq_rel)\(' <<<"$text" | wc -l)
    for ((i = 1; i <= n; i++)); do
        order=$(grep -oE 'weir_a(32|64|ptr)_[a-z_]+_(acquire|release|acq_rel)\(' <<<"$text" | sed -n "${i}p")
        case $order in
        *_acq_rel\()
            try "$file" "$line" "s/_acq_rel(/_release(/$i" "${order%(} without acquire" || ((survivors++))
            try "$file" "$line" "s/_acq_rel(/_acquire(/$i" "${order%(} without release" || ((survivors++))
            ;;
        *_read_release\() try "$file" "$line" "s/_read_release(/_load(/" "${order%(}" || ((survivors++)) ;;
        *) try "$file" "$line" "s/_\(acquire\|release\)(/(/$i" "${order%(}" || ((survivors++)) ;;
        esac
    done
done < <(cd "$work/original" && grep -rnE 'weir_a(32|64|ptr)_[a-z_]+_(acquire|release|acq_rel)\(' prims --include=*.[ch] |
    grep -vE '^prims/atomic.h|_test(_p)?\.[ch]:' | grep -E "$pattern")
echo "$survivors survive"
[ "$survivors" = 0 ]
