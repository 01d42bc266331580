/*
 * berth-monitor: holds one container, or one exec in it, while the daemon comes and goes.
 *
 * Life: the daemon listens on a socket, connects to it, writes the hello lines and starts this program with the listener
 * as descriptor 3. It runs the OCI runtime detached (in a mount namespace of the runtime's own, with the root filesystem
 * mounted there, so that no other process ever holds that mount), becomes the parent of the container's first process,
 * copies its output to the log and to attached connections, and its input from them. When that process ends it drains
 * what was written, stores the exit, tells every control connection, releases cgroups and runtime state, and ends.
 *
 * Connections begin with a line: "control" or "attach stdin=0|1 stdout=0|1 stderr=0|1 framed=0|1".
 * Control, to the daemon: "started PID", "failed BASE64", "oom", "rotated" (the log), "exited CODE OOM UNIX_NS"; from it:
 * "kill SIGNAL", "resize ROWS COLUMNS", "stdin-close", "log-sent", "log-compressed INODE". Attached connections are raw bytes, or Docker's 8-byte frames if framed=1.
 */
#define _GNU_SOURCE
#include "monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct options opt;
enum phase phase = STARTING;
struct stream output[2] = {{.fd = -1, .name = "stdout"}, {.fd = -1, .name = "stderr"}};
int input = -1;
char *chunk;
pid_t runtime_pid, init_pid;
char exit_line[64];
int64_t deadline;

static int signals = -1, exit_fd = -1;
static bool exit_stored;
static int64_t idle_at;

int64_t clock_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- output ---- */

void close_output(struct stream *s)
{
	if (s->fd >= 0 && s->fd == input) input = -1;
	if (s->fd >= 0) close(s->fd);
	s->fd = -1;
}

/* Reads once; true if there may be more at once. */
static bool read_output(int stream)
{
	struct stream *s = &output[stream];
	ssize_t n;
	if (s->fd < 0) return false;
	do n = read(s->fd, chunk, CHUNK);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN) return false;
	if (n <= 0) { /* the end, or EIO: every process has closed the terminal */
		close_output(s);
		return false;
	}
	idle_at = clock_ms() + IDLE_MS;
	log_bytes(s, chunk, (size_t)n);
	log_flush();
	if (log_serve()) tell("rotated\n");
	deliver(stream, chunk, (size_t)n);
	return true;
}

/* What was written before this moment is in the pipes: bounded by their size, as every writer that counts has ended. */
static void drain(void)
{
	for (int stream = 0; stream < 2; stream++)
		for (int reads = 0; reads < 64 && read_output(stream); reads++) {}
}

static bool output_ended(void)
{
	return output[0].fd < 0 && output[1].fd < 0;
}

/* ---- the exit ---- */

static int open_exit(void)
{
	char path[PATH_SIZE];
	snprintf(path, sizeof path, "%s.new", opt.exit_file);
	return open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
}

/* Takes the file's space at the start, so that a disk that fills up does not lose the exit. */
static void reserve_exit(void)
{
	char blank[sizeof exit_line];
	if (!opt.exit_file) return;
	unlink(opt.exit_file);
	memset(blank, ' ', sizeof blank);
	exit_fd = open_exit();
	if (exit_fd >= 0 && write(exit_fd, blank, sizeof blank) != (ssize_t)sizeof blank) exit_fd = (close(exit_fd), -1);
}

static void store_exit(void)
{
	char path[PATH_SIZE];
	size_t length = strlen(exit_line);
	if (!opt.exit_file || !length) exit_stored = true;
	if (exit_stored) return;
	errno = 0;
	if (exit_fd < 0) exit_fd = open_exit();
	snprintf(path, sizeof path, "%s.new", opt.exit_file);
	exit_stored = exit_fd >= 0 && pwrite(exit_fd, exit_line, length, 0) == (ssize_t)length &&
		ftruncate(exit_fd, (off_t)length) == 0 && rename(path, opt.exit_file) == 0;
	/* With its directory gone, nobody is left who would ask. */
	if (!exit_stored && (errno == ENOENT || errno == ENOTDIR)) exit_stored = true;
}

/* True once the exit is known to others. With a full disk and no daemon this process alone knows: it stays until one comes. */
static bool part(void)
{
	static bool told;
	told |= exit_stored || has_control();
	if (told) hang_up();
	return told;
}

static void finish(void)
{
	for (int stream = 0; stream < 2; stream++) {
		log_rest(&output[stream]);
		close_output(&output[stream]);
	}
	log_close();
	close_input();
	phase = LINGERING;
	close_quiet_clients();
	store_exit();
	if (exit_line[0]) tell("exited %s", exit_line);
	release();
	accept_clients(); /* a daemon that has come back meanwhile hears it too */
	part();
	deadline = clock_ms() + LINGER_MS;
}

static void encode(const char *text, char *to, size_t size)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t length = strlen(text), n = 0;
	for (size_t i = 0; i < length && n + 5 < size; i += 3) {
		unsigned a = (unsigned char)text[i], b = i + 1 < length ? (unsigned char)text[i + 1] : 0,
				 c = i + 2 < length ? (unsigned char)text[i + 2] : 0;
		to[n++] = digits[a >> 2];
		to[n++] = digits[(a & 3) << 4 | b >> 4];
		to[n++] = i + 1 < length ? digits[(b & 15) << 2 | c >> 6] : '=';
		to[n++] = i + 2 < length ? digits[c & 63] : '=';
	}
	to[n] = 0;
}

void fail(const char *text)
{
	static char encoded[20480];
	char path[PATH_SIZE];
	encode(text, encoded, sizeof encoded);
	tell("failed %s\n", encoded);
	if (opt.exit_file) {
		snprintf(path, sizeof path, "%s.new", opt.exit_file);
		unlink(path);
	}
	finish();
}

/* ---- processes ---- */

static void init_ended(int status)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	int code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	long long at = (long long)now.tv_sec * 1000000000 + now.tv_nsec;
	snprintf(exit_line, sizeof exit_line, "%d %d %lld\n", code, note_oom(), at);
	init_pid = 0;
	phase = DRAINING;
	release_terminal();
	drain();
	if (output_ended()) return finish();
	if (!opt.process) kill_groups();
	deadline = clock_ms() + (opt.process ? DRAIN_EXEC_MS : DRAIN_RUN_MS);
}

/* Nobody has read the runtime's error stream yet: the container's is the same pipe. */
static void runtime_failed(int status)
{
	size_t used = 0;
	ssize_t n;
	while (used < 15000 && (n = read(output[1].fd, chunk + used, 15000 - used)) > 0) used += (size_t)n;
	chunk[used] = 0;
	if (!used && WIFSIGNALED(status)) snprintf(chunk, CHUNK, "the runtime was ended by signal %d", WTERMSIG(status));
	else if (!used) snprintf(chunk, CHUNK, "the runtime ended with status %d and said nothing", WEXITSTATUS(status));
	close_output(&output[1]);
	fail(chunk);
}

static int read_pid(void)
{
	char path[PATH_SIZE], text[32] = "";
	snprintf(path, sizeof path, "%s/pid", opt.directory);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, text, sizeof text - 1) : 0;
	if (fd >= 0) close(fd);
	return n > 0 ? atoi(text) : 0;
}

static void runtime_ended(int status)
{
	runtime_pid = 0;
	if (status == 0) init_pid = read_pid();
	if (status != 0 || init_pid <= 1) return runtime_failed(status);
	if (opt.terminal) {
		if (console >= 0) take_terminal();
		close_output(&output[1]);
	}
	phase = RUNNING;
	tell("started %d\n", init_pid);
	watch_oom();
}

static void reap(void)
{
	struct signalfd_siginfo info[8];
	int status;
	while (read(signals, info, sizeof info) > 0) {}
	/* The first process becomes ours, dead or alive, when the runtime ends: it must not be reaped before it is known. */
	if (runtime_pid && waitpid(runtime_pid, &status, WNOHANG) == runtime_pid) runtime_ended(status);
	for (pid_t pid; !runtime_pid && phase < LINGERING && (pid = waitpid(-1, &status, WNOHANG)) > 0;)
		if (pid == init_pid) init_ended(status);
}

/* ---- the loop ---- */

static void check_timers(void)
{
	int64_t now = clock_ms();
	if (hangup_at && now >= hangup_at) {
		hangup_at = 0;
		if (has_control()) end_input();
	}
	check_oom(now);
	if (idle_at && now >= idle_at) {
		idle_at = 0;
		madvise(chunk, CHUNK, MADV_DONTNEED);
		log_idle();
		clients_idle();
	}
	if (phase == DRAINING && (now >= deadline || output_ended())) finish();
	if (phase != LINGERING) return;
	store_exit();
	close_quiet_clients();
	if (part() && (!clients || now >= deadline)) phase = DONE;
}

/* What is on a leash does not outlive the daemon. */
static void check_leash(void)
{
	static bool held;
	if (!opt.leash || phase > RUNNING) return;
	if (held && !has_control()) kill_start();
	if (held && !has_control() && init_pid) kill(init_pid, SIGKILL);
	held |= has_control();
}

static int next_timeout(void)
{
	int64_t at = phase == DRAINING || phase == LINGERING ? deadline : INT64_MAX, now = clock_ms();
	if (hangup_at && hangup_at < at) at = hangup_at;
	if (idle_at && idle_at < at) at = idle_at;
	if (oom_at && oom_at < at) at = oom_at;
	if (phase == LINGERING && !exit_stored) at = now + 1000; /* the deadline is not for us then */
	return at == INT64_MAX ? -1 : at <= now ? 0 : (int)(at - now);
}

static int output_poll(int stream)
{
	if (phase == STARTING && stream == 1) return -1;
	return phase == RUNNING && (held_back(stream) || log_held()) ? -1 : output[stream].fd;
}

static void turn(void)
{
	enum { SIGNALS, CONNECTIONS, CONSOLE, INPUT, OUT, ERR, OOM, LOG, FIRST };
	struct pollfd p[FIRST + CLIENTS];
	int served = clients;
	p[SIGNALS] = (struct pollfd){signals, POLLIN, 0};
	p[CONNECTIONS] = (struct pollfd){listener, POLLIN, 0};
	p[CONSOLE] = (struct pollfd){console, POLLIN, 0};
	p[INPUT] = (struct pollfd){input_waits() ? input : -1, POLLOUT, 0};
	p[OUT] = (struct pollfd){output_poll(0), POLLIN, 0};
	p[ERR] = (struct pollfd){output_poll(1), POLLIN, 0};
	p[OOM] = oom_poll();
	p[LOG] = (struct pollfd){log_poll(), POLLIN, 0};
	for (int i = 0; i < served; i++) {
		bool read = wants_input(&client[i]), write = client[i].from < client[i].to;
		/* A connection that hung up is reported at every poll: it is left out while its input cannot be taken. */
		bool watch = read || write || client[i].read_done;
		p[FIRST + i] = (struct pollfd){watch ? client[i].fd : -1, (short)((read ? POLLIN : 0) | (write ? POLLOUT : 0)), 0};
	}
	if (poll(p, (nfds_t)(FIRST + served), next_timeout()) < 0) return check_timers();
	/* From the last to the first: a client that is dropped is replaced by one that was served already. */
	for (int i = served - 1; i >= 0; i--)
		if (p[FIRST + i].revents && i < clients && client[i].fd == p[FIRST + i].fd) serve_client(&client[i], p[FIRST + i].revents);
	if (p[CONSOLE].revents && console >= 0) take_terminal();
	if (p[INPUT].revents) write_input();
	if (p[OUT].revents) read_output(0);
	if (p[ERR].revents) read_output(1);
	if (p[OOM].revents) serve_oom();
	if (p[LOG].revents && log_serve()) tell("rotated\n");
	if (p[CONNECTIONS].revents) accept_clients();
	if (p[SIGNALS].revents) reap();
	check_leash();
	check_timers();
}

static void prepare(void)
{
	sigset_t child;
	setsid();
	close_range((unsigned)listener + 1, ~0U, 0);
	fcntl(listener, F_SETFD, FD_CLOEXEC);
	fcntl(listener, F_SETFL, O_NONBLOCK);
	for (int number = 1; number < NSIG; number++)
		if (number != SIGCHLD && number != SIGSEGV && number != SIGBUS && number != SIGABRT) signal(number, SIG_IGN);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_SETMASK, &child, NULL);
	signals = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	write_file("/proc/self", "oom_score_adj", "-999");
	umask(027);
	chunk = mmap(NULL, CHUNK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (chdir("/") != 0 || chunk == MAP_FAILED || signals < 0) _exit(125);
	clients_open();
}

static bool take_option(const char *name, const char *value)
{
	const struct {
		const char *name, **to;
	} texts[] = {{"id", &opt.id}, {"bundle", &opt.bundle}, {"directory", &opt.directory}, {"runtime", &opt.runtime},
		{"root", &opt.root}, {"process", &opt.process}, {"mountpoint", &opt.mountpoint}, {"upper", &opt.upper},
		{"work", &opt.work}, {"sync", &opt.sync}, {"terminal", &opt.terminal}, {"input", &opt.input}, {"log", &opt.log},
		{"log-max", &opt.log_max}, {"log-files", &opt.log_files}, {"log-attributes", &opt.log_attributes},
		{"log-keep", &opt.log_keep}, {"log-buffer", &opt.log_buffer},
		{"exit-file", &opt.exit_file}, {"oom-file", &opt.oom_file}, {"state", &opt.state}, {"leash", &opt.leash}};
	const struct {
		const char *name;
		struct list *to;
	} lists[] = {{"runtime-arg", &opt.runtime_args}, {"lower", &opt.lower}, {"cgroup", &opt.cgroups},
		{"view", &opt.views}};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (!strcmp(name, texts[i].name)) return *texts[i].to = value, true;
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		if (!strcmp(name, lists[i].name) && lists[i].to->count < LIST)
			return lists[i].to->item[lists[i].to->count++] = value, true;
	return false;
}

static void open_log(void)
{
	static struct log_options log;
	log = (struct log_options){
		.path = opt.log,
		.attributes = opt.log_attributes,
		.max_bytes = opt.log_max ? atoll(opt.log_max) : 0,
		.max_files = opt.log_files ? atoi(opt.log_files) : 1,
		.keep_unsent = opt.log_keep != NULL,
		.buffer = opt.log_buffer ? atoll(opt.log_buffer) : 0,
	};
	if (opt.log) log_open(&log);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i += 2)
		if (strncmp(argv[i], "--", 2) || i + 1 == argc || !take_option(argv[i] + 2, argv[i + 1])) return 125;
	if (!opt.id || !opt.directory || !opt.runtime || !opt.root || (!opt.process && !opt.bundle)) return 125;
	prepare();
	accept_clients();
	reserve_exit();
	open_log();
	start_runtime();
	while (phase != DONE) turn();
	return 0;
}
