/* Tests of changes to messages in their buffers. What comes out is looked at as text. */
#include "harness.h"
#include "messages.h"

#include <stdio.h>

enum { SET, ADD, REMOVE, INSERT, APPEND };

/* One AVP to insert: Number 9. */
static dia_bytes nine(uint8_t *buf, size_t size)
{
    dia_builder b;
    dia_build_begin_avps(&b, buf, size);
    dia_put_u32(&b, NUMBER, 0, DIA_AVP_M, 9);
    const int64_t n = dia_build_end(&b);
    return (dia_bytes){ buf, n > 0 ? (size_t)n : 0 };
}

static void apply(dia_edit *e, int what, const char *path, const char *value)
{
    uint8_t avps[16];
    switch (what) {
    case SET: dia_edit_set_text(e, path, value); break;
    case ADD: dia_edit_add_text(e, path, value); break;
    case REMOVE: check_int(dia_edit_remove(e, path), value == NULL); break;
    case INSERT: dia_edit_insert(e, path, nine(avps, sizeof avps)); break;
    default: dia_edit_append(e, path, nine(avps, sizeof avps)); break;
    }
}

#define SAMPLE                                                                                                         \
    "TTR\n"                                                                                                            \
    " Session-Id: abc\n"                                                                                               \
    " Kind [flags MP]: 1\n"                                                                                            \
    " Bag:\n"                                                                                                          \
    "  Box:\n"                                                                                                         \
    "   Text: one\n"                                                                                                   \
    "   Text: three\n"                                                                                                 \
    " Number: 1\n"                                                                                                     \
    " Number: 2\n"                                                                                                     \
    " AVP 70000/5: 0x01\n"

static void messages_are_changed_in_place(void)
{
    static const struct {
        const char *name, *text;
        int what;
        const char *path, *value, *want;
    } cases[] = {
        { "a shorter value", SAMPLE, SET, "Session-Id", "a",
          " Session-Id: \"a\"\n Kind [flags MP]: INITIAL (1)\n Bag:\n  Box:\n"
          "   Text: \"one\"\n   Text: \"three\"\n Number: 1\n Number: 2\n AVP 70000/5: 0x01\n" },
        { "a longer value inside", SAMPLE, SET, "Bag/Box/Text[0]", "seventeen letters",
          " Session-Id: \"abc\"\n Kind [flags MP]: INITIAL (1)\n Bag:\n"
          "  Box:\n   Text: \"seventeen letters\"\n   Text: \"three\"\n Number: 1\n Number: 2\n AVP 70000/5: 0x01\n" },
        { "flags stay", "TTR\n Kind [flags P]: 1\n", SET, "Kind", "UPDATE", " Kind [flags P]: UPDATE (2)\n" },
        { "a new one at the end", "TTR\n Number: 1\n", SET, "Big", "5", " Number: 1\n Big: 5\n" },
        { "a new one at the end of its group", "TTR\n Box:\n  Number: 1\n Number: 2\n", SET, "Box/Text", "x",
          " Box:\n  Number: 1\n  Text: \"x\"\n Number: 2\n" },
        { "with groups around it", "TTR\n", SET, "Bag/Box/Text", "x", " Bag:\n  Box:\n   Text: \"x\"\n" },
        { "with one more group", "TTR\n Bag:\n  I64: 1\n", SET, "Bag[1]/Box/Text", "x",
          " Bag:\n  I64: 1\n Bag:\n  Box:\n   Text: \"x\"\n" },
        { "by its index", "TTR\n Number: 1\n Number: 2\n", SET, "Number[1]", "3", " Number: 1\n Number: 3\n" },
        { "by the next index", "TTR\n Number: 1\n Kind: 1\n", SET, "Number[1]", "3",
          " Number: 1\n Number: 3\n Kind: INITIAL (1)\n" },
        { "an unknown one", "TTR\n", SET, "5:70000", "0x01", " AVP 70000/5: 0x01\n" },
        { "behind the others", "TTR\n Number: 1\n Number: 2\n Kind: 1\n", ADD, "Number", "3",
          " Number: 1\n Number: 2\n Number: 3\n Kind: INITIAL (1)\n" },
        { "behind the others of a group", "TTR\n Box:\n  Text: one\n  Number: 1\n Kind: 1\n", ADD, "Box/Text", "two",
          " Box:\n  Text: \"one\"\n  Text: \"two\"\n  Number: 1\n Kind: INITIAL (1)\n" },
        { "the first of its name", "TTR\n Number: 1\n", ADD, "Box/Text", "x", " Number: 1\n Box:\n  Text: \"x\"\n" },
        { "out of a group", SAMPLE, REMOVE, "Bag/Box/Text[1]", NULL,
          " Session-Id: \"abc\"\n Kind [flags MP]: INITIAL (1)\n Bag:\n  Box:\n"
          "   Text: \"one\"\n Number: 1\n Number: 2\n AVP 70000/5: 0x01\n" },
        { "the last one", "TTR\n Number: 1\n", REMOVE, "Number", NULL, "" },
        { "a whole group", "TTR\n Number: 1\n Box:\n  Text: x\n Number: 2\n", REMOVE, "Box", NULL,
          " Number: 1\n Number: 2\n" },
        { "what is not there", "TTR\n Number: 1\n", REMOVE, "Kind", "", " Number: 1\n" },
        { "what is not there by its index", "TTR\n Number: 1\n", REMOVE, "Number[7]", "", " Number: 1\n" },
        { "before", "TTR\n Kind: 1\n Box:\n  Text: x\n", INSERT, "Box/Text", NULL,
          " Kind: INITIAL (1)\n Box:\n  Number: 9\n  Text: \"x\"\n" },
        { "at the end", "TTR\n Kind: 1\n", APPEND, NULL, NULL, " Kind: INITIAL (1)\n Number: 9\n" },
        { "at the end of a group", "TTR\n Bag:\n  Box:\n   Text: x\n Kind: 1\n", APPEND, "Bag/Box", NULL,
          " Bag:\n  Box:\n   Text: \"x\"\n   Number: 9\n Kind: INITIAL (1)\n" },
        { "into an empty group", "TTR\n Box:\n Kind: 1\n", APPEND, "Box", NULL,
          " Box:\n  Number: 9\n Kind: INITIAL (1)\n" },
        { "behind missing padding", "TTR\n Session-Id [padding 0x]: a\n", APPEND, NULL, NULL,
          " Session-Id: \"a\"\n Number: 9\n" },
        { "a value with odd padding", "TTR\n Session-Id [padding 0x010101]: a\n Number: 1\n", SET, "Session-Id", "ab",
          " Session-Id: \"ab\"\n Number: 1\n" },
        { "odd padding elsewhere", "TTR\n Session-Id [padding 0x010101]: a\n Number: 1\n", SET, "Number", "2",
          " Session-Id [padding 0x010101]: \"a\"\n Number: 2\n" },
        { "in a group that lacks padding", "TTR\n Box [padding 0x000000]:\n  Text [padding 0x]: a\n Number: 1\n", SET,
          "Box/Text", "bcdef", " Box:\n  Text: \"bcdef\"\n Number: 1\n" },
        { "behind what lacks padding in a group", "TTR\n Box:\n  Text [padding 0x]: a\n Number: 1\n", ADD, "Box/Text",
          "b", " Box:\n  Text: \"a\"\n  Text: \"b\"\n Number: 1\n" },
        { "out of a group that lacks padding", "TTR\n Bag:\n  Box [padding 0x]:\n   Text [padding 0x]: a\n Number: 1\n",
          REMOVE, "Bag/Box/Text", NULL, " Bag:\n  Box:\n Number: 1\n" },
    };
    uint8_t buf[1024];
    char text[1024];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const dia_text_options options = { .indent = 1 };
        dia_edit e;
        harness_row(cases[i].name);
        int64_t n = dia_text_read(tables_dicts(), dia_cstr(cases[i].text), NULL, NULL, buf, sizeof buf, NULL);
        need(n >= 20);
        need_int(dia_edit_begin(&e, tables_dicts(), (dia_bytes){ buf, (size_t)n }, buf, sizeof buf), 0);
        apply(&e, cases[i].what, cases[i].path, cases[i].value);
        n = dia_edit_end(&e);
        need(n >= 20);
        need_int(n % 4, 0);
        need(dia_text_print(tables_dicts(), (dia_bytes){ buf, (size_t)n }, &options, text, sizeof text, NULL) > 0);
        need_str(strchr(text, '\n') + 1, cases[i].want);
        need(!strstr(text, "length"));
    }
done:
    harness_row(NULL);
}

static void wrong_changes_change_nothing(void)
{
    static const struct {
        const char *path, *value;
        int what, want;
    } cases[] = {
        { "None", "1", SET, DIA_EINVAL },         { "Box/None", "1", SET, DIA_EINVAL },
        { "Box[1", "1", SET, DIA_EINVAL },        { "Number", "x", SET, DIA_EFORMAT },
        { "Number[7]", "1", SET, DIA_ENOENT },    { "Box[7]/Number", "1", ADD, DIA_ENOENT },
        { "Box[1]/Box[1]", "", ADD, DIA_EINVAL }, { "Kind", NULL, INSERT, DIA_ENOENT },
        { "Box/Kind", NULL, APPEND, DIA_ENOENT }, { "Number/Kind", "1", SET, DIA_EFORMAT },
    };
    static const char text[] = "TTR\n Number: 1\n Box:\n  Number: 2\n  Text: x\n";
    uint8_t before[256], buf[256];
    const int64_t n = dia_text_read(tables_dicts(), dia_cstr(text), NULL, NULL, before, sizeof before, NULL);
    need(n > 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        dia_edit e;
        harness_row(cases[i].path);
        need_int(dia_edit_begin(&e, tables_dicts(), (dia_bytes){ before, (size_t)n }, buf, sizeof buf), 0);
        apply(&e, cases[i].what, cases[i].path, cases[i].value);
        need_int(e.err, cases[i].want);
        dia_edit_set_text(&e, "Number", "9"); /* nothing happens any more */
        dia_edit_add_text(&e, "Number", "9");
        need(!dia_edit_remove(&e, "Number"));
        need_int(dia_edit_end(&e), cases[i].want);
        need_bytes(((dia_bytes){ buf, e.n }), ((dia_bytes){ before, (size_t)n }));
    }
done:
    harness_row(NULL);
}

static void a_buffer_that_is_too_small_says_how_much_is_needed(void)
{
    uint8_t buf[64];
    dia_edit e;
    const int64_t n = dia_text_read(tables_dicts(), dia_cstr("TTR\n Number: 1\n"), NULL, NULL, buf, sizeof buf, NULL);
    need_int(n, 32);
    const dia_bytes octets = { buf, 32 };
    need_int(dia_edit_begin(&e, tables_dicts(), octets, buf, 31), DIA_ESPACE);
    need_int(e.needed, 32);
    need_int(dia_edit_begin(&e, tables_dicts(), octets, buf, 43), 0);
    dia_edit_add_text(&e, "Number", "2");
    need_int(dia_edit_end(&e), DIA_ESPACE);
    need_int(e.needed, 44);
    need_int(dia_edit_begin(&e, tables_dicts(), octets, buf, 44), 0);
    dia_edit_add(&e, "Number", (dia_bytes)DIA_LIT("\0\0\0\2"));
    need_int(dia_edit_end(&e), 44);
    need_int(dia_edit_begin(&e, tables_dicts(), text_of("short"), buf, sizeof buf), DIA_EFORMAT);
done:;
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "messages_are_changed_in_place", messages_are_changed_in_place },
        { "wrong_changes_change_nothing", wrong_changes_change_nothing },
        { "a_buffer_that_is_too_small_says_how_much_is_needed", a_buffer_that_is_too_small_says_how_much_is_needed },
    };
    return HARNESS_RUN("dict/edit", tests);
}
