/* session - who runs something: a tenant of the store, rights, limits; and the runtime it is a session of. */
#ifndef WEIR_RUNTIME_SESSION_P_H
#define WEIR_RUNTIME_SESSION_P_H

#include "kv/kv.h"
#include "runtime/exec_p.h"
#include "runtime/weir.h"

struct weir_runtime {
    weir_kv *kv;
    weir_vocabulary words;
    weir_runtime_options o; /* with the defaults; its texts are not kept */
};

struct weir_session {
    weir_runtime *runtime;
    weir_kv_tenant *tenant;
    unsigned rights;
    weir_tools tools; /* of the one thread that uses it */
    weir_exec x;      /* its scripts, one after the other */
};

static inline unsigned weir_session_rights(const weir_session *s) { return s->rights; }

#endif
