/* Messages without a node: cut, walked, searched, changed, compared, printed, answered. Reads octets from the file that its
 * argument names, as `diatom decode trace.pcap | diatom encode` writes them. */
#include <diatom/app/all.h>
#include <diatom/diatom.h>

#include <stdio.h>

enum { FILE_MAX = 1 << 20, MESSAGE_MAX = 1 << 16, TEXT_MAX = 1 << 18 };

/* [guide: walk] */
static void walk(uint32_t application, dia_avps it, int depth)
{
    while (dia_avp_next(&it)) {
        const dia_avp_def *avp = dia_dicts_avp(&dia_dicts_all, application, it.avp.code, it.avp.vendor);
        printf("%*s%s, %zu octets\n", 4 * depth, "", avp ? avp->name : "unknown", it.avp.data.n);
        if (avp && avp->type == DIA_TYPE_GROUPED && depth < DIA_NESTING_MAX)
            walk(application, dia_avp_enter(&it), depth + 1);
    }
    if (it.err)
        printf("%*sthe rest is no AVP: %s\n", 4 * depth, "", dia_strerror(it.err));
}
/* [end] */

/* [guide: find] */
static void find(dia_bytes message)
{
    dia_avp id;
    if (dia_dicts_find(&dia_dicts_all, message, "Session-Id", &id) == 0)
        printf("session %.*s\n", (int)id.data.n, (const char *)id.data.p);

    dia_finder f;
    dia_finder_begin(&f, &dia_dicts_all, message, "Multiple-Services-Credit-Control/Rating-Group");
    while (dia_finder_next(&f)) {
        char text[32];
        const dia_avp_def *avp = dia_dicts_avp(&dia_dicts_all, 4, f.avp.code, f.avp.vendor);
        if (dia_text_value(avp, f.avp.data, text, sizeof text, NULL) > 0)
            printf("rating group %s\n", text);
    }
}
/* [end] */

/* [guide: change] */
static int64_t change(dia_bytes message, uint8_t *buf, size_t cap)
{
    dia_edit e;
    dia_edit_begin(&e, &dia_dicts_all, message, buf, cap);
    dia_edit_set_text(&e, "CC-Request-Number", "7");
    dia_edit_set_text(&e, "Multiple-Services-Credit-Control[1]/Rating-Group", "20");
    dia_edit_add_text(&e, "Route-Record", "relay.example.net");
    while (dia_edit_remove(&e, "Subscription-Id"))
        continue;
    return dia_edit_end(&e); /* one check for all of them */
}
/* [end] */

/* [guide: compare] */
static void compare(dia_bytes a, dia_bytes b)
{
    const dia_compare_options options = { .ignore_hop_by_hop = true, .any_order = true };
    dia_difference d;
    if (dia_dicts_compare(&dia_dicts_all, a, b, &options, &d) > 0)
        printf("%s: %s, now %s\n", d.path, d.a[0] ? d.a : "none", d.b[0] ? d.b : "none");
}
/* [end] */

/* [guide: print] */
static void print(dia_bytes message)
{
    static char text[TEXT_MAX];
    static uint8_t again[MESSAGE_MAX];
    if (dia_text_print(&dia_dicts_all, message, NULL, text, sizeof text, NULL) > 0)
        fputs(text, stdout);
    int64_t n = dia_text_read(&dia_dicts_all, dia_cstr(text), NULL, NULL, again, sizeof again, NULL);
    printf("text leads back: %s\n", dia_bytes_equal((dia_bytes){ again, (size_t)n }, message) ? "yes" : "no");

    const dia_json_options options = { .indent = 2 };
    dia_json_print(&dia_dicts_all, message, &options, text, sizeof text, NULL);
    n = dia_json_read(&dia_dicts_all, dia_cstr(text), again, sizeof again, NULL, NULL);
    printf("JSON leads back: %s\n", dia_bytes_equal((dia_bytes){ again, (size_t)n }, message) ? "yes" : "no");
}
/* [end] */

/* [guide: answer] */
static int64_t answer(dia_bytes request, uint8_t *buf, size_t cap)
{
    const dia_answer_head head = {
        .origin_host = DIA_LIT("ocs.example.net"),
        .origin_realm = DIA_LIT("example.net"),
        .result_code = 2001,
    };
    dia_builder b;
    if (dia_answer_begin(&b, buf, cap, request, &head))
        return DIA_EINVAL; /* no request */
    dia_put_u32(&b, 416, 0, DIA_AVP_M, 1);
    dia_put_u32(&b, 415, 0, DIA_AVP_M, 0);
    return dia_build_end(&b);
}
/* [end] */

static int use(dia_bytes message)
{
    static uint8_t buf[MESSAGE_MAX];
    dia_header h;
    dia_header_read(message, &h);
    walk(h.application, dia_avps_of(message), 0);
    find(message);
    int64_t n = change(message, buf, sizeof buf);
    if (n < 0)
        return (int)n;
    compare(message, (dia_bytes){ buf, (size_t)n });
    print((dia_bytes){ buf, (size_t)n });
    n = answer(message, buf, sizeof buf);
    if (n < 0)
        return (int)n;
    print((dia_bytes){ buf, (size_t)n });
    return 0;
}

/* [guide: cut] */
static int use_all(dia_bytes octets)
{
    while (octets.n) {
        const int64_t n = dia_frame_cut(octets, MESSAGE_MAX);
        if (n <= 0)
            return n ? (int)n : DIA_ETRUNC;
        const int err = use((dia_bytes){ octets.p, (size_t)n });
        if (err)
            return err;
        octets = (dia_bytes){ octets.p + n, octets.n - (size_t)n };
    }
    return 0;
}
/* [end] */

int main(int argc, char **argv)
{
    static uint8_t octets[FILE_MAX];
    FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
    if (!file) {
        fputs("usage: messages FILE\n", stderr);
        return 2;
    }
    const size_t n = fread(octets, 1, sizeof octets, file);
    fclose(file);
    const int err = use_all((dia_bytes){ octets, n });
    if (err)
        fprintf(stderr, "%s\n", dia_strerror(err));
    return err != 0;
}
