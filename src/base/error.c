/* The local errors: their names and what they mean, in one table. */
#include "base/base.h"

static const struct {
    const char *name, *text;
} errors[] = {
    { "0", "no error" },
    [-DIA_ENOMEM] = { "DIA_ENOMEM", "out of memory" },
    [-DIA_ESPACE] = { "DIA_ESPACE", "buffer or limit too small" },
    [-DIA_EINVAL] = { "DIA_EINVAL", "invalid argument or configuration" },
    [-DIA_EFORMAT] = { "DIA_EFORMAT", "malformed octets or text" },
    [-DIA_ETRUNC] = { "DIA_ETRUNC", "truncated: more octets are announced than are there" },
    [-DIA_EDEPTH] = { "DIA_EDEPTH", "nested too deep" },
    [-DIA_ENOENT] = { "DIA_ENOENT", "no such thing" },
    [-DIA_EEXIST] = { "DIA_EEXIST", "exists already" },
    [-DIA_ENOROUTE] = { "DIA_ENOROUTE", "no open peer can take this request" },
    [-DIA_EBUSY] = { "DIA_EBUSY", "the peer's output is above a limit" },
    [-DIA_ESTATE] = { "DIA_ESTATE", "wrong order of calls" },
    [-DIA_ERULE] = { "DIA_ERULE", "the message breaks the grammar of its command" },
    [-DIA_EVERSION] = { "DIA_EVERSION", "tables of another format version" },
    [-DIA_ESYSTEM] = { "DIA_ESYSTEM", "the operating system refused" },
    [-DIA_ENOTSUP] = { "DIA_ENOTSUP", "left out of this build" },
    [-DIA_ERANGE] = { "DIA_ERANGE", "number out of range" },
};

static bool is_known(int err)
{
    return err <= 0 && err > -(int)(sizeof errors / sizeof *errors);
}

const char *dia_strerrorname(int err)
{
    return is_known(err) ? errors[-err].name : "?";
}

const char *dia_strerror(int err)
{
    return is_known(err) ? errors[-err].text : "unknown error";
}
