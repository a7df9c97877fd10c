/* The version of the library. */
#include "base/base.h"

const char *dia_version(void)
{
    return DIA_VERSION;
}
