/* A subscription locator: knows which home subscriber server has a subscriber, and redirects to it (RFC 6733, 2.8.3). Listens
 * where its first argument says; the others are the servers, as DiameterURIs: the last digit of the IMSI chooses one. */
#include <diatom/app/s6a_node.h>
#include <diatom/diatom.h>

#include <stdio.h>

enum { MINUTE = 60 };

struct locator {
    const char *const *servers;
    unsigned n;
};

/* [guide: redirect] */
static void on_ulr(dia_request *request, const dia_s6a_ulr *ulr, void *arg)
{
    const struct locator *l = arg;
    const dia_bytes imsi = ulr->user_name;
    const unsigned digit = imsi.n ? imsi.p[imsi.n - 1] - (unsigned)'0' : 10;
    if (digit > 9) {
        dia_request_fail(request, DIA_RESULT_CODE_INVALID_AVP_VALUE, "User-Name is no IMSI");
        return;
    }
    /* Whoever asks may send what concerns this subscriber straight there for a minute. */
    if (dia_request_redirect(request, &l->servers[digit % l->n], 1, DIA_REDIRECT_ALL_USER, MINUTE))
        fprintf(stderr, "not redirected: %s\n", dia_node_last_fault(dia_request_node(request)));
}
/* [end] */

int main(int argc, char **argv)
{
    const char *const anybody[] = { "*", NULL };
    const dia_node_config config = {
        .origin_host = "slf.example.net",
        .origin_realm = "example.net",
        .allow = anybody,
    };
    struct locator locator = { (const char *const *)argv + 2, argc > 2 ? (unsigned)argc - 2 : 0 };
    char text[300] = "";
    dia_loop *loop;
    if (!locator.n) {
        fprintf(stderr, "slf URI SERVER...\n");
        return 2;
    }
    int err = dia_loop_new(&config, &loop, text, sizeof text);
    if (err) {
        fprintf(stderr, "%s: %s\n", dia_strerror(err), text);
        return 1;
    }
    dia_node *node = dia_loop_node(loop);
    dia_node_advertise(node, DIA_APP_RELAY, 0, DIA_APP_AUTH); /* 2.8.3 */
    dia_serve_s6a_ulr(node, on_ulr, &locator);
    dia_loop_stop_on_signals(loop);
    err = dia_loop_listen(loop, argv[1], text, sizeof text);
    if (!err) {
        printf("listening %s\n", text);
        fflush(stdout);
        dia_loop_run(loop);
    } else {
        fprintf(stderr, "%s\n", dia_loop_last_fault(loop));
    }
    dia_loop_free(loop);
    return err != 0;
}
