/* What went wrong last, as a sentence: what was asked for is named by who was asked, the system's reason is its own. */
#include "loop/loop.h"

#include <errno.h>

int dia_loop_failed(dia_loop *loop, int err, const char *format, ...)
{
    const int was = errno;
    va_list args;
    va_start(args, format);
    dia_sentence_list(loop->last_fault, sizeof loop->last_fault, format, args);
    va_end(args);
    errno = was;
    return err;
}

const char *dia_loop_words(int err)
{
    return err == DIA_ESYSTEM && errno ? strerror(errno) : dia_strerror(err);
}

const char *dia_loop_last_fault(const dia_loop *loop)
{
    return loop->last_fault;
}
