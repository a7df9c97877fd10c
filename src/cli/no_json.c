/* The JSON form of messages, where jansson was left out of the build: both directions say so. */
#include <diatom/json.h>

#include <stdio.h>

int64_t dia_json_print(const dia_dicts *dicts, dia_bytes message, const dia_json_options *options, char *to,
                       size_t size, size_t *needed)
{
    (void)dicts, (void)message, (void)options, (void)to, (void)size, (void)needed;
    return DIA_ENOTSUP;
}

int64_t dia_json_read(const dia_dicts *dicts, dia_bytes text, void *buf, size_t cap, size_t *needed,
                      dia_json_error *error)
{
    (void)dicts, (void)text, (void)buf, (void)cap, (void)needed;
    if (error) {
        *error = (dia_json_error){ 0 };
        snprintf(error->text, sizeof error->text, "JSON was left out of this build (jansson)");
    }
    return DIA_ENOTSUP;
}
