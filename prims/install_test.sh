#!/usr/bin/env bash
# install_test.sh ROOT: installs into an empty folder and uses what is there as a stranger would, through pkg-config alone.
# Prints "ok - what" or "not ok - what" a check.
set -uo pipefail
root=$1
away=$(mktemp -d) # not in the source tree, so that nothing of it is found by accident
trap 'rm -rf "$away"' EXIT
strict='-O2 -pedantic -Wall -Wextra -Werror'

check() { # check WHAT COMMAND...
  local what=$1
  shift
  if "$@"; then echo "ok - $what"; else echo "not ok - $what"; fi
}
program() { # program NAME COMPILER STANDARD SOURCE: compiled, linked and run
  "$2" "-std=$3" $strict $cflags "$4" -o "$away/$1" $libs && "$away/$1"
}

use() { # use LIBRARY...: as pkg-config says
  cflags=$(pkg-config --cflags "$@") libs=$(pkg-config --libs "$@")
}

"$root/dev" install --prefix "$away/first" || exit 1
mv "$away/first" "$away/prefix" # a tree that was moved still works
PKG_CONFIG_PATH=$(dirname "$(find "$away/prefix" -name weir-prims.pc)")
export PKG_CONFIG_PATH
cd "$away" || exit 1

check 'the program weir' sh -c '"$0" --version && echo "(a)" | "$0" check -' prefix/bin/weir
for page in man1/weir.1 man1/bench.1 man1/stress.1 man3/weir.3 man5/slp.5; do
  check "the page $page" test -s prefix/share/man/$page
done

# Every public header alone; warnings that users like to have on must not come from our headers.
alone() { # alone HEADER COMPILER -xLANGUAGE -std=STANDARD
  echo "#include <weir/$1>" | "$2" "$3" "$4" $strict -Wshadow -Wundef $cflags -fsyntax-only -
}
headers() { # headers FOLDER
  local header compiler
  for header in $(cd prefix/include/weir && ls "$1"/*.h | grep -v '_p\.h$'); do
    for compiler in gcc clang; do
      check "$header alone, C11, $compiler" alone "$header" $compiler -xc -std=c11
      check "$header alone, C++17, $compiler" alone "$header" $compiler -xc++ -std=c++17
    done
  done
}

use weir-slp
cp "$root"/slp/install_test.cc slp.cc
cp "$root"/slp/example.c .
promised() { # promised PROGRAM [SOURCE]: the example prints what it says at its top
  sed -n 's/^ \* *| //p' "${2:-example.c}" >promised.txt && test -s promised.txt && ./"$1" | diff promised.txt -
}
for compiler in gcc clang; do
  check "slp, example, C11, $compiler" program example-$compiler $compiler c11 example.c
  check "slp, example prints what it promises, $compiler" promised example-$compiler
done
check 'slp, C++17 program, g++' program slp-gcc g++ c++17 slp.cc
check 'slp, C++17 program, clang++' program slp-clang clang++ c++17 slp.cc
headers slp
check 'slp installs no private header' test -z "$(find prefix/include/weir/slp -name '*_p.h')"

use weir-kv
cp "$root"/kv/install_test.cc kv.cc
cp "$root"/kv/example.c .
for compiler in gcc clang; do
  check "kv, example, C11, $compiler" program kv-example-$compiler $compiler c11 example.c
  check "kv, example prints what it promises, $compiler" promised kv-example-$compiler
done
check 'kv, C++17 program, g++' program kv-gcc g++ c++17 kv.cc
check 'kv, C++17 program, clang++' program kv-clang clang++ c++17 kv.cc
headers kv
check 'kv installs no private header' test -z "$(find prefix/include/weir/kv -name '*_p.h')"
other_kv() { # the linker names the choice that it wanted
  ! gcc -std=c11 $strict $cflags -DWEIR_KV=lock example.c -o other $libs >other.log 2>&1 &&
    grep -q 'undefined reference to .weir_kv_abi_.*_kv_lock_' other.log
}
check 'another kv does not link' other_kv

use weir-sched
cflags+=" -D_GNU_SOURCE"
for example in co echo; do
  cp "$root/sched/example_$example.c" example.c
  for compiler in gcc clang; do
    check "sched, example_$example, C11, $compiler" program sched-$example-$compiler $compiler c11 example.c
    check "sched, example_$example prints what it promises, $compiler" promised sched-$example-$compiler
  done
done
use weir-sched
headers sched
check 'sched installs no private header' test -z "$(find prefix/include/weir/sched -name '*_p.h')"

# The whole library: shared, static, loaded while a program runs; by pkg-config and by CMake.
use weir
headers runtime
lib=$(pkg-config --variable=libdir weir)
shown() { nm -g --defined-only "$@" | awk 'NF == 3 && $2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort; }
check 'libweir.so shows functions of ours, and no other' test -z "$(shown -D "$lib/libweir.so" | grep -v ^weir_)"
check 'weir_eval among them' grep -qx weir_eval <(shown -D "$lib/libweir.so")
check 'libweir.a shows the same' test "$(shown "$lib/libweir.a")" = "$(shown -D "$lib/libweir.so")"
soname() { readelf -d "$lib/libweir.so" | grep -F 'SONAME' | grep -F '[libweir.so.0]'; }
check 'its name says which version it is' soname
cp prefix/share/doc/weir/examples/*.c .
cp "$root/runtime/install_test.cc" plus.cc
cp "$root/runtime/install_test.c" plugin.c
examples=$(cd prefix/share/doc/weir/examples && ls *.c | sed 's/\.c$//')
linked() { # linked HOW: examples and the C++ program
  local compiler example
  for compiler in gcc clang; do
    for example in $examples; do
      check "runtime, $example, $1, $compiler" program $example-$compiler $compiler c11 $example.c
      check "runtime, $example prints what it promises, $1, $compiler" promised $example-$compiler $example.c
    done
  done
  check "runtime, C++17 program, $1, g++" program plus-gcc g++ c++17 plus.cc
  check "runtime, C++17 program, $1, clang++" program plus-clang clang++ c++17 plus.cc
}
loaded() { gcc -std=c11 -D_GNU_SOURCE $strict $cflags plugin.c -o plugin -pthread && ./plugin libweir.so.0; }
other_weir() { # the kv of libweir says what it was built with, as libweir-kv does
  ! gcc -std=c11 $strict $cflags -DWEIR_KV=lock "$root/kv/example.c" -o other $libs >other.log 2>&1 &&
    grep -q 'undefined reference to .weir_kv_abi_.*_kv_lock_' other.log
}
LD_LIBRARY_PATH=$lib linked shared
LD_LIBRARY_PATH=$lib check 'runtime, loaded by a running program' loaded
check 'another kv does not link with libweir' other_weir
libs="-static $(pkg-config --static --libs weir)"
linked static

mkdir project
cp plus.cc slp.cc kv.cc "$root/prims/install_test.cc" "$root/sched/example_co.c" prefix/share/doc/weir/examples/*.c project
cp "$root/runtime/install_test.cmake" project/CMakeLists.txt
check 'CMake finds the package' cmake -S project -B project -G Ninja -DCMAKE_PREFIX_PATH="$away/prefix" \
  "-DEXAMPLES=${examples//$'\n'/;}" "-DCMAKE_CXX_FLAGS=$strict" "-DCMAKE_C_FLAGS=$strict"
check 'CMake builds with it' cmake --build project
for program in plus-weir plus-weir_static part-prims part-slp part-kv part-sched; do check "CMake, $program" project/$program; done
for example in $examples; do
  for how in weir weir_static; do check "CMake, $example prints what it promises, $how" promised project/$example-$how $example.c; done
done

use weir-prims
cp "$root"/prims/install_test.{c,cc} .
check 'prims, C11 program, gcc' program c-gcc gcc c11 install_test.c
check 'prims, C11 program, clang' program c-clang clang c11 install_test.c
check 'prims, C++17 program, g++' program cc-gcc g++ c++17 install_test.cc
check 'prims, C++17 program, clang++' program cc-clang clang++ c++17 install_test.cc
headers prims

# Every C block of the README is a program.
awk '/^```c$/ { n++; on = 1; next } /^```/ { on = 0 } on { print >("readme-" n ".c") }' "$root/README.md"
check 'README has an example' test -s readme-1.c
use weir
for example in readme-*.c; do LD_LIBRARY_PATH=$lib check "README, $example" program "${example%.c}" gcc c11 "$example"; done

# The README's sessions with the program weir go as they are shown there; a file is made of what `cat` shows.
awk '/^    \$ (cat|weir) / && !on { n++; on = 1 } !/^    / { on = 0 } on { print substr($0, 5) >("session-" n ".txt") }' "$root/README.md"
session() { # session FILE
  local line command more
  awk '/^\$/ { if (NR > 1 || !/^\$ cat /) exit; next } { print }' "$1" >shelf.slp
  while IFS= read -r line; do
    [[ $line == '$ '* ]] || continue
    printf '%s\n' "$line"
    command=${line#'$ '}
    while [[ $command == *\\ ]] && IFS= read -r more; do
      printf '%s\n' "$more"
      command=${command%\\}$more
    done
    PATH=$away/prefix/bin:$PATH sh -c "$command" 2>&1 </dev/null
  done <"$1" | diff "$1" -
}
check 'README has sessions' test -s session-2.txt
for file in session-*.txt; do check "README, $file" session "$file"; done

# So do the examples of the manual.
literal() { sed -n '/^\.Bd -literal/,/^\.Ed/{/^\./d;s/\\e/\\/g;p}' "prefix/share/man/$1"; }
literal man3/weir.3 >page.c
literal man1/weir.1 >page.txt
LD_LIBRARY_PATH=$lib check 'weir(3), its example' program page gcc c11 page.c
check 'weir(1), its examples' session page.txt

use weir-prims
# A program built with other choices than the library does not link, and the linker names the choices it wanted.
mismatch() { # mismatch NAME=VALUE WANTED
  gcc -std=c11 $strict $cflags "-D$1" install_test.c -o mismatch $libs >mismatch.log 2>&1 && return 1
  cat mismatch.log
  grep -q "undefined reference to .weir_prims_abi_.*$2_" mismatch.log
}
check 'another spsc does not link' mismatch WEIR_SPSC=plain _spsc_plain
check 'another cache line does not link' mismatch WEIR_CACHE_LINE=128 _line_128

# The choice of the library travels with its config.h: nobody has to repeat it.
"$root/dev" install --prefix "$away/plain" -DWEIR_SPSC=plain || exit 1
PKG_CONFIG_PATH=$(dirname "$(find "$away/plain" -name weir-prims.pc)")
use weir-prims
chosen() { program chosen gcc c11 install_test.c | grep ' spsc=plain'; }
check 'an installed choice is found without flags' chosen
check 'and the default no longer links with it' mismatch WEIR_SPSC=cached _spsc_cached
