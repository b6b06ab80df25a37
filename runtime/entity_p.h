/* entity - who sessions are opened for: a record in the store, and, while it has sessions, what they share.
 *
 * Records lie in a tenant whose name begins with a zero byte, which the name of a scope cannot: no session reaches it. Nothing of
 * an entity is in memory but for those that have sessions. One lock for all of it, which is not on the way of any command.
 */
#ifndef WEIR_RUNTIME_ENTITY_P_H
#define WEIR_RUNTIME_ENTITY_P_H

#include "kv/kv.h"
#include "runtime/rights_p.h"
#include "runtime/tray_p.h"

typedef struct weir_holder weir_holder;

/* An entity that has sessions. */
struct weir_holder {
    weir_holder *next;
    weir_session *sessions; /* by `peer` */
    uint32_t open, tasks;   /* how many: sessions, and others that tasks have and that do not count */
    weir_rate rate;         /* of all its sessions */
    weir_purse *purse;      /* the same */
    char name[256];
};

typedef struct weir_entities {
    weir_lock lock;          /* held while the store writes; who waits for it sleeps */
    weir_kv_tenant *records; /* NULL: none has ever been set */
    weir_holder *holders;
    weir_session *nobody; /* sessions of no entity, by `peer` */
    uint64_t sessions;    /* opened, ever: the number of the last one */
} weir_entities;

/* The records that the store has, and the quotas that follow from them. Not OK: nothing is to be freed. */
weir_kv_status weir_entities_open(weir_runtime *r);
void weir_entities_close(weir_runtime *r); /* before the store is closed */

/* Takes a session in: its number, and, when entity is not NULL, a place among those of the entity, its rights and its rate.
 * False: *error, and it is not in. */
bool weir_session_enter(weir_session *s, const char *entity, weir_error *error);
void weir_session_leave(weir_session *s); /* also one that is not in */

/* Gives every scope the quota that follows from the records. Under the lock, or before anybody else is there. */
weir_kv_status weir_quotas_apply(weir_runtime *r);

/* -- the record of an entity ------------------------------------------------------------------------------------------ */

/* Whether it can be: false, and *error names what cannot. */
bool weir_entity_check(const char *name, const weir_entity *e, weir_error *error);

/* As it is stored; the builder's. NULL: no memory, or larger than the builder may. */
const weir_slp *weir_entity_write(const weir_entity *e, weir_slp_builder *b);

/* From what was stored, in one block. NULL: *why, static. */
weir_entity *weir_entity_read(const void *at, size_t bytes, const char **why);

/* What is said of that scope; NULL: nothing. */
const weir_scope_rule *weir_entity_scope(const weir_entity *e, const char *scope);

#endif
