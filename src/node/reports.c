/* The reporting node of DOIC (RFC 7683): what we ask of those who send us requests, and how answers say it. */
#include "node/overload.h"

static dia_reported *find(const struct dia_relief *relief, uint32_t application, uint32_t type)
{
    for (size_t i = 0; i < relief->n_reported; i++)
        if (relief->reported[i].application == application && relief->reported[i].type == type)
            return &relief->reported[i];
    return NULL;
}

static dia_reported *add(const dia_node *node, uint32_t application, uint32_t type)
{
    struct dia_relief *relief = node->relief;
    const dia_allocator *alloc = node->hub.alloc;
    if (relief->n_reported == relief->cap_reported) {
        const size_t cap = relief->cap_reported ? 2 * relief->cap_reported : 4;
        dia_reported *more =
            alloc->resize(alloc->arg, relief->reported, relief->cap_reported * sizeof *more, cap * sizeof *more);
        if (!more)
            return NULL;
        relief->reported = more;
        relief->cap_reported = cap;
    }
    dia_reported *r = &relief->reported[relief->n_reported++];
    *r = (dia_reported){ .application = application, .type = (uint8_t)type };
    return r;
}

/* A changed report has another sequence number (5.2.1.4). */
static void renew(struct dia_relief *relief, dia_reported *r, int64_t now_us)
{
    r->sequence = ++relief->sequence;
    r->at_us = now_us;
}

/* As long as somebody may still obey what was said last, the end of it is told (5.2.1.4). */
static void end(struct dia_relief *relief, dia_reported *r, int64_t now_us)
{
    r->percent = 0;
    r->gone_us = now_us + (int64_t)r->validity_s * 1000000;
    renew(relief, r, now_us);
}

static int report(const dia_node *node, uint32_t application, const dia_overload *overload)
{
    struct dia_relief *relief = node->relief;
    const int64_t now_us = node->hub.now.us;
    dia_reported *r = find(relief, application, overload->type);
    if (!overload->reduction) {
        if (!r || !r->percent)
            return DIA_ENOENT;
        end(relief, r, now_us);
        return 0;
    }
    const uint32_t validity_s = overload->validity_s ? overload->validity_s : DIA_VALIDITY_DEFAULT_S;
    if (!r && !(r = add(node, application, overload->type)))
        return DIA_ENOMEM;
    if (r->percent == overload->reduction && r->validity_s == validity_s)
        return 0;
    r->percent = (uint8_t)overload->reduction;
    r->validity_s = validity_s;
    renew(relief, r, now_us);
    return 0;
}

int dia_node_report_overload(dia_node *node, const dia_overload *overload)
{
    if (!node->relief || !node->relief->config.reports)
        return dia_node_failed(node, DIA_ENOTSUP,
                               "nobody has said that we report overload: dia_node_set_overload() does");
    if (overload->reduction > 100)
        return dia_node_failed(node, DIA_EINVAL, "a reduction is at most 100 percent");
    if (overload->validity_s > DIA_VALIDITY_MAX_S)
        return dia_node_failed(node, DIA_EINVAL, "a report is valid for at most 86,400 seconds (RFC 7683, 7.5)");
    if ((unsigned)overload->type > DIA_OVERLOAD_REALM)
        return dia_node_failed(node, DIA_EINVAL, "no such type of report");
    dia_node_refresh(node);
    if (overload->application != DIA_APP_RELAY) {
        const int err = report(node, overload->application, overload);
        return err ? dia_node_failed(node, err, NULL) : 0;
    }
    int err = DIA_ENOENT;
    for (size_t i = 0; i < node->hub.n_apps; i++) {
        if (node->hub.apps[i].id == DIA_APP_RELAY)
            continue;
        const int now = report(node, node->hub.apps[i].id, overload);
        err = now == DIA_ENOENT ? err : now;
        if (now == DIA_ENOMEM)
            break;
    }
    return err ? dia_node_failed(node, err, NULL) : 0;
}

static void put_report(const dia_reported *r, dia_builder *b)
{
    dia_put_group(b, DIA_AVP_OC_OLR, 0, 0);
    dia_put_u64(b, DIA_AVP_OC_SEQUENCE_NUMBER, 0, 0, r->sequence);
    dia_put_u32(b, DIA_AVP_OC_REPORT_TYPE, 0, 0, r->type);
    dia_put_u32(b, DIA_AVP_OC_REDUCTION_PERCENTAGE, 0, 0, r->percent);
    dia_put_u32(b, DIA_AVP_OC_VALIDITY_DURATION, 0, 0, r->percent ? r->validity_s : 0);
    dia_put_group_end(b);
}

void dia_reports_put(struct dia_relief *relief, dia_conn *conn, uint32_t application, dia_builder *b)
{
    const int64_t now_us = conn->hub->now.us;
    bool any = false;
    for (size_t i = 0; i < relief->n_reported; i++) {
        dia_reported *r = &relief->reported[i];
        if (r->application != application || (!r->percent && now_us >= r->gone_us))
            continue;
        /* Who heard of it when it was new forgets it after its validity, counted from then (7.5). */
        if (r->percent && now_us - r->at_us >= (int64_t)r->validity_s * 500000)
            renew(relief, r, now_us);
        put_report(r, b);
        any = true;
    }
    if (any)
        DIA_COUNT(conn, overload_reports_out);
}

void dia_reports_expire(struct dia_relief *relief, int64_t now_us)
{
    for (size_t i = 0; i < relief->n_reported;) {
        const dia_reported *r = &relief->reported[i];
        if (!r->percent && now_us >= r->gone_us)
            relief->reported[i] = relief->reported[--relief->n_reported];
        else
            i++;
    }
}
