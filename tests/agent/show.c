/* The routes in force as people and programs see them, and the reference of the language. */
#include "agent/agent.h"
#include "diatom/app/all.h"
#include "net.h"
#include "shown.h"

#include <stdio.h>
#include <stdlib.h>

static dia_agent_mistakes mistakes;

struct scene {
    struct net net;
    dia_agent *agent;
    dia_page page;
};

static bool begin(struct scene *s, const char *text)
{
    const dia_agent_options options = { .dicts = &dia_dicts_all, .alloc = harness_allocator(), .handlers = true };
    *s = (struct scene){ .page = { .alloc = harness_allocator() } };
    net_begin(&s->net);
    mistakes.n = mistakes.more = 0;
    if (dia_agent_new(&options, dia_cstr(text), &s->agent, &mistakes))
        return false;
    dia_node *node = net_add(&s->net, "agent.example.net", dia_agent_node_config(s->agent));
    return node && !dia_agent_start(s->agent, node, &mistakes);
}

static void end(struct scene *s)
{
    net_end(&s->net);
    dia_agent_free(s->agent);
    dia_page_done(&s->page);
}

#define WHO                                                                                                            \
    "identity: {host: agent.example.net, realm: example.net}\nlisten: {uri: \"aaa://127.0.0.1\", clear: yes}\n"        \
    "peers: [{host: a.example.net}, {host: b.example.net}]\n"
#define ROUTES                                                                                                         \
    WHO "tables: {numbers: {lines: \"26201,east\"}}\nroutes:\n"                                                        \
        "- {name: first, realm: [example.net, \"*.example.org\"], application: [gy, 16777999], command: CCR, imsi: "   \
        "{table: "                                                                                                     \
        "numbers, value: east}, to: [a.example.net, {peer: b.example.net, priority: 1, weight: 3}], choose: order}\n"  \
        "- {action: local, when: User-Name}\n"

static dia_bytes octets_of(const struct scene *s)
{
    return (dia_bytes){ (const uint8_t *)s->page.p, s->page.n };
}

static void routes_are_a_table(void)
{
    struct scene s;
    need(begin(&s, ROUTES));
    need_int(dia_agent_show_routes(s.agent, false, &s.page), 0);
    check_bytes(octets_of(&s),
                DIA_STR("ROUTE      REALM                      APPLICATION  CRITERIA                       ACTION  "
                        "TO                                                CHOICE  TAKEN\n"
                        "first      example.net,*.example.org  gy,16777999  command=272 imsi=numbers:east  relay   "
                        "a.example.net,b.example.net(priority=1,weight=3)  order       0\n"
                        "routes[1]  default                    any          when=User-Name present         local   "
                        "us                                                turns       0\n"));
done:
    end(&s);
}

/* What is asked of AVPs, the share of a hop: as text, and as members of JSON. */
static void criteria_and_hops_are_told_whole(void)
{
    static const struct {
        const char *route, *text, *json;
    } rows[] = {
        { "when: User-Name", " when=User-Name present ", "\"when\": [{\"avp\": \"User-Name\", \"present\": true}]" },
        { "when: {avp: User-Name, present: no}", " when=User-Name absent ",
          "\"when\": [{\"avp\": \"User-Name\", \"present\": false}]" },
        { "when: {avp: User-Name, is: joe}", " when=User-Name=joe ",
          "\"when\": [{\"avp\": \"User-Name\", \"is\": \"joe\"}]" },
        { "when: {avp: User-Name, begins: jo}", " when=User-Name begins jo ",
          "\"when\": [{\"avp\": \"User-Name\", \"begins\": \"jo\"}]" },
        { "when: {avp: Rating-Group, least: 1, most: 5}", " when=Rating-Group from 1 to 5 ",
          "\"when\": [{\"avp\": \"Rating-Group\", \"least\": 1, \"most\": 5}]" },
        { "when: [{avp: Rating-Group, least: 2}, {avp: Rating-Group, most: 5}]",
          " when=Rating-Group from 2 when=Rating-Group to 5 ",
          "\"when\": [{\"avp\": \"Rating-Group\", \"least\": 2}, {\"avp\": \"Rating-Group\", \"most\": 5}]" },
        { "msisdn: {begin: 49, table: numbers, value: east}", " msisdn=49 msisdn=numbers:east ",
          "\"msisdn\": [\"49\"], \"msisdn_table\": \"numbers\", \"msisdn_value\": \"east\"" },
        { "to: {peer: a.example.net, priority: 2}", " a.example.net(priority=2) ", "\"priority\": 2, \"weight\": 1" },
        { "to: {peer: a.example.net, weight: 2}", " a.example.net(weight=2) ", "\"priority\": 0, \"weight\": 2" },
        { "to: a.example.net", " a.example.net ", "\"priority\": 0, \"weight\": 1" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scene s;
        char text[1000];
        harness_row(rows[i].route);
        snprintf(text, sizeof text, WHO "tables: {numbers: {lines: \"26201,east\"}}\nroutes: {application: gy, %s}\n",
                 rows[i].route);
        need(begin(&s, text));
        need_int(dia_agent_show_routes(s.agent, false, &s.page), 0);
        need(has(shown(&s.page), rows[i].text));
        dia_page_clear(&s.page);
        need_int(dia_agent_show_routes(s.agent, true, &s.page), 0);
        need(has(shown(&s.page), rows[i].json));
    done:
        end(&s);
    }
    harness_row(NULL);
}

static void routes_are_json(void)
{
    struct scene s;
    need(begin(&s, ROUTES));
    need_int(dia_agent_show_routes(s.agent, true, &s.page), 0);
    check_bytes(
        octets_of(&s),
        DIA_STR(
            "{\"routes\": [{\"id\": 1, \"name\": \"first\", \"realm\": [\"example.net\", \"*.example.org\"], "
            "\"application\": "
            "[4, 16777999], \"command\": [272], \"imsi_table\": \"numbers\", \"imsi_value\": \"east\", \"action\": "
            "\"relay\", \"choose\": "
            "\"order\", "
            "\"order\": 0, \"to\": [{\"peer\": \"a.example.net\", \"priority\": 0, \"weight\": 1}, {\"peer\": "
            "\"b.example.net\", \"priority\": 1, \"weight\": 3}], \"taken\": 0}, {\"id\": 2, \"name\": \"routes[1]\", "
            "\"when\": [{\"avp\": \"User-Name\", \"present\": true}], \"action\": \"local\", \"choose\": \"turns\", "
            "\"order\": 0, \"to\": [], "
            "\"taken\": 0}]}\n"));
done:
    end(&s);
}

static void without_routes_that_is_said(void)
{
    struct scene s;
    need(begin(&s, WHO));
    need_int(dia_agent_show_routes(s.agent, false, &s.page), 0);
    check_bytes(octets_of(&s), DIA_STR("no routes: to the peers of a realm in turn, then to relays\n"));
    dia_page_clear(&s.page);
    need_int(dia_agent_show_routes(s.agent, true, &s.page), 0);
    check_bytes(octets_of(&s), DIA_STR("{\"routes\": []}\n"));
done:
    end(&s);
}

/* The limit of a peer is a policy, too. */
static void policies_are_a_table_and_json(void)
{
    struct scene s;
    need(begin(&s, "identity: {host: agent.example.net, realm: example.net}\n"
                   "listen: {uri: \"aaa://127.0.0.1\", clear: yes}\napplications: gy\n"
                   "peers: [{host: a.example.net, limit: 5}, {host: b.example.net}]\n"
                   "policies:\n- {name: inner, hide: {outside: a.example.net, hosts: b.example.net}}\n"
                   "- {match: {command: CCR}, limit: {rate: 5}}\n"));
    need_int(dia_agent_show_policies(s.agent, false, &s.page), 0);
    check_bytes(octets_of(&s), DIA_STR("POLICY         MATCHED  REJECTED  LIMITED  HIDDEN\n"
                                       "a.example.net        0         0        0       0\n"
                                       "inner                0         0        0       0\n"
                                       "policies[1]          0         0        0       0\n"));
    dia_page_clear(&s.page);
    need_int(dia_agent_show_policies(s.agent, true, &s.page), 0);
    check_bytes(octets_of(&s), DIA_STR("{\"policies\": ["
                                       "{\"name\": \"a.example.net\", \"matched\": 0, \"rejected\": 0, \"limited\": 0, "
                                       "\"hidden\": 0}, "
                                       "{\"name\": \"inner\", \"matched\": 0, \"rejected\": 0, \"limited\": 0, "
                                       "\"hidden\": 0}, "
                                       "{\"name\": \"policies[1]\", \"matched\": 0, \"rejected\": 0, \"limited\": 0, "
                                       "\"hidden\": 0}]}\n"));
done:
    end(&s);
}

static void without_policies_that_is_said(void)
{
    struct scene s;
    need(begin(&s, WHO));
    need_int(dia_agent_show_policies(s.agent, false, &s.page), 0);
    check_bytes(octets_of(&s), DIA_STR("no policies: what passes stays as it is\n"));
    dia_page_clear(&s.page);
    need_int(dia_agent_show_policies(s.agent, true, &s.page), 0);
    check_bytes(octets_of(&s), DIA_STR("{\"policies\": []}\n"));
done:
    end(&s);
}

/* A policy of the name that a peer's limit has would be the same series again. */
static void metrics_have_each_name_once(void)
{
    static const char want[] = "# TYPE diatom_route_requests counter\n"
                               "diatom_route_requests_total{route=\"first\"} 0\n"
                               "diatom_route_requests_total{route=\"routes[0]\"} 0\n";
    struct scene s;
    need(begin(&s, "identity: {host: agent.example.net, realm: example.net}\n"
                   "listen: {uri: \"aaa://127.0.0.1\", clear: yes}\n"
                   "peers: [{host: a.example.net, limit: 5}]\n"
                   "policies: [{name: a.example.net, limit: {rate: 5}}]\n"
                   "routes: [{choose: order}, {name: first}, {name: \"routes[0]\"}]\n"));
    const dia_report report = { .node = s.agent->node, .more = dia_agent_add_metrics, .more_arg = s.agent };
    need_int(dia_report_metrics(&report, DIA_METRICS_OPENMETRICS, &s.page), 0);
    const char *text = shown(&s.page);
    need(has(text, "diatom_policy_limited_total{policy=\"a.example.net\"} 0\n# EOF\n"));
    need_int(times(text, "diatom_policy_matches_total{"), 1);
    need(has(text, want));
done:
    end(&s);
}

static void without_routes_and_policies_there_are_no_more_metrics(void)
{
    struct scene s;
    need(begin(&s, WHO));
    const dia_report report = { .node = s.agent->node, .more = dia_agent_add_metrics, .more_arg = s.agent };
    need_int(dia_report_metrics(&report, DIA_METRICS_OPENMETRICS, &s.page), 0);
    const char *text = shown(&s.page);
    check(!strstr(text, "diatom_route") && !strstr(text, "diatom_policy"));
done:
    end(&s);
}

/* ---- The tables of the language ---- */

static int into_page(void *page, const char *text, size_t n)
{
    dia_page_octets(page, (dia_bytes){ (const uint8_t *)text, n });
    return ((dia_page *)page)->err;
}

/* Every key is in the reference, with a sentence, and what stands for "not there" can be read, or is said. */
static void every_key_is_in_the_reference(void)
{
    dia_page page = { .alloc = harness_allocator() };
    const int err = dia_agent_schema(into_page, &page);
    need_int(err, 0);
    dia_page_octets(&page, (dia_bytes){ (const uint8_t *)"", 1 });
    need(!page.err);
    for (size_t i = 0; i < dia_agent_schemas_n; i++) {
        const dia_schema *schema = dia_agent_schemas[i];
        for (const dia_key *key = schema->keys; key < schema->keys + schema->n; key++) {
            char row[80];
            harness_row(key->key);
            snprintf(row, sizeof row, "\n| `%s` | ", key->key);
            check(strstr(page.p, row) != NULL);
            check(key->help && key->help[strlen(key->help) - 1] == '.');
            check((key->flags & DIA_KEY_REQUIRED) || key->standard || key->otherwise);
            check(key->kind != DIA_KEY_WORD || key->words);
            check((key->kind == DIA_KEY_MAP || key->kind == DIA_KEY_NAMED) == (key->sub != NULL));
            check(key->offset + dia_key_size(key) <= schema->size || (key->flags & DIA_KEY_LIST) ||
                  key->kind == DIA_KEY_NAMED);
        }
    }
done:
    harness_row(NULL);
    dia_page_done(&page);
}

int main(void)
{
    const struct harness_test tests[] = {
        { "routes are a table", routes_are_a_table },
        { "routes are json", routes_are_json },
        { "criteria and hops are told whole", criteria_and_hops_are_told_whole },
        { "without routes that is said", without_routes_that_is_said },
        { "policies are a table and json", policies_are_a_table_and_json },
        { "without policies that is said", without_policies_that_is_said },
        { "metrics have each name once", metrics_have_each_name_once },
        { "without routes and policies there are no more metrics",
          without_routes_and_policies_there_are_no_more_metrics },
        { "every key is in the reference", every_key_is_in_the_reference },
    };
    return HARNESS_RUN("agent/show", tests);
}
