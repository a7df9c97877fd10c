/* JSON -> octets. The long form leads to exactly the octets that were printed; the short one asks the dictionaries. */
#include "json/reader.h"

/* ---- Members ---- */

/* Takes an object apart: the members of these names, NULL where they are missing. Any other is an error, most likely a
 * slip of the pen. */
static void take_members(dia_json_reader *r, const dia_json_place *at, json_t *object, const char *const *names,
                         json_t **out, size_t n)
{
    memset(out, 0, n * sizeof *out);
    for (void *m = json_object_iter(object); m; m = json_object_iter_next(object, m)) {
        const dia_json_place here = { at, json_object_iter_key(m), 0 };
        size_t i = 0;
        while (i < n && strcmp(names[i], here.key) != 0)
            i++;
        if (i < n)
            out[i] = json_object_iter_value(m);
        else
            dia_json_fail(r, &here, "there is no such member");
    }
}

/* A whole number up to `max`. False when the member is missing: then *value stays. */
static bool get_number(dia_json_reader *r, const dia_json_place *at, const char *key, const json_t *v, uint32_t max,
                       uint32_t *value)
{
    const dia_json_place here = { at, key, 0 };
    if (!v)
        return false;
    if (json_is_integer(v) && json_integer_value(v) >= 0 && json_integer_value(v) <= max)
        *value = (uint32_t)json_integer_value(v);
    else
        dia_json_fail(r, &here, "wants a whole number from 0 to %lu", (unsigned long)max);
    return true;
}

static uint8_t get_flag(dia_json_reader *r, const dia_json_place *at, const char *letters, const json_t *v)
{
    const dia_bytes text = dia_json_text(v);
    const char *letter = text.n == 1 ? memchr(letters, text.p[0], strlen(letters)) : NULL;
    if (letter)
        return (uint8_t)(0x80 >> (letter - letters));
    if (json_is_integer(v) && json_integer_value(v) >= 0 && json_integer_value(v) <= UINT8_MAX)
        return (uint8_t)json_integer_value(v);
    dia_json_fail(r, at, "wants a letter of \"%s\", or the number of a bit", letters);
    return 0;
}

/* ["V", "M", 1]. False when the member is missing: then *flags stays. */
static bool get_flags(dia_json_reader *r, const dia_json_place *at, const char *letters, const json_t *v,
                      uint8_t *flags)
{
    const dia_json_place here = { at, "flags", 0 };
    if (!v)
        return false;
    if (!json_is_array(v))
        dia_json_fail(r, &here, "wants an array of letters of \"%s\"", letters);
    *flags = 0;
    for (size_t i = 0; i < json_array_size(v); i++) {
        const dia_json_place element = { &here, NULL, i };
        *flags |= get_flag(r, &element, letters, json_array_get(v, i));
    }
    return true;
}

/* ---- What an AVP is ---- */

/* Code and vendor as far as they were said. */
typedef struct identity {
    bool has_code, has_vendor;
    uint32_t code, vendor;
} identity;

static bool agrees(const dia_avp_def *avp, const identity *id)
{
    return (!id->has_code || id->code == avp->code) && (!id->has_vendor || id->vendor == avp->vendor);
}

/* The first of this name that agrees with what was said, in the dictionary of the application, then in all others. */
static const dia_avp_def *find_named(const dia_json_reader *r, dia_bytes name, const identity *id)
{
    const dia_dict *first = dia_dicts_application(r->dicts, r->application);
    const dia_avp_def *avp = first ? dia_dict_avp_named(first, name) : NULL;
    for (size_t i = 0; !(avp && agrees(avp, id)) && i < r->dicts->n; i++)
        avp = dia_dict_avp_named(r->dicts->v[i], name);
    return avp && agrees(avp, id) ? avp : NULL;
}

static bool is_named(const dia_avp_def *avp, dia_bytes name)
{
    return avp && dia_bytes_equal(dia_cstr(avp->name), name);
}

/* What the three members say together; code and vendor of *id are complete then. NULL: no dictionary knows it, which is
 * an error only with a name. */
static const dia_avp_def *identify(dia_json_reader *r, const dia_json_place *at, const json_t *name, identity *id)
{
    const dia_bytes text = dia_json_text(name);
    const dia_avp_def *avp = id->has_code ? dia_dicts_avp(r->dicts, r->application, id->code, id->vendor) : NULL;
    if (!name) {
        if (!id->has_code)
            dia_json_fail(r, at, "wants a \"name\" or a \"code\"");
        return avp;
    }
    if (!text.p) {
        const dia_json_place here = { at, "name", 0 };
        dia_json_fail(r, &here, "wants a string");
        return NULL;
    }
    if (!is_named(avp, text))
        avp = find_named(r, text, id);
    if (avp) {
        id->code = avp->code;
        id->vendor = avp->vendor;
        return avp;
    }
    const dia_avp_def *other = dia_dicts_avp_named(r->dicts, r->application, text);
    if (other)
        dia_json_fail(r, at, "%s has code %lu and vendor %lu", other->name, (unsigned long)other->code,
                      (unsigned long)other->vendor);
    else
        dia_json_fail(r, at, "no dictionary knows \"%.60s\"", (const char *)text.p);
    return NULL;
}

/* ---- AVPs ---- */

static void put_avps(dia_json_reader *r, const dia_json_place *at, json_t *v, int depth);

/* A group as AVPs; a value of any other type. What no dictionary knows may be either. */
static void put_data(dia_json_reader *r, const dia_json_place *at, const dia_avp_def *avp, json_t *v, int depth)
{
    const bool may_nest = !avp || avp->type == DIA_TYPE_GROUPED;
    const bool is_hex = json_object_size(v) == 1 && json_object_get(v, "hex");
    if (may_nest && !is_hex && (json_is_array(v) || json_is_object(v)))
        put_avps(r, at, v, depth + 1);
    else
        dia_json_put_value(r, at, avp, v);
}

/* The header, but for its length. V follows from the vendor. Where the AVP begins. */
static size_t begin_avp(dia_json_reader *r, uint32_t code, uint32_t vendor, uint8_t flags)
{
    const size_t begin = r->n;
    if (vendor)
        flags |= DIA_AVP_V;
    dia_json_put_u32(r, code);
    dia_json_put_u32(r, (uint32_t)flags << 24);
    if (flags & DIA_AVP_V)
        dia_json_put_u32(r, vendor);
    return begin;
}

/* Fills in the length. How many octets of padding follow. */
static size_t end_avp(dia_json_reader *r, const dia_json_place *at, size_t begin)
{
    const size_t length = r->n - begin;
    if (length > DIA_LENGTH_MAX)
        dia_json_fail(r, at, "is longer than an AVP can be");
    if (begin + 8 <= r->cap)
        dia_store24(r->buf + begin + 5, (uint32_t)length);
    return -length & 3;
}

static void put_zeros(dia_json_reader *r, size_t n)
{
    dia_json_put(r, (dia_bytes){ (const uint8_t[3]){ 0 }, n });
}

/* Padding of the sender's own: not zero, or less of it than should be. */
static void put_padding(dia_json_reader *r, const dia_json_place *at, const json_t *v, size_t n)
{
    const dia_json_place here = { at, "padding", 0 };
    if (dia_json_text(v).n > 2 * n)
        dia_json_fail(r, &here, "wants no more than %zu octets here", n);
    else
        dia_json_put_hex(r, &here, v);
}

/* { "name": ..., "code": ..., "vendor": ..., "flags": ..., "value": ..., "padding": ... } */
static void put_avp(dia_json_reader *r, const dia_json_place *at, json_t *object, int depth)
{
    enum { NAME, CODE, VENDOR, FLAGS, VALUE, PADDING, MEMBERS };
    static const char *const names[MEMBERS] = { "name", "code", "vendor", "flags", "value", "padding" };
    json_t *m[MEMBERS];
    identity id = { 0 };
    take_members(r, at, object, names, m, MEMBERS);
    id.has_code = get_number(r, at, "code", m[CODE], UINT32_MAX, &id.code);
    id.has_vendor = get_number(r, at, "vendor", m[VENDOR], UINT32_MAX, &id.vendor);
    const dia_avp_def *avp = identify(r, at, m[NAME], &id);
    uint8_t flags = avp ? avp->flags : 0;
    get_flags(r, at, "VMP", m[FLAGS], &flags);
    if (!m[VALUE])
        dia_json_fail(r, at, "wants a \"value\"");
    if (r->err)
        return;
    const dia_json_place value = { at, "value", 0 };
    const size_t begin = begin_avp(r, id.code, id.vendor, flags);
    put_data(r, &value, avp, m[VALUE], depth);
    const size_t padding = end_avp(r, at, begin);
    if (m[PADDING])
        put_padding(r, at, m[PADDING], padding);
    else
        put_zeros(r, padding);
}

/* "Session-Id": "..." */
static void put_named(dia_json_reader *r, const dia_json_place *at, const dia_avp_def *avp, json_t *v, int depth)
{
    const size_t begin = begin_avp(r, avp->code, avp->vendor, avp->flags);
    put_data(r, at, avp, v, depth);
    put_zeros(r, end_avp(r, at, begin));
}

static bool is_long_form(const json_t *v)
{
    return json_object_get(v, "name") || json_object_get(v, "code");
}

/* "Route-Record": ["a", "b"] is two AVPs, but an array of AVPs in long form is one group. */
static bool is_repeated(const dia_avp_def *avp, const json_t *v)
{
    return json_is_array(v) && !(avp->type == DIA_TYPE_GROUPED && is_long_form(json_array_get(v, 0)));
}

static void put_member(dia_json_reader *r, const dia_json_place *at, json_t *v, int depth)
{
    const dia_avp_def *avp = dia_dicts_avp_named(r->dicts, r->application, dia_cstr(at->key));
    if (!avp) {
        dia_json_fail(r, at, "no dictionary knows \"%.60s\"", at->key);
        return;
    }
    if (!is_repeated(avp, v)) {
        put_named(r, at, avp, v, depth);
        return;
    }
    for (size_t i = 0; i < json_array_size(v) && !r->err; i++) {
        const dia_json_place element = { at, NULL, i };
        put_named(r, &element, avp, json_array_get(v, i), depth);
    }
}

/* One of several. It begins where a reader of octets looks for it: behind the padding of the one before. */
static void put_element(dia_json_reader *r, const dia_json_place *at, json_t *v, int depth)
{
    if (r->n % 4)
        dia_json_fail(r, at, "the AVP before this one lacks padding, as only the last one may");
    else if (!json_is_object(v))
        dia_json_fail(r, at, "wants an object");
    else
        put_avp(r, at, v, depth);
}

/* Both forms of the AVPs of a message or a group. */
static void put_avps(dia_json_reader *r, const dia_json_place *at, json_t *v, int depth)
{
    if (depth > DIA_NESTING_MAX) {
        dia_json_fail(r, at, "groups are nested deeper than %d", DIA_NESTING_MAX);
        return;
    }
    for (size_t i = 0; i < json_array_size(v) && !r->err; i++) {
        const dia_json_place element = { at, NULL, i };
        put_element(r, &element, json_array_get(v, i), depth);
    }
    for (void *m = json_object_iter(v); m && !r->err; m = json_object_iter_next(v, m)) {
        const dia_json_place member = { at, json_object_iter_key(m), 0 };
        put_member(r, &member, json_object_iter_value(m), depth);
    }
}

/* ---- Messages ---- */

enum { VERSION, COMMAND, CODE, LENGTH, FLAGS, APPLICATION, HOP_BY_HOP, END_TO_END, AVPS, REST, MEMBERS };
static const char *const names[MEMBERS] = { "version",     "command",    "code",       "length", "flags",
                                            "application", "hop_by_hop", "end_to_end", "avps",   "rest" };

/* A number, or what a dictionary calls itself or its application: "ro", "Diameter Credit Control". */
static bool get_application(dia_json_reader *r, const json_t *v)
{
    const dia_json_place at = { NULL, names[APPLICATION], 0 };
    if (!json_is_string(v))
        return get_number(r, NULL, at.key, v, UINT32_MAX, &r->application);
    const dia_dict *dict = dia_dicts_application_named(r->dicts, dia_json_text(v));
    if (dict)
        r->application = dict->application;
    else
        dia_json_fail(r, &at, "no dictionary has an application \"%.60s\"", json_string_value(v));
    return true;
}

static bool has_name(const dia_command *command, dia_bytes name)
{
    return command &&
           (dia_bytes_equal(dia_cstr(command->name), name) || dia_bytes_equal(dia_cstr(command->long_name), name));
}

/* RFC 6733, 7.2: answer-message is the grammar of any command's error answer, and has no code of its own. */
static bool is_answer_message(const dia_command *command)
{
    return command->dict && command->dict->answer_message == command;
}

/* The command of this name; with a code, the one that has both. */
static const dia_command *find_command(dia_json_reader *r, bool has_application, dia_bytes name, bool has_code,
                                       uint32_t code)
{
    const dia_json_place at = { NULL, names[COMMAND], 0 };
    for (int request = 0; has_code && request < 2; request++) {
        const dia_command *command = dia_dicts_command(r->dicts, r->application, code, request);
        if (has_name(command, name))
            return command;
    }
    const dia_dict *first = has_application ? dia_dicts_application(r->dicts, r->application) : NULL;
    const dia_command *command = dia_dicts_command_named(r->dicts, first, name);
    if (!command)
        dia_json_fail(r, &at, "no dictionary knows \"%.60s\"", (const char *)name.p);
    else if (is_answer_message(command) && !has_code)
        dia_json_fail(r, &at, "%s wants a \"code\" beside it", command->name);
    else if (!is_answer_message(command) && has_code && command->code != code)
        dia_json_fail(r, &at, "%s has code %lu", command->name, (unsigned long)command->code);
    return command;
}

/* Which command it is, with the flags and the application that follow. */
static void get_command(dia_json_reader *r, json_t *const m[MEMBERS], dia_header *h)
{
    const bool has_application = get_application(r, m[APPLICATION]);
    const bool is_name = json_is_string(m[COMMAND]);
    uint32_t number = 0;
    bool has_code = get_number(r, NULL, names[CODE], m[CODE], DIA_LENGTH_MAX, &h->command);
    if (!is_name && get_number(r, NULL, names[COMMAND], m[COMMAND], DIA_LENGTH_MAX, &number)) {
        if (has_code && number != h->command)
            dia_json_fail(r, NULL, "\"command\" and \"code\" are two numbers");
        h->command = number;
        has_code = true;
    }
    const dia_command *command =
        is_name ? find_command(r, has_application, dia_json_text(m[COMMAND]), has_code, h->command) : NULL;
    if (command) {
        h->flags = command->flags;
        if (!has_code)
            h->command = command->code;
        if (!has_application && command->dict && command->dict->has_application)
            r->application = command->dict->application;
    } else if (!has_code) {
        dia_json_fail(r, NULL, "wants a \"command\": its name, or its code");
    }
    if (!get_flags(r, NULL, "RPET", m[FLAGS], &h->flags) && !command)
        dia_json_fail(r, NULL, "wants \"flags\", which say whether it is a request: [\"R\"] or []");
}

static void put_header(dia_json_reader *r, json_t *const m[MEMBERS])
{
    uint32_t version = 1;
    dia_header h = { 0 };
    get_command(r, m, &h);
    get_number(r, NULL, names[VERSION], m[VERSION], UINT8_MAX, &version);
    get_number(r, NULL, names[LENGTH], m[LENGTH], DIA_LENGTH_MAX, &h.length);
    get_number(r, NULL, names[HOP_BY_HOP], m[HOP_BY_HOP], UINT32_MAX, &h.hop_by_hop);
    get_number(r, NULL, names[END_TO_END], m[END_TO_END], UINT32_MAX, &h.end_to_end);
    h.version = (uint8_t)version;
    h.application = r->application;
    uint8_t *to = dia_json_room(r, DIA_HEADER_SIZE);
    if (to)
        dia_header_write(&h, to);
}

/* What was no AVP. */
static void put_rest(dia_json_reader *r, const json_t *v)
{
    const dia_json_place at = { NULL, names[REST], 0 };
    if (r->n % 4 && dia_json_text(v).n)
        dia_json_fail(r, &at, "the AVP before it lacks padding, as only the last one may");
    else
        dia_json_put_hex(r, &at, v);
}

static void put_message(dia_json_reader *r, json_t *v)
{
    json_t *m[MEMBERS];
    if (!json_is_object(v)) {
        dia_json_fail(r, NULL, "wants an object: a message");
        return;
    }
    take_members(r, NULL, v, names, m, MEMBERS);
    put_header(r, m);
    const dia_json_place avps = { NULL, names[AVPS], 0 };
    if (m[AVPS] && !json_is_array(m[AVPS]) && !json_is_object(m[AVPS]))
        dia_json_fail(r, &avps, "wants an array or an object");
    if (!r->err)
        put_avps(r, &avps, m[AVPS], 0);
    if (m[REST] && !r->err)
        put_rest(r, m[REST]);
    if (m[LENGTH] || r->err)
        return;
    if (r->n > DIA_LENGTH_MAX)
        dia_json_fail(r, NULL, "is longer than a message can be");
    else if (r->cap >= DIA_HEADER_SIZE)
        dia_store24(r->buf + DIA_AT_LENGTH, (uint32_t)r->n);
}

/* jansson tells of a failed allocation by a code, or by saying nothing at all. */
static int refuse(dia_json_reader *r, const json_error_t *why)
{
    if (!why->text[0] || json_error_code(why) == json_error_out_of_memory)
        return DIA_ENOMEM;
    dia_json_fail(r, NULL, "%s", why->text);
    if (r->error && why->line > 0) {
        r->error->line = (size_t)why->line;
        r->error->column = why->column > 0 ? (size_t)why->column : 1;
    }
    return r->err;
}

int64_t dia_json_read(const dia_dicts *dicts, dia_bytes text, void *buf, size_t cap, size_t *needed,
                      dia_json_error *error)
{
    json_error_t why;
    dia_json_reader r = { .dicts = dicts, .buf = buf, .cap = cap, .error = error };
    if (error)
        *error = (dia_json_error){ 0 };
    json_t *v = json_loadb((const char *)text.p, text.n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &why);
    if (!v)
        return refuse(&r, &why);
    put_message(&r, v);
    json_decref(v);
    if (r.err)
        return r.err;
    if (r.n <= cap)
        return (int64_t)r.n;
    if (needed)
        *needed = r.n;
    return DIA_ESPACE;
}
