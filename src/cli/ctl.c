/* `diatom ctl`: asks a running node, and tells it what to do, over its local socket. */
#include "cli.h"

#include "memory.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <diatom/base.h>

#define CTL_SOCKET "/run/diatom/ctl"
enum { PATIENCE_MS = 60000, HEAD_MAX = 64, LINE_MAX_ = 4096, PROTOCOL = 1, WORDS_UNKNOWN = 2 };
enum { WATCH_MIN_MS = 100, WATCH_MAX_MS = 3600000 };

typedef struct settings {
    const char *socket, *watch;
    int cause;
    bool json;
} settings;

static const cli_option rows[] = {
    { "socket", 0, CLI_TEXT, offsetof(settings, socket), "PATH", "where the node takes commands [" CTL_SOCKET "]" },
    { "json", 0, CLI_FLAG, offsetof(settings, json), NULL, "reports as one object on a line" },
    { "watch", 0, CLI_TEXT, offsetof(settings, watch), "INTERVAL",
      "ask again and again, such as 2s or 500ms; a table on a terminal stays\nwhere it is" },
    { "cause", 0, CLI_CHOICE, offsetof(settings, cause), "rebooting|busy|do-not-want-to-talk-to-you",
      "of disable and disconnect: what the peer is told\n[do-not-want-to-talk-to-you]" },
};

static const cli_group groups[] = {
    { "Options", CLI_ROWS(rows), 0 },
    { 0 },
};

typedef struct answer {
    int status;
    char *text; /* NUL-terminated; to be freed */
    size_t n;
} answer;

typedef struct talk {
    const cli_command *command;
    const char *path;
    int fd;
} talk;

/* ---- The line ---- */

static bool needs_quotes(const char *word)
{
    return !word[0] || word[0] == '-' || strpbrk(word, " \"\\");
}

/* Appends a word, and a blank in front of all but the first. False: it cannot be said. */
static bool put_word(char *line, size_t *n, const char *word)
{
    const bool quotes = needs_quotes(word);
    if (*n + 2 * strlen(word) + 4 > LINE_MAX_)
        return false;
    if (*n)
        line[(*n)++] = ' ';
    if (quotes)
        line[(*n)++] = '"';
    for (; *word; word++) {
        if ((unsigned char)*word < 0x20 || *word == 0x7f)
            return false;
        if (quotes && (*word == '"' || *word == '\\'))
            line[(*n)++] = '\\';
        line[(*n)++] = *word;
    }
    if (quotes)
        line[(*n)++] = '"';
    return true;
}

/* The file of a trace is written by the node, which has another working folder than we. NULL: as it is. */
static char *whole_path(const char *path)
{
    char *here = path[0] == '/' ? NULL : getcwd(NULL, 0);
    if (!here)
        return NULL;
    const size_t size = strlen(here) + strlen(path) + 2;
    char *whole = cli_new(size);
    snprintf(whole, size, "%s/%s", here, path);
    free(here);
    return whole;
}

static bool is_file(const cli_texts *operands, size_t i)
{
    return i == 2 && strcmp(operands->v[0], "trace") == 0;
}

/* 0 or CLI_USAGE. */
static int make_line(const cli_command *command, const settings *st, const cli_texts *operands, char *line)
{
    static const char *const causes[] = { "", "rebooting", "busy", "do-not-want-to-talk-to-you" };
    size_t n = 0;
    bool ok = true;
    for (size_t i = 0; i < operands->n && ok; i++) {
        char *whole = is_file(operands, i) ? whole_path(operands->v[i]) : NULL;
        ok = put_word(line, &n, whole ? whole : operands->v[i]);
        free(whole);
    }
    if (!ok || n + 60 > LINE_MAX_)
        return cli_usage(command, "a word is too long, or has control characters in it");
    n += (size_t)sprintf(line + n, "%s", st->json ? " --json" : "");
    if (st->cause)
        n += (size_t)sprintf(line + n, " --cause=%s", causes[st->cause]);
    strcpy(line + n, "\n");
    return 0;
}

/* ---- The socket ---- */

static int no_connection(const talk *t, int err)
{
    switch (err) {
    case ENOENT:
        return cli_failed(t->command, "there is no socket '%s': no node runs there, or it has another --socket",
                          t->path);
    case ECONNREFUSED:
        return cli_failed(t->command, "nobody serves at '%s': the program that made it is gone", t->path);
    case EACCES:
    case EPERM:
        return cli_failed(t->command, "no permission for '%s': be the user that the node runs as, or root", t->path);
    default: return cli_failed(t->command, "cannot connect to '%s': %s", t->path, strerror(err));
    }
}

static int dial(talk *t)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    if (!t->path[0] || strlen(t->path) >= sizeof address.sun_path)
        return cli_usage(t->command, "--socket: '%s' is no path of 1 to %zu octets", t->path,
                         sizeof address.sun_path - 1);
    strcpy(address.sun_path, t->path);
    t->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (t->fd < 0)
        return cli_failed(t->command, "%s", strerror(errno));
    if (connect(t->fd, (const struct sockaddr *)&address, sizeof address) == 0)
        return 0;
    return no_connection(t, errno);
}

static int lost(const talk *t, ssize_t n)
{
    if (n == 0)
        return cli_failed(t->command, "the node has closed '%s' without an answer", t->path);
    return cli_failed(t->command, "'%s': %s", t->path, strerror(errno));
}

/* Up to `n` octets; 0: the end; negative with errno. */
static ssize_t take(const talk *t, char *to, size_t n)
{
    struct pollfd in = { t->fd, POLLIN, 0 };
    const int ready = poll(&in, 1, PATIENCE_MS);
    if (ready == 0)
        errno = ETIMEDOUT;
    return ready > 0 ? recv(t->fd, to, n, 0) : -1;
}

/* "diatom 1 STATUS LENGTH" */
static int read_head(const talk *t, answer *a)
{
    char head[HEAD_MAX];
    size_t n = 0;
    int version = 0;
    do {
        const ssize_t got = take(t, head + n, 1);
        if (got <= 0 && n == 0)
            return lost(t, got);
        if (got <= 0 || n + 1 == sizeof head) {
            n = 0;
            break;
        }
    } while (head[n++] != '\n');
    head[n] = 0;
    if (sscanf(head, "diatom %d", &version) != 1)
        return cli_failed(t->command, "'%s' is no socket of a diatom", t->path);
    if (version != PROTOCOL || sscanf(head, "diatom %*d %d %zu", &a->status, &a->n) != 2)
        return cli_failed(t->command,
                          "the node speaks version %d of this protocol, we %d: take the 'diatom' that it runs", version,
                          PROTOCOL);
    return 0;
}

/* One command and its answer. 0 or an exit status after a message. */
static int ask(const talk *t, const char *line, answer *a)
{
    size_t sent = 0, n = 0;
    while (sent < strlen(line)) {
        const ssize_t done = send(t->fd, line + sent, strlen(line) - sent, MSG_NOSIGNAL);
        if (done < 0 && errno == EPIPE)
            break; /* it may have said why */
        if (done < 0)
            return lost(t, done);
        sent += (size_t)done;
    }
    const int status = read_head(t, a);
    if (status)
        return status;
    a->text = cli_new(a->n + 1);
    while (n < a->n) {
        const ssize_t got = take(t, a->text + n, a->n - n);
        if (got <= 0)
            return lost(t, got);
        n += (size_t)got;
    }
    a->text[n] = 0;
    return 0;
}

/* ---- What comes of it ---- */

/* The node's words, and where it is another version than we, that: it may be too old for the command. */
static int refused(const talk *t, const answer *a)
{
    answer version = { 0 };
    char ours[64];
    size_t n = a->n;
    while (n && a->text[n - 1] == '\n')
        n--;
    snprintf(ours, sizeof ours, "diatom %s\n", dia_version());
    const bool asked = a->status == WORDS_UNKNOWN && ask(t, "version\n", &version) == 0;
    if (asked && strcmp(version.text, ours) != 0)
        cli_failed(t->command, "%.*s (the node is %.*s, this is %.*s)", (int)n, a->text,
                   (int)strcspn(version.text, "\n"), version.text, (int)strcspn(ours, "\n"), ours);
    else
        cli_failed(t->command, "%.*s", (int)n, a->text);
    free(version.text);
    return a->status >= CLI_BAD && a->status <= CLI_FAILED ? a->status : CLI_FAILED;
}

/* A terminal shows it where the last one was. */
static bool print(const answer *a, bool again)
{
    if (again)
        fputs("\033[H\033[2J", stdout);
    fwrite(a->text, 1, a->n, stdout);
    return fflush(stdout) == 0;
}

static int ask_once(const talk *t, const char *line, bool again)
{
    answer a = { 0 };
    int status = ask(t, line, &a);
    if (!status && a.status)
        status = refused(t, &a);
    else if (!status && !print(&a, again))
        status = CLI_FAILED; /* main says so */
    free(a.text);
    return status;
}

static int watch(const talk *t, const char *line, uint64_t ms, bool table)
{
    const struct timespec pause = { (time_t)(ms / 1000), (long)(ms % 1000) * 1000000 };
    const bool in_place = table && isatty(STDOUT_FILENO);
    for (;;) {
        const int status = ask_once(t, line, in_place);
        if (status)
            return status;
        nanosleep(&pause, NULL);
    }
}

/* "2s", "500ms", "2"; 0: it is none. */
static uint64_t interval_of(const char *text)
{
    char *end;
    if (text[0] < '0' || text[0] > '9')
        return 0;
    errno = 0;
    const unsigned long long n = strtoull(text, &end, 10);
    const unsigned long long unit = strcmp(end, "ms") == 0 ? 1 : !*end || strcmp(end, "s") == 0 ? 1000 : 0;
    if (errno || !unit || n > WATCH_MAX_MS / unit || n * unit < WATCH_MIN_MS)
        return 0;
    return n * unit;
}

/* Only what changes nothing is asked again and again. */
static bool is_report(const char *word)
{
    static const char *const words[] = { "status", "peers", "counters", "latencies", "routes", "policies", "metrics" };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i], word) == 0)
            return true;
    return false;
}

static int run(const cli_command *command, void *settings_, const cli_texts *operands)
{
    const settings *st = settings_;
    char line[LINE_MAX_ + 64];
    talk t = { command, st->socket ? st->socket : CTL_SOCKET, -1 };
    const uint64_t interval = st->watch ? interval_of(st->watch) : 0;
    if (st->watch && !interval)
        return cli_usage(command, "--watch: '%s' is no interval such as 2s or 500ms, up to an hour", st->watch);
    if (st->watch && !is_report(operands->v[0]))
        return cli_usage(command, "--watch: '%s' is not to be done again and again", operands->v[0]);
    int status = make_line(command, st, operands, line);
    if (!status)
        status = dial(&t);
    if (!status)
        status = st->watch ? watch(&t, line, interval, !st->json) : ask_once(&t, line, false);
    if (t.fd >= 0)
        close(t.fd);
    return status;
}

const cli_command cli_ctl = {
    .name = "ctl",
    .operands = "COMMAND [WORD...]",
    .summary = "ask a running node, and tell it what to do",
    .about = "Connects to the local socket of a node that runs on this machine ('diatom serve --control'),\n"
             "sends it a command and prints its answer. The exit status is 1 when the node refuses, 2 when\n"
             "it knows no such command, 3 when nobody answers.\n"
             "\n"
             "  status [HOST]           the node and all that is known of each peer\n"
             "  peers [HOST]            a line a peer\n"
             "  counters [HOST]         messages by command, direction and result\n"
             "  latencies [HOST]        how long requests took, by peer and command\n"
             "  metrics                 what Prometheus is told (OpenMetrics)\n"
             "  routes                  where requests go\n"
             "  policies                what was done to messages that pass\n"
             "  disable HOST            takes a peer out of service: it gets DPR and is refused\n"
             "  enable HOST             puts it back, and connects to it\n"
             "  disconnect HOST         ends its connection; it may come again by itself\n"
             "  connect HOST            connects to it now\n"
             "  trace HOST FILE         writes its messages to a capture (pcapng)\n"
             "  untrace HOST            ends that\n"
             "  reload                  reads the configuration again\n"
             "  log [LEVEL]             what is logged: error, warning, info or debug\n"
             "  stop                    ends in order, as SIGTERM does\n"
             "  version, help           of the node: its version, its commands",
    .examples = "  diatom ctl peers\n"
                "  diatom ctl --watch 2s latencies hss1.example.net\n"
                "  diatom ctl --json counters | jq .counters.timeouts\n"
                "  diatom ctl disable hss1.example.net --cause rebooting\n"
                "  diatom ctl trace hss1.example.net /var/tmp/hss1.pcapng",
    .groups = groups,
    .settings = sizeof(settings),
    .operands_min = 1,
    .operands_max = -1,
    .run = run,
};
