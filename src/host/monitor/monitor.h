/* What the parts of the monitor share. One process holds one container, so its state is plain variables. */
#pragma once
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "log.h"

enum {
	CHUNK = 65536,         /* one read of output or input */
	QUEUE_LIMIT = 1 << 20, /* bytes a slow client may owe before the container's stream is held back */
	CLIENTS = 128,
	SPARE_CLIENTS = 8,     /* not for attachments */
	LIST = 512,
	PATH_SIZE = 4352,
	DRAIN_RUN_MS = 2000, /* how long output is awaited from a process that outlived the first one */
	DRAIN_EXEC_MS = 300,
	LINGER_MS = 60000, /* how long a client may take no byte of what is left for it */
	IDLE_MS = 3000,    /* after this much silence, buffers are given back to the kernel */
	HANGUP_MS = 50,    /* a dying daemon's descriptors close one after the other within this */
	RELEASE_TRIES = 250,
};

struct list {
	const char *item[LIST];
	int count;
};

/* The command line: --name value, see monitor.ts. */
struct options {
	const char *id, *bundle, *directory, *runtime, *root, *process, *mountpoint, *upper, *work, *sync, *terminal, *input, *log,
		*log_max, *log_files, *log_attributes, *log_keep, *log_buffer, *exit_file, *oom_file, *state, *leash;
	struct list runtime_args, lower, cgroups, views;
};

struct client {
	int fd;
	bool greeted, control, in, out, err, framed, read_done;
	uint64_t skipped; /* bytes that it was not given, see admit() */
	char *queue; /* bytes that the client has not taken yet: [from, to) of size */
	size_t from, to, size;
	char line[160];
	size_t line_used;
};

enum phase { STARTING, RUNNING, DRAINING, LINGERING, DONE };

extern struct options opt;
extern enum phase phase;
extern struct stream output[2]; /* stdout or the terminal, stderr */
extern int input;               /* the container's stdin, or the terminal, or -1 */
extern char *chunk;             /* CHUNK bytes of scratch */
extern pid_t runtime_pid, init_pid;
extern char exit_line[64]; /* "CODE OOM UNIX_NS\n" once it is known */
extern int64_t deadline;   /* of the phase, in clock_ms() */

/* monitor.c */
int64_t clock_ms(void);
void close_output(struct stream *s);
/* The container did not come to be: tells the text, releases everything. */
void fail(const char *text);

/* clients.c */
extern struct client client[CLIENTS];
extern int clients;
extern int listener;      /* given by the daemon; -1 once nobody is to come any more */
extern int64_t hangup_at; /* when a client with stdin hung up, and whether that ends the input is to be decided; or 0 */
__attribute__((format(printf, 1, 2))) void tell(const char *format, ...);
bool has_control(void);
void deliver(int stream, const char *data, size_t length);
bool held_back(int stream);
bool wants_input(const struct client *c);
void serve_client(struct client *c, short events);
void accept_clients(void);
void close_quiet_clients(void);
void hang_up(void);
void write_input(void);
bool input_waits(void);
void end_input(void);
void close_input(void);
void clients_idle(void);
void clients_open(void);

/* oom.c */
extern int64_t oom_at; /* when to look at the counter again, or 0 */
bool note_oom(void);   /* true once one was killed; tells it the first time */
void watch_oom(void);
struct pollfd oom_poll(void);
void serve_oom(void);
void check_oom(int64_t now);

/* start.c */
extern int console; /* the listening console socket until the terminal has come, or -1 */
void start_runtime(void);
void take_terminal(void);
void release_terminal(void);
void resize(unsigned rows, unsigned columns);
/* The child's way to its program: signals as a new process expects them. */
void plain_signals(void);
int runtime_argv(const char **argv);
/* For the child, before it has become the runtime: the text is what the start failed by. */
_Noreturn void complain(const char *what, const char *path);
int open_directory(const char *path);
size_t lower_option(char *data, size_t size, const char *const *layers, int count);

/* views.c */
void mount_views(void);

/* release.c */
int write_file(const char *directory, const char *name, const char *text);
void kill_start(void);
void kill_groups(void);
void release(void);
