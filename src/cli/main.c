/* `diatom`: finds the subcommand, runs it, and sees to it that its output arrived. */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <diatom/diatom.h>

static const cli_command *const commands[] = {
    &cli_decode,       &cli_encode,      &cli_serve,     &cli_send,         &cli_bench,      &cli_agent,
    &cli_ctl,          &cli_route,       &cli_resolve,   &cli_dict_compile, &cli_dict_check, &cli_dict_format,
    &cli_dict_flatten, &cli_dict_import, &cli_dict_show, &cli_dict_search,
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

static void print_summary(const cli_command *command)
{
    if (command->left_out)
        printf("  %-16snot in this build: %s was left out\n", command->name, command->left_out);
    else
        printf("  %-16s%s\n", command->name, command->summary);
}

static void help(const char *first_word)
{
    const size_t n = first_word ? strlen(first_word) : 0;
    puts("Usage: diatom COMMAND [OPTION...] [ARGUMENT...]\n\n"
         "Diameter (RFC 6733) on the command line: read it, write it, serve it, load it.\n\n"
         "Commands:");
    for (size_t i = 0; i < COMMANDS; i++)
        if (!first_word || strncmp(commands[i]->name, first_word, n) == 0)
            print_summary(commands[i]);
    puts("\n  diatom COMMAND --help    what a command does, its options and examples\n"
         "  diatom --version         the version\n\n"
         "Exit status:\n"
         "  0  done, and everything was as it should be\n"
         "  1  a message or dictionary in the input is bad, the answer's Result-Code is no success, or a node\n"
         "     refuses (ctl)\n"
         "  2  the command line, or a file that it names, makes no sense; nothing was started\n"
         "  3  no connection, no answer, or the system refused (output, memory, files)");
}

/* A command's name is one word or two. How many words of the command line it takes; 0: it is another one. */
static int words_of(const cli_command *command, int argc, char **argv)
{
    const char *blank = strchr(command->name, ' ');
    if (!blank)
        return argc > 0 && strcmp(argv[0], command->name) == 0;
    const size_t n = (size_t)(blank - command->name);
    const bool same =
        argc > 1 && strlen(argv[0]) == n && memcmp(argv[0], command->name, n) == 0 && strcmp(argv[1], blank + 1) == 0;
    return same ? 2 : 0;
}

static const char *nearest(const char *word)
{
    const char *best = NULL;
    unsigned least = 3;
    for (size_t i = 0; i < COMMANDS; i++)
        if (cli_distance(word, commands[i]->name) < least) {
            least = cli_distance(word, commands[i]->name);
            best = commands[i]->name;
        }
    return best;
}

static bool asks_for_help(const char *arg)
{
    return strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0 || strcmp(arg, "help") == 0;
}

static int no_command(int argc, char **argv)
{
    if (strcmp(argv[0], "dict") == 0) {
        if (argc > 1 && asks_for_help(argv[1])) {
            help("dict");
            return CLI_OK;
        }
        return cli_usage(
            NULL, "dict needs one of compile, check, format, flatten, import, show, search; see 'diatom --help'");
    }
    const char *near = nearest(argv[0]);
    if (near)
        return cli_usage(NULL, "no command '%s'; did you mean '%s'?", argv[0], near);
    return cli_usage(NULL, "no command '%s'; 'diatom --help' lists them", argv[0]);
}

static int help_of(const cli_command *command)
{
    if (command->left_out)
        print_summary(command);
    else
        cli_options_help(command);
    return CLI_OK;
}

static int run(const cli_command *command, int argc, char **argv)
{
    if (command->left_out)
        return cli_usage(command, "not in this build: %s was left out", command->left_out);
    cli_texts operands = { 0 };
    void *settings = calloc(1, command->settings);
    if (!settings)
        return cli_failed(command, "out of memory");
    int status = cli_options_parse(command, argc, argv, settings, &operands);
    if (status == 0) {
        status = command->run(command, settings, &operands);
    } else if (status < 0) {
        cli_options_help(command);
        status = CLI_OK;
    }
    cli_options_done(command, settings, &operands);
    free(settings);
    return status;
}

static int dispatch(int argc, char **argv)
{
    if (argc == 0) {
        help(NULL);
        return CLI_USAGE;
    }
    if (strcmp(argv[0], "--version") == 0) {
        printf("diatom %s\n", dia_version());
        return CLI_OK;
    }
    for (size_t i = 0; i < COMMANDS; i++) {
        const int words = words_of(commands[i], argc, argv);
        if (words)
            return run(commands[i], argc - words, argv + words);
    }
    if (asks_for_help(argv[0])) {
        for (size_t i = 0; i < COMMANDS; i++)
            if (words_of(commands[i], argc - 1, argv + 1))
                return help_of(commands[i]);
        help(NULL);
        return CLI_OK;
    }
    return no_command(argc, argv);
}

/* Sockets and files must not take the places of missing standard streams. What is written there fails, and is said. */
static void fill_standard_streams(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd ? O_RDONLY : O_WRONLY) < 0)
            exit(CLI_FAILED);
}

/* Who read has seen enough, as `head` does: that needs no words. */
static bool reader_is_gone(void)
{
    struct pollfd out = { STDOUT_FILENO, POLLOUT, 0 };
    return poll(&out, 1, 0) == 1 && (out.revents & POLLERR);
}

int main(int argc, char **argv)
{
    fill_standard_streams();
    /* A reader that goes away and a file that may not grow are errors like any other, seen below. */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    const int status = dispatch(argc - 1, argv + 1);
    errno = 0;
    const bool before = ferror(stdout) != 0;
    if (fflush(stdout) == 0 && !before)
        return status;
    if (errno == EPIPE || reader_is_gone())
        return CLI_FAILED;
    return cli_failed(NULL, "cannot write standard output: %s", errno ? strerror(errno) : "an earlier write failed");
}
