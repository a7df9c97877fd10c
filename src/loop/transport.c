/* Which carrier a transport has. */
#include "loop/carrier.h"
#include "loop/sctp.h"

/* Else a sentence: where either stack would do (`no_kernel` says why that one does not), it is about both. */
static int begin_usrsctp(dia_loop *loop, const dia_sctp_config *config, const char *no_kernel, char *why,
                         size_t why_size)
{
    char no_usrsctp[200] = "";
    const int err = dia_usrsctp_open(loop, config, no_usrsctp, sizeof no_usrsctp);
    if (err)
        dia_sentence(why, why_size, "%s%s%s", no_kernel ? no_kernel : "", no_kernel ? "; " : "",
                     no_usrsctp[0] ? no_usrsctp : dia_loop_words(err));
    return err;
}

/* The kernel's, where it has one and nothing else was said; usrsctp begins with the first who needs it. */
static const dia_carrier *sctp_of(dia_loop *loop, const char **why)
{
    const dia_carrier *carrier = dia_usrsctp_carrier(loop);
    loop->sctp_used = true;
    if (!carrier && loop->sctp.stack != DIA_SCTP_USER)
        carrier = dia_sctp_kernel(why);
    if (carrier || loop->sctp.stack == DIA_SCTP_KERNEL)
        return carrier;
    const char *no_kernel = loop->sctp.stack == DIA_SCTP_USER ? NULL : *why;
    if (!begin_usrsctp(loop, &loop->sctp, no_kernel, loop->no_sctp, sizeof loop->no_sctp))
        return dia_usrsctp_carrier(loop);
    *why = loop->no_sctp;
    return NULL;
}

const dia_carrier *dia_loop_carrier(dia_loop *loop, dia_transport transport, const char **why)
{
    switch (transport) {
    case DIA_TRANSPORT_TCP: return &dia_carrier_tcp;
    case DIA_TRANSPORT_SCTP: return sctp_of(loop, why);
    default: *why = "only transport=tcp and transport=sctp can be connected to"; return NULL;
    }
}

/* With a sentence in `why`, but for DIA_ENOMEM. */
static int choose_stack(dia_loop *loop, const dia_sctp_config *config, char *why, size_t why_size)
{
    const char *no_kernel = "";
    if (loop->sctp_used || dia_usrsctp_carrier(loop)) {
        dia_sentence(why, why_size,
                     "SCTP is in use already: how it is spoken is said before its first listener or peer");
        return DIA_ESTATE;
    }
    if (config->stack == DIA_SCTP_USER)
        return begin_usrsctp(loop, config, NULL, why, why_size);
    if (config->stack == DIA_SCTP_ANY && !dia_sctp_kernel(&no_kernel))
        return begin_usrsctp(loop, config, no_kernel, why, why_size);
    if (!dia_sctp_kernel(&no_kernel)) {
        dia_sentence(why, why_size, "%s", no_kernel);
        return DIA_ENOTSUP;
    }
    loop->sctp.stack = config->stack;
    return 0;
}

int dia_loop_sctp(dia_loop *loop, const dia_sctp_config *config, char *why, size_t why_size)
{
    char sentence[sizeof loop->last_fault] = "";
    const int err = choose_stack(loop, config, sentence, sizeof sentence);
    if (why)
        dia_sentence(why, why_size, "%s", sentence);
    return err ? dia_loop_failed(loop, err, "%s", sentence[0] ? sentence : dia_loop_words(err)) : 0;
}
