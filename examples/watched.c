/* A server that is watched: its events as lines of JSON on standard error, metrics for Prometheus, and the commands of `diatom ctl`
 * at a local socket.
 *
 *     watched LISTEN-URI SOCKET-PATH METRICS-ADDRESS */
#include <diatom/app/all.h>
#include <diatom/app/ro_node.h>
#include <diatom/diatom.h>

#include <stdio.h>
#include <time.h>

struct server {
    dia_loop *loop;
    dia_log *log;
    dia_control control;
};

/* [guide: log] */
static int64_t wall_us(void)
{
    struct timespec now;
    timespec_get(&now, TIME_UTC);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void write_line(void *arg, const char *line, size_t n)
{
    (void)arg;
    fwrite(line, 1, n, stderr);
}

static void on_event(void *arg, dia_node *node, const dia_event *event)
{
    struct server *s = arg;
    dia_log_event(s->log, event, dia_node_now(node), wall_us());
}

/* Now and then, what was left out is told. */
static void on_second(void *arg)
{
    struct server *s = arg;
    dia_log_tick(s->log, dia_node_now(dia_loop_node(s->loop)), wall_us());
    dia_loop_after(s->loop, 1000, on_second, s);
}
/* [end] */

/* [guide: commands] */
static int trace(void *arg, const char *host, const char *path, dia_page *answer)
{
    struct server *s = arg;
    const int err = path ? dia_loop_capture_peer(s->loop, host, path) : dia_loop_capture_peer_end(s->loop, host);
    dia_page_print(answer, "%s: %s\n", host, err ? dia_loop_last_fault(s->loop) : path ? "traced" : "traced no more");
    return err ? DIA_CONTROL_FAILED : DIA_CONTROL_DONE;
}

static int on_line(void *arg, dia_bytes line, dia_page *answer)
{
    return dia_control_run(arg, line, answer);
}
/* [end] */

static void on_ccr(dia_request *request, const dia_ro_ccr *ccr, void *arg)
{
    (void)ccr, (void)arg;
    dia_request_answer_least(request, DIA_RESULT_CODE_SUCCESS);
}

/* [guide: watch] */
static int watch(struct server *s, const char *path, const char *address)
{
    char bound[100];
    const dia_report report = { .node = dia_loop_node(s->loop),
                                .dicts = &dia_dicts_all,
                                .events = dia_log_counts(s->log) };
    s->control = (dia_control){ .report = report, .log = s->log, .trace = trace, .arg = s };
    int err = dia_loop_control(s->loop, path, 0, on_line, &s->control);
    if (!err)
        err = dia_loop_serve_metrics(s->loop, address, &(dia_metrics_config){ .report = report }, bound, sizeof bound);
    if (!err)
        printf("metrics http://%s/metrics\n", bound);
    return err;
}
/* [end] */

static int serve(struct server *s, char **argv)
{
    char bound[300];
    dia_serve_ro_ccr(dia_loop_node(s->loop), on_ccr, NULL);
    dia_loop_stop_on_signals(s->loop);
    int err = dia_loop_listen(s->loop, argv[1], bound, sizeof bound);
    if (err)
        return err;
    printf("listening %s\n", bound);
    err = watch(s, argv[2], argv[3]);
    if (err)
        return err;
    fflush(stdout);
    on_second(s);
    return dia_loop_run(s->loop);
}

int main(int argc, char **argv)
{
    static const char *const anybody[] = { "*", NULL };
    struct server s = { NULL };
    const dia_node_config config = { .origin_host = "ocs.example.net",
                                     .origin_realm = "example.net",
                                     .allow = anybody,
                                     .state_events = true, /* the log's level says which are written */
                                     .on_event = on_event,
                                     .arg = &s };
    if (argc < 4)
        return 2;
    int err =
        dia_log_new(&(dia_log_config){ .format = DIA_LOG_JSON, .dicts = &dia_dicts_all, .write = write_line }, &s.log);
    if (!err)
        err = dia_loop_new(&config, &s.loop, NULL, 0);
    if (!err)
        err = serve(&s, argv);
    if (err)
        fprintf(stderr, "watched: %s\n", s.loop ? dia_loop_last_fault(s.loop) : dia_strerror(err));
    dia_loop_free(s.loop);
    dia_log_free(s.log);
    return err != 0;
}
