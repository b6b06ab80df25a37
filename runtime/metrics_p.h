/* metrics - what a runtime knows of itself: counts of its threads (meter_p.h), samples of how long things took, the slow log.
 *
 * A histogram takes 9 KiB, and is made when its first sample comes; when there is no memory for it the sample is lost. All topics
 * count their events, in themselves. Only the first options.topic_histograms topics that a sample falls upon have histograms of
 * their own; of all others the samples are in their channel's alone.
 */
#ifndef WEIR_RUNTIME_METRICS_P_H
#define WEIR_RUNTIME_METRICS_P_H

#include "prims/platform.h"
#include "runtime/meter_p.h"
#include "runtime/slow_p.h"
#include "runtime/topic_p.h"

/* Things that are rare enough for words which all threads change. */
typedef enum weir_total {
    WEIR_TOTAL_SESSIONS,
    WEIR_TOTAL_SESSIONS_GONE,
    WEIR_TOTAL_SUBSCRIPTIONS,
    WEIR_TOTAL_SUBSCRIPTIONS_GONE,
    WEIR_TOTAL_DROPPED,
    WEIR_TOTAL_AWAITS, /* from C, that went to sleep */
    WEIR_TOTAL_AWAITS_GONE,
    WEIR_TOTAL_AWAITS_LATE,
    WEIR_TOTAL_PROMISES,
    WEIR_TOTAL_PROMISES_GONE,
    WEIR_TOTAL_TASKS_STARTED,
    WEIR_TOTAL_TASKS_RECOVERED,
    WEIR_TOTAL_TASKS_RESUMED,
    WEIR_TOTAL_TASKS_DONE, /* this and the next two in the order of weir_task_stage */
    WEIR_TOTAL_TASKS_FAILED,
    WEIR_TOTAL_TASKS_CANCELLED,
    WEIR_TOTAL_TASKS_LEFT, /* as they were, in the store or with the frame they lay in */
    WEIR_TOTALS
} weir_total;

/* Histograms of a runtime, one after the other. */
enum {
    WEIR_TOOK_WAIT, /* of each channel: from admitted to begun */
    WEIR_TOOK_RUN = WEIR_TOOK_WAIT + WEIR_CHANNELS_ALL,
    WEIR_TOOK_STORE = WEIR_TOOK_RUN + WEIR_CHANNELS_ALL,
    WEIR_TOOK_COMMAND = WEIR_TOOK_STORE + WEIR_STORE_OPS /* of each command: from called to returned */
};

typedef struct weir_topic_took {
    weir_topic *topic;
    weir_aptr wait, run; /* histograms, as below */
} weir_topic_took;

struct weir_metrics {
    weir_meters meters;
    weir_slow_log slow;
    uint64_t slow_ns; /* UINT64_MAX: nothing is slow */
    uint32_t sample;  /* one event in so many of a topic; UINT32_MAX: none */
    uint32_t commands;
    weir_aptr *took; /* histograms; NULL: no sample yet */
    weir_lock lock;  /* of the next three */
    weir_topic_took *topic;
    uint32_t topics, topics_max;
    weir_a64 total[WEIR_TOTALS];
    weir_a64 arena; /* bytes of all arenas */
};

bool weir_metrics_init(weir_metrics *m, uint32_t commands, const weir_runtime_options *o); /* false: no memory */
void weir_metrics_free(weir_metrics *m);

static inline void weir_total_add(weir_metrics *m, weir_total i) { weir_a64_add(&m->total[i], 1); }

/* A sample of histogram i, in ns. */
void weir_metrics_took(weir_metrics *m, uint32_t i, uint64_t ns);

/* A sample of what events of this topic wait, or their runs take: of its channel, and of its own. */
void weir_metrics_waited(weir_metrics *m, weir_topic *topic, uint64_t ns);
void weir_metrics_ran(weir_metrics *m, weir_topic *topic, uint64_t ns);

/* Is what took so long slow? */
static inline bool weir_metrics_slow(const weir_metrics *m, uint64_t ns) { return ns >= m->slow_ns; }
static inline bool weir_metrics_times_all(const weir_metrics *m) { return m->slow_ns != UINT64_MAX; }

#endif
