/* What a record looks like behind its head: kind, tenant, and by kind
 *   CHANGED   number of operations; each: bytes of the key * 2, + 1 for a DEL; for a SET bytes of the value; key; value
 *   CREATED   quota: keys, bytes; the name, to the end
 *   LIMITED   quota: keys, bytes
 *   END       position, records
 * Numbers are LEB128. */
#include "prims/crc.h"
#include "kv/store/wal_p.h"

static size_t number_size(uint64_t n) {
    size_t size = 1;
    for (; n > 127; n >>= 7) size++;
    return size;
}

static unsigned char *put_number(unsigned char *to, uint64_t n) {
    for (; n > 127; n >>= 7) *to++ = (unsigned char)(n | 128);
    *to++ = (unsigned char)n;
    return to;
}

static unsigned char *put_bytes(unsigned char *to, weir_kv_bytes b) {
    if (b.size) memcpy(to, b.at, b.size);
    return to + b.size;
}

static uint64_t key_number(const weir_kv_op *op) { return (uint64_t)op->key.size << 1 | (op->verb == WEIR_KV_DEL); }

static uint64_t op_size(const weir_kv_op *op) {
    uint64_t size = number_size(key_number(op)) + op->key.size;
    return op->verb == WEIR_KV_DEL ? size : size + number_size(op->value.size) + op->value.size;
}

static uint64_t said_size(const weir_wal_event *e) {
    uint64_t size = 1 + number_size(e->tenant);
    if (e->kind == WEIR_WAL_CHANGED) {
        size += number_size(e->n);
        for (size_t i = 0; i < e->n; i++) size += op_size(&e->op[i]);
    }
    if (e->kind == WEIR_WAL_CREATED || e->kind == WEIR_WAL_LIMITED)
        size += number_size(e->quota.keys) + number_size(e->quota.bytes) + e->name.size;
    if (e->kind == WEIR_WAL_END) size += number_size(e->to) + number_size(e->records);
    return size;
}

static uint64_t padded(uint64_t size) { return (size + 7) & ~(uint64_t)7; }

uint64_t weir_wal_record_size(const weir_wal_event *e) { return sizeof(weir_wal_head) + padded(said_size(e)); }

static unsigned char *put_op(unsigned char *to, const weir_kv_op *op) {
    to = put_number(to, key_number(op));
    if (op->verb == WEIR_KV_DEL) return put_bytes(to, op->key);
    to = put_number(to, op->value.size);
    return put_bytes(put_bytes(to, op->key), op->value);
}

static unsigned char *put_event(unsigned char *to, const weir_wal_event *e) {
    *to++ = (unsigned char)e->kind;
    to = put_number(to, e->tenant);
    if (e->kind == WEIR_WAL_CHANGED) {
        to = put_number(to, e->n);
        for (size_t i = 0; i < e->n; i++) to = put_op(to, &e->op[i]);
    }
    if (e->kind == WEIR_WAL_CREATED || e->kind == WEIR_WAL_LIMITED)
        to = put_bytes(put_number(put_number(to, e->quota.keys), e->quota.bytes), e->name);
    if (e->kind == WEIR_WAL_END) to = put_number(put_number(to, e->to), e->records);
    return to;
}

uint32_t weir_wal_record_crc(const void *head, uint64_t size, uint32_t id) {
    return weir_crc32c(id, (const char *)head + sizeof(uint32_t), (size_t)size - sizeof(uint32_t));
}

void weir_wal_record_write(void *at, const weir_wal_event *e, uint64_t size, uint32_t id, uint64_t position,
                           uint64_t durable) {
    unsigned char *said = (unsigned char *)at + sizeof(weir_wal_head), *end = put_event(said, e);
    memset(end, 0, (size_t)((unsigned char *)at + size - end));
    weir_wal_head h = {.size = (uint32_t)(end - said), .position = position, .durable = durable};
    memcpy(at, &h, sizeof h);
    h.crc = weir_wal_record_crc(at, size, id);
    memcpy(at, &h.crc, sizeof h.crc);
}

/* -- reading: `left` bytes at `at`; what is too long for them is refused ------------------------------------------ */

typedef struct cursor {
    const unsigned char *at;
    size_t left;
    bool bad;
} cursor;

static uint64_t get_number(cursor *c) {
    uint64_t n = 0;
    for (unsigned shift = 0; c->left && shift < 64; shift += 7) {
        unsigned char b = *c->at++;
        c->left--;
        n |= (uint64_t)(b & 127) << shift;
        if (b < 128) return n;
    }
    c->bad = true;
    return 0;
}

static weir_kv_bytes get_bytes(cursor *c, uint64_t size) {
    if (size > c->left) c->bad = true, size = 0;
    weir_kv_bytes b = weir_kv_bytes_of(c->at, (size_t)size);
    c->at += size;
    c->left -= (size_t)size;
    return b;
}

static void get_op(cursor *c, weir_kv_op *op) {
    uint64_t key = get_number(c), value = key & 1 ? 0 : get_number(c);
    *op = (weir_kv_op){.verb = key & 1 ? WEIR_KV_DEL : WEIR_KV_SET};
    if (key >> 1 > WEIR_KV_KEY_MAX) c->bad = true;
    op->key = get_bytes(c, key >> 1);
    op->value = get_bytes(c, value);
}

static weir_kv_status get_ops(cursor *c, weir_wal_event *e, weir_kv_op **op, size_t *room) {
    uint64_t n = get_number(c);
    if (n > c->left) return WEIR_KV_CORRUPT; /* each takes a byte at least */
    if (n > *room) {
        weir_kv_op *more = realloc(*op, (size_t)n * sizeof *more);
        if (!more) return WEIR_KV_NOMEM;
        *op = more;
        *room = (size_t)n;
    }
    for (size_t i = 0; i < n; i++) get_op(c, &(*op)[i]);
    e->op = *op;
    e->n = (size_t)n;
    return WEIR_KV_OK;
}

weir_kv_status weir_wal_record_read(weir_wal_event *e, const unsigned char *at, size_t size, weir_kv_op **op,
                                    size_t *room) {
    cursor c = {at, size, false};
    *e = (weir_wal_event){.kind = (weir_wal_kind)get_number(&c)};
    e->tenant = get_number(&c);
    weir_kv_status st = e->kind == WEIR_WAL_CHANGED ? get_ops(&c, e, op, room) : WEIR_KV_OK;
    if (st != WEIR_KV_OK) return st;
    if (e->kind == WEIR_WAL_CREATED || e->kind == WEIR_WAL_LIMITED) {
        e->quota.keys = get_number(&c);
        e->quota.bytes = get_number(&c);
    }
    if (e->kind == WEIR_WAL_CREATED) e->name = get_bytes(&c, c.left);
    if (e->kind == WEIR_WAL_END) {
        e->to = get_number(&c);
        e->records = get_number(&c);
    }
    bool known = e->kind >= WEIR_WAL_CHANGED && e->kind <= WEIR_WAL_END;
    return c.bad || c.left || !known || e->name.size > WEIR_KV_NAME_MAX ? WEIR_KV_CORRUPT : WEIR_KV_OK;
}
