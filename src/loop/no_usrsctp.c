/* Builds without usrsctp: SCTP is the kernel's. */
#include "loop/loop.h"

#include <stdio.h>

static const char nowhere[] = "usrsctp was left out of this build";

bool dia_usrsctp_is_there(const char **why)
{
    *why = nowhere;
    return false;
}

int dia_usrsctp_open(dia_loop *loop, const dia_sctp_config *config, char *why, size_t why_size)
{
    (void)loop;
    (void)config;
    snprintf(why, why_size, "%s", nowhere);
    return DIA_ENOTSUP;
}

const dia_carrier *dia_usrsctp_carrier(const dia_loop *loop)
{
    (void)loop;
    return NULL;
}

void dia_usrsctp_flush(dia_loop *loop)
{
    (void)loop;
}

void dia_usrsctp_close(dia_loop *loop)
{
    (void)loop;
}
