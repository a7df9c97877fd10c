/* What the DNS has for a realm: asked once for all who want to know, and kept as long as it is true. */
#include "discover/discover.h"
#include "loop/channel.h"

#include <sys/random.h>

/* What a peer - it may choose realms, and what they say - can make grow. */
enum { RUNNING_MAX = 16, SLOW_MAX = 48, KEPT_MAX = 256, ASKERS_MAX = 1024, KEPT_OCTETS = 8 << 20 };
/* Who has silent name servers does not keep others waiting: a search that has run for so long is in nobody's way any more. */
enum { SEARCH_MS = 15000, SLOW_MS = 1000 };
/* How long answers are kept: what lives for no time at all is believed for a moment all the same, or everybody would ask
 * for it all the time. */
enum { TTL_LEAST_S = 5, TTL_MOST_S = 86400, TTL_NEGATIVE_S = 3600 };

typedef enum search_state { SEARCH_WAITS, SEARCH_RUNS, SEARCH_SLOW, SEARCH_OVER } search_state;

/* A realm and an application, and what became of it. */
typedef struct search {
    dia_list place; /* in discoveries->searches, the latest that was asked for at the end */
    dia_list askers;
    dia_list told; /* those of them that are being told */
    dia_loop *loop;
    dia_discovery *machine;
    dia_channel *channel; /* while it runs */
    uv_timer_t timer;     /* the end of its time; or those who ask for what is known are told */
    search_state state;
    bool telling; /* callbacks run: it must not go */
    int64_t began_us, expires_us;
    uint32_t application;
    size_t n;
    char realm[]; /* n octets, and NUL */
} search;

typedef struct asker {
    dia_list place;
    dia_findings_fn *fn;
    void *arg;
} asker;

/* A question on its way. */
typedef struct under_way {
    search *search;
    uint32_t ticket;
} under_way;

struct dia_discoveries {
    dia_list searches;
    size_t n, running, slow, askers;
    dia_random random;
};

static void run_next(dia_loop *loop);
static void ask_all(search *s);
static void on_timer(uv_timer_t *timer);

/* ---- Life ---- */

static void on_closed(uv_handle_t *handle)
{
    search *s = DIA_OF(handle, search, timer);
    dia_release(s->loop->alloc, s, sizeof *s + s->n + 1);
}

static bool is_running(const search *s)
{
    return s->state == SEARCH_RUNS || s->state == SEARCH_SLOW;
}

static void end_running(search *s)
{
    dia_channel *channel = s->channel;
    if (!is_running(s))
        return;
    --*(s->state == SEARCH_SLOW ? &s->loop->discoveries->slow : &s->loop->discoveries->running);
    s->state = SEARCH_OVER;
    s->channel = NULL;
    dia_channel_free(channel); /* on_answer() is called a last time for each that is under way */
}

static void forget(dia_loop *loop, asker *a)
{
    dia_list_remove(&a->place);
    dia_release(loop->alloc, a, sizeof *a);
    loop->discoveries->askers--;
}

static void search_free(search *s)
{
    struct dia_discoveries *all = s->loop->discoveries;
    end_running(s);
    while (!dia_list_empty(&s->askers))
        forget(s->loop, DIA_OF(s->askers.next, asker, place));
    dia_list_remove(&s->place);
    all->n--;
    dia_discovery_free(s->machine);
    s->machine = NULL;
    uv_close((uv_handle_t *)&s->timer, on_closed);
}

static struct dia_discoveries *discoveries_of(dia_loop *loop)
{
    uint8_t seed[32];
    if (loop->discoveries || !(loop->discoveries = dia_alloc0(loop->alloc, sizeof *loop->discoveries)))
        return loop->discoveries;
    dia_list_init(&loop->discoveries->searches);
    if (getrandom(seed, sizeof seed, 0) != (ssize_t)sizeof seed)
        memset(seed, 0, sizeof seed); /* then weights are drawn as everybody could know */
    dia_random_init(&loop->discoveries->random, seed);
    return loop->discoveries;
}

/* What is known is forgotten; who waits goes on waiting. */
void dia_discoveries_forget(dia_loop *loop)
{
    if (!loop->discoveries)
        return;
    DIA_LIST_EACH (p, &loop->discoveries->searches)
        DIA_OF(p, search, place)->expires_us = 0;
}

void dia_discoveries_close(dia_loop *loop)
{
    if (!loop->discoveries)
        return;
    while (!dia_list_empty(&loop->discoveries->searches))
        search_free(DIA_OF(loop->discoveries->searches.next, search, place));
    dia_release(loop->alloc, loop->discoveries, sizeof *loop->discoveries);
    loop->discoveries = NULL;
}

/* ---- Telling ---- */

static uint32_t clamp(uint32_t value, uint32_t least, uint32_t most)
{
    return value < least ? least : value > most ? most : value;
}

/* Callbacks may ask again, cancel others, and stop the loop; not free it. */
static void tell(search *s)
{
    dia_loop *loop = s->loop;
    dia_findings findings = *dia_discovery_findings(s->machine);
    const int64_t left_us = s->expires_us - dia_loop_clock().us;
    findings.ttl_s = left_us > 0 ? (uint32_t)((left_us + 999999) / 1000000) : 0;
    for (dia_list *p; (p = dia_list_pop(&s->askers));)
        dia_list_push_back(&s->told, p);
    s->telling = true;
    for (dia_list *p; (p = dia_list_pop(&s->told));) {
        const asker one = *DIA_OF(p, asker, place);
        forget(loop, DIA_OF(p, asker, place));
        one.fn(one.arg, &findings);
    }
    s->telling = false;
}

/* What was asked for longest ago makes way; what somebody waits for stays. */
static void make_way(dia_loop *loop)
{
    struct dia_discoveries *all = loop->discoveries;
    size_t n = 0, held = 0;
    const int64_t now_us = dia_loop_clock().us;
    for (dia_list *p = all->searches.prev, *before; p != &all->searches; p = before) {
        search *s = DIA_OF(p, search, place);
        before = p->prev;
        if (s->state != SEARCH_OVER || s->telling || !dia_list_empty(&s->askers))
            continue;
        held += dia_discovery_held(s->machine);
        if (++n > KEPT_MAX || held > KEPT_OCTETS || s->expires_us <= now_us)
            search_free(s);
    }
}

static void over(search *s)
{
    const dia_findings *f = dia_discovery_findings(s->machine);
    dia_loop *loop = s->loop;
    ++*(f->n ? &loop->searches.found : f->denied ? &loop->searches.none : &loop->searches.failed);
    end_running(s);
    uv_timer_stop(&s->timer);
    s->began_us = dia_loop_clock().us;
    s->expires_us = s->began_us + (int64_t)clamp(f->ttl_s, TTL_LEAST_S, f->n ? TTL_MOST_S : TTL_NEGATIVE_S) * 1000000;
    tell(s);
    make_way(loop);
    run_next(loop);
}

/* ---- Running ---- */

static void on_step(void *arg)
{
    search *s = arg;
    ask_all(s);
    if (dia_discovery_is_done(s->machine))
        over(s);
    else
        dia_channel_wait(s->channel);
}

static void on_answer(void *arg, int status, int timeouts, unsigned char *octets, int n)
{
    under_way *u = arg;
    search *s = u->search;
    const uint32_t ticket = u->ticket;
    (void)timeouts;
    dia_release(s->loop->alloc, u, sizeof *u);
    if (!is_running(s))
        return;
    if (octets && n > 0)
        dia_discovery_answer(s->machine, ticket, (dia_bytes){ octets, (size_t)n });
    else
        dia_discovery_failed(s->machine, ticket, dia_channel_why(status));
}

/* c-ares may answer at once, which may be the reason for more questions. */
static void ask_all(search *s)
{
    enum { CLASS_IN = 1 };
    for (dia_dns_question q; dia_discovery_ask(s->machine, &q);) {
        under_way *u = dia_alloc(s->loop->alloc, sizeof *u);
        if (!u) {
            dia_discovery_failed(s->machine, q.ticket, dia_channel_why(ARES_ENOMEM));
            continue;
        }
        *u = (under_way){ s, q.ticket };
        ares_query(dia_channel_ares(s->channel), q.name, CLASS_IN, (int)q.type, on_answer, u);
    }
}

static void give_up(search *s)
{
    dia_discovery_give_up(s->machine, "no name server answered in time");
    over(s);
}

/* The one that was asked for longest ago, too, where there are too many. */
static void become_slow(search *s)
{
    struct dia_discoveries *all = s->loop->discoveries;
    s->state = SEARCH_SLOW;
    all->running--;
    all->slow++;
    uv_timer_start(&s->timer, on_timer, SEARCH_MS - SLOW_MS, 0);
    dia_list *oldest = all->searches.next;
    while (DIA_OF(oldest, search, place)->state != SEARCH_SLOW)
        oldest = oldest->next;
    if (all->slow > SLOW_MAX)
        give_up(DIA_OF(oldest, search, place));
    else
        run_next(s->loop);
}

static void on_timer(uv_timer_t *timer)
{
    search *s = DIA_OF(timer, search, timer);
    if (s->state == SEARCH_OVER)
        tell(s);
    else if (s->state == SEARCH_RUNS && s->channel)
        become_slow(s);
    else
        give_up(s);
}

static void run(search *s)
{
    s->state = SEARCH_RUNS;
    s->loop->discoveries->running++;
    s->channel = dia_channel_new(s->loop, true, on_step, s);
    if (!s->channel)
        dia_discovery_give_up(s->machine, dia_channel_why(ARES_ENOMEM));
    else
        dia_channel_soon(s->channel);
    uv_timer_start(&s->timer, on_timer, s->channel ? SLOW_MS : 0, 0);
}

static void run_next(dia_loop *loop)
{
    struct dia_discoveries *all = loop->discoveries;
    for (dia_list *p = all->searches.next; p != &all->searches && all->running < RUNNING_MAX; p = p->next)
        if (DIA_OF(p, search, place)->state == SEARCH_WAITS)
            run(DIA_OF(p, search, place));
}

/* ---- From outside ---- */

static uint64_t draw(void *arg, uint64_t below)
{
    return dia_random_below(arg, below);
}

/* In the last tenth of its life it is asked for anew, so that who asks in time never is without. */
static bool is_fresh(const search *s, int64_t now_us)
{
    return s->state != SEARCH_OVER || s->expires_us - now_us > (s->expires_us - s->began_us) / 10;
}

static search *find(const dia_loop *loop, const char *realm, uint32_t application)
{
    const dia_list *all = &loop->discoveries->searches;
    for (dia_list *p = all->next; p != all; p = p->next) {
        search *s = DIA_OF(p, search, place);
        if (s->application == application && dia_dns_same(s->realm, realm))
            return s;
    }
    return NULL;
}

static int search_new(dia_loop *loop, const char *realm, uint32_t application, search **out)
{
    struct dia_discoveries *all = loop->discoveries;
    const dia_discovery_config config = {
        .realm = realm, .application = application, .draw = draw, .arg = &all->random, .alloc = loop->alloc
    };
    dia_discovery *machine;
    const int err = dia_discovery_new(&config, &machine);
    if (err)
        return err;
    const size_t n = strlen(realm);
    search *s = dia_alloc0(loop->alloc, sizeof *s + n + 1);
    if (!s) {
        dia_discovery_free(machine);
        return DIA_ENOMEM;
    }
    memcpy(s->realm, realm, n + 1);
    s->n = n;
    s->loop = loop;
    s->application = application;
    s->machine = machine;
    dia_list_init(&s->askers);
    dia_list_init(&s->told);
    uv_timer_init(&loop->uv, &s->timer);
    dia_list_push_back(&all->searches, &s->place);
    all->n++;
    *out = s;
    return 0;
}

static int discover(dia_loop *loop, const char *realm, uint32_t application, dia_findings_fn *fn, void *arg)
{
    struct dia_discoveries *all = discoveries_of(loop);
    if (!all)
        return DIA_ENOMEM;
    if (!realm)
        return DIA_EINVAL;
    search *s = find(loop, realm, application);
    if (s && !is_fresh(s, dia_loop_clock().us) && !s->telling && dia_list_empty(&s->askers)) {
        search_free(s);
        s = NULL;
    }
    if (all->askers == ASKERS_MAX)
        return DIA_EBUSY;
    asker *a = dia_alloc(loop->alloc, sizeof *a);
    const int err = !a ? DIA_ENOMEM : s ? 0 : search_new(loop, realm, application, &s);
    if (err) {
        dia_release(loop->alloc, a, sizeof *a);
        return err;
    }
    *a = (asker){ .fn = fn, .arg = arg };
    dia_list_push_back(&s->askers, &a->place);
    all->askers++;
    dia_list_remove(&s->place);
    dia_list_push_back(&all->searches, &s->place);
    if (s->state == SEARCH_OVER)
        uv_timer_start(&s->timer, on_timer, 0, 0);
    run_next(loop);
    return 0;
}

int dia_loop_discover(dia_loop *loop, const char *realm, uint32_t application, dia_findings_fn *fn, void *arg)
{
    const int err = discover(loop, realm, application, fn, arg);
    if (err == DIA_EINVAL)
        return dia_loop_failed(loop, err, "'%s' is no realm", realm ? realm : "");
    if (err)
        return dia_loop_failed(loop, err, "cannot ask the DNS about %s: %s", realm,
                               err == DIA_EBUSY ? "too much is being asked" : dia_loop_words(err));
    return 0;
}

static size_t cancel(dia_loop *loop, dia_list *askers, dia_findings_fn *fn, const void *arg)
{
    size_t n = 0;
    DIA_LIST_EACH (p, askers) {
        asker *a = DIA_OF(p, asker, place);
        if (a->fn != fn || a->arg != arg)
            continue;
        forget(loop, a);
        n++;
    }
    return n;
}

size_t dia_loop_discover_cancel(dia_loop *loop, dia_findings_fn *fn, const void *arg)
{
    size_t n = 0;
    if (!loop->discoveries)
        return 0;
    DIA_LIST_EACH (p, &loop->discoveries->searches) {
        search *s = DIA_OF(p, search, place);
        n += cancel(loop, &s->askers, fn, arg) + cancel(loop, &s->told, fn, arg);
    }
    return n;
}
