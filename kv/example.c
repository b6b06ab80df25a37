/* example - how kv is embedded: a store is opened, written, read, walked, changed in one step, watched, seen as it was.
 *
 *     cc -std=c11 example.c -o example $(pkg-config --cflags --libs weir-kv)
 *
 * It prints, and ./dev test looks whether it still does:
 *
 *     | ada is there
 *     | user:2 is taken
 *     | user:1 = ada
 *     | user:2 = grace
 *     | page 1: user:1 user:2
 *     | page 2: user:3
 *     | moved 30: a = 70, b = 30
 *     | moved 90: no
 *     | told: balance:a = 70
 *     | told: balance:b = 30
 *     | then a was 100
 *     | one key more: quota reached
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <weir/kv/kv.h>

#define KEY(literal) WEIR_KV_TEXT(literal)

/* Most answers here must be OK; what else they may be is said beside each function in kv.h. */
static void must(weir_kv_status status) {
    if (status == WEIR_KV_OK) return;
    fprintf(stderr, "example: %s\n", weir_kv_status_text(status));
    exit(1);
}

/* Values are borrowed inside a read section, which costs next to nothing, and in which nothing may block or write. */
static void greet(weir_kv *kv, weir_kv_tenant *users) {
    weir_kv_bytes name;
    weir_kv_read_begin(kv);
    if (weir_kv_get(users, KEY("user:1"), &name) == WEIR_KV_OK)
        printf("%.*s is there\n", (int)name.size, (const char *)name.at);
    weir_kv_read_end(kv);
}

/* Called outside of sections, so it may write, too; here it does not. */
static bool show(void *arg, weir_kv_bytes key, weir_kv_bytes value) {
    (void)arg;
    printf("%.*s = %.*s\n", (int)key.size, (const char *)key.at, (int)value.size, (const char *)value.at);
    return true;
}

/* Pages of two; the last key of a page is where the next begins. */
static void show_pages(weir_kv *kv, weir_kv_tenant *users) {
    char last[32];
    weir_kv_bytes after;
    weir_kv_range range = {.prefix = KEY("user:")};
    size_t got = 2;
    for (int page = 1; got == 2; page++) {
        weir_kv_pair pair[2];
        weir_kv_read_begin(kv);
        must(weir_kv_scan(users, &range, pair, 2, &got));
        printf("page %d:", page);
        for (size_t i = 0; i < got; i++) printf(" %.*s", (int)pair[i].key.size, (const char *)pair[i].key.at);
        printf("\n");
        if (got > 0) { /* what is borrowed ends with the section: the key is copied */
            memcpy(last, pair[got - 1].key.at, pair[got - 1].key.size);
            after = weir_kv_bytes_of(last, pair[got - 1].key.size);
            range.after = &after;
        }
        weir_kv_read_end(kv);
    }
}

static int balance(weir_kv_tenant *bank, weir_kv_bytes key) {
    char digits[16] = "";
    size_t size = 0;
    must(weir_kv_copy(bank, key, digits, sizeof digits - 1, &size));
    return atoi(digits);
}

/* From a to b, as one step: nobody sees the money twice, or not at all. cas refuses the batch when another was
 * faster. */
static bool move(weir_kv_tenant *bank, int amount) {
    int a = balance(bank, KEY("balance:a")), b = balance(bank, KEY("balance:b"));
    char old_a[16], new_a[16], old_b[16], new_b[16];
    if (amount > a) return false;
    weir_kv_op op[2] = {{.verb = WEIR_KV_CAS, .key = KEY("balance:a")}, {.verb = WEIR_KV_CAS, .key = KEY("balance:b")}};
    op[0].expected = weir_kv_bytes_of(old_a, (size_t)snprintf(old_a, sizeof old_a, "%d", a));
    op[0].value = weir_kv_bytes_of(new_a, (size_t)snprintf(new_a, sizeof new_a, "%d", a - amount));
    op[1].expected = weir_kv_bytes_of(old_b, (size_t)snprintf(old_b, sizeof old_b, "%d", b));
    op[1].value = weir_kv_bytes_of(new_b, (size_t)snprintf(new_b, sizeof new_b, "%d", b + amount));
    return weir_kv_batch(bank, op, 2, NULL, NULL, NULL) == WEIR_KV_OK;
}

static void bank_day(weir_kv *kv) {
    weir_kv_tenant *bank;
    weir_kv_quota quota = {.keys = 2};
    must(weir_kv_tenant_create(kv, KEY("bank"), &quota, &bank));
    must(weir_kv_set(bank, KEY("balance:a"), KEY("100")));
    must(weir_kv_set(bank, KEY("balance:b"), KEY("0")));

    weir_kv_snapshot *morning;
    weir_kv_watch *watch;
    must(weir_kv_snapshot_open(bank, &morning));
    must(weir_kv_watch_open(bank, KEY("balance:"), 16, &watch));

    if (move(bank, 30))
        printf("moved 30: a = %d, b = %d\n", balance(bank, KEY("balance:a")), balance(bank, KEY("balance:b")));
    if (!move(bank, 90)) printf("moved 90: no\n");

    weir_kv_event event; /* a deadline in the past: what is there, without waiting */
    while (weir_kv_watch_next(watch, 0, &event) == WEIR_KV_OK) {
        printf("told: ");
        show(NULL, event.key, event.value);
    }
    weir_kv_bytes then;
    must(weir_kv_snapshot_get(morning, KEY("balance:a"), &then));
    printf("then a was %.*s\n", (int)then.size, (const char *)then.at);
    printf("one key more: %s\n", weir_kv_status_text(weir_kv_set(bank, KEY("balance:c"), KEY("0"))));

    weir_kv_watch_close(watch);
    weir_kv_snapshot_close(morning);
    weir_kv_tenant_close(bank);
}

int main(void) {
    weir_kv *kv;
    weir_kv_error error;
    weir_kv_options options = {.store =
                                   "memory"}; /* with .store = "wal" and .path the same survives the power switch */
    if (weir_kv_open(&options, &kv, &error) != WEIR_KV_OK) {
        fprintf(stderr, "example: %s\n", error.text);
        return 1;
    }
    weir_kv_tenant *users;
    must(weir_kv_tenant_create(kv, KEY("users"), NULL, &users));
    must(weir_kv_set(users, KEY("user:1"), KEY("ada")));
    must(weir_kv_set(users, KEY("user:2"), KEY("grace")));
    must(weir_kv_set(users, KEY("user:3"), KEY("mary")));
    greet(kv, users);
    if (weir_kv_snx(users, KEY("user:2"), KEY("somebody else")) == WEIR_KV_NO) printf("user:2 is taken\n");
    must(weir_kv_iterate(users, KEY("user:"), 0, 2, show, NULL));
    show_pages(kv, users);
    bank_day(kv);
    weir_kv_tenant_close(users);
    must(weir_kv_close(kv));
    return 0;
}
