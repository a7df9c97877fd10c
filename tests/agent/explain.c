/* What policies would do to a request, in words. */
#include "agent/agent.h"
#include "diatom/app/all.h"
#include "net.h"

#include <stdio.h>
#include <string.h>

static dia_agent_mistakes mistakes;

#define TEXT                                                                                                           \
    "identity: {host: agent.example.net, realm: example.net}\nlisten: {uri: \"aaa://127.0.0.1\", clear: yes}\n"        \
    "applications: [relay, gy]\npeers: [{host: a.example.org, limit: 50}]\npolicies:\n"                                \
    "- {name: roaming, match: {origin-realm: \"*.org\"}, request: [{rewrite: Destination-Realm, from: \"*\", to: "     \
    "x.example}, {reject: 5003, when: User-Name}]}\n"                                                                  \
    "- {name: other, match: {origin-realm: \"*.com\"}, request: {reject: 5003}}\n"                                     \
    "- {match: {origin-realm: example.org}, answer: {remove: Proxy-State}, last: yes}\n"                               \
    "- {name: behind, request: {reject: 3004}}\n"

static void on_policy(void *arg, const dia_agent_policy_seen *seen)
{
    char *to = arg;
    const size_t n = strlen(to);
    snprintf(to + n, 500 - n, "%s: %s\n", seen->name, seen->does);
}

static size_t request(uint32_t application, uint8_t *to, size_t size)
{
    const dia_header header = { .flags = DIA_FLAG_REQUEST, .command = 272, .application = application };
    dia_builder b;
    dia_build_begin(&b, to, size, &header);
    dia_put_bytes(&b, DIA_AVP_ORIGIN_REALM, 0, DIA_AVP_M, DIA_STR("example.org"));
    const int64_t n = dia_build_end(&b);
    return n > 0 ? (size_t)n : 0;
}

static void policies_are_named_in_their_order(void)
{
    static const struct {
        const char *name;
        uint32_t application;
        bool relayed;
        const char *from, *want;
    } rows[] = {
        { "through the policies", 4, false, "a.example.org",
          "a.example.org: limits to 50 a second\n"
          "roaming: rewrites Destination-Realm, rejects with 5003 where its conditions hold\n"
          "policies[2]: of the answer: removes Proxy-State\n" },
        { "of another peer", 4, false, "b.example.org",
          "roaming: rewrites Destination-Realm, rejects with 5003 where its conditions hold\n"
          "policies[2]: of the answer: removes Proxy-State\n" },
        { "relayed by its route", 4, true, "",
          "roaming: rejects with 5003 where its conditions hold\npolicies[2]: \n" },
        { "relayed for its application", 777, false, "",
          "roaming: rejects with 5003 where its conditions hold\npolicies[2]: \n" },
    };
    const dia_agent_options options = { .dicts = &dia_dicts_all, .alloc = harness_allocator() };
    dia_agent *agent = NULL;
    mistakes.n = mistakes.more = 0;
    need_int(dia_agent_new(&options, dia_cstr(TEXT), &agent, &mistakes), 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t buf[200];
        char said[500] = "";
        const dia_bytes message = { buf, request(rows[i].application, buf, sizeof buf) };
        harness_row(rows[i].name);
        const int err =
            dia_agent_explain_policies(agent, message, dia_cstr(rows[i].from), rows[i].relayed, on_policy, said);
        if (err != DIA_ENOMEM) {
            check_int(err, 0);
            check_bytes(dia_cstr(said), dia_cstr(rows[i].want));
        }
    }
    check_int(dia_agent_explain_policies(agent, (dia_bytes){ NULL, 0 }, dia_cstr(""), false, on_policy, NULL),
              DIA_EFORMAT);
done:
    harness_row(NULL);
    dia_agent_free(agent);
}

int main(void)
{
    const struct harness_test tests[] = {
        { "policies are named in their order", policies_are_named_in_their_order },
    };
    return HARNESS_RUN("agent/explain", tests);
}
