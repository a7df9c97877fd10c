/* A dictionary is replaced while its node runs: who keeps the old tables, who gets the new ones, who refuses them. */
#include "net.h"

#include <stdio.h>

/* An application of a private vendor. `kind` is a type, `more` a line of the request, `word` a name of the value 1. */
static dia_dict *read_quota(const char *kind, const char *more, const char *word, const char *id)
{
    static const dia_dict *const base[] = { &dia_dict_base };
    char text[1600];
    const int n = snprintf(
        text, sizeof text,
        "@id %s\n@name quota\n@vendor 99999 Acme\n@inherits rfc6733\n"
        "@avp_types\n Acme-Kind 1 %s VM\n Acme-Box 2 Grouped VM\n Acme-More 3 UTF8String VM\n"
        "@grouped\n Acme-Box ::= < AVP Header: 2 > { Acme-Kind } [ Acme-Box ]\n"
        "@%s Acme-Kind\n %s 1\n LAST 7\n"
        "@messages\n"
        "AQR ::= < Diameter Header: 8388999, REQ, PXY > < Session-Id > { Origin-Host } { Origin-Realm }"
        " { Destination-Realm } { Acme-Kind } [ Acme-Box ] %s * [ AVP ]\n"
        "AQA ::= < Diameter Header: 8388999, PXY > < Session-Id > { Result-Code } { Origin-Host } { Origin-Realm }"
        " { Acme-Kind } { Acme-Box }\n",
        id, kind, strcmp(kind, "Enumerated") == 0 ? "enum" : "define", word, more);
    const dia_dict_reader reader = { .alloc = harness_allocator(), .known = { base, 1 } };
    dia_dict *dict = NULL;
    dia_dict_read(&reader, (dia_bytes){ (const uint8_t *)text, (size_t)n }, "quota", &dict);
    return dict;
}

#define ID "777 ;! kind=auth vendor=99999"

static dia_dict *quota(const char *word)
{
    return read_quota("Enumerated", "", word, ID);
}

/* ---- The generic handler ---- */

struct shelf {
    dia_request *kept;
    dia_dict *next; /* replaced inside the handler, before it answers */
    char names[100];
    unsigned n;
    int err;
};

/* The name that the request's own tables have for its Acme-Kind. */
static void note_name(struct shelf *s, const dia_request *request)
{
    const dia_command *command = dia_request_command(request);
    const dia_avp_def *def = command ? dia_dict_avp(command->dict, 1, 99999) : NULL;
    const size_t n = strlen(s->names);
    snprintf(s->names + n, sizeof s->names - n, "%s ", def ? dia_avp_def_value_name(def, 1) : "?");
}

static void answer_at_once(dia_request *request, void *arg)
{
    struct shelf *s = arg;
    if (s->next) {
        s->err = dia_node_replace(dia_request_node(request), s->next);
        dia_dict_unref(s->next);
        s->next = NULL;
    }
    note_name(s, request);
    s->n++;
    if (dia_request_answer_least(request, 2001))
        dia_request_fail(request, 5012, NULL);
}

static void keep(dia_request *request, void *arg)
{
    struct shelf *s = arg;
    s->kept = dia_request_keep(request) ? request : NULL;
}

/* Two nodes that speak it, each with the only reference to a dictionary of its own. */
static bool begin(struct net *net, dia_node **client, dia_node **server)
{
    static const char *const anybody[] = { "*", NULL };
    const dia_node_config config = { .allow = anybody };
    dia_dict *theirs = quota("OLD"), *ours = quota("OLD");
    net_begin(net);
    *client = net_add(net, "client.example.net", NULL);
    *server = *client ? net_add(net, "server.example.net", &config) : NULL;
    const bool good = theirs && ours && *server && !dia_node_use(*client, theirs) && !dia_node_use(*server, ours) &&
                      net_join(net, *client, *server);
    dia_dict_unref(theirs);
    dia_dict_unref(ours);
    return good;
}

struct got {
    unsigned n;
    uint32_t result_code;
    char kind[40]; /* the name that the answer's tables have for 1 */
    char text[256];
    dia_outcome_kind how;
};

static void on_outcome(dia_untyped *fn, const dia_outcome *outcome, const void *msg, void *arg)
{
    struct got *got = arg;
    (void)fn;
    got->n++;
    got->how = outcome->kind;
    got->result_code = msg ? dia_struct_result_code(outcome->command, msg) : 0;
    if (outcome->fault)
        snprintf(got->text, sizeof got->text, "%s", outcome->fault->text);
    if (outcome->command)
        snprintf(got->kind, sizeof got->kind, "%s",
                 dia_avp_def_value_name(dia_dict_avp(outcome->command->dict, 1, 99999), 1));
}

static void nothing(void) {}

/* A request as a struct: the least octets of it, decoded. Strictly: they keep the grammar. */
static int send_least(dia_node *node, const dia_dict *dict, struct got *got)
{
    const dia_command *request = dia_dict_command(dict, 8388999, true);
    const dia_defaults defaults = { .session_id = DIA_LIT("s;1;1"),
                                    .origin_host = DIA_LIT("client.example.net"),
                                    .origin_realm = DIA_LIT("example.net"),
                                    .destination_realm = DIA_LIT("example.net") };
    const dia_header header = { .version = 1, .flags = request->flags, .command = 8388999, .application = 777 };
    uint8_t octets[512];
    dia_builder b;
    dia_arena arena;
    const void *msg;
    dia_build_begin(&b, octets, sizeof octets, &header);
    dia_put_least(&b, request->grammar, &defaults, 0, (dia_bytes){ NULL, 0 });
    const int64_t n = dia_build_end(&b);
    dia_arena_init(&arena, NULL, 0, 0, harness_allocator());
    int err =
        n < 0 ? (int)n : dia_decode(request, (dia_bytes){ octets, (size_t)n }, DIA_LEVEL_STRICT, &arena, &msg, NULL);
    if (!err)
        err = dia_node_send(node, request, msg, 5000, on_outcome, nothing, got);
    dia_arena_done(&arena);
    return err;
}

static void requests_are_read_with_the_new_dictionary(void)
{
    struct net net;
    dia_node *client, *server;
    struct shelf shelf = { 0 };
    struct got got = { 0 };
    dia_dict *new = NULL;
    need(begin(&net, &client, &server));
    dia_node_serve_any(server, answer_at_once, &shelf);
    need_int(send_least(client, client->dicts[0], &got), 0);
    net_pump(&net);
    need((new = quota("NEW")));
    need_int(dia_node_replace(server, new), 0);
    need_int(dia_node_replace(client, new), 0);
    need(server->dicts[0] == new && server->n_dicts == 1);
    need_int(send_least(client, client->dicts[0], &got), 0);
    net_pump(&net);
    need_str(shelf.names, "OLD NEW ");
    need_int(got.n, 2);
    need_int(got.how, DIA_OUTCOME_ANSWER);
    need_int(got.result_code, 2001);
    need_str(got.kind, "NEW");
done:
    dia_dict_unref(new);
    net_end(&net);
}

static void kept_request_keeps_its_tables(void)
{
    struct net net;
    dia_node *client, *server;
    struct shelf shelf = { 0 };
    struct got got = { 0 };
    dia_dict *new = NULL;
    need(begin(&net, &client, &server));
    dia_node_serve_any(server, keep, &shelf);
    need_int(send_least(client, client->dicts[0], &got), 0);
    net_pump(&net);
    need(shelf.kept);
    need((new = quota("NEW")));
    need_int(dia_node_replace(server, new), 0); /* the kept request has the only reference to the old one now */
    need_int(dia_node_replace(client, new), 0); /* and the request sent has that to the client's */
    note_name(&shelf, shelf.kept);
    need_str(shelf.names, "OLD ");
    need_int(dia_request_answer_least(shelf.kept, 2001), 0);
    net_pump(&net);
    need_int(got.n, 1);
    need_int(got.how, DIA_OUTCOME_ANSWER);
    need_str(got.kind, "OLD");
done:
    dia_dict_unref(new);
    net_end(&net);
}

static void sent_request_keeps_its_tables_until_its_time_is_up(void)
{
    struct net net;
    dia_node *client, *server;
    struct shelf shelf = { 0 };
    struct got got = { 0 };
    dia_dict *new = NULL;
    need(begin(&net, &client, &server));
    dia_node_serve_any(server, keep, &shelf);
    need_int(send_least(client, client->dicts[0], &got), 0);
    need_int(send_least(client, client->dicts[0], &got), 0);
    need_int(dia_node_cancel(client, dia_node_last_sent(client)), 0);
    need((new = quota("NEW")));
    need_int(dia_node_replace(server, new), 0);
    need_int(dia_node_replace(client, new), 0);
    net_pass(&net, 6000);
    need_int(got.n, 1);
    need_int(got.how, DIA_OUTCOME_TIMEOUT);
    need_str(got.kind, "OLD");
done:
    dia_dict_unref(new);
    net_end(&net);
}

static void handler_may_replace(void)
{
    struct net net;
    dia_node *client, *server;
    struct shelf shelf = { .err = 1 };
    struct got got = { 0 };
    need(begin(&net, &client, &server));
    dia_node_serve_any(server, answer_at_once, &shelf);
    need((shelf.next = quota("NEW")));
    need_int(send_least(client, client->dicts[0], &got), 0);
    net_pump(&net);
    need_int(shelf.err, 0);
    need_str(shelf.names, "OLD ");
    need_int(got.n, 1);
    need_int(got.result_code, 2001);
done:
    dia_dict_unref(shelf.next);
    net_end(&net);
}

/* ---- Handlers that are bound to a layout ---- */

static void count_call(dia_untyped *fn, dia_request *request, const void *msg, void *arg)
{
    (void)fn, (void)msg;
    ++*(unsigned *)arg;
    note_name(&(struct shelf){ 0 }, request);
    if (dia_request_answer_least(request, 2001))
        dia_request_fail(request, 5012, NULL);
}

static void handler_goes_on_where_the_layout_is_the_same(void)
{
    struct net net;
    dia_node *client, *server;
    unsigned served = 0;
    struct got got = { 0 };
    dia_dict *new = NULL;
    need(begin(&net, &client, &server));
    need_int(dia_node_serve(server, dia_dict_command(server->dicts[0], 8388999, true), count_call, nothing, &served),
             0);
    need_int(send_least(client, client->dicts[0], &got), 0);
    net_pump(&net);
    need((new = quota("NEW")));
    need_int(dia_node_replace(server, new), 0);
    need_int(dia_node_replace(client, new), 0);
    need(dia_node_binding(server, 777, 8388999)->command->dict == new);
    need_int(send_least(client, new, &got), 0);
    net_pump(&net);
    need_int(served, 2);
    need_int(got.n, 2);
    need_int(got.result_code, 2001);
done:
    dia_dict_unref(new);
    net_end(&net);
}

/* A dictionary that was taken back is still looked at by those who served it. */
static void dictionary_that_was_taken_back_stays_for_its_handlers(void)
{
    struct net net;
    dia_node *client, *server;
    unsigned served = 0;
    struct got got = { 0 };
    need(begin(&net, &client, &server));
    need_int(dia_node_serve(server, dia_dict_command(server->dicts[0], 8388999, true), count_call, nothing, &served),
             0);
    need_int(send_least(client, client->dicts[0], &got), 0);
    net_pump(&net);
    need_int(served, 1);
    need_int(dia_node_withdraw(server, 777), 0);
    need_int(send_least(client, client->dicts[0], &got), 0);
    net_pump(&net);
    need_int(got.result_code, 3007);
    need_int(served, 1);
done:
    net_end(&net);
}

static void handler_refuses_another_layout(void)
{
    static const struct row {
        const char *kind, *more, *why;
    } rows[] = {
        { "Enumerated", "[ Acme-More ]", "AQR has a handler and another layout there" },
        { "Unsigned64", "", "AQR has a handler and another layout there" }, /* in its group as well */
        { "Unsigned32", "", "AQR has a handler and another layout there" },
    };
    struct net net;
    dia_node *client, *server;
    unsigned served = 0;
    struct got got = { 0 };
    dia_dict *other = NULL;
    need(begin(&net, &client, &server));
    const dia_dict *old = server->dicts[0];
    need_int(dia_node_serve(server, dia_dict_command(old, 8388999, true), count_call, nothing, &served), 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        need((other = read_quota(rows[i].kind, rows[i].more, "NEW", ID)));
        need_int(dia_node_replace(server, other), DIA_ERULE);
        need_str(dia_node_last_fault(server), rows[i].why);
        dia_dict_unref(other);
        other = NULL;
        need(server->dicts[0] == old);
    }
    need_int(send_least(client, client->dicts[0], &got), 0);
    net_pump(&net);
    need_int(served, 1);
    need_int(got.result_code, 2001);
done:
    dia_dict_unref(other);
    net_end(&net);
}

static void compiled_tables_are_replaced_like_any(void)
{
    struct net net;
    dia_node *client, *server;
    unsigned served = 0;
    struct asked asked = { 0 };
    dia_dict other = dia_dict_ro, none = dia_dict_ro;
    none.n_commands = 0;
    need(net_pair(&net, &client, &server, NULL));
    need_int(dia_serve_ro_ccr(server, net_serve, &served), 0);
    need_int(dia_node_replace(server, &none), DIA_ERULE);
    need_str(dia_node_last_fault(server), "CCR has a handler and is not there");
    need_int(dia_node_replace(server, &other), 0);
    need(server->dicts[0] == &other);
    need_int(net_ask(client, 1, 5000, &asked), 0);
    net_pump(&net);
    need_int(served, 1);
    need_int(asked.result_code, 2001);
done:
    net_end(&net);
}

/* ---- What is refused ---- */

static void only_a_dictionary_of_the_same_application_fits(void)
{
    struct net net;
    dia_node *client, *server;
    dia_dict format = dia_dict_ro, none = dia_dict_ro, vendor = dia_dict_ro, kind = dia_dict_ro;
    dia_dict *other = NULL;
    format.table_format = DIA_TABLE_FORMAT + 1;
    none.has_application = false;
    vendor.app_vendor = 1;
    kind.app_kind = DIA_APP_ACCT;
    need(net_pair(&net, &client, &server, NULL));
    need((other = quota("OTHER")));
    need_int(dia_node_replace(server, other), DIA_ENOENT);
    need_int(dia_node_replace(server, &format), DIA_EVERSION);
    need_int(dia_node_replace(server, &none), DIA_EINVAL);
    need_int(dia_node_replace(server, &vendor), DIA_EINVAL);
    need_int(dia_node_replace(server, &kind), DIA_EINVAL);
    need_int(dia_node_replace(server, &dia_dict_ro), 0);
    need(server->dicts[0] == &dia_dict_ro);
done:
    dia_dict_unref(other);
    net_end(&net);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "requests_are_read_with_the_new_dictionary", requests_are_read_with_the_new_dictionary },
        { "kept_request_keeps_its_tables", kept_request_keeps_its_tables },
        { "sent_request_keeps_its_tables_until_its_time_is_up", sent_request_keeps_its_tables_until_its_time_is_up },
        { "handler_may_replace", handler_may_replace },
        { "handler_goes_on_where_the_layout_is_the_same", handler_goes_on_where_the_layout_is_the_same },
        { "dictionary_that_was_taken_back_stays_for_its_handlers",
          dictionary_that_was_taken_back_stays_for_its_handlers },
        { "handler_refuses_another_layout", handler_refuses_another_layout },
        { "compiled_tables_are_replaced_like_any", compiled_tables_are_replaced_like_any },
        { "only_a_dictionary_of_the_same_application_fits", only_a_dictionary_of_the_same_application_fits },
    };
    return HARNESS_RUN("node/replace", tests);
}
