/* The simulation of whole networks, from seeds.
 *
 *     simulation --seed N [--chart]     one life, replayed exactly
 *     simulation --seeds A..B           many, closing with "N passed, N failed"
 *     simulation --found FILE           those of a list: "neighbours 17" or "network 4" and what it was, a line each
 *     --network                         with relays between clients and servers
 *     --secure                          many connections are protected, many keep the bounds of messages and not their order
 *     --minutes M                       of disturbances, virtual [10]
 *     --coverage                        says which rows of the tables were taken, and what became of requests
 *     --last N                          lines of the chart that are printed of a life that broke [60]
 *     --break answer|keep|twice|crash   a fault of the test's own application, to see it found
 *
 * A seed that breaks a rule is shrunk to the fewest disturbances that still break it. */
#include "node/node.h"
#include "shrink.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE_S = 100 }; /* for one life; a thousandth of a second is usual */

typedef struct options {
    uint64_t from, to;
    uint32_t minutes;
    size_t last;
    const char *found;
    bool network, secure, chart, coverage;
    breakage breakage;
} options;

/* ---- Reports ---- */

/* The last lines of a chart. */
typedef struct tail {
    char (*line)[1000];
    size_t n, cap;
} tail;

static void remember(void *arg, const char *text)
{
    tail *t = arg;
    snprintf(t->line[t->n++ % t->cap], sizeof *t->line, "%s", text);
}

static void print(void *arg, const char *text)
{
    (void)arg;
    puts(text);
}

static void say_chosen(const plan *p, chosen set)
{
    for (size_t i = 0; i < p->n_disturbances; i++) {
        char words[200];
        if (!(set >> i & 1))
            continue;
        plan_say(p, &p->disturbance[i], words, sizeof words);
        printf("  %7.3f s: %s\n", p->disturbance[i].at_ms / 1000.0, words);
    }
}

static void say_broken(const life_result *r)
{
    printf("broken after %lld.%06d s: %s (%s)\n", (long long)(r->at_us / 1000000), (int)(r->at_us % 1000000), r->what,
           r->rule);
}

static void say_shrunk(const plan *p, const options *o, const life_options *given, const life_result *first)
{
    unsigned runs;
    const chosen set = shrink(p, given, first, &runs);
    tail t = { .line = calloc(o->last, sizeof *t.line), .cap = o->last };
    if (!t.line)
        abort();
    const life_options with = { .chosen = set, .breakage = o->breakage, .line = remember, .arg = &t };
    life_result r;
    life_run(p, &with, &r);
    int n = 0;
    for (chosen rest = set; rest; rest &= rest - 1)
        n++;
    printf("shrunk in %u lives to %d of %zu disturbances:\n", runs, n, p->n_disturbances);
    say_chosen(p, set);
    say_broken(&r);
    for (size_t i = t.n > t.cap ? t.n - t.cap : 0; i < t.n; i++)
        puts(t.line[i % t.cap]);
    free(t.line);
}

/* ---- A life that takes the program with it ---- */

/* A signal's handler has nothing else to look at. */
static char last_words[60];

static void say_last_words(void)
{
    const ssize_t n = write(STDERR_FILENO, last_words, strlen(last_words));
    (void)n;
}

static void on_signal(int signum)
{
    say_last_words();
    signal(signum, SIG_DFL);
    raise(signum);
}

#ifdef __GNUC__
/* There with a sanitizer alone, which ends the program by itself. */
void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));
#endif

static void prepare_last_words(void)
{
    static const int signals[] = { SIGABRT, SIGALRM, SIGSEGV };
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        void (*const old)(int) = signal(signals[i], on_signal);
        if (old != SIG_DFL)
            signal(signals[i], old);
    }
#ifdef __GNUC__
    if (__sanitizer_set_death_callback)
        __sanitizer_set_death_callback(say_last_words);
#endif
}

/* ---- Lives ---- */

typedef struct totals {
    uint64_t passed, failed, steps, requests, repeats;
    uint64_t fates[FATES];
    int64_t lived_us;
    uint32_t round;
    size_t peak;
    uint32_t taken[DIA_PEER_STATES], taken_watch[DIA_WATCH_STATES];
} totals;

static void one(const options *o, uint64_t seed, totals *sum)
{
    static plan p; /* too large for a stack */
    life_result r;
    plan_draw(&p, seed, o->minutes, o->network, o->secure);
    snprintf(last_words, sizeof last_words, "\nit ended in seed %llu\n", (unsigned long long)seed);
    alarm(PATIENCE_S);
    const chosen all = p.n_disturbances < 64 ? ((chosen)1 << p.n_disturbances) - 1 : ~(chosen)0;
    const life_options given = { .chosen = all, .breakage = o->breakage, .line = o->chart ? print : NULL };
    life_run(&p, &given, &r);
    sum->steps += r.steps;
    sum->requests += r.requests;
    sum->repeats += r.repeats;
    for (int f = 0; f < FATES; f++)
        sum->fates[f] += r.fates[f];
    sum->lived_us += r.lived_us;
    sum->round = r.round > sum->round ? r.round : sum->round;
    for (int s = 0; s < DIA_PEER_STATES; s++)
        sum->taken[s] |= r.taken[s];
    for (int s = 0; s < DIA_WATCH_STATES; s++)
        sum->taken_watch[s] |= r.taken_watch[s];
    sum->peak = r.peak > sum->peak ? r.peak : sum->peak;
    if (!r.broken) {
        sum->passed++;
        return;
    }
    sum->failed++;
    printf("\nseed %llu, %u minutes, %zu hosts: ", (unsigned long long)seed, (unsigned)o->minutes, p.n_hosts);
    say_broken(&r);
    say_shrunk(&p, o, &given, &r);
    printf("again: simulation --seed %llu --minutes %u%s%s --chart\n\n", (unsigned long long)seed, (unsigned)o->minutes,
           o->network ? " --network" : "", o->secure ? " --secure" : "");
    fflush(stdout);
}

typedef struct table {
    const char *name;
    const uint32_t *taken;
    int states, events;
    bool (*has)(int state, int event);
    const char *(*name_of)(int state);
} table;

static void say_rows(const table *t)
{
    unsigned made = 0, all = 0;
    for (int s = 0; s < t->states; s++) {
        for (int e = 0; e < t->events; e++) {
            const bool is_made = t->taken[s] >> e & 1;
            if (!t->has(s, e))
                continue;
            all++;
            made += is_made;
            if (!is_made)
                printf("not taken: event %d in %s\n", e, t->name_of(s));
        }
    }
    printf("%u of %u rows of the table of %s were taken\n", made, all, t->name);
}

static bool peer_has(int state, int event)
{
    return dia_peer_has_row((dia_peer_state)state, (dia_peer_event)event);
}

static bool watch_has(int state, int event)
{
    return dia_watchdog_has_row((dia_watch_state)state, (dia_watch_event)event);
}

static const char *peer_name(int state)
{
    return dia_peer_state_name((dia_peer_state)state);
}

static const char *watch_name(int state)
{
    return dia_watch_state_name((dia_watch_state)state);
}

static void say_coverage(const totals *sum)
{
    const table tables[] = {
        { "peers", sum->taken, DIA_PEER_STATES, DIA_PEER_EVENTS, peer_has, peer_name },
        { "watchdogs", sum->taken_watch, DIA_WATCH_STATES, DIA_WATCH_EVENTS, watch_has, watch_name },
    };
    say_rows(&tables[0]);
    say_rows(&tables[1]);
    unsigned gone = 0;
    for (int f = 0; f < FATES; f++) {
        printf("%12llu requests: %s\n", (unsigned long long)sum->fates[f], fate_name((fate)f));
        gone += sum->fates[f] != 0;
    }
    printf("%u of %u fates of a request were met\n", gone, (unsigned)FATES);
    printf("%.0f hours passed in these networks\n", (double)sum->lived_us / 3600e6);
}

/* False: it cannot be read. */
static bool found(const options *given, totals *sum)
{
    char line[300], kind[20];
    unsigned long long seed;
    FILE *file = fopen(given->found, "r");
    bool fine = file != NULL;
    while (fine && fgets(line, sizeof line, file)) {
        options o = *given;
        if (*line == '#')
            continue;
        fine = sscanf(line, "%19s %llu", kind, &seed) == 2;
        o.secure = !strncmp(kind, "secure-", 7);
        const char *of = o.secure ? kind + 7 : kind;
        o.network = !strcmp(of, "network");
        fine = fine && (o.network || !strcmp(of, "neighbours"));
        if (fine)
            one(&o, seed, sum);
    }
    if (!fine)
        fprintf(stderr, "%s is no list of seeds\n", given->found);
    if (file)
        fclose(file);
    return fine;
}

/* ---- Arguments ---- */

static int usage(void)
{
    fputs("usage: simulation --seed N | --seeds A..B | --found FILE [--network] [--secure] [--minutes M] [--chart] "
          "[--coverage] "
          "[--last N] "
          "[--break "
          "answer|keep|twice|crash]\n",
          stderr);
    return 2;
}

static bool read_breakage(const char *text, breakage *out)
{
    static const char *const names[] = { "nothing", "answer", "keep", "twice", "crash" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(text, names[i]) != 0)
            continue;
        *out = (breakage)i;
        return true;
    }
    return false;
}

static bool read_options(int argc, char **argv, options *o)
{
    bool seeds = false;
    for (int i = 1; i < argc; i++) {
        const char *name = argv[i], *value = argv[i + 1];
        char *end = NULL;
        bool *const flag = !strcmp(name, "--chart")      ? &o->chart
                           : !strcmp(name, "--coverage") ? &o->coverage
                           : !strcmp(name, "--network")  ? &o->network
                           : !strcmp(name, "--secure")   ? &o->secure
                                                         : NULL;
        if (flag) {
            *flag = true;
            continue;
        }
        if (!value)
            return false;
        i++;
        const uint64_t n = strtoull(value, &end, 10);
        bool fine = *value && !*end;
        if (!strcmp(name, "--seed")) {
            o->from = o->to = n;
            seeds = true;
        } else if (!strcmp(name, "--seeds")) {
            o->from = n;
            fine = !strncmp(end, "..", 2) && (o->to = strtoull(end + 2, &end, 10)) >= n && !*end;
            seeds = true;
        } else if (!strcmp(name, "--found")) {
            o->found = value;
            fine = seeds = true;
        } else if (!strcmp(name, "--minutes")) {
            o->minutes = (uint32_t)n;
            fine = fine && n > 0 && n <= 10000;
        } else if (!strcmp(name, "--last")) {
            o->last = (size_t)n;
            fine = fine && n > 0 && n <= 100000;
        } else if (!strcmp(name, "--break")) {
            fine = read_breakage(value, &o->breakage);
        } else {
            return false;
        }
        if (!fine)
            return false;
    }
    return seeds;
}

int main(int argc, char **argv)
{
    options o = { .minutes = 10, .last = 60 };
    if (!read_options(argc, argv, &o))
        return usage();
    totals sum = { 0 };
    prepare_last_words();
    const clock_t begun = clock();
    if (o.found && !found(&o, &sum))
        return 2;
    for (uint64_t seed = o.from; !o.found && seed <= o.to && sum.failed < 20; seed++)
        one(&o, seed, &sum);
    if (o.coverage)
        say_coverage(&sum);
    const double s = (double)(clock() - begun) / CLOCKS_PER_SEC;
    fprintf(
        stderr,
        "%.1f s of processor time, %.0f seeds a second, %llu steps, %llu requests, %llu relayed, a request at most %u "
        "times, %llu repeats, at most %zu octets\n",
        s, s > 0 ? (double)(sum.passed + sum.failed) / s : 0, (unsigned long long)sum.steps,
        (unsigned long long)sum.requests, (unsigned long long)sum.fates[FATE_PASSED], (unsigned)sum.round,
        (unsigned long long)sum.repeats, sum.peak);
    printf("%llu passed, %llu failed\n", (unsigned long long)sum.passed, (unsigned long long)sum.failed);
    return sum.failed != 0;
}
