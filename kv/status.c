#include <stdarg.h>
#include <stdio.h>

#include "kv/kv_p.h"

const char *weir_kv_status_text(weir_kv_status status) {
    static const char *const text[] = {
        [WEIR_KV_OK] = "ok",
        [WEIR_KV_NO] = "no",
        [WEIR_KV_KEY_LONG] = "key too long",
        [WEIR_KV_VALUE_LONG] = "value too long",
        [WEIR_KV_QUOTA] = "quota reached",
        [WEIR_KV_FULL] = "too much retired memory is held by readers",
        [WEIR_KV_NOMEM] = "out of memory",
        [WEIR_KV_NOTSUP] = "not supported by this variant or store",
        [WEIR_KV_TIMEOUT] = "deadline passed",
        [WEIR_KV_ABSENT] = "no such tenant",
        [WEIR_KV_PRESENT] = "there is such a tenant",
        [WEIR_KV_DROPPED] = "the tenant has been dropped",
        [WEIR_KV_BAD] = "bad argument",
        [WEIR_KV_IO] = "input or output failed",
        [WEIR_KV_NOSPACE] = "no space left on the device",
        [WEIR_KV_READONLY] = "read-only",
        [WEIR_KV_MISSING] = "no store there",
        [WEIR_KV_LOCKED] = "another process has the store open",
        [WEIR_KV_NEWER] = "written by a later version",
        [WEIR_KV_CORRUPT] = "the store is damaged",
    };
    if ((unsigned)status >= sizeof text / sizeof *text) return "unknown status";
    return text[status];
}

weir_kv_status weir_kv_fail(weir_kv_error *error, weir_kv_status status, int system, uint64_t offset,
                            const char *format, ...) {
    if (!error) return status;
    *error = (weir_kv_error){.status = status, .system = system, .offset = offset};
    va_list args;
    va_start(args, format);
    vsnprintf(error->text, sizeof error->text, format, args);
    va_end(args);
    return status;
}
