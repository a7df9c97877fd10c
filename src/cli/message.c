/* A message on standard output. */
#include "message.h"

#include "memory.h"

#include <stdio.h>
#include <stdlib.h>

void cli_message_print(const dia_dicts *dicts, dia_bytes octets, bool json)
{
    const dia_text_options text = { .color = false };
    const dia_json_options line = { .indent = 0 };
    char *buf = NULL;
    size_t cap = 0, needed = 0;
    int64_t n = DIA_ESPACE;
    while (n == DIA_ESPACE) {
        n = json ? dia_json_print(dicts, octets, &line, buf, cap, &needed)
                 : dia_text_print(dicts, octets, &text, buf, cap, &needed);
        if (n == DIA_ESPACE && needed <= cap)
            break;
        buf = cli_grow(buf, &cap, needed, 1);
    }
    if (n > 0)
        printf("%.*s%s", (int)n, buf, buf[n - 1] == '\n' ? "" : "\n");
    fflush(stdout);
    free(buf);
}
