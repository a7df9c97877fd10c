/* The driver: libuv says what is ready and what is due; between two waits all wishes of the node are carried out, so that
 * one turn of the loop writes once to each connection. */
#include "loop/loop.h"

#include "loop/handshake.h"
#include "loop/protection.h"

#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

dia_time dia_loop_clock(void)
{
    return (dia_time){ (int64_t)(uv_hrtime() / 1000) };
}

/* ---- A turn ---- */

static void carry_out_wishes(dia_loop *loop)
{
    dia_todo todo;
    while (dia_node_todo(loop->node, &todo))
        if (todo.kind == DIA_TODO_DISCOVER)
            dia_seek(loop, &todo);
        else
            dia_link_todo(loop, &todo);
}

enum { CALLERS_US = 1000 }; /* until somebody may be too silent to be waited for */

static int64_t deadline(const dia_loop *loop)
{
    int64_t at = dia_node_deadline(loop->node).us;
    if (!dia_list_empty(&loop->lingering)) {
        const dia_link *first = DIA_OF(loop->lingering.next, dia_link, linger);
        at = first->linger_us < at ? first->linger_us : at;
    }
    for (dia_list *p = loop->listeners.next; p != &loop->listeners; p = p->next) {
        const dia_listening *l = DIA_OF(p, dia_listening, place);
        if (l->resting && l->rest_us < at)
            at = l->rest_us;
    }
    if (!dia_list_empty(&loop->callers)) {
        const int64_t soon_us = dia_loop_clock().us + CALLERS_US;
        at = soon_us < at ? soon_us : at;
    }
    return loop->look_us < at ? loop->look_us : at;
}

static void on_timer(uv_timer_t *timer)
{
    dia_loop *loop = timer->data;
    const dia_time now = dia_loop_clock();
    loop->timer_us = DIA_NEVER_US;
    dia_node_tick(loop->node, now);
    dia_link_linger(loop, now.us);
    dia_listening_wake(loop, now.us);
    dia_protection_look(loop, now.us);
}

static void be_idle(uv_idle_t *idle)
{
    (void)idle;
}

void dia_loop_stay_awake(dia_loop *loop)
{
    uv_idle_start(&loop->idle, be_idle);
}

/* libuv counts whole milliseconds: round up, or a deadline would be found not reached yet, again and again. */
static void set_timer(dia_loop *loop)
{
    const int64_t at = deadline(loop);
    if (at == loop->timer_us)
        return;
    loop->timer_us = at;
    if (at == DIA_NEVER_US) {
        uv_timer_stop(&loop->timer);
        return;
    }
    const int64_t us = at - dia_loop_clock().us;
    uv_timer_start(&loop->timer, on_timer, us > 0 ? (uint64_t)(us + 999) / 1000 : 0, 0);
}

static bool is_over(const dia_loop *loop)
{
    return loop->stopping && dia_node_stopped(loop->node) && dia_list_empty(&loop->links);
}

static void turn(dia_loop *loop)
{
    carry_out_wishes(loop);
    dia_usrsctp_flush(loop);
    dia_link_sweep(loop);
    loop->done = loop->done || is_over(loop);
    dia_loop_flush_captures(loop);
    if (loop->done)
        uv_stop(&loop->uv);
    else
        set_timer(loop);
}

static void on_prepare(uv_prepare_t *prepare)
{
    turn(prepare->data);
}

/* By how much the wall clock is ahead of ours. */
static int64_t wall_lead_s(const dia_loop *loop)
{
    return (int64_t)time(NULL) - (int64_t)(uv_now(&loop->uv) / 1000);
}

/* Somebody has set the wall clock, or the machine has slept: certificates end by it. Less may be rounding. */
static void look_at_wall_clock(dia_loop *loop)
{
    enum { MOVED_S = 2 };
    const int64_t lead_s = wall_lead_s(loop);
    if (lead_s - loop->wall_lead_s < MOVED_S && loop->wall_lead_s - lead_s < MOVED_S)
        return;
    loop->wall_lead_s = lead_s;
    loop->look_us = 0;
    dia_node_set_wall_clock(loop->node, time(NULL), dia_loop_clock());
}

static void on_check(uv_check_t *check)
{
    dia_loop *loop = check->data;
    look_at_wall_clock(loop);
    dia_link_again(loop);
    dia_handshake_turn(loop);
    dia_callers_admit(loop);
    if (dia_list_empty(&loop->again) && dia_list_empty(&loop->ready))
        uv_idle_stop(&loop->idle);
    turn(loop);
}

/* ---- Life ---- */

static bool is_zero(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i])
            return false;
    return true;
}

static int fill_config(dia_node_config *config)
{
    if (is_zero(config->seed, sizeof config->seed) &&
        getrandom(config->seed, sizeof config->seed, 0) != (ssize_t)sizeof config->seed)
        return DIA_ESYSTEM;
    if (!config->wall_clock)
        config->wall_clock = time(NULL);
    if (!config->clock)
        config->clock = dia_loop_clock;
    return 0;
}

int dia_loop_new(const dia_node_config *given, dia_loop **out, char *why, size_t why_size)
{
    dia_node_config config = *given;
    const dia_allocator *alloc = config.alloc ? config.alloc : dia_allocator_default();
    if (why && why_size)
        why[0] = 0;
    int err = fill_config(&config);
    if (err)
        return err;
    dia_loop *loop = dia_alloc0(alloc, sizeof *loop);
    if (!loop)
        return DIA_ENOMEM;
    loop->alloc = alloc;
    loop->timer_us = loop->look_us = DIA_NEVER_US;
    dia_list_init(&loop->protections);
    dia_list_init(&loop->shaking);
    dia_list_init(&loop->callers);
    dia_list_init(&loop->ready);
    dia_list_init(&loop->links);
    dia_list_init(&loop->listeners);
    dia_list_init(&loop->lingering);
    dia_list_init(&loop->freed);
    dia_list_init(&loop->again);
    dia_list_init(&loop->timeouts);
    dia_list_init(&loop->signals);
    dia_list_init(&loop->captures);
    dia_list_init(&loop->metrics);
    dia_list_init(&loop->controls);
    dia_list_init(&loop->seekers);
    err = DIA_ENOMEM;
    if (!(loop->input = dia_alloc(alloc, INPUT_SIZE)))
        goto no_input;
    if ((err = dia_node_new(&config, dia_loop_clock(), &loop->node, why, why_size)))
        goto no_node;
    err = DIA_ESYSTEM;
    if (uv_loop_init(&loop->uv))
        goto no_uv;
    loop->wall_lead_s = wall_lead_s(loop);
    uv_prepare_init(&loop->uv, &loop->prepare);
    uv_check_init(&loop->uv, &loop->check);
    uv_timer_init(&loop->uv, &loop->timer);
    uv_idle_init(&loop->uv, &loop->idle);
    loop->prepare.data = loop->check.data = loop->timer.data = loop;
    uv_prepare_start(&loop->prepare, on_prepare);
    uv_check_start(&loop->check, on_check);
    *out = loop;
    return 0;
no_uv:
    dia_node_free(loop->node);
no_node:
    dia_release(alloc, loop->input, INPUT_SIZE);
no_input:
    dia_release(alloc, loop, sizeof *loop);
    return err;
}

void dia_loop_free(dia_loop *loop)
{
    if (!loop)
        return;
    const dia_allocator *alloc = loop->alloc;
    dia_node_end_conns(loop->node); /* what they say of the other end are views of what links have */
    DIA_LIST_EACH (p, &loop->links) {
        dia_link *l = DIA_OF(p, dia_link, place);
        l->conn = NULL;
        dia_link_close(l, NULL);
    }
    DIA_LIST_EACH (p, &loop->listeners)
        dia_listening_close(DIA_OF(p, dia_listening, place));
    dia_usrsctp_close(loop);
    dia_loop_end_captures(loop);
    dia_metrics_close_all(loop);
    dia_control_close_all(loop);
    dia_protection_end_all(loop);
    dia_discoveries_close(loop);
    dia_seek_close_all(loop);
    dia_node_free(loop->node);
    uv_close((uv_handle_t *)&loop->prepare, NULL);
    uv_close((uv_handle_t *)&loop->check, NULL);
    uv_close((uv_handle_t *)&loop->timer, NULL);
    uv_close((uv_handle_t *)&loop->idle, NULL);
    dia_signal_close_all(loop);
    dia_timeout_close_all(loop);
    while (uv_loop_close(&loop->uv) == UV_EBUSY) /* a stop from before, or from a last callback, may end one run */
        uv_run(&loop->uv, UV_RUN_DEFAULT);
    dia_link_sweep(loop);
    dia_loop_name_servers(loop, NULL);
    dia_release(alloc, loop->input, INPUT_SIZE);
    dia_release(alloc, loop->clear, CLEAR_SIZE);
    dia_release(alloc, loop, sizeof *loop);
}

dia_node *dia_loop_node(const dia_loop *loop)
{
    return loop->node;
}

/* ---- Running ---- */

int dia_loop_run(dia_loop *loop)
{
    while (!loop->done)
        uv_run(&loop->uv, UV_RUN_DEFAULT);
    return 0;
}

void dia_loop_stop(dia_loop *loop)
{
    if (loop->stopping)
        loop->done = true;
    loop->stopping = true;
    DIA_LIST_EACH (p, &loop->listeners)
        dia_listening_close(DIA_OF(p, dia_listening, place));
    dia_node_stop(loop->node, DIA_CAUSE_REBOOTING, 0);
    if (loop->done)
        uv_stop(&loop->uv);
}

int dia_loop_fd(const dia_loop *loop)
{
    return uv_backend_fd(&loop->uv);
}

int dia_loop_timeout(const dia_loop *loop)
{
    if (loop->done || is_over(loop) || dia_node_has_todo(loop->node))
        return 0;
    const int64_t at = deadline(loop);
    const int64_t us = at - dia_loop_clock().us;
    const int ours = at == DIA_NEVER_US ? -1 : us <= 0 ? 0 : us > INT32_MAX ? INT32_MAX / 1000 : (int)(us + 999) / 1000;
    const int uvs = uv_backend_timeout(&loop->uv);
    return ours < 0 || (uvs >= 0 && uvs < ours) ? uvs : ours;
}

bool dia_loop_process(dia_loop *loop)
{
    if (!loop->done)
        uv_run(&loop->uv, UV_RUN_NOWAIT);
    return !loop->done;
}
