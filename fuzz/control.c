/* Commands to a node, line by line, as whoever may connect to its local socket sends them.
 *
 * Whatever is sent: an answer is one of the four kinds, has text that ends with a line end, no control characters beside line
 * ends, and is UTF-8; one as JSON is one line. Nothing that is said here makes the node stop, and it has the peers that it had. */
#include "fuzz.h"

#include "wire/wire.h"

#include "diatom/app/all.h"
#include "diatom/control.h"

#include <string.h>

enum { LINES_MAX = 64, PEERS = 3 };

static int trace(void *arg, const char *host, const char *path, dia_page *answer)
{
    (void)arg;
    must(!path || (path[0] == '/' && dia_identity_valid(dia_cstr(host))));
    dia_page_put(answer, "traced\n");
    return DIA_CONTROL_DONE;
}

static int routes(void *arg, bool json, dia_page *answer)
{
    (void)arg;
    dia_page_put(answer, json ? "{}\n" : "none\n");
    return DIA_CONTROL_DONE;
}

static int refuse(void *arg, dia_page *answer)
{
    (void)arg;
    dia_page_put(answer, "no\n");
    return DIA_CONTROL_REFUSED;
}

static void forget_line(void *arg, const char *line, size_t n)
{
    (void)arg;
    must(line && n);
}

static void on_event(void *arg, dia_node *node, const dia_event *event)
{
    dia_log *const *log = arg;
    dia_log_event(*log, event, dia_node_now(node), 1);
}

static void check_answer(int status, const dia_page *page)
{
    size_t lines = 0;
    must(status >= DIA_CONTROL_DONE && status <= DIA_CONTROL_FAILED);
    must(!page->err && page->n && page->p[page->n - 1] == '\n');
    must(dia_utf8_valid((dia_bytes){ (const uint8_t *)page->p, page->n }));
    for (size_t i = 0; i < page->n; i++) {
        const unsigned char c = (unsigned char)page->p[i];
        must(c >= 0x20 || c == '\n');
        must(c != 0x7f);
        lines += c == '\n';
    }
    must(page->p[0] != '{' || lines == 1);
    must(status == DIA_CONTROL_DONE || status == DIA_CONTROL_REFUSED || lines == 1);
}

static size_t count_peers(const dia_node *node)
{
    size_t n = 0;
    for (const dia_peer *p = NULL; (p = dia_node_next_peer(node, p)); n++)
        must(dia_peer_get_state(p) <= DIA_PEER_CLOSING);
    return n;
}

static dia_node *new_node(dia_log **log)
{
    static const char *const anybody[] = { "*", NULL };
    const dia_node_config config = { .origin_host = "n.example.net",
                                     .origin_realm = "example.net",
                                     .allow = anybody,
                                     .state_events = true,
                                     .on_event = on_event,
                                     .arg = log };
    dia_node *node = NULL;
    must(!dia_node_new(&config, (dia_time){ 0 }, &node, NULL, 0));
    must(!dia_node_advertise(node, 4, 0, DIA_APP_AUTH));
    must(!dia_node_add_peer(node, &(dia_peer_config){ .host = "a.net", .connect = "aaa://a.net" }, NULL));
    must(!dia_node_add_peer(node, &(dia_peer_config){ .host = "b.net" }, NULL));
    must(!dia_node_add_peer(node, &(dia_peer_config){ .connect = "aaa://c.net" }, NULL));
    return node;
}

/* The driver's part: connections that fail. */
static void let_pass(dia_node *node, int64_t us)
{
    dia_todo todo;
    while (dia_node_todo(node, &todo))
        if (todo.kind == DIA_TODO_CONNECT || todo.kind == DIA_TODO_RESET || todo.kind == DIA_TODO_CLOSE)
            dia_conn_closed(todo.conn, "refused", (dia_time){ us });
    dia_node_tick(node, (dia_time){ us });
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    dia_log *log = NULL;
    dia_page page = { 0 };
    must(!dia_log_new(&(dia_log_config){ .write = forget_line, .dicts = &dia_dicts_all }, &log));
    dia_node *node = new_node(&log);
    const dia_control control = { .report = { .node = node, .dicts = &dia_dicts_all, .events = dia_log_counts(log) },
                                  .log = log,
                                  .trace = trace,
                                  .routes = routes,
                                  .reload = refuse,
                                  .stop = refuse };
    size_t lines = 0;
    for (size_t at = 0; at < size && lines < LINES_MAX; lines++) {
        const uint8_t *end = memchr(data + at, '\n', size - at);
        const size_t n = end ? (size_t)(end - data) - at : size - at;
        dia_page_clear(&page);
        check_answer(dia_control_run(&control, (dia_bytes){ data + at, n }, &page), &page);
        must(count_peers(node) == PEERS);
        let_pass(node, (int64_t)(lines + 1) * 10000000);
        at += n + 1;
    }
    dia_page_done(&page);
    dia_node_free(node);
    dia_log_free(log);
    return 0;
}
