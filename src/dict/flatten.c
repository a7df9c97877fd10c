/* A dictionary's tables written as a .dia file that stands alone: what it inherits is its own there. */
#include "dict/codec.h"
#include "dict/out.h"
#include "dict/reading.h"

#include <stdio.h>

/* An AVP of the file. Its code and vendor are its own; its name is new when another AVP has it already. */
typedef struct flat_avp {
    const dia_avp_def *avp;
    const char *name;
    uint32_t key[2];
    struct flat_avp *vendor_next; /* of the same vendor */
    struct flat_avp *vendor_last; /* in the first of its vendor only */
    struct flat_avp *codec_next;  /* of the same codec */
    struct flat_avp *codec_last;  /* in the first of its codec only */
} flat_avp;

/* The AVPs that the file needs: those of the dictionary, and what its bodies and their groups consist of. */
typedef struct flat {
    dict_out out;
    dia_arena arena;
    dict_table codes; /* code and vendor -> flat_avp */
    dict_table names; /* name -> flat_avp */
    const dia_dict *dict;
    flat_avp **avps;
    size_t n, cap;
    int err;
} flat;

/* ---- Which AVPs ---- */

static bool grow(flat *f)
{
    const size_t cap = f->cap ? 2 * f->cap : 256;
    flat_avp **avps = dia_arena_get(&f->arena, cap * sizeof *avps);
    if (!avps)
        return false;
    if (f->n)
        memcpy(avps, f->avps, f->n * sizeof *avps);
    f->avps = avps;
    f->cap = cap;
    return true;
}

static flat_avp *entry_of(const flat *f, const dia_avp_def *avp)
{
    const uint32_t key[2] = { avp->code, avp->vendor };
    return dict_table_get(&f->codes, (dia_bytes){ (const uint8_t *)key, sizeof key });
}

/* Two AVPs of one name can both be reached through groups of different files. */
static void set_name(flat *f, flat_avp *entry)
{
    const dia_avp_def *avp = entry->avp;
    char text[DICT_NAME_MAX + 32];
    snprintf(text, sizeof text, "%s", avp->name);
    for (int i = 0; i < 3 && !f->arena.err; i++) {
        const dia_bytes name = dia_arena_copy(&f->arena, (dia_bytes){ (const uint8_t *)text, strlen(text) + 1 });
        if (!name.p)
            return;
        entry->name = (const char *)name.p;
        if (dict_table_put(&f->names, dia_cstr(entry->name), entry) == entry)
            return;
        const int n = snprintf(text, sizeof text, "%.200s-%u", avp->name, (unsigned)avp->vendor);
        if (i == 1)
            snprintf(text + n, sizeof text - (size_t)n, "-%u", (unsigned)avp->code);
    }
    if (!f->arena.err)
        f->err = DIA_EEXIST;
}

/* Of several versions of an AVP the first is written: the dictionary's own. */
static void add_avp(flat *f, const dia_avp_def *avp)
{
    if (f->err || f->arena.err || entry_of(f, avp) || (f->n == f->cap && !grow(f)))
        return;
    flat_avp *entry = dia_arena_get0(&f->arena, sizeof *entry);
    if (!entry)
        return;
    *entry = (flat_avp){ .avp = avp, .key = { avp->code, avp->vendor } };
    if (!dict_table_put(&f->codes, (dia_bytes){ (const uint8_t *)entry->key, sizeof entry->key }, entry))
        return;
    set_name(f, entry);
    f->avps[f->n++] = entry;
}

static void add_grammar(flat *f, const dia_grammar *grammar)
{
    for (uint32_t i = 0; grammar && i < grammar->n_fields; i++)
        add_avp(f, grammar->fields[i].avp);
}

static void collect(flat *f)
{
    for (uint32_t i = 0; i < f->dict->n_avps; i++)
        add_avp(f, f->dict->avps[i]);
    for (uint32_t i = 0; i < f->dict->n_commands; i++)
        add_grammar(f, f->dict->commands[i].grammar);
    if (f->dict->answer_message)
        add_grammar(f, f->dict->answer_message->grammar);
    for (size_t i = 0; i < f->n && !f->err && !f->arena.err; i++)
        add_grammar(f, f->avps[i]->avp->group);
}

/* ---- Annotations ---- */

static void note_start(flat *f, bool *any)
{
    if (!*any)
        dict_out_put(&f->out, dia_cstr("  ;!"));
    *any = true;
}

static void note_text(flat *f, bool *any, const char *key, const char *value)
{
    if (!value)
        return;
    note_start(f, any);
    /* Text with blanks came out of quotes, so one kind of them is not in it. */
    const char quote = strchr(value, '"') ? '\'' : '"';
    const bool plain = !strpbrk(value, " \t\f\v") && value[0] != '"' && value[0] != '\'';
    if (plain)
        dict_out_print(&f->out, " %s=%s", key, value);
    else
        dict_out_print(&f->out, " %s=%c%s%c", key, quote, value, quote);
}

static void note_aliases(flat *f, bool *any, const char *const *aliases)
{
    size_t n = 0;
    for (const char *const *alias = aliases; alias && *alias; alias++)
        n += strlen(*alias) + 1;
    char *text = n ? dia_arena_get(&f->arena, n) : NULL;
    if (!text)
        return;
    char *to = text;
    for (const char *const *alias = aliases; *alias; alias++) {
        const size_t length = strlen(*alias);
        memcpy(to, *alias, length);
        to += length;
        *to++ = ',';
    }
    to[-1] = 0;
    note_text(f, any, "alias", text);
}

static void end_line(flat *f)
{
    dict_out_put(&f->out, dia_cstr("\n"));
}

/* ---- Head ---- */

static void write_head(flat *f)
{
    static const char *const kinds[] = { [DIA_APP_AUTH] = NULL, [DIA_APP_ACCT] = "acct", [DIA_APP_BOTH] = "both" };
    const dia_dict *d = f->dict;
    bool any = false;
    if (d->has_application) {
        dict_out_print(&f->out, "@id %u", (unsigned)d->application);
        note_text(f, &any, "name", d->app_name);
        note_text(f, &any, "kind", d->app_kind <= DIA_APP_BOTH ? kinds[d->app_kind] : NULL);
        if (d->app_vendor) {
            note_start(f, &any);
            dict_out_print(&f->out, " vendor=%u", (unsigned)d->app_vendor);
        }
        end_line(f);
    }
    dict_out_put(&f->out, dia_cstr("@name "));
    dict_out_word(&f->out, dia_cstr(d->name));
    any = false;
    note_text(f, &any, "stem", d->stem);
    note_aliases(f, &any, d->aliases);
    end_line(f);
    if (d->prefix) {
        dict_out_put(&f->out, dia_cstr("@prefix "));
        dict_out_word(&f->out, dia_cstr(d->prefix));
        end_line(f);
    }
    if (d->vendor_name) {
        dict_out_print(&f->out, "@vendor %u ", (unsigned)d->vendor);
        dict_out_word(&f->out, dia_cstr(d->vendor_name));
        end_line(f);
    }
}

/* ---- @avp_types and the vendors ---- */

static void write_avp(flat *f, const flat_avp *entry, size_t width)
{
    const dia_avp_def *avp = entry->avp;
    static const char *const rules[] = { NULL, "must", "may", "must-not" };
    const dia_bytes name = dia_cstr(entry->name);
    const size_t n = dict_word_width(name);
    dict_out_blanks(&f->out, 4);
    dict_out_word(&f->out, name);
    dict_out_blanks(&f->out, n < width ? width - n : 0);
    dict_out_print(&f->out, " %10u  %-16s  ", (unsigned)avp->code, dia_type_name((dia_type)avp->type));
    dict_out_print(&f->out, "%s%s%s%s", avp->flags & DIA_AVP_V ? "V" : "", avp->flags & DIA_AVP_M ? "M" : "",
                   avp->flags & DIA_AVP_P ? "P" : "", avp->flags & (DIA_AVP_V | DIA_AVP_M | DIA_AVP_P) ? "" : "-");
    bool any = false;
    const uint8_t rule = avp->flags & DIA_AVP_M ? DIA_M_MUST : DIA_M_UNKNOWN;
    note_text(f, &any, "m", avp->m_rule != rule && avp->m_rule <= DIA_M_MUST_NOT ? rules[avp->m_rule] : NULL);
    note_text(f, &any, "sec", avp->section);
    note_text(f, &any, "doc", avp->document);
    note_aliases(f, &any, avp->aliases);
    end_line(f);
}

static void write_avps(flat *f)
{
    size_t width = 0;
    for (size_t i = 0; i < f->n; i++) {
        const size_t n = dict_word_width(dia_cstr(f->avps[i]->name));
        width = n > width ? n : width;
    }
    if (f->n)
        dict_out_put(&f->out, dia_cstr("\n@avp_types\n\n"));
    for (size_t i = 0; i < f->n; i++)
        write_avp(f, f->avps[i], width);
}

/* Those whose vendor is not that of @vendor, chained behind the first of their vendor. */
static void chain_vendors(flat *f)
{
    dict_table vendors = { .arena = &f->arena };
    for (size_t i = 0; i < f->n && !f->arena.err; i++) {
        flat_avp *entry = f->avps[i];
        const bool by_default = f->dict->vendor_name && entry->avp->vendor == f->dict->vendor;
        if (!(entry->avp->flags & DIA_AVP_V) || by_default)
            continue;
        const dia_bytes key = { (const uint8_t *)&entry->key[1], sizeof entry->key[1] };
        flat_avp *first = dict_table_put(&vendors, key, entry);
        if (!first)
            return;
        if (first != entry)
            first->vendor_last->vendor_next = entry;
        first->vendor_last = entry;
    }
}

static void write_vendors(flat *f)
{
    chain_vendors(f);
    for (size_t i = 0; i < f->n; i++) {
        if (!f->avps[i]->vendor_last)
            continue;
        dict_out_print(&f->out, "\n@avp_vendor_id %u\n\n", (unsigned)f->avps[i]->avp->vendor);
        for (const flat_avp *it = f->avps[i]; it; it = it->vendor_next) {
            dict_out_blanks(&f->out, 4);
            dict_out_word(&f->out, dia_cstr(it->name));
            end_line(f);
        }
    }
}

/* ---- Codecs ---- */

/* All of one module and style, chained behind the first of them. */
static void chain_codecs(flat *f)
{
    dict_table sections = { .arena = &f->arena };
    for (size_t i = 0; i < f->n && !f->arena.err; i++) {
        flat_avp *entry = f->avps[i];
        const dia_hook *hook = entry->avp->hook;
        if (!hook)
            continue;
        const size_t n = strlen(hook->module);
        uint8_t *key = dia_arena_get(&f->arena, n + 1);
        if (!key)
            return;
        key[0] = hook->custom;
        memcpy(key + 1, hook->module, n);
        flat_avp *first = dict_table_put(&sections, (dia_bytes){ key, n + 1 }, entry);
        if (!first)
            return;
        if (first != entry)
            first->codec_last->codec_next = entry;
        first->codec_last = entry;
    }
}

static void write_codecs(flat *f)
{
    chain_codecs(f);
    for (size_t i = 0; i < f->n; i++) {
        if (!f->avps[i]->codec_last)
            continue;
        const dia_hook *hook = f->avps[i]->avp->hook;
        dict_out_put(&f->out, dia_cstr(hook->custom ? "\n@custom_types " : "\n@codecs "));
        dict_out_word(&f->out, dia_cstr(hook->module));
        dict_out_put(&f->out, dia_cstr("\n\n"));
        for (const flat_avp *it = f->avps[i]; it; it = it->codec_next) {
            dict_out_blanks(&f->out, 4);
            dict_out_word(&f->out, dia_cstr(it->name));
            end_line(f);
        }
    }
}

/* ---- Bodies ---- */

static uint64_t most(uint16_t max)
{
    return max == DIA_MANY ? UINT64_MAX : max;
}

static void write_any(flat *f, const dia_grammar *grammar, bool required)
{
    if (grammar->any_max == 0 || (grammar->any_min > 0) != required)
        return;
    dict_out_blanks(&f->out, DICT_BODY_INDENT);
    dict_out_ref(&f->out, required ? '{' : '[', grammar->any_min, most(grammar->any_max), dia_cstr("AVP"));
    end_line(f);
}

static void write_grammar(flat *f, const dia_grammar *grammar)
{
    static const char brackets[] = {
        [DIA_FIXED] = '<', [DIA_REQUIRED] = '{', [DIA_OPTIONAL] = '[', [DIA_TRAILING] = '<'
    };
    for (int place = DIA_FIXED; place <= DIA_TRAILING; place++) {
        for (uint32_t i = 0; i < grammar->n_fields; i++) {
            const dia_field *field = &grammar->fields[i];
            if (field->place != place)
                continue;
            const flat_avp *entry = entry_of(f, field->avp);
            dict_out_blanks(&f->out, DICT_BODY_INDENT);
            dict_out_ref(&f->out, brackets[place], field->min, most(field->max), dia_cstr(entry->name));
            end_line(f);
        }
        if (place == DIA_REQUIRED || place == DIA_OPTIONAL)
            write_any(f, grammar, place == DIA_REQUIRED);
    }
}

static void write_command(flat *f, const dia_command *command)
{
    dict_out_put(&f->out, dia_cstr("\n    "));
    if (command == f->dict->answer_message) {
        dict_out_put(&f->out, dia_cstr("answer-message ::= < Diameter Header: code, ERR [PXY] >"));
    } else {
        dict_out_word(&f->out, dia_cstr(command->name));
        dict_out_print(&f->out, " ::= < Diameter Header: %u%s%s%s >", (unsigned)command->code,
                       command->flags & DIA_FLAG_REQUEST ? ", REQ" : "",
                       command->flags & DIA_FLAG_PROXIABLE ? ", PXY" : "",
                       command->flags & DIA_FLAG_ERROR ? ", ERR" : "");
    }
    bool any = false;
    note_text(f, &any, "name", strcmp(command->name, command->long_name) ? command->long_name : NULL);
    note_text(f, &any, "sec", command->section);
    note_text(f, &any, "doc", command->document);
    note_aliases(f, &any, command->aliases);
    end_line(f);
    write_grammar(f, command->grammar);
}

static void write_commands(flat *f)
{
    if (f->dict->n_commands || f->dict->answer_message)
        dict_out_put(&f->out, dia_cstr("\n@messages\n"));
    for (uint32_t i = 0; i < f->dict->n_commands; i++)
        write_command(f, &f->dict->commands[i]);
    if (f->dict->answer_message)
        write_command(f, f->dict->answer_message);
}

static void write_groups(flat *f)
{
    bool any = false;
    for (size_t i = 0; i < f->n; i++) {
        const dia_avp_def *avp = f->avps[i]->avp;
        if (!avp->group)
            continue;
        if (!any)
            dict_out_put(&f->out, dia_cstr("\n@grouped\n"));
        any = true;
        dict_out_put(&f->out, dia_cstr("\n    "));
        dict_out_word(&f->out, dia_cstr(f->avps[i]->name));
        dict_out_print(&f->out, " ::= < AVP Header: %u >\n", (unsigned)avp->code);
        write_grammar(f, avp->group);
    }
}

/* ---- Values ---- */

static void write_values(flat *f, const flat_avp *entry)
{
    const dia_avp_def *avp = entry->avp;
    if (avp->n_values == 0)
        return;
    dict_out_put(&f->out, dia_cstr(avp->type == DIA_TYPE_ENUMERATED ? "\n@enum " : "\n@define "));
    dict_out_word(&f->out, dia_cstr(entry->name));
    dict_out_put(&f->out, dia_cstr("\n\n"));
    for (uint32_t i = 0; i < avp->n_values; i++) {
        /* Negative values of 32 bits as OTP takes them; the reader wraps. */
        const int64_t value = avp->values[i].value;
        const bool wraps = avp->type == DIA_TYPE_ENUMERATED || avp->type == DIA_TYPE_INTEGER32;
        dict_out_blanks(&f->out, 4);
        dict_out_word(&f->out, dia_cstr(avp->values[i].name));
        dict_out_print(&f->out, "  %lld\n", (long long)(wraps ? (int64_t)(uint32_t)value : value));
    }
}

int dia_dict_flatten(const dia_dict *dict, dia_write_fn *write, void *arg)
{
    flat f = { .dict = dict };
    dia_arena_init(&f.arena, NULL, 0, SIZE_MAX / 2, dia_dict_alloc(dict));
    f.codes.arena = f.names.arena = &f.arena;
    collect(&f);
    int err = f.err ? f.err : f.arena.err;
    if (!err) {
        dict_out_init(&f.out, write, arg);
        write_head(&f);
        write_avps(&f);
        write_vendors(&f);
        write_codecs(&f);
        write_commands(&f);
        write_groups(&f);
        for (size_t i = 0; i < f.n; i++)
            write_values(&f, f.avps[i]);
        err = f.arena.err ? f.arena.err : dict_out_end(&f.out);
    }
    dia_arena_done(&f.arena);
    return err;
}
