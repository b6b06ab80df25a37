/* Metrics, told one after the other. */
#include <stdio.h>
#include <stdlib.h>

#include "runtime/histogram_p.h"
#include "runtime/session_p.h"

typedef struct teller {
    weir_runtime *runtime;
    weir_on_metric *fn;
    void *arg;
    weir_histogram *copy;
    uint64_t *count;  /* all meters' places, added up */
    uint64_t *topics; /* of each channel: topics used, events, deliveries */
} teller;

typedef struct weir_metric metric;

/* -- told ------------------------------------------------------------------------------------------------------------ */

static void tell(const teller *t, metric m, uint64_t value) {
    m.value = value;
    t->fn(t->arg, &m);
}

static metric labelled(metric m, const char *name, const char *value) {
    m.label[m.labels].name = name;
    m.label[m.labels++].value = value;
    return m;
}

/* M5 acquire: pairs with M1 in metrics.c. The copy begins anew each time. */
static void tell_took(const teller *t, metric m, const weir_aptr *place) {
    const weir_histogram *h = weir_aptr_load_acquire(place); /* M5 */
    if (!h) return;
    *t->copy = (weir_histogram){0};
    weir_histogram_merge(t->copy, h);
    m.histogram = t->copy;
    t->fn(t->arg, &m);
}

static const char *const channel_name[WEIR_CHANNELS_ALL] = {"A", "B", "C", "D", "E", "F", "execution"};

/* -- commands and the store ----------------------------------------------------------------------------------------- */

static const char *command_name(const teller *t, uint32_t i) { return t->runtime->words.word[i].command.name; }

static void tell_commands(const teller *t) {
    static const metric calls = {.name = "weir_commands_total", .help = "Commands called.", .kind = WEIR_COUNTER},
                        errors = {.name = "weir_command_errors_total",
                                  .help = "Commands called that returned an error.",
                                  .kind = WEIR_COUNTER},
                        took = {.name = "weir_command_seconds",
                                .help = "From the call of a command to its return, with what it ran or waited for; "
                                        "samples.",
                                .kind = WEIR_HISTOGRAM};
    uint32_t n = t->runtime->words.words;
    const uint64_t *count = t->count + WEIR_COUNT_COMMANDS;
    for (uint32_t i = 0; i < n; i++) tell(t, labelled(calls, "command", command_name(t, i)), count[2 * i]);
    for (uint32_t i = 0; i < n; i++) tell(t, labelled(errors, "command", command_name(t, i)), count[2 * i + 1]);
    for (uint32_t i = 0; i < n; i++)
        tell_took(t, labelled(took, "command", command_name(t, i)), &t->runtime->metrics.took[WEIR_TOOK_COMMAND + i]);
}

/* How often core/kv/OP was called, which is one operation of the store. */
static uint64_t calls_of(const teller *t, const char *op) {
    char name[32];
    int n = snprintf(name, sizeof name, "core/kv/%s", op);
    return t->count[WEIR_COUNT_COMMANDS + 2 * weir_slp_name_find(t->runtime->words.names, name, (size_t)n)];
}

static void tell_store(const teller *t) {
    static const metric calls = {.name = "weir_store_operations_total",
                                 .help = "Operations of the store that commands called.",
                                 .kind = WEIR_COUNTER},
                        took = {.name = "weir_store_seconds",
                                .help = "Operations of the store, with the wait for their durability; samples.",
                                .kind = WEIR_HISTOGRAM};
    static const char *const op[WEIR_STORE_OPS] = {"get", "set", "del", "exists", "snx", "cas", "scan"};
    for (uint32_t i = 0; i < WEIR_STORE_SCAN; i++) tell(t, labelled(calls, "op", op[i]), calls_of(t, op[i]));
    tell(t, labelled(calls, "op", op[WEIR_STORE_SCAN]), t->count[WEIR_COUNT_SCANS]);
    for (uint32_t i = 0; i < WEIR_STORE_OPS; i++)
        tell_took(t, labelled(took, "op", op[i]), &t->runtime->metrics.took[WEIR_TOOK_STORE + i]);
}

static void tell_store_state(const teller *t) {
    weir_kv_stats s;
    weir_kv_stats_read(t->runtime->kv, &s);
    const struct {
        metric m;
        uint64_t value;
    } all[] = {
        {{.name = "weir_store_bytes", .help = "Bytes in use: nodes, keys, values.", .kind = WEIR_GAUGE}, s.memory},
        {{.name = "weir_store_retired_bytes", .help = "Bytes that wait for readers.", .kind = WEIR_GAUGE}, s.retired},
        {{.name = "weir_store_records_total", .help = "Records written to the log.", .kind = WEIR_COUNTER}, s.records},
        {{.name = "weir_store_syncs_total", .help = "Times the log was synced.", .kind = WEIR_COUNTER}, s.syncs},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) tell(t, all[i].m, all[i].value);
}

/* -- events ---------------------------------------------------------------------------------------------------------- */

enum { USED, EVENTS, DELIVERIES, OF_CHANNEL };

static void add_up_topics(teller *t) {
    uint32_t at = 0;
    for (weir_topic *p; (p = weir_topic_next(&t->runtime->topics, &at));) {
        uint64_t *to = t->topics + p->channel * OF_CHANNEL, events = weir_a64_load(&p->events);
        to[USED] += events > 0;
        to[EVENTS] += events;
        to[DELIVERIES] += weir_topic_deliveries(p);
    }
}

static void tell_channels(const teller *t) {
    static const metric family[OF_CHANNEL] = {
        [USED] = {.name = "weir_topics", .help = "Topics that have had an event.", .kind = WEIR_GAUGE},
        [EVENTS] = {.name = "weir_events_total", .help = "Events admitted for somebody.", .kind = WEIR_COUNTER},
        [DELIVERIES] = {.name = "weir_deliveries_total", .help = "Events put into queues.", .kind = WEIR_COUNTER}};
    for (uint32_t what = 0; what < OF_CHANNEL; what++)
        for (uint32_t c = 0; c < WEIR_CHANNELS_ALL; c++)
            tell(t, labelled(family[what], "channel", channel_name[c]), t->topics[c * OF_CHANNEL + what]);
    static const metric wait = {.name = "weir_event_wait_seconds",
                                .help = "From the admission of an event to the begin of a handler; samples.",
                                .kind = WEIR_HISTOGRAM},
                        run = {.name = "weir_handler_seconds",
                               .help = "Runs of handlers, with what they waited for; samples.",
                               .kind = WEIR_HISTOGRAM};
    const weir_aptr *took = t->runtime->metrics.took;
    for (uint32_t c = 0; c < WEIR_CHANNELS_ALL; c++)
        tell_took(t, labelled(wait, "channel", channel_name[c]), &took[WEIR_TOOK_WAIT + c]);
    for (uint32_t c = 0; c < WEIR_CHANNELS_ALL; c++)
        tell_took(t, labelled(run, "channel", channel_name[c]), &took[WEIR_TOOK_RUN + c]);
}

/* Those topics that have histograms of their own; their counts are exact all the same. */
static void tell_topics(const teller *t) {
    static const metric events = {.name = "weir_topic_events_total",
                                  .help = "Events of a topic, of the first that were used.",
                                  .kind = WEIR_COUNTER},
                        deliveries = {.name = "weir_topic_deliveries_total",
                                      .help = "Events of a topic put into queues, of the first that were used.",
                                      .kind = WEIR_COUNTER},
                        wait = {.name = "weir_topic_wait_seconds",
                                .help = "From admission to the begin of a handler, of the first topics; samples.",
                                .kind = WEIR_HISTOGRAM},
                        run = {.name = "weir_topic_handler_seconds",
                               .help = "Runs of handlers, of the first topics; samples.",
                               .kind = WEIR_HISTOGRAM};
    weir_metrics *m = &t->runtime->metrics;
    weir_lock_acquire(&m->lock);
    uint32_t n = m->topics;
    weir_lock_release(&m->lock);
    for (int family = 0; family < 4; family++)
        for (uint32_t i = 0; i < n; i++) {
            const weir_topic *p = m->topic[i].topic;
            char number[16];
            snprintf(number, sizeof number, "%u", p->number);
            metric which = family == 0 ? events : family == 1 ? deliveries : family == 2 ? wait : run;
            which = labelled(labelled(which, "channel", channel_name[p->channel]), "topic", number);
            if (family == 0) tell(t, which, weir_a64_load(&p->events));
            else if (family == 1) tell(t, which, weir_topic_deliveries(p));
            else tell_took(t, which, family == 2 ? &m->topic[i].wait : &m->topic[i].run);
        }
}

/* -- what there is --------------------------------------------------------------------------------------------------- */

/* Of numbers that are read one after the other the later may be ahead. */
static uint64_t less(uint64_t a, uint64_t b) { return a > b ? a - b : 0; }

static uint64_t parked_on_room(weir_runtime *r) {
    weir_lock_acquire(&r->room);
    uint64_t n = r->parked_on_room;
    weir_lock_release(&r->room);
    return n;
}

static void tell_state(const teller *t) {
    weir_runtime *r = t->runtime;
    uint64_t total[WEIR_TOTALS], deliveries = 0;
    for (int i = 0; i < WEIR_TOTALS; i++) total[i] = weir_a64_load(&r->metrics.total[i]);
    for (int c = 0; c < WEIR_CHANNELS_ALL; c++) deliveries += t->topics[c * OF_CHANNEL + DELIVERIES];
    uint64_t handled = t->count[WEIR_COUNT_RUNS] + total[WEIR_TOTAL_DROPPED];
    const struct {
        metric m;
        uint64_t value;
    } all[] = {
        {{.name = "weir_runs_total", .help = "Runs of handlers begun.", .kind = WEIR_COUNTER},
         t->count[WEIR_COUNT_RUNS]},
        {{.name = "weir_run_errors_total", .help = "Runs that ended with an error.", .kind = WEIR_COUNTER},
         t->count[WEIR_COUNT_RUN_ERRORS]},
        {{.name = "weir_dropped_total", .help = "Events dropped with their subscription.", .kind = WEIR_COUNTER},
         total[WEIR_TOTAL_DROPPED]},
        {{.name = "weir_await_timeouts_total", .help = "Awaits that no event came for.", .kind = WEIR_COUNTER},
         t->count[WEIR_COUNT_TIMEOUTS] + total[WEIR_TOTAL_AWAITS_LATE]},
        {{.name = "weir_sessions_total", .help = "Sessions opened.", .kind = WEIR_COUNTER}, total[WEIR_TOTAL_SESSIONS]},
        {{.name = "weir_slow_total", .help = "What was put into the slow log.", .kind = WEIR_COUNTER},
         weir_slow_seen(&r->metrics.slow)},
        {{.name = "weir_sessions", .help = "Sessions that are open.", .kind = WEIR_GAUGE},
         less(total[WEIR_TOTAL_SESSIONS], total[WEIR_TOTAL_SESSIONS_GONE])},
        {{.name = "weir_subscriptions", .help = "Subscriptions whose handlers may still run.", .kind = WEIR_GAUGE},
         less(total[WEIR_TOTAL_SUBSCRIPTIONS], total[WEIR_TOTAL_SUBSCRIPTIONS_GONE])},
        {{.name = "weir_queued_events", .help = "Events that wait for a handler.", .kind = WEIR_GAUGE},
         less(deliveries, handled)},
        {{.name = "weir_parked_handlers", .help = "Handlers that wait for room in a queue.", .kind = WEIR_GAUGE},
         parked_on_room(r)},
        {{.name = "weir_parked_awaits", .help = "Awaits that wait for their event.", .kind = WEIR_GAUGE},
         less(t->count[WEIR_COUNT_PARKED], t->count[WEIR_COUNT_WOKEN]) +
             less(total[WEIR_TOTAL_AWAITS], total[WEIR_TOTAL_AWAITS_GONE])},
        {{.name = "weir_parked_promises", .help = "Calls that wait for what was promised.", .kind = WEIR_GAUGE},
         less(total[WEIR_TOTAL_PROMISES], total[WEIR_TOTAL_PROMISES_GONE])},
        {{.name = "weir_arena_bytes", .help = "Memory of evaluations.", .kind = WEIR_GAUGE},
         weir_a64_load(&r->metrics.arena)},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) tell(t, all[i].m, all[i].value);
}

static void tell_tasks(const teller *t) {
    static const struct {
        metric m;
        weir_total of;
    } counter[] = {
        {{.name = "weir_tasks_started_total", .help = "Tasks started.", .kind = WEIR_COUNTER},
         WEIR_TOTAL_TASKS_STARTED},
        {{.name = "weir_tasks_recovered_total", .help = "Tasks that the store had from before.", .kind = WEIR_COUNTER},
         WEIR_TOTAL_TASKS_RECOVERED},
        {{.name = "weir_tasks_resumed_total", .help = "Times a paused task was resumed.", .kind = WEIR_COUNTER},
         WEIR_TOTAL_TASKS_RESUMED},
        {{.name = "weir_tasks_done_total", .help = "Tasks that ended behind their last form.", .kind = WEIR_COUNTER},
         WEIR_TOTAL_TASKS_DONE},
        {{.name = "weir_tasks_failed_total", .help = "Tasks that ended with an error.", .kind = WEIR_COUNTER},
         WEIR_TOTAL_TASKS_FAILED},
        {{.name = "weir_tasks_cancelled_total", .help = "Tasks that were cancelled.", .kind = WEIR_COUNTER},
         WEIR_TOTAL_TASKS_CANCELLED}};
    static const metric running = {.name = "weir_tasks_running",
                                   .help = "Tasks that run or await an event.",
                                   .kind = WEIR_GAUGE},
                        there = {.name = "weir_tasks",
                                 .help = "Tasks that have not ended, paused ones too.",
                                 .kind = WEIR_GAUGE};
    weir_runtime *r = t->runtime;
    uint64_t total[WEIR_TOTALS], ended = 0;
    for (int i = WEIR_TOTALS; i-- > 0;) total[i] = weir_a64_load(&r->metrics.total[i]); /* ends before beginnings */
    for (int i = WEIR_TOTAL_TASKS_DONE; i <= WEIR_TOTAL_TASKS_LEFT; i++) ended += total[i];
    for (size_t i = 0; i < sizeof counter / sizeof *counter; i++) tell(t, counter[i].m, total[counter[i].of]);
    tell(t, there, less(total[WEIR_TOTAL_TASKS_STARTED] + total[WEIR_TOTAL_TASKS_RECOVERED], ended));
    tell(t, running, weir_a32_load(&r->tasks.going) / 2);
}

bool weir_metrics_read(weir_runtime *r, weir_on_metric *fn, void *arg) {
    teller t = {r, fn, arg, weir_histogram_new(), NULL, NULL};
    t.count = calloc(r->metrics.meters.places, sizeof *t.count);
    t.topics = calloc(WEIR_CHANNELS_ALL * OF_CHANNEL, sizeof *t.topics);
    bool good = t.copy && t.count && t.topics;
    if (good) {
        weir_meters_sum(&r->metrics.meters, t.count);
        add_up_topics(&t);
        tell_commands(&t);
        tell_store(&t);
        tell_store_state(&t);
        tell_channels(&t);
        tell_topics(&t);
        tell_state(&t);
        tell_tasks(&t);
    }
    weir_histogram_free(t.copy);
    free(t.count);
    free(t.topics);
    return good;
}
