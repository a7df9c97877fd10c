/* Which policies a message matches. */
#include "agent/policy_rows.h"

void dia_policy_work_begin(dia_policy_work *w, dia_policies *all, dia_transit *t)
{
    *w = (dia_policy_work){
        .all = all, .transit = t, .message = dia_transit_octets(t), .fixed = dia_transit_is_relayed(t)
    };
}

bool dia_policy_is_listed(const dia_bytes *patterns, dia_bytes name)
{
    if (!patterns)
        return true;
    for (; name.p && patterns->p; patterns++)
        if (dia_name_pattern_matches(*patterns, name))
            return true;
    return false;
}

/* ---- Conditions ---- */

/* The number that an AVP holds; false: it is none. Texts of digits are numbers, too. */
static bool number_of(const dia_avp_def *def, dia_bytes data, int64_t *out)
{
    const dia_type type = def ? (dia_type)def->type : DIA_TYPES;
    const bool is_signed = type == DIA_TYPE_INTEGER32 || type == DIA_TYPE_ENUMERATED;
    if (type == DIA_TYPE_UTF8_STRING || type == DIA_TYPE_OCTET_STRING) {
        int64_t value = 0;
        if (!data.n || data.n > 18)
            return false;
        for (size_t i = 0; i < data.n; i++) {
            if (!dia_is_digit(data.p[i]))
                return false;
            value = value * 10 + (data.p[i] - '0');
        }
        *out = value;
        return true;
    }
    if (data.n == 4)
        *out = is_signed ? (int64_t)(int32_t)dia_load32(data.p) : (int64_t)dia_load32(data.p);
    else if (data.n == 8)
        *out = (int64_t)dia_load64(data.p);
    return data.n == 4 || data.n == 8;
}

static bool passes(const dia_policy_check *check, const dia_policy_place *place, dia_bytes data)
{
    const dia_avp_def *def = place->path.def;
    int64_t number;
    switch (check->test) {
    case DIA_POLICY_IS:
        return def && def->type == DIA_TYPE_IDENTITY ? dia_bytes_equal_nocase(data, place->value)
                                                     : dia_bytes_equal(data, place->value);
    case DIA_POLICY_BEGINS: return data.n >= check->text.n && !memcmp(data.p, check->text.p, check->text.n);
    case DIA_POLICY_MATCHES: return dia_name_pattern_matches(check->text, data);
    case DIA_POLICY_BETWEEN: return number_of(def, data, &number) && number >= check->least && number <= check->most;
    default: return true;
    }
}

bool dia_policy_checks_hold(const dia_policy_check *checks, size_t n, dia_bytes message, size_t variant)
{
    for (size_t i = 0; i < n; i++) {
        const dia_policy_place *place = &checks[i].places[variant];
        dia_finder f;
        bool found = false;
        dia_finder_start(&f, &place->path, message);
        while (!found && dia_finder_next(&f))
            found = passes(&checks[i], place, f.avp.data);
        if (found == checks[i].negated)
            return false;
    }
    return true;
}

/* ---- The whole ---- */

static void look(dia_policy_work *w)
{
    if (w->known)
        return;
    w->known = true;
    w->origin_host = w->origin_realm = w->destination_host = w->destination_realm = (dia_bytes){ NULL, 0 };
    for (dia_avps it = dia_avps_of(w->message); dia_avp_step(&it);) {
        dia_bytes *to = NULL;
        if (it.avp.vendor)
            continue;
        switch (it.avp.code) {
        case DIA_AVP_ORIGIN_HOST: to = &w->origin_host; break;
        case DIA_AVP_ORIGIN_REALM: to = &w->origin_realm; break;
        case DIA_AVP_DESTINATION_HOST: to = &w->destination_host; break;
        case DIA_AVP_DESTINATION_REALM: to = &w->destination_realm; break;
        default: break;
        }
        if (to && !to->p)
            *to = it.avp.data;
    }
}

static bool is_among(const uint32_t *v, size_t n, uint32_t value, size_t *at)
{
    for (size_t i = 0; i < n; i++) {
        *at = i;
        if (v[i] == value)
            return true;
    }
    return !n;
}

bool dia_policy_concerns(const dia_policy_row *row, dia_bytes from, const dia_header *header, size_t *variant)
{
    size_t command = 0;
    *variant = 0;
    return is_among(row->applications, row->n_applications, header->application, variant) &&
           is_among(row->commands, row->n_commands, header->command, &command) && dia_policy_is_listed(row->from, from);
}

bool dia_policy_matches(dia_policy_work *w, const dia_policy_row *row, dia_bytes from, const dia_header *header,
                        size_t *variant)
{
    if (!dia_policy_concerns(row, from, header, variant))
        return false;
    if (row->origin_hosts || row->origin_realms || row->destination_hosts || row->destination_realms) {
        look(w);
        if (!dia_policy_is_listed(row->origin_hosts, w->origin_host) ||
            !dia_policy_is_listed(row->origin_realms, w->origin_realm) ||
            !dia_policy_is_listed(row->destination_hosts, w->destination_host) ||
            !dia_policy_is_listed(row->destination_realms, w->destination_realm))
            return false;
    }
    return dia_policy_checks_hold(row->checks, row->n_checks, w->message, *variant);
}
