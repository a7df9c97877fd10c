/* Capture files, read back. */
#include "captured.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { FILE_MAX = 1 << 20 };

static uint32_t native32(const uint8_t *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* One Enhanced Packet Block: tags in front of one message. */
static bool read_packet(struct captured *c, const uint8_t *p, size_t n)
{
    const uint32_t length = native32(p + 12), original = native32(p + 16);
    if (length != original || length > n - 20)
        return false;
    const uint8_t *at = p + 20, *const end = at + length;
    struct captured_message m = { 0, 0, 0, 0 };
    bool named = false;
    for (;;) {
        if (end - at < 4)
            return false;
        const uint16_t tag = dia_load16(at), size = dia_load16(at + 2);
        const uint8_t *value = at + 4;
        if (size % 4 || end - value < size)
            return false;
        at = value + size;
        if (!tag)
            break;
        named |= tag == 12 && size == 8 && !memcmp(value, "diameter", 8);
        if (tag == 25)
            m.from = (uint16_t)dia_load32(value);
        if (tag == 26)
            m.to = (uint16_t)dia_load32(value);
        if ((tag == 20 || tag == 21) && (size != 4 || memcmp(value, "\x7f\0\0\1", 4) != 0))
            return false;
    }
    dia_header header;
    const dia_bytes message = { at, (size_t)(end - at) };
    if (!named || dia_header_read(message, &header) || header.length != message.n || c->n == CAPTURED_MAX)
        return false;
    m.command = header.command;
    m.flags = header.flags;
    c->messages[c->n++] = m;
    return true;
}

static bool read_blocks(struct captured *c, const uint8_t *octets, size_t n)
{
    uint32_t number = 0;
    for (size_t at = 0; at < n; number++) {
        const uint8_t *p = octets + at;
        const uint32_t type = n - at >= 12 ? native32(p) : 0, length = type ? native32(p + 4) : 0;
        if (length < 12 || length % 4 || length > n - at || native32(p + length - 4) != length)
            return false;
        if (number == 0 && (type != 0x0a0d0d0a || native32(p + 8) != 0x1a2b3c4d))
            return false;
        if (number == 1 && (type != 1 || (native32(p + 8) & 0xffff) != 252))
            return false;
        if (number > 1 && (type != 6 || !read_packet(c, p + 8, length - 12)))
            return false;
        at += length;
    }
    return number >= 2;
}

bool captured_read(struct captured *c, const char *path)
{
    FILE *file = fopen(path, "rb");
    memset(c, 0, sizeof *c);
    if (!file)
        return false;
    uint8_t *octets = malloc(FILE_MAX);
    const size_t n = c->octets = octets ? fread(octets, 1, FILE_MAX, file) : 0;
    fclose(file);
    const bool sound = n && read_blocks(c, octets, n);
    free(octets);
    return sound;
}

static const char *word_of(const struct captured_message *m)
{
    static const struct {
        uint32_t command;
        const char *request, *answer;
    } rows[] = { { 257, "CER ", "CEA " }, { 280, "DWR ", "DWA " }, { 282, "DPR ", "DPA " }, { 272, "CCR ", "CCA " } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].command == m->command)
            return m->flags & DIA_FLAG_REQUEST ? rows[i].request : rows[i].answer;
    return "? ";
}

const char *captured_words(struct captured *c)
{
    c->words[0] = 0;
    for (size_t i = 0; i < c->n; i++)
        strcat(c->words, word_of(&c->messages[i]));
    c->words[c->n ? strlen(c->words) - 1 : 0] = 0;
    return c->words;
}

void captured_path(char *path, size_t size)
{
    snprintf(path, size, "capture-XXXXXX");
    const int fd = mkstemp(path);
    if (fd < 0)
        abort();
    close(fd);
}
