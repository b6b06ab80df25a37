/* Any bytes as an input of a record: what is accepted is walked whole. */
#include <stdlib.h>
#include <string.h>

#include "runtime/recorded_p.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define must(c) ((c) ? (void)0 : abort())

static void walk(weir_slp_value v) {
    char text[64];
    must(weir_slp_print(v, WEIR_SLP_CANONICAL, text, sizeof text) > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const weir_input_options o = {1, 1, 1, 1, 4, 0, 1, 1, weir_slp_limits_default()};
    weir_input_head head;
    if (size < sizeof head) return 0;
    memcpy(&head, data, sizeof head);
    head.kind %= WEIR_INPUT_KINDS + 1;
    head.bytes = size - sizeof head;
    void *payload = malloc(head.bytes + 1);
    memcpy(payload, data + sizeof head, head.bytes);
    const char *wrong = weir_input_check(&head, payload, &o);
    if (!wrong && (head.kind == WEIR_INPUT_FORM || head.kind == WEIR_INPUT_PUBLISH)) walk(weir_slp_root(payload));
    if (!wrong && head.kind == WEIR_INPUT_OPEN) must(strlen(payload) < WEIR_INPUT_SCOPE);
    free(payload);
    return 0;
}
