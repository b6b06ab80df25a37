#include "kv/io_sim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "kv/io_sim_p.h"

enum { NONE = -1, SECTOR = 512 };

void *weir_sim_get(size_t size) {
    void *p = calloc(1, size ? size : 1);
    if (!p) abort();
    return p;
}

static int find(const weir_sim_tree *t, const char *path) {
    for (unsigned i = 0; i < t->names; i++)
        if (!strcmp(t->name[i].path, path)) return (int)i;
    return NONE;
}

static void set_size(weir_sim_node *n, size_t size) {
    if (size == n->size) return;
    unsigned char *bytes = realloc(n->bytes, size ? size : 1);
    if (!bytes) abort();
    if (size > n->size) memset(bytes + n->size, 0, size - n->size);
    n->bytes = bytes;
    n->size = size;
}

static void set_name(weir_sim_tree *t, const char *path, int node) {
    int at = find(t, path);
    if (node == NONE) {
        if (at != NONE) t->name[at] = t->name[--t->names];
        return;
    }
    if (at == NONE) {
        if (t->names == WEIR_SIM_NODES || strlen(path) >= WEIR_SIM_PATH) abort();
        at = (int)t->names++;
        memcpy(t->name[at].path, path, strlen(path) + 1);
    }
    t->name[at].node = (unsigned)node;
}

static void put(weir_sim_node *n, const weir_sim_change *c, size_t size, uint64_t keep) {
    size_t end = (size_t)c->offset + size;
    if (size && end > n->size) set_size(n, end);
    for (size_t i = 0; i < size;) {
        size_t at = (size_t)c->offset + i, part = SECTOR - at % SECTOR;
        if (part > size - i) part = size - i;
        if (keep >> (at / SECTOR % 64) & 1) memcpy(n->bytes + at, c->bytes + i, part);
        i += part;
    }
}

void weir_sim_apply(weir_sim_tree *t, const weir_sim_change *c, size_t size, uint64_t keep) {
    if (c->kind == SIM_WRITE) put(&t->node[c->object], c, size, keep);
    if (c->kind == SIM_SIZE) set_size(&t->node[c->object], (size_t)c->offset);
    if (c->kind != SIM_NAME) return;
    set_name(t, c->path, c->node);
    if (c->from) set_name(t, c->from, NONE);
}

void weir_sim_copy(weir_sim_tree *to, const weir_sim_tree *from) {
    *to = *from;
    for (unsigned i = 0; i < from->nodes; i++) {
        to->node[i].locked = false;
        to->node[i].bytes = weir_sim_get(from->node[i].size);
        if (from->node[i].size) memcpy(to->node[i].bytes, from->node[i].bytes, from->node[i].size);
    }
}

/* -- the calls; each under the lock ------------------------------------------------------------------------------- */

static void note(weir_sim *s, weir_sim_change c) {
    if (s->changes == s->room) {
        s->room = s->room ? 2 * s->room : 256;
        s->change = realloc(s->change, s->room * sizeof *s->change);
        if (!s->change) abort();
    }
    s->change[s->changes++] = c;
    weir_sim_apply(&s->now, &c, c.size, UINT64_MAX);
}

static weir_sim *begin(void *ctx, weir_sim_fault *fault) {
    weir_sim *s = ctx;
    pthread_mutex_lock(&s->lock);
    uint64_t call = s->calls++;
    bool lasts = s->fault == WEIR_SIM_DOWN || s->fault == WEIR_SIM_LIE;
    *fault =
        s->fault != WEIR_SIM_SOUND && (lasts ? call >= s->fault_at : call == s->fault_at) ? s->fault : WEIR_SIM_SOUND;
    return s;
}

static bool fails(weir_sim_fault fault) { return fault == WEIR_SIM_FAIL || fault == WEIR_SIM_DOWN; }

static int64_t end(weir_sim *s, int64_t result) {
    pthread_mutex_unlock(&s->lock);
    return result;
}

static weir_sim_node *node_of(weir_sim *s, int fd) {
    if (fd < 0 || fd >= WEIR_SIM_OPEN || !s->fd[fd].open) abort();
    return &s->now.node[s->fd[fd].node];
}

/* The directory that a path is in; NONE: it is not there. */
static int directory(const weir_sim *s, const char *path) {
    char of[WEIR_SIM_PATH];
    const char *slash = strrchr(path, '/');
    if (!slash) return NONE;
    size_t n = slash == path ? 1 : (size_t)(slash - path);
    memcpy(of, path, n);
    of[n] = 0;
    int at = find(&s->now, of);
    return at == NONE ? NONE : (int)s->now.name[at].node;
}

static int create(weir_sim *s, const char *path, bool is_directory) {
    int in = directory(s, path);
    if (in == NONE) return -ENOENT;
    if (s->now.nodes == WEIR_SIM_NODES) abort();
    int node = (int)s->now.nodes++;
    s->now.node[node] = (weir_sim_node){.directory = is_directory, .bytes = weir_sim_get(0)};
    note(s, (weir_sim_change){.kind = SIM_NAME, .object = (unsigned)in, .path = strdup(path), .node = node});
    return node;
}

static int open_node(weir_sim *s, const char *path, int flags) {
    int at = find(&s->now, path), node = at == NONE ? NONE : (int)s->now.name[at].node;
    if (node == NONE && !(flags & O_CREAT)) return -ENOENT;
    if (node != NONE && (flags & O_CREAT) && (flags & O_EXCL)) return -EEXIST;
    if (node == NONE) return create(s, path, false);
    if ((flags & O_TRUNC) && s->now.node[node].size)
        note(s, (weir_sim_change){.kind = SIM_SIZE, .object = (unsigned)node});
    return node;
}

static int sim_open(void *ctx, const char *path, int flags, mode_t mode) {
    (void)mode;
    weir_sim_fault fault;
    weir_sim *s = begin(ctx, &fault);
    if (fails(fault)) return (int)end(s, -s->error);
    int node = open_node(s, path, flags), fd = 0;
    if (node < 0) return (int)end(s, node);
    while (fd < WEIR_SIM_OPEN && s->fd[fd].open) fd++;
    if (fd == WEIR_SIM_OPEN) abort();
    s->fd[fd].open = true;
    s->fd[fd].node = (unsigned)node;
    return (int)end(s, fd);
}

static int sim_close(void *ctx, int fd) {
    weir_sim_fault fault;
    weir_sim *s = begin(ctx, &fault);
    node_of(s, fd)->locked = false;
    s->fd[fd].open = false;
    return (int)end(s, fails(fault) ? -s->error : 0);
}

static ssize_t sim_read(void *ctx, int fd, void *to, size_t size, uint64_t offset) {
    weir_sim_fault fault;
    weir_sim *s = begin(ctx, &fault);
    const weir_sim_node *n = node_of(s, fd);
    if (fails(fault)) return (ssize_t)end(s, -s->error);
    size_t there = offset < n->size ? n->size - (size_t)offset : 0;
    if (size > there) size = there;
    if (fault == WEIR_SIM_SHORT && size > 1) size /= 2;
    if (size) memcpy(to, n->bytes + offset, size);
    return (ssize_t)end(s, (int64_t)size);
}

static ssize_t sim_write(void *ctx, int fd, const void *from, size_t size, uint64_t offset) {
    weir_sim_fault fault;
    weir_sim *s = begin(ctx, &fault);
    node_of(s, fd);
    if (fails(fault)) return (ssize_t)end(s, -s->error);
    if (fault == WEIR_SIM_SHORT && size > 1) size /= 2;
    unsigned char *bytes = weir_sim_get(size);
    memcpy(bytes, from, size);
    note(s, (weir_sim_change){
                .kind = SIM_WRITE, .object = s->fd[fd].node, .offset = offset, .size = size, .bytes = bytes});
    return (ssize_t)end(s, (int64_t)size);
}

static int sim_sync(void *ctx, int fd) {
    weir_sim_fault fault;
    weir_sim *s = begin(ctx, &fault);
    node_of(s, fd);
    bool failed = fails(fault);
    if (fault != WEIR_SIM_LIE)
        note(s, (weir_sim_change){.kind = failed ? SIM_SYNC_FAILED : SIM_SYNC, .object = s->fd[fd].node});
    return (int)end(s, failed ? -s->error : 0);
}

static int resize(void *ctx, int fd, uint64_t size, bool only_grow) {
    weir_sim_fault fault;
    weir_sim *s = begin(ctx, &fault);
    size_t now = node_of(s, fd)->size;
    if (fails(fault)) return (int)end(s, -s->error);
    if (size > now || (size < now && !only_grow))
        note(s, (weir_sim_change){.kind = SIM_SIZE, .object = s->fd[fd].node, .offset = size});
    return (int)end(s, 0);
}

static int sim_allocate(void *ctx, int fd, uint64_t offset, uint64_t size) {
    return resize(ctx, fd, offset + size, true);
}
static int sim_truncate(void *ctx, int fd, uint64_t size) { return resize(ctx, fd, size, false); }

static int64_t sim_size(void *ctx, int fd) {
    weir_sim_fault fault;
    weir_sim *s = begin(ctx, &fault);
    return end(s, fails(fault) ? -s->error : (int64_t)node_of(s, fd)->size);
}

static int sim_rename(void *ctx, const char *from, const char *to) {
    weir_sim_fault fault;
    weir_sim *s = begin(ctx, &fault);
    int at = find(&s->now, from), in = directory(s, to);
    if (fails(fault)) return (int)end(s, -s->error);
    if (at == NONE || in == NONE) return (int)end(s, -ENOENT);
    if (directory(s, from) != in) abort();
    note(s, (weir_sim_change){.kind = SIM_NAME,
                              .object = (unsigned)in,
                              .path = strdup(to),
                              .from = strdup(from),
                              .node = (int)s->now.name[at].node});
    return (int)end(s, 0);
}

static int sim_unlink(void *ctx, const char *path) {
    weir_sim_fault fault;
    weir_sim *s = begin(ctx, &fault);
    int in = directory(s, path);
    if (fails(fault)) return (int)end(s, -s->error);
    if (find(&s->now, path) == NONE) return (int)end(s, -ENOENT);
    note(s, (weir_sim_change){.kind = SIM_NAME, .object = (unsigned)in, .path = strdup(path), .node = NONE});
    return (int)end(s, 0);
}

static int sim_mkdir(void *ctx, const char *path, mode_t mode) {
    (void)mode;
    weir_sim_fault fault;
    weir_sim *s = begin(ctx, &fault);
    if (fails(fault)) return (int)end(s, -s->error);
    if (find(&s->now, path) != NONE) return (int)end(s, -EEXIST);
    int node = create(s, path, true);
    return (int)end(s, node < 0 ? node : 0);
}

static int sim_lock(void *ctx, int fd) {
    weir_sim_fault fault;
    weir_sim *s = begin(ctx, &fault);
    weir_sim_node *n = node_of(s, fd);
    if (fails(fault)) return (int)end(s, -s->error);
    if (n->locked) return (int)end(s, -EWOULDBLOCK);
    n->locked = true;
    return (int)end(s, 0);
}

static int sim_list(void *ctx, const char *path, void (*each)(void *arg, const char *name), void *arg) {
    weir_sim_fault fault;
    weir_sim *s = begin(ctx, &fault);
    int at = find(&s->now, path);
    if (fails(fault)) return (int)end(s, -s->error);
    if (at == NONE) return (int)end(s, -ENOENT);
    for (unsigned i = 0; i < s->now.names; i++) {
        const char *p = s->now.name[i].path;
        if (p[1] && directory(s, p) == (int)s->now.name[at].node) each(arg, strrchr(p, '/') + 1);
    }
    return (int)end(s, 0);
}

/* -- the disk ----------------------------------------------------------------------------------------------------- */

static weir_sim *make(const weir_sim_tree *t) {
    weir_sim *s = weir_sim_get(sizeof *s);
    s->io = (weir_kv_io){s,        sim_open,   sim_close,  sim_read,  sim_write, sim_sync, sim_allocate, sim_truncate,
                         sim_size, sim_rename, sim_unlink, sim_mkdir, sim_lock,  sim_list};
    pthread_mutex_init(&s->lock, NULL);
    weir_sim_copy(&s->base, t);
    weir_sim_copy(&s->now, t);
    return s;
}

static void free_tree(weir_sim_tree *t) {
    for (unsigned i = 0; i < t->nodes; i++) free(t->node[i].bytes);
}

weir_sim *weir_sim_new(void) {
    weir_sim_tree *t = weir_sim_get(sizeof *t);
    t->node[t->nodes++].directory = true;
    set_name(t, "/", 0);
    weir_sim *s = make(t);
    free(t);
    return s;
}

void weir_sim_free(weir_sim *s) {
    if (!s) return;
    free_tree(&s->base);
    free_tree(&s->now);
    for (size_t i = 0; i < s->changes; i++) {
        free(s->change[i].bytes);
        free(s->change[i].path);
        free(s->change[i].from);
    }
    free(s->change);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

const weir_kv_io *weir_sim_io(weir_sim *s) { return &s->io; }

uint64_t weir_sim_calls(weir_sim *s) {
    pthread_mutex_lock(&s->lock);
    return (uint64_t)end(s, (int64_t)s->calls);
}

size_t weir_sim_changes(weir_sim *s) {
    pthread_mutex_lock(&s->lock);
    return (size_t)end(s, (int64_t)s->changes);
}

void weir_sim_break(weir_sim *s, uint64_t nth, weir_sim_fault fault, int error) {
    pthread_mutex_lock(&s->lock);
    s->fault_at = s->calls + nth;
    s->fault = fault;
    s->error = error;
    end(s, 0);
}

unsigned char *weir_sim_bytes(weir_sim *s, const char *path, size_t *size) {
    int at = find(&s->now, path);
    if (at == NONE) return NULL;
    weir_sim_node *n = &s->now.node[s->now.name[at].node];
    *size = n->size;
    return n->bytes;
}

/* -- power cuts --------------------------------------------------------------------------------------------------- */

static uint64_t next(uint64_t *state) { /* splitmix64 */
    uint64_t x = *state += 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

/* lasts[i]: a sync that succeeded covers change i, and none of that file that failed came between. */
static bool *lasting(const weir_sim *s, size_t changes) {
    bool *lasts = weir_sim_get(changes * sizeof *lasts), *synced = weir_sim_get(WEIR_SIM_NODES * sizeof *synced);
    for (size_t i = changes; i-- > 0;) {
        const weir_sim_change *c = &s->change[i];
        if (c->kind == SIM_SYNC) synced[c->object] = true;
        else if (c->kind == SIM_SYNC_FAILED) synced[c->object] &= s->now.node[c->object].directory;
        else lasts[i] = synced[c->object];
    }
    free(synced);
    return lasts;
}

/* What is left of a change that no sync covers: nothing, all, its first bytes, or some of its sectors. */
static void chance(weir_sim_tree *t, const weir_sim_change *c, uint64_t *random) {
    uint64_t r = next(random);
    switch (r % 4) {
    case 0: return;
    case 1: weir_sim_apply(t, c, c->size, UINT64_MAX); return;
    case 2: weir_sim_apply(t, c, c->size ? (size_t)(next(random) % c->size) : 0, UINT64_MAX); return;
    default: weir_sim_apply(t, c, c->size, next(random)); return;
    }
}

/* What is in a directory that was lost is lost, too. */
static void drop_orphans(weir_sim *s) {
    for (unsigned i = 0; i < s->now.names;) {
        char path[WEIR_SIM_PATH];
        memcpy(path, s->now.name[i].path, sizeof path);
        if (path[1] && directory(s, path) == NONE) set_name(&s->now, path, NONE), i = 0;
        else i++;
    }
}

weir_sim *weir_sim_cut(weir_sim *s, size_t changes, uint64_t seed) {
    weir_sim *after = make(&s->base);
    for (unsigned i = after->now.nodes; i < s->now.nodes; i++) /* the same numbers as there; empty and without a name */
        after->now.node[i] = (weir_sim_node){.directory = s->now.node[i].directory, .bytes = weir_sim_get(0)};
    after->now.nodes = s->now.nodes;
    if (changes > s->changes) changes = s->changes;
    bool *lasts = lasting(s, changes);
    uint64_t random = seed;
    for (size_t i = 0; i < changes; i++) {
        const weir_sim_change *c = &s->change[i];
        if (lasts[i] || seed == WEIR_SIM_ALL) weir_sim_apply(&after->now, c, c->size, UINT64_MAX);
        else if (seed != WEIR_SIM_SYNCED) chance(&after->now, c, &random);
    }
    free(lasts);
    drop_orphans(after);
    free_tree(&after->base);
    weir_sim_copy(&after->base, &after->now);
    return after;
}
