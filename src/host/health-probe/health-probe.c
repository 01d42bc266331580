/*
 * Runs the health checks of one container, inside of it: started once by `crun exec`, so with the container's namespaces,
 * cgroup, user, capabilities and filter, and asked again and again over a socket. A check costs a fork instead of a runtime.
 *
 *   berth-health-probe cmd PROGRAM [ARGUMENT...]      healthy if it ends with 0
 *   berth-health-probe http ADDRESS PORT HOST PATH    healthy if it answers 200 to 399
 *   berth-health-probe tcp ADDRESS PORT               healthy if it takes a connection
 *
 *   berth-health-probe run RUNTIME [ARGUMENT...]      on the host: starts the prober, and takes in what becomes of it
 *
 * Standard input is a socket that listens and has one connection waiting. A request is `MILLISECONDS\n`, the answer
 * `CODE LENGTH\n` and so many bytes of output; CODE -1: not run to its end, -2: over time. The end of the connection ends it.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { OUTPUT = 4097, NOT_RUN = -1, LATE = -2 }; /* one byte more than is kept tells that there was more */

static int client;
static char output[OUTPUT];
static size_t length;

static long now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Waits for one descriptor. 0: over time, or a child has ended; -1: the daemon has gone. */
static int await(int fd, short events, long deadline)
{
	struct pollfd set[2] = {{.fd = fd, .events = events}, {.fd = client, .events = POLLRDHUP}};
	long left = deadline > now() ? deadline - now() : 0;
	struct timespec limit = {.tv_sec = left / 1000, .tv_nsec = left % 1000 * 1000000};
	sigset_t all_in;
	sigemptyset(&all_in);
	/* SIGCHLD comes in here alone, so that none is missed between a look at the child and the wait. */
	if (ppoll(set, 2, &limit, &all_in) < 0) return 0;
	if (set[1].revents) return -1;
	return set[0].revents ? 1 : 0;
}

static int say(const char *text)
{
	length = strlen(text) < OUTPUT ? strlen(text) : OUTPUT;
	memcpy(output, text, length);
	return NOT_RUN;
}

static int complain(const char *what)
{
	char text[256];
	snprintf(text, sizeof text, "%s: %s", what, strerror(errno));
	return say(text);
}

/* What is beyond the buffer is read and dropped, so that a program that talks much can end. False at the end. */
static int take(int fd)
{
	char rest[OUTPUT];
	size_t space = OUTPUT - length;
	ssize_t n = read(fd, space ? output + length : rest, space ? space : sizeof rest);
	if (n > 0 && space) length += (size_t)n;
	return n > 0;
}

static _Noreturn void become(char **argv, int out)
{
	char text[512];
	int null = open("/dev/null", O_RDONLY);
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	dup2(null, 0);
	dup2(out, 1);
	dup2(out, 2);
	signal(SIGPIPE, SIG_DFL);
	execvp(argv[0], argv);
	const char *why = errno == ENOENT ? "executable file not found in $PATH" : strerror(errno);
	int n = snprintf(text, sizeof text, "exec failed: unable to start container process: exec: \"%.200s\": %s", argv[0], why);
	(void)!write(1, text, (size_t)n);
	_exit(errno == ENOENT ? 127 : 126);
}

static int code_of(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* The program's end is the check's end; what it left in the background and holds its output is not waited for. */
static int follow(pid_t child, int fd, long deadline)
{
	int status, is_open = 1;
	while (waitpid(child, &status, WNOHANG) == 0) {
		if (now() >= deadline) return LATE;
		int ready = await(is_open ? fd : -1, POLLIN, deadline);
		if (ready < 0) return NOT_RUN;
		if (ready > 0) is_open = take(fd);
	}
	fcntl(fd, F_SETFL, O_NONBLOCK);
	while (is_open && take(fd)) {}
	return code_of(status);
}

static int check_command(char **argv, long deadline)
{
	int out[2];
	if (pipe2(out, O_CLOEXEC) != 0) return complain("pipe");
	pid_t child = fork();
	if (child == 0) become(argv, out[1]);
	close(out[1]);
	int code = child < 0 ? complain("fork") : follow(child, out[0], deadline);
	if (child > 0 && code < 0) {
		kill(-child, SIGKILL);
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
	close(out[0]);
	return code;
}

static int connect_to(const char *address, const char *port, long deadline, int *fd)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)atoi(port))};
	int is4 = inet_pton(AF_INET, address, &v4.sin_addr) == 1, failure = 0;
	if (!is4 && inet_pton(AF_INET6, address, &v6.sin6_addr) != 1) return say("not an address");
	*fd = socket(is4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (*fd < 0) return complain("socket");
	if (connect(*fd, is4 ? (void *)&v4 : (void *)&v6, is4 ? sizeof v4 : sizeof v6) == 0) return 0;
	if (errno != EINPROGRESS) return complain("connect"), 1;
	int ready = await(*fd, POLLOUT, deadline);
	if (ready <= 0) return ready ? NOT_RUN : LATE;
	socklen_t size = sizeof failure;
	getsockopt(*fd, SOL_SOCKET, SO_ERROR, &failure, &size);
	errno = failure;
	return failure ? (complain("connect"), 1) : 0;
}

static int ask(int fd, char **argv, long deadline)
{
	char request[2048];
	int status = 0, n = snprintf(request, sizeof request, "GET %s HTTP/1.0\r\nHost: %s\r\nUser-Agent: berth-health\r\nAccept: */*\r\nConnection: close\r\n\r\n", argv[3], argv[2]);
	if (n >= (int)sizeof request) return say("the path is too long");
	if (send(fd, request, (size_t)n, MSG_NOSIGNAL) != n) return complain("send"), 1;
	for (;;) {
		int ready = await(fd, POLLIN, deadline);
		if (ready <= 0) return ready ? NOT_RUN : LATE;
		if (length == OUTPUT || !take(fd)) break;
	}
	if (length < 12 || sscanf(output, "HTTP/1.%*1d %3d", &status) != 1) return say("the answer is not HTTP"), 1;
	return status >= 200 && status < 400 ? 0 : 1;
}

static int check_network(char **argv, int is_http, long deadline)
{
	int fd = -1, code = connect_to(argv[0], argv[1], deadline, &fd);
	if (code == 0 && is_http) code = ask(fd, argv, deadline);
	if (fd >= 0) close(fd);
	return code;
}

static int check(char **argv, long deadline)
{
	if (!strcmp(argv[0], "cmd")) return check_command(argv + 1, deadline);
	return check_network(argv + 1, !strcmp(argv[0], "http"), deadline);
}

static int answer(int code)
{
	char head[32];
	int n = snprintf(head, sizeof head, "%d %zu\n", code, length);
	if (send(client, head, (size_t)n, MSG_NOSIGNAL) != n) return 0;
	return send(client, output, length, MSG_NOSIGNAL) == (ssize_t)length;
}

/* The next request's time in milliseconds; 0 when there are no more. */
static long request(void)
{
	char text[16] = "";
	for (size_t n = 0; n < sizeof text - 1; n++) {
		if (read(client, text + n, 1) != 1) return 0;
		if (text[n] == '\n') return atol(text);
	}
	return 0;
}

static void note(int number)
{
	(void)number;
}

static void expect_children(void)
{
	sigset_t child;
	struct sigaction action = {.sa_handler = note};
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	sigaction(SIGCHLD, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* Seen in `ps`: not the name of a descriptor. */
static void rename_self(char *name)
{
	size_t size = strlen(name);
	prctl(PR_SET_NAME, "berth-health");
	memset(name, 0, size);
	strncpy(name, "berth-health", size);
}

/*
 * A namespace of processes does not end before each of its processes is taken in, and the host's first process may take its
 * time, or never do it. Says `y` when the runtime has done its work; its complaints go where ours would go.
 */
static int supervise(char **argv)
{
	int status = -1, null = open("/dev/null", O_RDWR | O_CLOEXEC);
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	pid_t runtime = fork();
	if (runtime == 0) {
		dup2(null, 1);
		execv(argv[0], argv);
		_exit(126);
	}
	dup2(null, 0);
	dup2(null, 2);
	close(3);
	if (runtime < 0 || waitpid(runtime, &status, 0) != runtime || status != 0) return 1;
	(void)!write(1, "y", 1);
	dup2(null, 1);
	while (wait(NULL) > 0 || errno == EINTR) {}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 2 && !strcmp(argv[1], "run")) return supervise(argv + 2);
	int least = argc < 2 ? 99 : !strcmp(argv[1], "cmd") ? 3 : !strcmp(argv[1], "tcp") ? 4 : !strcmp(argv[1], "http") ? 6 : 99;
	if (argc < least) return 125;
	client = accept4(0, NULL, NULL, SOCK_CLOEXEC);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (client < 0 || null < 0) return 125;
	for (int fd = 0; fd < 3; fd++) dup2(null, fd);
	close(3); /* this program itself */
	expect_children();
	rename_self(argv[0]);
	for (long limit; (limit = request()) > 0;) {
		length = 0;
		if (!answer(check(argv + 1, now() + limit))) break;
	}
	return 0;
}
