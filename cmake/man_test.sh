#!/usr/bin/env bash
# man_test.sh PAGE [PROGRAM | HEADER.h]: a page is well-formed mdoc, and names the very options and commands of the program's --help,
# or the very functions of the header, as they are declared there.
set -uo pipefail
page=$1 of=${2-} bad=0

same() { # same WHAT: < in the page alone, > there alone
  local out
  out=$(diff <(sort -u "$there") <(sort -u "$here")) || { printf '%s: %s (< missing, > surplus)\n%s\n' "$page" "$1" "$out"; bad=1; }
}
clean() { # clean COMMAND...: says nothing of the page, if the command is there
  local out
  command -v "$1" >/dev/null || return
  out=$("$@" "$page" 2>&1 >/dev/null) && [ -z "$out" ] || { printf '%s\n' "$out"; bad=1; }
}
prototypes_of_header() { # statements without comments, attributes and lines of the preprocessor
  perl -0pe 's,/\*.*?\*/,,gs; s/^#.*(\\\n.*)*$//gm; s/^(extern "C" \{|\})$//gm; s/__attribute__\(\(.*?\)\)\)//gs; s/\s+/ /g; s/; ?/\n/g' |
    sed -E 's/^ | $//g' | grep -E '^[a-z0-9_ *]+weir_[a-z0-9_]+\(' | grep -vE '^(typedef|static) '
}
prototypes_of_page() {
  awk -F'"' '/^\.Sh DESCRIPTION/ { exit } /^\.Ft / { type = substr($0, 5); if (type !~ /\*$/) type = type " "; gsub(/^"|" ?$/, "", type) }
    /^\.Fn / { split($1, word, " "); args = ""; for (i = 2; i < NF; i += 2) args = args (i > 2 ? ", " : "") $i
      print type word[2] "(" args ")" }' "$page"
}

here=$(mktemp) there=$(mktemp)
trap 'rm -f "$here" "$there"' EXIT
clean groff -mdoc -ww -z -Tutf8
clean mandoc -Tlint -Wwarning
case $of in
'') ;;
*.h)
  prototypes_of_header <"$of" >"$there"
  prototypes_of_page >"$here"
  [ -s "$there" ] || { echo "$of declares nothing"; bad=1; }
  same functions
  ;;
*)
  help=$("$of" --help) name=$(basename "$page" .1)
  grep -oE -- '(^|[ ,|[])--?[a-z][a-z-]*' <<<"$help" | tr -d ' ,|[' >"$there"
  sed -nE '/^\.|^$/s/Fl (-?[a-zA-Z-]+)/\n-\1\n/gp' "$page" | grep -E '^--?[a-z]' >"$here"
  same options
  grep -oE "^(usage:|  +) *$name [a-z]+" <<<"$help" | awk '{ print $NF }' >"$there"
  grep -oE 'Cm [a-z]+' "$page" | cut -d' ' -f2 >"$here"
  same commands
  ;;
esac
exit $bad
