#!/bin/sh
# probe_test PROGRAM 0|1: has the program the notes of all probes that probe_p.h lists, or, built without, none at all?
program=$1 built=$2
command -v readelf >/dev/null || { echo "no readelf on this machine: nothing looked at"; exit 77; }
found=$(readelf -n "$program" 2>/dev/null | awk '$1 == "Provider:" { mine = $2 == "weir" } $1 == "Name:" && mine { print $2 }' | sort -u)
wanted=$(printf '%s\n' await__parked await__woken command__begin command__end event__admitted run__begin run__end session__close session__open)
[ "$built" = 1 ] || wanted=
[ "$found" = "$wanted" ] && exit
printf 'wanted:\n%s\nfound:\n%s\n' "$wanted" "$found"
exit 1
