/* Sentences for people in a room of some size. A name that is cut reads as another name: what is cut says so. */
#include "base/base.h"

#include <stdio.h>

static const char dots[] = "...";

void dia_sentence_list(char *to, size_t size, const char *format, va_list args)
{
    const int n = vsnprintf(to, size, format, args);
    if (n < 0 || (size_t)n < size || size < sizeof dots)
        return;
    size_t at = size - sizeof dots;
    while (at > 0 && ((uint8_t)to[at] & 0xc0) == 0x80) /* no half character */
        at--;
    memcpy(to + at, dots, sizeof dots);
}

void dia_sentence(char *to, size_t size, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    dia_sentence_list(to, size, format, args);
    va_end(args);
}

dia_shown_octets dia_show_octets(dia_bytes octets)
{
    dia_shown_octets shown;
    size_t n = 0;
    for (size_t i = 0; i < octets.n && i < DIA_SHOWN_OCTETS; i++) {
        const uint8_t c = octets.p[i];
        if (c >= ' ' && c < 0x7f && c != '\'' && c != '\\')
            shown.text[n++] = (char)c;
        else
            n += (size_t)snprintf(shown.text + n, sizeof shown.text - n, "\\x%02x", c);
    }
    shown.text[n] = '\0';
    return shown;
}
