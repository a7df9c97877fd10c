/* The chart of a conversation: one row a message, the node at the left, the far ends beside it. */
#include "script.h"

#include <string.h>

enum { LANE = 34, WIDEST = 16 + LANE * (TALK_PARTIES + 1) };

static void put_at(char *row, size_t at, const char *text)
{
    for (size_t i = 0; text[i] && at + i < WIDEST - 1; i++)
        row[at + i] = text[i];
}

/* The parties that take part, in the order of their first words; where each has its lane. */
typedef struct plan {
    int of[TALK_PARTIES]; /* 0: none, else 1, 2, ... */
    int n;
} plan;

static plan lanes_of(const talk_stage *stage)
{
    plan out = { .n = 0 };
    for (const talk_row *r = stage->rows; r; r = r->next)
        if (r->party >= 0 && !out.of[r->party])
            out.of[r->party] = ++out.n;
    return out;
}

static void lifelines(const plan *lanes, char *row)
{
    memset(row, ' ', WIDEST - 1);
    row[WIDEST - 1] = '\0';
    for (int i = 0; i <= lanes->n; i++)
        row[i * LANE] = '|';
}

static void print(const char *row, talk_string *to)
{
    size_t n = strlen(row);
    while (n && row[n - 1] == ' ')
        n--;
    talk_say(to, "%.*s\n", (int)n, row);
}

static void print_heads(const talk_stage *stage, const plan *lanes, talk_string *to)
{
    char row[WIDEST];
    memset(row, ' ', WIDEST - 1);
    row[WIDEST - 1] = '\0';
    put_at(row, 0, "node");
    for (size_t i = 0; i < stage->config->n_parties; i++) {
        char name[LANE];
        snprintf(name, sizeof name, "%.*s", TALK_TEXT(stage->config->parties[i].name));
        if (lanes->of[i])
            put_at(row, (size_t)lanes->of[i] * LANE, name);
    }
    talk_say(to, "%12s  ", "");
    print(row, to);
}

void talk_chart(const talk_stage *stage, talk_string *to)
{
    char row[WIDEST];
    int64_t last_us = -1;
    const plan lanes = lanes_of(stage);
    print_heads(stage, &lanes, to);
    for (const talk_row *r = stage->rows; r; r = r->next) {
        lifelines(&lanes, row);
        if (r->party < 0) {
            put_at(row, 2, r->label);
        } else {
            const size_t end = (size_t)lanes.of[r->party] * LANE;
            for (size_t i = 1; i < end; i++)
                row[i] = '-';
            row[r->from_node ? end - 1 : 1] = r->from_node ? '>' : '<';
            char label[LANE - 2], times[20] = "";
            if (r->times > 1)
                snprintf(times, sizeof times, " x %u", (unsigned)r->times);
            snprintf(label, sizeof label, " %.*s%s ", (int)(sizeof label - 23), r->label, times);
            put_at(row, end - LANE + (LANE - strlen(label)) / 2, label);
        }
        if (r->at_us != last_us)
            talk_say(to, "%10.3f s  ", (double)(r->at_us - stage->start_us) / 1e6);
        else
            talk_say(to, "%12s  ", "");
        last_us = r->at_us;
        print(row, to);
    }
}
