/* A build without libyaml: every configuration is a mistake that says so, and no agent comes of it. */
#include "agent/agent.h"
#include "diatom/app/all.h"
#include "harness.h"

static void a_configuration_is_a_mistake(void)
{
    static dia_agent_mistakes mistakes;
    const dia_agent_options options = { .dicts = &dia_dicts_all, .alloc = harness_allocator() };
    dia_agent *agent = NULL;
    mistakes.n = mistakes.more = 0;
    const int err =
        dia_agent_new(&options, DIA_STR("identity: {host: a.example.net, realm: example.net}\n"), &agent, &mistakes);
    need(err != DIA_ENOMEM);
    need_int(err, DIA_ENOTSUP);
    need(!agent);
    need_int(mistakes.n, 1);
    need_str(mistakes.v[0].text, "this build reads no configuration: libyaml was left out");
done:
    dia_agent_free(agent);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "a_configuration_is_a_mistake", a_configuration_is_a_mistake },
    };
    return HARNESS_RUN("agent/no_yaml", tests);
}
