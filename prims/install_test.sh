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

"$root/dev" install --prefix "$away/first" || exit 1
mv "$away/first" "$away/prefix" # a tree that was moved still works
PKG_CONFIG_PATH=$(dirname "$(find "$away/prefix" -name weir-prims.pc)")
export PKG_CONFIG_PATH
cflags=$(pkg-config --cflags weir-prims) libs=$(pkg-config --libs weir-prims)
cd "$away" || exit 1

check 'the program weir' sh -c '"$0" --version && echo "(a)" | "$0" check -' prefix/bin/weir
cp "$root"/prims/install_test.{c,cc} .
check 'C11 program, gcc' program c-gcc gcc c11 install_test.c
check 'C11 program, clang' program c-clang clang c11 install_test.c
check 'C++17 program, g++' program cc-gcc g++ c++17 install_test.cc
check 'C++17 program, clang++' program cc-clang clang++ c++17 install_test.cc

# Every public header alone; warnings that users like to have on must not come from our headers.
alone() { # alone HEADER COMPILER -xLANGUAGE -std=STANDARD
  echo "#include <weir/prims/$1>" | "$2" "$3" "$4" $strict -Wshadow -Wundef $cflags -fsyntax-only -
}
for header in $(cd prefix/include/weir/prims && ls ./*.h | grep -v '_p\.h$' | sed 's,^\./,,'); do
  for compiler in gcc clang; do
    check "$header alone, C11, $compiler" alone "$header" $compiler -xc -std=c11
    check "$header alone, C++17, $compiler" alone "$header" $compiler -xc++ -std=c++17
  done
done

# Every C block of the README is a program.
awk '/^```c$/ { n++; on = 1; next } /^```/ { on = 0 } on { print >("readme-" n ".c") }' "$root/README.md"
check 'README has an example' test -s readme-1.c
for example in readme-*.c; do check "README, $example" program "${example%.c}" gcc c11 "$example"; done

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
cflags=$(pkg-config --cflags weir-prims) libs=$(pkg-config --libs weir-prims)
chosen() { program chosen gcc c11 install_test.c | grep ' spsc=plain'; }
check 'an installed choice is found without flags' chosen
check 'and the default no longer links with it' mismatch WEIR_SPSC=cached _spsc_cached
