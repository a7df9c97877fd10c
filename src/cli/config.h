/* The configuration file of an agent, and the tables beside it. */
#ifndef CLI_CONFIG_H
#define CLI_CONFIG_H

#include <diatom/agent.h>

/* The whole of a file of at most 256 MiB; gives *text, for cli_config_release(). Who does not wait, for there is a node that runs,
 * gets EAGAIN from a pipe that gives nothing yet. False: errno. */
bool cli_config_read(const char *path, bool waits, dia_bytes *text);
void cli_config_release(dia_bytes text);

/* A file that the configuration `path` names, as dia_agent_windows.open() gives it, DIA_ENOMEM or DIA_ESYSTEM: where
 * its name begins with no slash it begins where the configuration is. */
int cli_config_open(const char *path, const char *name, bool waits, dia_bytes *text, char *why, size_t why_size);

/* Where that is, for free(). NULL: no memory. */
char *cli_config_path(const char *path, const char *name);

/* A profile of the configuration `path` with its files where they are, for cli_config_tls_done(); secrets go to the file that
 * the environment names, where the profile says none. DIA_ENOMEM: not all of them, and cli_config_tls_done() all the same. */
int cli_config_tls(const char *path, const dia_tls_config *profile, dia_tls_config *out);
void cli_config_tls_done(dia_tls_config *config);

enum { CLI_MISTAKE_ROOM = 1000 };

/* "agent.yaml:4:15: peers[0].watchdog: ..."; all of them go to standard error. */
const char *cli_config_mistake(const char *path, const dia_agent_mistake *mistake, char to[CLI_MISTAKE_ROOM]);
void cli_config_mistakes(const char *path, const dia_agent_mistakes *mistakes);

#endif
