/* Which carrier a transport has. */
#include "loop/carrier.h"
#include "loop/sctp.h"

enum { SENTENCE = 200 };

/* Whoever asked for any stack has not asked for usrsctp: what is wrong with it is the second reason. */
static void say_neither(char *to, size_t size, const char *no_kernel, const char *no_usrsctp)
{
    dia_sentence(to, size, "%s%s%s", no_kernel, no_kernel[0] && no_usrsctp[0] ? ", and " : "", no_usrsctp);
}

/* usrsctp, whose it is or because there is nothing else; `no_kernel` is "" for who asked for it. */
static int open_usrsctp(dia_loop *loop, const dia_sctp_config *config, const char *no_kernel, char *why,
                        size_t why_size)
{
    char no_usrsctp[SENTENCE] = "";
    const int err = dia_usrsctp_open(loop, config, no_usrsctp, sizeof no_usrsctp);
    if (err && err != DIA_ENOMEM)
        say_neither(why, why_size, no_kernel, no_usrsctp);
    return err;
}

/* The kernel's, where it has one and nothing else was said; usrsctp begins with the first who needs it. */
static const dia_carrier *sctp_of(dia_loop *loop, const char **why)
{
    const dia_carrier *carrier = dia_usrsctp_carrier(loop);
    const char *no_kernel = "";
    loop->sctp_used = true;
    if (!carrier && loop->sctp.stack != DIA_SCTP_USER)
        carrier = dia_sctp_kernel(&no_kernel);
    *why = no_kernel;
    if (carrier || loop->sctp.stack == DIA_SCTP_KERNEL)
        return carrier;
    *why = loop->no_usrsctp;
    dia_sentence(loop->no_usrsctp, sizeof loop->no_usrsctp, "%s", dia_strerror(DIA_ENOMEM));
    if (!open_usrsctp(loop, &loop->sctp, no_kernel, loop->no_usrsctp, sizeof loop->no_usrsctp))
        carrier = dia_usrsctp_carrier(loop);
    return carrier;
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
    if (config->stack == DIA_SCTP_KERNEL && (config->udp_port || config->udp_address)) {
        dia_sentence(why, why_size,
                     "our port of UDP is usrsctp's: the kernel's is a matter of sysctl net.sctp.udp_port");
        return DIA_EINVAL;
    }
    if (config->stack == DIA_SCTP_USER || (config->stack == DIA_SCTP_ANY && !dia_sctp_kernel(&no_kernel)))
        return open_usrsctp(loop, config, no_kernel, why, why_size);
    if (!dia_sctp_kernel(&no_kernel)) {
        dia_sentence(why, why_size, "%s", no_kernel);
        return DIA_ENOTSUP;
    }
    loop->sctp.stack = config->stack;
    return 0;
}

int dia_loop_try_sctp(dia_sctp_stack stack, char *why, size_t why_size)
{
    const char *no_kernel = "", *no_usrsctp = "";
    if ((stack != DIA_SCTP_USER && dia_sctp_kernel(&no_kernel)) ||
        (stack != DIA_SCTP_KERNEL && dia_usrsctp_is_there(&no_usrsctp)))
        return 0;
    if (why)
        say_neither(why, why_size, no_kernel, no_usrsctp);
    return DIA_ENOTSUP;
}

int dia_loop_sctp(dia_loop *loop, const dia_sctp_config *config, char *why, size_t why_size)
{
    char sentence[sizeof loop->last_fault] = "";
    const int err = choose_stack(loop, config, sentence, sizeof sentence);
    if (why)
        dia_sentence(why, why_size, "%s", sentence);
    return err ? dia_loop_failed(loop, err, "%s", sentence[0] ? sentence : dia_loop_words(err)) : 0;
}
