/* weir version: how this program was built, and with what. */
#include <string.h>

#include "kv/kv.h"
#include "prims/kinds.h"
#include "prims/platform.h"
#include "prims/variant.h"
#include "runtime/program/build.h"
#include "runtime/program/commands.h"
#include "sched/sched.h"

weir_exit weir_version_main(int argc, char **argv) {
    if (argc > 0) return weir_refuse("version takes nothing, not '%s'", argv[0]);
    printf("weir " WEIR_VERSION "\n"
           "build     %s\n"
           "libraries %s\n"
           "probes    %s\n"
           "line      %d bytes of a cache line\n"
           "prims    %s\n"
           "sched    %s\n"
           "kv       %s\n",
           weir_build, WEIR_LIBRARIES, WEIR_HAVE_SDT ? "yes" : "no, sys/sdt.h was not there", WEIR_CACHE_LINE,
           WEIR_PRIMS_CHOICES, WEIR_SCHED_CHOICES, WEIR_KV_CHOICES);
    return WEIR_GOOD;
}
