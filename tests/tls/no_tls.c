/* A build without OpenSSL: there is no configuration of TLS, and asking for one says so. */
#include "harness.h"
#include "tls/tls.h"

static void a_configuration_is_refused(void)
{
    const dia_tls_config config = { .certificate = "a.pem", .trust = "r.pem" };
    char why[100] = "";
    dia_tls *tls = NULL;
    need_int(dia_tls_new(&config, harness_allocator(), &tls, why, sizeof why), DIA_ENOTSUP);
    need_str(why, "TLS was left out of this build (OpenSSL)");
    need(!tls);
    need_int(dia_tls_new(&config, harness_allocator(), &tls, NULL, 0), DIA_ENOTSUP);
    dia_tls_unref(NULL);
done:;
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "a_configuration_is_refused", a_configuration_is_refused },
    };
    return HARNESS_RUN("tls/no_tls", tests);
}
