/* A build without the kernel's SCTP says so. */
#include "loop/sctp.h"

const dia_carrier *dia_sctp_kernel(const char **why)
{
    *why = "the kernel's SCTP was left out of this build (linux/sctp.h)";
    return NULL;
}
