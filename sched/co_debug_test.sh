#!/bin/sh
# In gdb `next` goes over a wait to the line behind it, in a coroutine that stays. 77: there is no gdb, or it may not trace.
#   co_debug_test.sh PROGRAM      (example_co, built without NDEBUG)
command -v gdb >/dev/null || exit 77
said=$(gdb -q -batch -ex 'break guest if $_streq(self->name, "bob")' -ex run -ex 'set var co->stay = 1' \
    -ex next -ex next -ex 'print self->dish.said' -ex continue "$1" 2>&1)
echo "$said"
echo "$said" | grep -q 'Breakpoint 1, guest' || exit 77
echo "$said" | grep -q '^[0-9]*[[:space:]]*WEIR_REQUEST(st, &self->cook->service' || exit 1
echo "$said" | grep -q '^[0-9]*[[:space:]]*if (st) printf("%s has left' || exit 1
echo "$said" | grep -q '"there are no truffles"' || exit 1
echo "$said" | grep -q 'the kitchen is closed' || exit 1
