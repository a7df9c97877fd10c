/* Sentences for people in a room of some size. */
#include "base/base.h"

#include "harness.h"

static void what_is_cut_says_so(void)
{
    static const struct {
        const char *name, *text, *want;
        size_t size;
    } rows[] = {
        { "room enough", "evil.example.net", "evil.example.net", 17 },
        { "one octet short", "evil.example.net", "evil.example...", 16 },
        { "the dots alone", "evil.example.net", "...", 4 },
        { "no room for them", "evil.example.net", "ev", 3 },
        { "empty", "", "", 1 },
        { "half a character", "a\xc3\xa4\xc3\xa4\xc3\xa4", "a...", 6 },
        { "a whole one", "a\xc3\xa4\xc3\xa4\xc3\xa4", "a\xc3\xa4...", 7 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char room[32];
        memset(room, '#', sizeof room);
        harness_row(rows[i].name);
        dia_sentence(room, rows[i].size, "%s", rows[i].text);
        check_str(room, rows[i].want);
        check_int(room[rows[i].size], '#');
    }
}

static void octets_are_shown_as_people_can_read_them(void)
{
    static const struct {
        const char *name;
        dia_bytes octets;
        const char *want;
    } rows[] = {
        { "text", { (const uint8_t *)"HTTP", 4 }, "HTTP" },
        { "more than is shown", { (const uint8_t *)"HTTP/1.1 400", 12 }, "HTTP/1.1" },
        { "controls", { (const uint8_t *)"\x16\x03\x01\n", 4 }, "\\x16\\x03\\x01\\x0a" },
        { "what would end it", { (const uint8_t *)"a'\\b", 4 }, "a\\x27\\x5cb" },
        { "beyond ASCII",
          { (const uint8_t *)"\xff\x7f\x80\xff\xff\xff\xff\xff\xff", 9 },
          "\\xff\\x7f\\x80\\xff\\xff\\xff\\xff\\xff" },
        { "nothing", { NULL, 0 }, "" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        harness_row(rows[i].name);
        check_str(dia_show_octets(rows[i].octets).text, rows[i].want);
    }
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "what_is_cut_says_so", what_is_cut_says_so },
        { "octets_are_shown_as_people_can_read_them", octets_are_shown_as_people_can_read_them },
    };
    return HARNESS_RUN("base/sentence", tests);
}
