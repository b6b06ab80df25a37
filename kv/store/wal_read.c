/* Records in a file, and what to make of a place that is none. */
#include <errno.h>
#include <fcntl.h>

#include "prims/crc.h"
#include "kv/store/wal_p.h"

enum { WINDOW = 1 << 20 };

static weir_kv_status fail(weir_wal_reader *r, int system, const char *what) {
    return weir_wal_fail(r->dir, r->error, system, what, r->name);
}

static weir_kv_status corrupt(weir_wal_reader *r, uint64_t offset, const char *why) {
    return weir_wal_corrupt(r->dir, r->error, r->name, offset, why);
}

static weir_kv_status widen(weir_wal_reader *r, size_t size) {
    if (size <= r->window_room) return WEIR_KV_OK;
    unsigned char *more = realloc(r->window, size);
    if (!more) return fail(r, ENOMEM, "read");
    r->window = more;
    r->window_room = size;
    return WEIR_KV_OK;
}

/* Makes the window begin at offset and reach as far as it can. */
static weir_kv_status slide(weir_wal_reader *r, uint64_t offset) {
    const weir_kv_io *io = r->dir->io;
    size_t kept = 0;
    if (offset >= r->window_at && offset < r->window_at + r->window_size) {
        kept = (size_t)(r->window_at + r->window_size - offset);
        memmove(r->window, r->window + r->window_size - kept, kept);
    }
    r->window_at = offset;
    r->window_size = kept;
    while (r->window_size < r->window_room && offset + r->window_size < r->size) {
        ssize_t n = io->read(io->ctx, r->fd, r->window + r->window_size, r->window_room - r->window_size,
                             offset + r->window_size);
        if (n < 0) return fail(r, (int)-n, "read");
        if (n == 0) return fail(r, EIO, "read all of"); /* it was that long when it was opened */
        r->window_size += (size_t)n;
    }
    return WEIR_KV_OK;
}

/* size bytes at offset, which the file has. */
static weir_kv_status peek(weir_wal_reader *r, uint64_t offset, size_t size, const unsigned char **at) {
    if (offset < r->window_at || offset + size > r->window_at + r->window_size) {
        weir_kv_status st = widen(r, size > WINDOW ? size : WINDOW);
        if (st == WEIR_KV_OK) st = slide(r, offset);
        if (st != WEIR_KV_OK) return st;
    }
    *at = r->window + (offset - r->window_at);
    return WEIR_KV_OK;
}

static weir_kv_status check_header(weir_wal_reader *r, const char *magic, uint64_t base, uint32_t id) {
    weir_wal_header h = {0}, same;
    const unsigned char *at;
    if (r->size < sizeof h) return corrupt(r, r->size, "it ends within its header");
    weir_kv_status st = peek(r, 0, sizeof h, &at);
    if (st != WEIR_KV_OK) return st;
    memcpy(&h, at, sizeof h);
    if (memcmp(h.magic, magic, sizeof h.magic)) return corrupt(r, 0, "it does not begin as such a file");
    if (h.crc != weir_crc32c(0, &h, offsetof(weir_wal_header, crc)))
        return corrupt(r, 0, "its header is not what was written");
    if (h.order != 0x01020304)
        return corrupt(r, offsetof(weir_wal_header, order), "it comes from a machine of another byte order");
    if (h.version > WEIR_WAL_VERSION)
        return weir_kv_fail(r->error, WEIR_KV_NEWER, 0, offsetof(weir_wal_header, version),
                            "%s/%s has format %u, this library knows up to %d: open it with a later version",
                            r->dir->path, r->name, h.version, WEIR_WAL_VERSION);
    if (id && h.id != id) return corrupt(r, offsetof(weir_wal_header, id), "it belongs to another store");
    weir_wal_header_make(&same, magic, h.id, base);
    if (memcmp(&same, &h, sizeof h)) return corrupt(r, offsetof(weir_wal_header, base), "it has another file's name");
    r->id = h.id;
    return WEIR_KV_OK;
}

weir_kv_status weir_wal_reader_open(weir_wal_reader *r, const weir_wal_dir *d, const char *name, const char *magic,
                                    uint64_t base, uint32_t id, weir_kv_error *error) {
    *r = (weir_wal_reader){.dir = d, .error = error, .base = base};
    memcpy(r->name, name, strlen(name) + 1);
    r->fd = weir_wal_dir_open_file(d, name, O_RDONLY);
    if (r->fd < 0) return fail(r, -r->fd, "open");
    int64_t size = d->io->size(d->io->ctx, r->fd);
    if (size < 0) return fail(r, (int)-size, "read");
    r->size = (uint64_t)size;
    return check_header(r, magic, base, id);
}

void weir_wal_reader_close(weir_wal_reader *r) {
    if (r->fd >= 0) r->dir->io->close(r->dir->io->ctx, r->fd);
    free(r->window);
    free(r->op);
    r->fd = -1;
    r->window = NULL;
    r->op = NULL;
}

static uint64_t offset_of(const weir_wal_reader *r, uint64_t position) { return WEIR_WAL_HEADER + position - r->base; }

/* Whether somebody wrote a record at position: OK, with its head and where it lies; NO. */
static weir_kv_status find(weir_wal_reader *r, uint64_t position, weir_wal_head *h, const unsigned char **at) {
    uint64_t offset = offset_of(r, position);
    if (offset > r->size || r->size - offset < sizeof *h) return WEIR_KV_NO;
    weir_kv_status st = peek(r, offset, sizeof *h, at);
    if (st != WEIR_KV_OK) return st;
    memcpy(h, *at, sizeof *h);
    uint64_t size = sizeof *h + (((uint64_t)h->size + 7) & ~(uint64_t)7);
    if (h->position != position || size > WEIR_WAL_RECORD_MAX || size > r->size - offset) return WEIR_KV_NO;
    st = peek(r, offset, (size_t)size, at);
    if (st != WEIR_KV_OK) return st;
    return h->crc == weir_wal_record_crc(*at, size, r->id) ? WEIR_KV_OK : WEIR_KV_NO;
}

weir_kv_status weir_wal_reader_next(weir_wal_reader *r, uint64_t position, weir_wal_event *e, uint64_t *size) {
    weir_wal_head h;
    const unsigned char *at;
    weir_kv_status st = find(r, position, &h, &at);
    if (st != WEIR_KV_OK) return st;
    *size = sizeof h + (((uint64_t)h.size + 7) & ~(uint64_t)7);
    st = weir_wal_record_read(e, at + sizeof h, h.size, &r->op, &r->op_room);
    if (st == WEIR_KV_NOMEM) return fail(r, ENOMEM, "read");
    if (st == WEIR_KV_CORRUPT) return corrupt(r, offset_of(r, position), "a record says what cannot be");
    e->durable = h.durable;
    return WEIR_KV_OK;
}

/* Every record begins at a multiple of 8 and knows its position, so few places must be looked at closely. */
weir_kv_status weir_wal_reader_tail(weir_wal_reader *r, uint64_t position, uint64_t *torn) {
    uint64_t begin = offset_of(r, position), word[2];
    const unsigned char *at;
    weir_wal_head h;
    *torn = 0;
    for (uint64_t offset = begin; offset < r->size; offset += 8) {
        size_t left = r->size - offset < 16 ? (size_t)(r->size - offset) : 16;
        weir_kv_status st = peek(r, offset, left, &at);
        if (st != WEIR_KV_OK) return st;
        memset(word, 0, sizeof word);
        memcpy(word, at, left);
        if (word[0]) *torn = offset + 8 - begin;
        uint64_t here = position + (offset - begin);
        if (word[1] != here || here == position) continue;
        st = find(r, here, &h, &at);
        if (st == WEIR_KV_OK && h.durable > position)
            return corrupt(r, begin, "a record is not what was written, and one behind it knows that it was synced");
        if (st != WEIR_KV_OK && st != WEIR_KV_NO) return st;
    }
    return WEIR_KV_OK;
}
