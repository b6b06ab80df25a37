#include "runtime/metrics_p.h"

#include <stdlib.h>

#include "runtime/histogram_p.h"

/* Commands all have their time taken when slow ones are looked for; so have events. */
bool weir_metrics_init(weir_metrics *m, uint32_t commands, const weir_runtime_options *o) {
    *m = (weir_metrics){.slow_ns = o->slow_ns ? o->slow_ns : UINT64_MAX,
                        .sample = o->sample,
                        .commands = commands,
                        .topics_max = o->topic_histograms};
    weir_lock_init(&m->lock);
    m->took = calloc(WEIR_TOOK_COMMAND + commands, sizeof *m->took);
    m->topic = calloc(m->topics_max, sizeof *m->topic);
    return m->took && m->topic && weir_slow_init(&m->slow, o->slow_kept) &&
           weir_meters_init(&m->meters, commands, o->slow_ns ? 1 : o->sample);
}

void weir_metrics_free(weir_metrics *m) {
    for (uint32_t i = 0; m->took && i < WEIR_TOOK_COMMAND + m->commands; i++)
        weir_histogram_free(weir_aptr_load(&m->took[i]));
    for (uint32_t i = 0; m->topic && i < m->topics; i++) {
        weir_histogram_free(weir_aptr_load(&m->topic[i].wait));
        weir_histogram_free(weir_aptr_load(&m->topic[i].run));
    }
    free(m->took);
    free(m->topic);
    weir_slow_free(&m->slow);
    weir_meters_free(&m->meters);
}

/* M1 release: pairs with M2 (and with the reader in metrics_read.c): an empty histogram is seen empty. */
static weir_histogram *make(weir_aptr *place) {
    void *seen = NULL;
    weir_histogram *h = weir_histogram_new();
    if (!h || weir_aptr_cas_acq_rel(place, &seen, h)) return h; /* M1 */
    weir_histogram_free(h);
    return seen;
}

static void sample(weir_aptr *place, uint64_t ns) {
    weir_histogram *h = weir_aptr_load_acquire(place); /* M2 */
    if (h || (h = make(place))) weir_histogram_record(h, ns);
}

void weir_metrics_took(weir_metrics *m, uint32_t i, uint64_t ns) { sample(&m->took[i], ns); }

/* M3 release: pairs with M4. */
static weir_topic_took *choose(weir_metrics *m, weir_topic *topic) {
    weir_lock_acquire(&m->lock);
    weir_topic_took *t = weir_aptr_load(&topic->took);
    if (!t && m->topics < m->topics_max) {
        t = &m->topic[m->topics++];
        t->topic = topic;
        weir_aptr_store_release(&topic->took, t); /* M3 */
    }
    weir_lock_release(&m->lock);
    return t;
}

/* NULL: it has none of its own. */
static weir_topic_took *of_topic(weir_metrics *m, weir_topic *topic) {
    weir_topic_took *t = weir_aptr_load_acquire(&topic->took); /* M4 */
    return t ? t : choose(m, topic);
}

void weir_metrics_waited(weir_metrics *m, weir_topic *topic, uint64_t ns) {
    weir_topic_took *t = of_topic(m, topic);
    sample(&m->took[WEIR_TOOK_WAIT + topic->channel], ns);
    if (t) sample(&t->wait, ns);
}

void weir_metrics_ran(weir_metrics *m, weir_topic *topic, uint64_t ns) {
    weir_topic_took *t = of_topic(m, topic);
    sample(&m->took[WEIR_TOOK_RUN + topic->channel], ns);
    if (t) sample(&t->run, ns);
}
