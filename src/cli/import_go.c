/* Dictionaries of go-diameter and diameter-rs: applications with commands, their rules, and AVPs. */
#include "import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* "M,V" has an M. */
static bool has_flag(const char *list, char flag)
{
    return list && strchr(list, flag) != NULL;
}

/* ---- Rules ---- */

static bool is_true(const char *text)
{
    return text && (strcasecmp(text, "true") == 0 || strcmp(text, "1") == 0);
}

/* min and max, which may be left out; what they cannot say together is noted. */
static void read_arity(import *im, import_body *body, import_rule *r)
{
    const char *max = xml_attribute(r->at, "max");
    r->required = is_true(xml_attribute(r->at, "required"));
    if (!import_number(r->at, "min", &r->min))
        r->min = r->required;
    if (!import_number(r->at, "max", &r->max)) {
        r->max = IMPORT_MANY;
        if (max)
            import_warn(im, &body->notes, r->at, "%s: max '%s' is no number: any number", r->name ? r->name : "AVP",
                        max);
    }
    if (r->required && r->max == 0) {
        import_warn(im, &body->notes, r->at, "%s is required and must not occur: any number is taken",
                    r->name ? r->name : "AVP");
        r->max = IMPORT_MANY;
    }
    if (r->required && r->min == 0)
        r->min = 1;
    if (!r->required && r->min) {
        import_note_to(im, &body->notes,
                       "%s: at least %u if there is one, says the source; the language has no such rule",
                       r->name ? r->name : "AVP", (unsigned)r->min);
        r->min = 0;
    }
    if (r->min > r->max) {
        import_warn(im, &body->notes, r->at, "%s: min %u is more than max %u: exactly that many",
                    r->name ? r->name : "AVP", (unsigned)r->min, (unsigned)r->max);
        r->min = r->max;
    }
}

static void read_rules(import *im, import_body *body, const xml_element *in)
{
    for (const xml_element *e = in->first; e; e = e->next) {
        if (strcmp(e->name, "rule") != 0) {
            if (strcmp(e->name, "item") != 0)
                import_stranger(im, e);
            continue;
        }
        const char *name = xml_attribute(e, "avp");
        if (!name || !*name) {
            import_warn(im, &body->notes, e, "a rule without an AVP is left out");
            continue;
        }
        import_rule *r = import_add_rule(im, body, e, strcmp(name, "AVP") == 0 ? NULL : name);
        if (r)
            read_arity(im, body, r);
    }
}

/* ---- AVPs ---- */

/* Types that go-diameter has and Diameter has not. */
static const char *type_of(import *im, import_avp *avp, const xml_element *data)
{
    static const char *const others[][2] = {
        { "IPv4", "OctetString" },          { "IPv6", "OctetString" },           { "IPAddress", "Address" },
        { "AppId", "Unsigned32" },          { "VendorId", "Unsigned32" },        { "OctetStringOrUTF8", "OctetString" },
        { "Identity", "DiameterIdentity" }, { "DiamIdent", "DiameterIdentity" }, { "URI", "DiameterURI" },
        { "DiamURI", "DiameterURI" },       { "QosFilterRule", "QoSFilterRule" }
    };
    const char *type = data ? xml_attribute(data, "type") : NULL;
    if (type && import_is_type(type))
        return type;
    for (size_t i = 0; type && i < sizeof others / sizeof *others; i++)
        if (strcmp(type, others[i][0]) == 0) {
            import_note_to(im, &avp->notes, "%s: the source's type is %s", avp->name, type);
            return others[i][1];
        }
    import_warn(im, &avp->notes, avp->at, "%s: the type '%s' is not known: OctetString", avp->name, type ? type : "");
    return "OctetString";
}

static void read_items(import *im, import_avp *avp, const xml_element *data)
{
    for (const xml_element *e = data->first; e; e = e->next) {
        uint32_t value;
        const char *name = xml_attribute(e, "name");
        if (strcmp(e->name, "item") != 0) {
            if (strcmp(e->name, "rule") != 0)
                import_stranger(im, e);
        } else if (!name || !import_number(e, "code", &value)) {
            import_warn(im, &avp->notes, e, "%s: a value without name or number is left out", avp->name);
        } else {
            import_add_value(im, avp, e, name, value);
        }
    }
}

static void read_vendor(import *im, import_application *app, const xml_element *e, uint32_t *vendor)
{
    const char *must = xml_attribute(e, "must"), *must_not = xml_attribute(e, "must-not");
    const char *name = xml_attribute(e, "name");
    *vendor = 0;
    if (xml_attribute(e, "vendor-id") && !import_number(e, "vendor-id", vendor))
        import_warn(im, NULL, e, "%s: vendor-id '%s' is no number: no vendor", name, xml_attribute(e, "vendor-id"));
    if (*vendor && has_flag(must_not, 'V')) {
        import_warn(im, NULL, e, "%s: the V bit must not be set, and there is a vendor-id: no vendor", name);
        *vendor = 0;
    }
    if (!*vendor && has_flag(must, 'V')) {
        *vendor = app->vendor;
        import_warn(im, NULL, e, "%s: the V bit must be set, and there is no vendor-id: %s", name,
                    *vendor ? "the application's vendor" : "no vendor");
    }
}

static void read_avp(import *im, import_application *app, const xml_element *e)
{
    const char *name = xml_attribute(e, "name");
    const char *must = xml_attribute(e, "must"), *must_not = xml_attribute(e, "must-not");
    const char *may = xml_attribute(e, "may");
    uint32_t code, vendor;
    if (!name || !*name || !import_number(e, "code", &code)) {
        import_warn(im, NULL, e, "the AVP '%s' has no name or no code: left out", name ? name : "");
        return;
    }
    read_vendor(im, app, e, &vendor);
    import_avp *avp = import_add_avp(im, e, name, code, vendor);
    if (!avp)
        return;
    avp->application = app->id;
    app->has_avps = true;
    avp->m = has_flag(must, 'M');
    avp->p = has_flag(must, 'P');
    avp->m_rule = avp->m ? "must" : has_flag(must_not, 'M') ? "must-not" : has_flag(may, 'M') ? "may" : NULL;
    const xml_element *data = NULL;
    for (const xml_element *c = e->first; c; c = c->next)
        if (strcmp(c->name, "data") == 0 && !data)
            data = c;
        else
            import_stranger(im, c);
    avp->type = type_of(im, avp, data);
    if (!data)
        return;
    read_items(im, avp, data);
    read_rules(im, &avp->body, data);
    for (import_rule *r = avp->body.first; r; r = r->next)
        r->user = avp;
    if (strcmp(avp->type, "Grouped") != 0 && avp->body.n) {
        import_warn(im, &avp->notes, e, "%s has rules and is no Grouped AVP: they are left out", avp->name);
        avp->body = (import_body){ 0 };
    }
}

/* ---- Commands ---- */

static void read_command(import *im, import_application *app, const xml_element *e)
{
    const char *name = xml_attribute(e, "name"), *brief = xml_attribute(e, "short");
    uint32_t code;
    if (!import_number(e, "code", &code) || ((!name || !*name) && (!brief || !*brief))) {
        import_warn(im, NULL, e, "the command '%s' has no name or no code: left out", name ? name : "");
        return;
    }
    import_command *c = import_add_command(im, app, e, code);
    if (!c)
        return;
    const char *whole = name && *name ? import_word(im, name, '-') : NULL;
    if (whole) {
        c->long_request = import_text(im, "%s-Request", whole);
        c->long_answer = import_text(im, "%s-Answer", whole);
    }
    c->request = brief && *brief ? import_text(im, "%sR", import_word(im, brief, '-')) : c->long_request;
    c->answer = brief && *brief ? import_text(im, "%sA", import_word(im, brief, '-')) : c->long_answer;
    bool seen[2] = { false, false };
    for (const xml_element *x = e->first; x; x = x->next) {
        const int which = strcmp(x->name, "request") == 0 ? 0 : strcmp(x->name, "answer") == 0 ? 1 : -1;
        if (which < 0) {
            import_stranger(im, x);
        } else {
            seen[which] = true;
            read_rules(im, &c->bodies[which], x);
        }
    }
    for (int i = 0; i < 2; i++)
        if (!seen[i])
            import_warn(im, &c->bodies[i].notes, e, "%s has no <%s>: any AVPs", i ? c->answer : c->request,
                        i ? "answer" : "request");
}

/* ---- Applications ---- */

static void read_application(import *im, const xml_element *e)
{
    uint32_t id;
    if (!import_number(e, "id", &id)) {
        import_warn(im, NULL, e, "an application without an id is left out, with all that is in it");
        return;
    }
    import_application *app = import_application_of(im, e, id);
    const char *kind = xml_attribute(e, "type"), *name = xml_attribute(e, "name");
    if (kind && (strcmp(kind, "auth") == 0 || strcmp(kind, "acct") == 0))
        app->kind = kind;
    if (name && *name && !app->name)
        app->name = name;
    for (const xml_element *c = e->first; c; c = c->next)
        if (strcmp(c->name, "vendor") == 0 && !app->vendor && import_number(c, "id", &app->vendor))
            app->vendor_name = xml_attribute(c, "name");
    for (const xml_element *c = e->first; c; c = c->next) {
        uint32_t other;
        if (strcmp(c->name, "avp") == 0)
            read_avp(im, app, c);
        else if (strcmp(c->name, "command") == 0)
            read_command(im, app, c);
        else if (strcmp(c->name, "vendor") != 0)
            import_stranger(im, c);
        else if (!import_number(c, "id", &other) || other != app->vendor)
            import_warn(im, NULL, c, "a second vendor of the application %u is left out", (unsigned)id);
    }
}

void import_go(import *im, const xml_element *root)
{
    for (const xml_element *e = root->first; e; e = e->next)
        if (strcmp(e->name, "application") == 0)
            read_application(im, e);
        else
            import_stranger(im, e);
}
