/* Messages as text for people: one AVP a line, nothing lost.
 *
 *     Credit-Control-Request (CCR), code 272, application 4 (...), flags RP, hop-by-hop 0x01020304, ..., 692 octets
 *         Session-Id: "pgw;1;2"
 *         CC-Request-Type: UPDATE_REQUEST (2)
 *         Service-Information:
 *             PS-Information [flags V]:
 *                 3GPP-Charging-Id: 0x12345678
 *         AVP 70000/10415 [flags VM, padding 0x01]: 0x010203
 *         rest: 0x000001 (cut off)
 *
 * Flags are shown where they differ from the dictionary's, padding where it is not as it should be: text_read.c reads all
 * of it back. */
#include "dict/codec.h"
#include "dict/dict.h"
#include "wire/wire.h"

typedef struct printer {
    dia_sink sink;
    const dia_dicts *dicts;
    dia_text_options options;
    uint32_t application;
    uint32_t vendor; /* the last Vendor-Id of the group in hand: whose an Experimental-Result-Code is */
} printer;

/* ---- Colours ---- */

typedef enum color { NAME, GROUP, QUIET, WRONG } color;

static void paint(printer *p, color what)
{
    static const char *const codes[] = { "\033[36m", "\033[1m", "\033[2m", "\033[31m" };
    if (p->options.color)
        dia_sink_put(&p->sink, codes[what]);
}

static void unpaint(printer *p)
{
    if (p->options.color)
        dia_sink_put(&p->sink, "\033[0m");
}

/* ---- Values ---- */

static void put(printer *p, const char *text)
{
    dia_sink_put(&p->sink, text);
}

static void put_hex(printer *p, dia_bytes octets)
{
    put(p, "0x");
    dia_sink_hex(&p->sink, octets);
}

static void put_u32_hex(printer *p, uint32_t value)
{
    uint8_t octets[4];
    dia_store32(octets, value);
    put_hex(p, (dia_bytes){ octets, sizeof octets });
}

/* ---- AVPs ---- */

enum { SESSION_ID = 263, VENDOR_ID = 266, RESULT_CODE = 268, EXPERIMENTAL_RESULT_CODE = 298 };

static bool is_session_id(const dia_avp *avp)
{
    return avp->code == SESSION_ID && !avp->vendor;
}

/* The octets behind the value, if they are not as many zeros as it takes. */
static bool has_odd_padding(const dia_avp *avp, dia_bytes *padding)
{
    const uint8_t *end = avp->octets.p + avp->octets.n;
    *padding = (dia_bytes){ avp->data.p + avp->data.n, (size_t)(end - (avp->data.p + avp->data.n)) };
    bool odd = (avp->data.n + padding->n) & 3;
    for (size_t i = 0; i < padding->n; i++)
        odd |= padding->p[i] != 0;
    return odd;
}

/* What the reader does not take for something else. */
static bool can_stand(const char *name)
{
    return dia_is_plain(name) && strcmp(name, "rest") != 0 && strncmp(name, "AVP ", 4) != 0;
}

/* The name alone when it leads back to the AVP, with the code where it does not. */
static void put_name(printer *p, const dia_avp *avp, const dia_avp_def *def)
{
    const bool named = def && can_stand(def->name);
    if (named)
        put(p, def->name);
    if (named && dia_dicts_avp_named(p->dicts, p->application, dia_cstr(def->name)) == def)
        return;
    put(p, named ? " (" : "AVP ");
    dia_sink_u64(&p->sink, avp->code);
    if (avp->vendor) {
        put(p, "/");
        dia_sink_u64(&p->sink, avp->vendor);
    }
    put(p, named ? ")" : "");
}

static void put_remarks(printer *p, const dia_avp *avp, const dia_avp_def *def)
{
    dia_bytes padding;
    const uint8_t usual = def ? def->flags : avp->vendor ? DIA_AVP_V : 0;
    const bool flags = avp->flags != usual, odd = has_odd_padding(avp, &padding);
    if (!flags && !odd)
        return;
    paint(p, QUIET);
    put(p, " [");
    if (flags) {
        put(p, "flags ");
        dia_sink_flags(&p->sink, avp->flags, "VMP", DIA_AVP_RESERVED);
    }
    if (odd) {
        put(p, flags ? ", padding " : "padding ");
        put_hex(p, padding);
    }
    put(p, "]");
    unpaint(p);
}

static void put_avps(printer *p, dia_bytes avps, int depth);

/* Octets, and why they have no better words. */
static void put_wrong(printer *p, dia_bytes data, const dia_avp_def *def, bool deep)
{
    put_hex(p, data);
    if (!def || def->type == DIA_TYPE_OCTET_STRING)
        return;
    paint(p, WRONG);
    put(p, deep ? " (nested too deep" : " (no ");
    put(p, deep ? "" : dia_type_name((dia_type)def->type));
    put(p, ")");
    unpaint(p);
}

/* A value as a remark can have it: on one line, short, without parentheses. */
static bool put_translation(const dia_avp_def *def, dia_bytes data, char *text, size_t size)
{
    size_t needed;
    if (def->type == DIA_TYPE_GROUPED || dia_text_value(def, data, text, size, &needed) <= 0)
        return false;
    char *number = def->type == DIA_TYPE_ENUMERATED ? strstr(text, " (") : NULL;
    if (number)
        *number = 0;
    return !strchr(text, ')');
}

/* The octets, which lead back to themselves, and what the codec makes of them in a remark. */
__attribute__((cold, noinline)) static void put_coded(printer *p, const dia_avp *avp, const dia_avp_def *def)
{
    uint64_t memory[128];
    char text[128];
    dia_arena arena;
    dia_bytes data;
    dia_arena_init(&arena, memory, sizeof memory, (size_t)64 << 20, NULL);
    put(p, " ");
    put_hex(p, avp->data);
    const bool good = dia_codec_decode(def, avp->data, &arena, &data) == 0;
    if (good && put_translation(def, data, text, sizeof text)) {
        paint(p, QUIET);
        put(p, " (");
        put(p, text);
        put(p, ")");
        unpaint(p);
    } else if (!good) {
        paint(p, WRONG);
        put(p, " (the codec cannot read it)");
        unpaint(p);
    }
    put(p, "\n");
    dia_arena_done(&arena);
}

/* A number that only another dictionary has a name for: such as the Result-Codes of applications. */
static bool put_foreign_name(printer *p, const dia_avp *avp, const dia_avp_def *def)
{
    if (!def || def->vendor || def->type != DIA_TYPE_UNSIGNED32 || avp->data.n != 4)
        return false;
    const uint32_t value = dia_load32(avp->data.p);
    const uint32_t vendor = def->code == EXPERIMENTAL_RESULT_CODE ? p->vendor : 0;
    int64_t other;
    if (dia_avp_def_value_name(def, value) || (def->code == EXPERIMENTAL_RESULT_CODE && !vendor))
        return false;
    const char *name = dia_dicts_value_name(p->dicts, p->application, def, value, vendor);
    if (!name || !dia_is_plain(name) || dia_avp_def_value(def, dia_cstr(name), &other) == 0)
        return false;
    put(p, name);
    put(p, " (");
    dia_sink_u64(&p->sink, value);
    put(p, ")");
    return true;
}

static void put_value(printer *p, const dia_avp *avp, const dia_avp_def *def, int depth)
{
    if (def && dia_codec_of(def)) {
        put_coded(p, avp, def);
        return;
    }
    const bool is_group = def && def->type == DIA_TYPE_GROUPED && dia_is_avps(avp->data);
    if (is_group && depth < DIA_NESTING_MAX) {
        put(p, "\n");
        put_avps(p, avp->data, depth + 1);
        return;
    }
    put(p, " ");
    if (!put_foreign_name(p, avp, def) && !dia_sink_value(&p->sink, def, avp->data)) {
        /* Octets that are no value of their type: nobody knows whom they name. */
        if (p->options.redact && def && def->type != DIA_TYPE_OCTET_STRING)
            put(p, "...");
        else
            put_wrong(p, avp->data, def, is_group);
    }
    put(p, "\n");
}

static void put_avp(printer *p, const dia_avp *avp, int depth)
{
    const dia_avp_def *def = dia_dicts_avp(p->dicts, p->application, avp->code, avp->vendor);
    dia_sink_blanks(&p->sink, (size_t)p->options.indent * (size_t)depth);
    paint(p, def && def->type == DIA_TYPE_GROUPED ? GROUP : NAME);
    put_name(p, avp, def);
    unpaint(p);
    put_remarks(p, avp, def);
    put(p, ":");
    if (p->options.redact && def && is_session_id(avp)) {
        put(p, " ");
        dia_sink_session_id(&p->sink, avp->data);
        put(p, "\n");
    } else if (p->options.redact && dia_is_private(avp->code, avp->vendor, def)) {
        put(p, " ...\n");
    } else {
        put_value(p, avp, def, depth);
    }
}

/* Octets that cannot be told apart: nobody knows whom they name. */
static void put_rest(printer *p, dia_bytes rest)
{
    put(p, "rest: ");
    if (p->options.redact)
        put(p, "...");
    else
        put_hex(p, rest);
}

static const char *reason(const dia_avps *it)
{
    const size_t rest = (size_t)(it->end - it->where);
    const bool v = rest > 4 && it->where[4] & DIA_AVP_V;
    if (rest < (v ? 12U : 8U))
        return "the header of an AVP is cut off";
    return it->err == DIA_ETRUNC ? "AVP Length goes beyond the end" : "AVP Length is below the size of the header";
}

static void put_avps(printer *p, dia_bytes avps, int depth)
{
    dia_avps it = dia_avps_in(avps);
    p->vendor = 0;
    while (dia_avp_next(&it)) {
        put_avp(p, &it.avp, depth);
        if (it.avp.code == VENDOR_ID && !it.avp.vendor && it.avp.data.n == 4)
            p->vendor = dia_load32(it.avp.data.p);
    }
    if (!it.err)
        return;
    dia_sink_blanks(&p->sink, (size_t)p->options.indent * (size_t)depth);
    put_rest(p, (dia_bytes){ it.where, (size_t)(it.end - it.where) });
    paint(p, WRONG);
    put(p, " (");
    put(p, reason(&it));
    put(p, ")");
    unpaint(p);
    put(p, "\n");
}

/* ---- Messages ---- */

static bool is_word(const char *name)
{
    return dia_is_plain(name) && !strchr(name, ' ');
}

static void put_command(printer *p, const dia_header *h)
{
    const dia_command *command = dia_dicts_command(p->dicts, h->application, h->command, h->flags & DIA_FLAG_REQUEST);
    paint(p, GROUP);
    if (command && is_word(command->long_name)) {
        put(p, command->long_name);
        if (strcmp(command->long_name, command->name) != 0 && is_word(command->name)) {
            put(p, " (");
            put(p, command->name);
            put(p, ")");
        }
    } else {
        put(p, h->flags & DIA_FLAG_REQUEST ? "Request" : "Answer");
    }
    unpaint(p);
    put(p, ", code ");
    dia_sink_u64(&p->sink, h->command);
}

static void put_header(printer *p, const dia_header *h, size_t n)
{
    put_command(p, h);
    put(p, ", application ");
    dia_sink_u64(&p->sink, h->application);
    const dia_dict *dict = dia_dicts_application(p->dicts, h->application);
    if (dict && dict->app_name && dia_is_plain(dict->app_name)) {
        put(p, " (");
        put(p, dict->app_name);
        put(p, ")");
    }
    put(p, ", flags ");
    dia_sink_flags(&p->sink, h->flags, "RPET", DIA_FLAG_RESERVED);
    put(p, ", hop-by-hop ");
    put_u32_hex(p, h->hop_by_hop);
    put(p, ", end-to-end ");
    put_u32_hex(p, h->end_to_end);
    if (h->version != 1) {
        put(p, ", version ");
        dia_sink_u64(&p->sink, h->version);
    }
    if (h->length != n) {
        put(p, ", length ");
        dia_sink_u64(&p->sink, h->length);
    }
    put(p, ", ");
    dia_sink_u64(&p->sink, n);
    put(p, " octets\n");
}

int64_t dia_text_print(const dia_dicts *dicts, dia_bytes message, const dia_text_options *options, char *to,
                       size_t size, size_t *needed)
{
    printer p = { .dicts = dicts };
    dia_header h;
    if (options)
        p.options = *options;
    if (p.options.indent <= 0)
        p.options.indent = 4;
    dia_sink_init(&p.sink, to, size);
    if (dia_header_read(message, &h) == 0) {
        p.application = h.application;
        put_header(&p, &h, message.n);
        put_avps(&p, (dia_bytes){ message.p + DIA_HEADER_SIZE, message.n - DIA_HEADER_SIZE }, 1);
    } else {
        put_rest(&p, message);
        put(&p, " (too short for a header)\n");
    }
    return dia_sink_end(&p.sink, needed);
}

/* ---- Summaries ---- */

static void put_known(printer *p, dia_bytes message, uint32_t code)
{
    dia_avp avp;
    const dia_avp_def *def = dia_dicts_avp(p->dicts, p->application, code, 0);
    if (!def || dia_avp_find(message, code, 0, &avp) != 0)
        return;
    put(p, " ");
    put(p, def->name);
    put(p, " ");
    if (p->options.redact && is_session_id(&avp))
        dia_sink_session_id(&p->sink, avp.data);
    else if (def->type == DIA_TYPE_UTF8_STRING && dia_is_readable(avp.data))
        dia_sink_octets(&p->sink, avp.data);
    else if (!dia_sink_value(&p->sink, def, avp.data))
        put_hex(p, avp.data);
}

int64_t dia_text_summary(const dia_dicts *dicts, dia_bytes message, const dia_text_options *options, char *to,
                         size_t size, size_t *needed)
{
    printer p = { .dicts = dicts };
    dia_header h;
    if (options)
        p.options = *options;
    dia_sink_init(&p.sink, to, size);
    if (dia_header_read(message, &h) != 0) {
        dia_sink_u64(&p.sink, message.n);
        put(&p, " octets, too short for a header");
        return dia_sink_end(&p.sink, needed);
    }
    p.application = h.application;
    const dia_command *command = dia_dicts_command(dicts, h.application, h.command, h.flags & DIA_FLAG_REQUEST);
    if (command) {
        put(&p, command->name);
    } else {
        put(&p, h.flags & DIA_FLAG_REQUEST ? "request " : "answer ");
        dia_sink_u64(&p.sink, h.command);
    }
    put(&p, " app ");
    dia_sink_u64(&p.sink, h.application);
    put(&p, " e2e ");
    put_u32_hex(&p, h.end_to_end);
    put(&p, " hbh ");
    put_u32_hex(&p, h.hop_by_hop);
    put(&p, " ");
    dia_sink_u64(&p.sink, message.n);
    put(&p, " octets");
    put_known(&p, message, RESULT_CODE);
    put_known(&p, message, SESSION_ID);
    return dia_sink_end(&p.sink, needed);
}
