/* Wireshark's dictionary: AVPs of all vendors in one name space, groups without arities, commands without grammars. */
#include "import.h"

#include "memory.h"

#include <stdio.h>
#include <string.h>

/* ---- Types: a name leads to one of the language, by its parents if need be ---- */

static const char *parent_of(const import *im, const char *type)
{
    for (size_t i = 0; i < im->n_typedefs; i++)
        if (strcmp(xml_attribute(im->typedefs[i], "type-name"), type) == 0)
            return xml_attribute(im->typedefs[i], "type-parent");
    return NULL;
}

/* RADIUS writes addresses without a family; its attributes are the AVPs below 256 (RFC 6733, 4.1.1). */
static bool is_of_radius(const import *im, const import_avp *avp)
{
    const dia_avp_def *known = import_built_in(im, avp->code, avp->vendor, NULL);
    return known ? known->type == DIA_TYPE_OCTET_STRING : avp->vendor == 0 && avp->code < 256;
}

static const char *type_of(import *im, import_avp *avp, const char *type)
{
    enum { PARENTS_MAX = 8 };
    if (type && import_is_type(type))
        return type;
    if (type && strcmp(type, "IPAddress") == 0) {
        const bool radius = is_of_radius(im, avp);
        if (radius)
            import_note_to(im, &avp->notes, "%s: the source's type is IPAddress; this one has no family", avp->name);
        return radius ? "OctetString" : "Address";
    }
    const char *parent = type;
    for (int i = 0; parent && i < PARENTS_MAX; i++) {
        parent = parent_of(im, parent);
        if (parent && import_is_type(parent)) {
            import_note_to(im, &avp->notes, "%s: the source's type is %s", avp->name, type);
            return parent;
        }
    }
    import_warn(im, &avp->notes, avp->at, "%s: the type '%s' is not known: OctetString", avp->name, type ? type : "");
    return "OctetString";
}

/* ---- AVPs ---- */

static void read_group(import *im, import_avp *avp, const xml_element *grouped)
{
    for (const xml_element *e = grouped->first; e; e = e->next) {
        const char *name = xml_attribute(e, "name");
        if (strcmp(e->name, "gavp") != 0 || !name || !*name) {
            import_stranger(im, e);
            continue;
        }
        import_rule *r = import_add_rule(im, &avp->body, e, name);
        if (r) {
            r->max = IMPORT_MANY;
            r->user = avp;
        }
    }
}

static void read_value(import *im, import_avp *avp, const xml_element *e)
{
    uint32_t value;
    const char *name = xml_attribute(e, "name");
    if (!name || !import_number(e, "code", &value))
        import_warn(im, &avp->notes, e, "%s: the value '%s' has no name or no number: left out", avp->name,
                    name ? name : "");
    else
        import_add_value(im, avp, e, name, value);
}

static void read_flags(import *im, import_avp *avp)
{
    const char *m = xml_attribute(avp->at, "mandatory"), *p = xml_attribute(avp->at, "protected");
    if (m && strcmp(m, "must") == 0)
        avp->m_rule = "must";
    else if (m && (strcmp(m, "mustnot") == 0 || strcmp(m, "shouldnot") == 0))
        avp->m_rule = "must-not";
    else
        avp->m_rule = "may";
    if (m && strcmp(m, "shouldnot") == 0)
        import_note_to(im, &avp->notes, "%s: the M bit should not be set, says the source", avp->name);
    avp->m = strcmp(avp->m_rule, "must") == 0;
    avp->p = p && strcmp(p, "must") == 0;
}

static bool vendor_of(import *im, const xml_element *e, uint32_t *out)
{
    const char *id = xml_attribute(e, "vendor-id"), *name = xml_attribute(e, "name");
    const char *bit = xml_attribute(e, "vendor-bit");
    *out = 0;
    for (const import_vendor *v = im->vendors; id && v; v = v->next)
        if (strcmp(v->id, id) == 0) {
            *out = v->code;
            return true;
        }
    if (id && strcmp(id, "None") != 0) {
        import_warn(im, NULL, e, "%s: no vendor is called '%s': the AVP is left out", name, id);
        return false;
    }
    if (!id && bit && strcmp(bit, "must") == 0)
        import_warn(im, NULL, e, "%s: the V bit must be set, and there is no vendor: none", name);
    return true;
}

static void read_avp(import *im, const xml_element *e)
{
    const char *name = xml_attribute(e, "name"), *type = NULL;
    uint32_t code, vendor;
    if (!name || !*name || !import_number(e, "code", &code)) {
        import_warn(im, NULL, e, "the AVP '%s' has no name or no code: left out", name ? name : "");
        return;
    }
    if (!vendor_of(im, e, &vendor))
        return;
    import_avp *avp = import_add_avp(im, e, name, code, vendor);
    if (!avp)
        return;
    read_flags(im, avp);
    const char *about = xml_attribute(e, "description");
    if (about && *about)
        import_note_to(im, &avp->notes, "%s: %s", avp->name, about);
    bool grouped = false;
    for (const xml_element *c = e->first; c; c = c->next) {
        if (strcmp(c->name, "grouped") == 0) {
            grouped = true;
            read_group(im, avp, c);
        } else if (strcmp(c->name, "type") == 0) {
            type = xml_attribute(c, "type-name");
        } else if (strcmp(c->name, "enum") == 0) {
            read_value(im, avp, c);
        } else {
            import_stranger(im, c);
        }
    }
    avp->type = grouped ? "Grouped" : type_of(im, avp, type);
}

/* ---- Commands: codes and names ---- */

static void read_command(import *im, import_application *app, const xml_element *e)
{
    const char *name = xml_attribute(e, "name"), *vendor = xml_attribute(e, "vendor-id");
    uint32_t code;
    if (!name || !*name || !import_number(e, "code", &code)) {
        import_warn(im, NULL, e, "the command '%s' has no name or no code: left out", name ? name : "");
        return;
    }
    import_command *c = import_add_command(im, app, e, code);
    if (!c)
        return;
    const char *word = import_word(im, name, '-');
    c->request = c->long_request = import_text(im, "%s-Request", word);
    c->answer = c->long_answer = import_text(im, "%s-Answer", word);
    if (vendor && strcmp(vendor, "None") != 0)
        import_note_to(im, &c->notes, "%s: of the vendor %s", word, vendor);
}

/* ---- The whole ---- */

static void read_vendor(import *im, const xml_element *e)
{
    const char *id = xml_attribute(e, "vendor-id"), *name = xml_attribute(e, "name");
    uint32_t code;
    if (!id || !import_number(e, "code", &code)) {
        import_warn(im, NULL, e, "a vendor without id or code is left out");
        return;
    }
    if (im->n_vendors++ == IMPORT_FILES_MAX)
        import_fail(im, e, "more than %d vendors", IMPORT_FILES_MAX);
    if (im->bad)
        return;
    import_vendor *v = cli_get(im->arena, sizeof *v);
    *v = (import_vendor){ .id = id, .name = name && *name ? name : id, .code = code };
    *(im->last_vendor ? &im->last_vendor->next : &im->vendors) = v;
    im->last_vendor = v;
}

/* Vendors and types are named before and behind where they are defined. */
static void read_names(import *im, const xml_element *in)
{
    for (const xml_element *e = in->first; e && !im->bad; e = e->next) {
        if (strcmp(e->name, "vendor") == 0) {
            read_vendor(im, e);
        } else if (strcmp(e->name, "base") == 0 || strcmp(e->name, "application") == 0) {
            read_names(im, e);
        } else if (strcmp(e->name, "typedefn") == 0 && xml_attribute(e, "type-name")) {
            if (im->n_typedefs == IMPORT_TYPES_MAX)
                import_fail(im, e, "more than %d types", IMPORT_TYPES_MAX);
            else
                im->typedefs[im->n_typedefs++] = e;
        }
    }
}

static void read_part(import *im, const xml_element *part, import_application *app)
{
    for (const xml_element *e = part->first; e; e = e->next)
        if (strcmp(e->name, "avp") == 0)
            read_avp(im, e);
        else if (strcmp(e->name, "command") == 0 && app)
            read_command(im, app, e);
        else if (strcmp(e->name, "typedefn") != 0)
            import_stranger(im, e);
}

void import_wireshark(import *im, const xml_element *root)
{
    read_names(im, root);
    for (const xml_element *e = root->first; e && !im->bad; e = e->next) {
        uint32_t id = 0;
        const bool is_application = strcmp(e->name, "application") == 0;
        if (strcmp(e->name, "vendor") == 0) {
            read_part(im, e, NULL);
        } else if (strcmp(e->name, "base") != 0 && !is_application) {
            import_stranger(im, e);
        } else if (is_application && !import_number(e, "id", &id)) {
            import_warn(im, NULL, e, "an application without an id: its commands are left out");
            read_part(im, e, NULL);
        } else {
            import_application *app = import_application_of(im, e, id);
            const char *name = xml_attribute(e, "name");
            if (name && *name && !app->name)
                app->name = name;
            read_part(im, e, app);
        }
    }
}
