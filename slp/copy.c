#include "slp/copy_p.h"

#include "slp/walk_p.h"

weir_slp_class slp_put_text(slp_assembly *a, const char *at, size_t bytes, uint32_t tag) {
    if (bytes == 0) return slp_value(a, slp_cell(0, tag));
    if (bytes > a->limits.bytes) return slp_beyond(a, WEIR_SLP_SIZE, a->limits.bytes);
    uint32_t units = slp_text_units((uint32_t)bytes), to = a->used;
    weir_slp_class bad = slp_room(a, units);
    if (bad) return bad;
    a->unit[to + units - 1] = 0; /* the padding */
    a->unit[to] = (uint32_t)bytes;
    memcpy(a->unit + to + 1, at, bytes);
    a->used += units;
    return slp_value(a, slp_cell(to, tag));
}

static weir_slp_class put_atom(slp_assembly *a, weir_slp_value v) {
    uint32_t tag = v.cell & WEIR_SLP_TAG_MASK;
    if (tag == WEIR_SLP_TAG_SMALL) return slp_value(a, v.cell);
    if (tag == WEIR_SLP_TAG_INTEGER || tag == WEIR_SLP_TAG_REAL) {
        weir_slp_class bad = slp_room(a, 2);
        return bad ? bad : slp_value(a, slp_record_64(a, v.base + (v.cell >> WEIR_SLP_TAG_BITS), tag));
    }
    weir_slp_text t = weir_slp_text_of(v);
    if (tag == WEIR_SLP_TAG_STRING || tag == WEIR_SLP_TAG_ERROR) return slp_put_text(a, t.at, t.bytes, tag);
    if (t.bytes > a->limits.symbol_bytes) return slp_beyond(a, WEIR_SLP_LENGTH, a->limits.symbol_bytes);
    weir_slp_class bad = slp_room_names(a, 1);
    return bad ? bad : slp_value(a, slp_cell(slp_intern(a, t.at, t.bytes), tag));
}

weir_slp_class slp_copy(slp_assembly *a, weir_slp_value v) {
    slp_walk w;
    weir_slp_class bad = WEIR_SLP_OK;
    for (slp_walk_begin(&w, v); !bad && slp_walk_next(&w);) {
        if (w.event == SLP_WALK_LEAVE) {
            bad = slp_leave(a);
        } else if (slp_is_list(w.value.cell) || weir_slp_type_of(w.value) == WEIR_SLP_QUOTE) {
            bad = slp_enter(a, w.value.cell & WEIR_SLP_TAG_MASK, 0);
            slp_walk_enter(&w);
        } else {
            bad = put_atom(a, w.value);
        }
    }
    return bad;
}
