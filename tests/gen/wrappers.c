/* The typed wrappers around a node's core, here one of paper: each gives it the right command, and each function comes
 * back with its own type. */
#include "diatom/app/ro_node.h"
#include "harness.h"

/* ---- The core, of paper ---- */

static struct {
    const dia_command *command;
    const void *msg;
    uint32_t timeout_ms;
    dia_request_call *request_call;
    dia_outcome_call *outcome_call;
    dia_untyped *fn;
    void *arg;
} said;

int dia_node_serve(dia_node *node, const dia_command *request, dia_request_call *call, dia_untyped *fn, void *arg)
{
    (void)node;
    said.command = request;
    said.request_call = call;
    said.fn = fn;
    said.arg = arg;
    return 0;
}

int dia_node_send(dia_node *node, const dia_command *request, const void *msg, uint32_t timeout_ms,
                  dia_outcome_call *call, dia_untyped *fn, void *arg)
{
    (void)node;
    said.command = request;
    said.msg = msg;
    said.timeout_ms = timeout_ms;
    said.outcome_call = call;
    said.fn = fn;
    said.arg = arg;
    return DIA_ENOROUTE;
}

int dia_request_answer(dia_request *request, const dia_command *answer, const void *msg)
{
    (void)request;
    said.command = answer;
    said.msg = msg;
    return 0;
}

const void *dia_request_keep(dia_request *request)
{
    (void)request;
    return said.msg;
}

/* ---- The program ---- */

static const dia_ro_ccr *seen_ccr;
static const dia_ro_cca *seen_cca;

static void on_ccr(dia_request *request, const dia_ro_ccr *ccr, void *arg)
{
    (void)request;
    seen_ccr = ccr;
    *(int *)arg += 1;
}

static void on_cca(const dia_outcome *outcome, const dia_ro_cca *cca, void *arg)
{
    seen_cca = cca;
    *(int *)arg += (int)outcome->result_code;
}

static void request_comes_back_typed(void)
{
    int calls = 0;
    check_int(dia_serve_ro_ccr(NULL, on_ccr, &calls), 0);
    check(said.command == DIA_COMMAND_RO_CCR);
    check_str(said.command->name, "CCR");
    const dia_ro_ccr ccr = { .cc_request_number = 7 };
    said.request_call(said.fn, NULL, &ccr, said.arg);
    check_int(calls, 1);
    check(seen_ccr == &ccr);
}

static void outcome_comes_back_typed(void)
{
    int sum = 0;
    const dia_ro_ccr ccr = { .cc_request_type = DIA_CC_REQUEST_TYPE_INITIAL_REQUEST };
    check_int(dia_send_ro_ccr(NULL, &ccr, 5000, on_cca, &sum), DIA_ENOROUTE);
    check(said.command == DIA_COMMAND_RO_CCR);
    check(said.msg == &ccr);
    check_int(said.timeout_ms, 5000);
    const dia_ro_cca cca = { .result_code = DIA_RESULT_CODE_SUCCESS };
    const dia_outcome outcome = { .result_code = cca.result_code };
    said.outcome_call(said.fn, &outcome, &cca, said.arg);
    check_int(sum, 2001);
    check(seen_cca == &cca);
}

static void answer_and_keep_are_typed(void)
{
    const dia_ro_cca cca = { .result_code = DIA_RESULT_CODE_SUCCESS };
    check_int(dia_answer_ro_cca(NULL, &cca), 0);
    check(said.command == DIA_COMMAND_RO_CCA);
    check(said.command->other == DIA_COMMAND_RO_CCR);
    check(said.msg == &cca);
    const dia_ro_ccr ccr = { 0 };
    said.msg = &ccr;
    check(dia_keep_ro_ccr(NULL) == &ccr);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "request_comes_back_typed", request_comes_back_typed },
        { "outcome_comes_back_typed", outcome_comes_back_typed },
        { "answer_and_keep_are_typed", answer_and_keep_are_typed },
    };
    return HARNESS_RUN("gen/wrappers", tests);
}
