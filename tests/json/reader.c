/* The reader's cursor: buffers that are too small, paths that are too long, memory that is used up. */
#include "messages.h"

#include <jansson.h>

static void a_small_buffer_is_told_the_size(void)
{
    static const char text[] = "{\"command\":\"DWR\",\"avps\":{\"Origin-Host\":\"a\",\"G\":[{\"Class\":\"b\"}],"
                               "\"Origin-State-Id\":5}}";
    uint8_t whole[100], buf[100];
    const dia_bytes message = read_text(text, whole, sizeof whole, NULL);
    need(message.n > 0);
    for (size_t cap = 0; cap < message.n; cap++) {
        size_t needed = 0;
        memset(buf, 0xee, sizeof buf);
        need_int(dia_json_read(dictionaries(), dia_cstr(text), cap ? buf : NULL, cap, &needed, NULL), DIA_ESPACE);
        need_int(needed, message.n);
        for (size_t i = cap; i < sizeof buf; i++)
            need_int(buf[i], 0xee);
    }
    need_int(dia_json_read(dictionaries(), dia_cstr(text), buf, message.n, NULL, NULL), message.n);
    need_bytes(((dia_bytes){ buf, message.n }), message);
done:;
}

static void syntax_errors_have_line_and_column(void)
{
    static const struct {
        const char *text;
        size_t line, column;
    } rows[] = {
        { "{", 1, 1 },
        { "{\"command\":}", 1, 12 },
        { "{\n  \"command\": \"DWR\",\n  \"avps\" []\n}", 3, 10 },
        { "{\"flags\":[],\"flags\":[]}", 1, 19 },
        { "{} {}", 1, 4 },
        { "5", 1, 1 },
        { "", 1, 1 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t buf[100];
        dia_json_error error;
        harness_row(rows[i].text);
        check_int(dia_json_read(dictionaries(), dia_cstr(rows[i].text), buf, sizeof buf, NULL, &error), DIA_EFORMAT);
        check_int(error.line, rows[i].line);
        check_int(error.column, rows[i].column);
        check_str(error.path, "");
        check(error.text[0] != '\0');
    }
}

static void a_long_path_keeps_its_end(void)
{
    char text[2000] = "{\"command\":\"DWR\",\"application\":7,\"avps\":";
    for (int i = 0; i < DIA_NESTING_MAX; i++)
        strcat(text, "[{\"name\":\"G\",\"value\":");
    strcat(text, "[{\"name\":\"U32\",\"value\":-1}]");
    for (int i = 0; i < DIA_NESTING_MAX; i++)
        strcat(text, "}]");
    strcat(text, "}");
    uint8_t buf[400];
    dia_json_error error;
    need(!read_text(text, buf, sizeof buf, &error).p);
    need_int(strncmp(error.path, "...[0].value[0].value", 21), 0);
    need_str(error.path + strlen(error.path) - 14, "value[0].value");
done:;
}

static void errors_are_one_line_of_ascii(void)
{
    uint8_t buf[100];
    dia_json_error error;
    need(!read_text("{\"command\":\"DWR\",\"avps\":{\"\\n\\u00e9\\u001b[31m\":1}}", buf, sizeof buf, &error).p);
    need_str(error.path, "avps.????[31m");
    need_str(error.text, "no dictionary knows \"????[31m\"");
done:;
}

/* jansson's functions, on the harness's allocator: the size stands in front of each block. */
static void *take(size_t n)
{
    size_t *p = harness_allocator()->resize(NULL, NULL, 0, n + 16);
    if (!p)
        return NULL;
    *p = n + 16;
    return p + 2;
}

static void give(void *p)
{
    if (p)
        harness_allocator()->resize(NULL, (size_t *)p - 2, ((size_t *)p)[-2], 0);
}

static void memory_that_is_used_up_is_survived(void)
{
    static const char text[] =
        "{\"command\":\"DWR\",\"avps\":{\"Origin-Host\":\"a\",\"Class\":[\"b\",{\"hex\":\"00\"}]}}";
    uint8_t buf[100];
    json_malloc_t old_take;
    json_free_t old_give;
    json_get_alloc_funcs(&old_take, &old_give);
    json_set_alloc_funcs(take, give);
    const int64_t n = dia_json_read(dictionaries(), dia_cstr(text), buf, sizeof buf, NULL, NULL);
    json_set_alloc_funcs(old_take, old_give);
    check(harness_injected() ? n == DIA_ENOMEM || n == DIA_EFORMAT : n > 0);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "a_small_buffer_is_told_the_size", a_small_buffer_is_told_the_size },
        { "syntax_errors_have_line_and_column", syntax_errors_have_line_and_column },
        { "a_long_path_keeps_its_end", a_long_path_keeps_its_end },
        { "errors_are_one_line_of_ascii", errors_are_one_line_of_ascii },
        { "memory_that_is_used_up_is_survived", memory_that_is_used_up_is_survived },
    };
    dictionaries();
    return HARNESS_RUN("json/reader", tests);
}
