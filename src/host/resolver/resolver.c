/*
 * resolver: answers the names of containers in their own network namespaces, at 127.0.0.11.
 *
 *   resolver SOCKET NAMESPACES
 *
 * SOCKET is where the daemon tells it what there is (messages.ts, control.c); NAMESPACES the directory of the namespaces' files.
 * One byte on stdout says that it listens. It lives on without the daemon, and ends when it is told to. Source: RFC 1034, 1035,
 * 6891 (EDNS), 7766 (TCP).
 */
#define _GNU_SOURCE
#include "resolver.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 64, GRAVES = 4096 };

const char *namespaces;
int home;
bool finished;
static int epoll;
static void *graves[GRAVES];
static int grave_count;

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

int64_t clock_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int watch(struct watched *thing, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = thing };
	return epoll_ctl(epoll, EPOLL_CTL_ADD, thing->fd, &event);
}

int rewatch(struct watched *thing, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = thing };
	return epoll_ctl(epoll, EPOLL_CTL_MOD, thing->fd, &event);
}

bool would_block(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

uint16_t random16(void)
{
	static uint16_t stock[256];
	static size_t left;
	if (left == 0) {
		if (getrandom(stock, sizeof stock, 0) != sizeof stock) fail("getrandom");
		left = 256;
	}
	return stock[--left];
}

static void bury(void)
{
	while (grave_count > 0) free(graves[--grave_count]);
}

/* More than one round can free: the rest leaks rather than being used after it is gone. */
void free_later(void *thing)
{
	if (grave_count < GRAVES) graves[grave_count++] = thing;
}

static void on_event(struct watched *thing, uint32_t events)
{
	if (thing->fd < 0) return; /* closed by an earlier event of this round */
	switch (thing->kind) {
	case CONTROL_LISTENER: on_control_listener(); break;
	case CONTROL: on_control(); break;
	case SANDBOX_UDP: on_datagram((struct sandbox *)thing); break;
	case SANDBOX_TCP: on_connection((struct sandbox *)((char *)thing - offsetof(struct sandbox, tcp))); break;
	case CALLER: on_caller((struct caller *)thing, events); break;
	case FORWARD: on_forward((struct forward *)thing, events); break;
	}
}

/* Milliseconds until something is over; -1: nothing is under way. */
static int patience(void)
{
	int64_t forward = next_forward(), caller = next_caller();
	int64_t next = forward < caller ? forward : caller;
	if (next == INT64_MAX) return -1;
	int64_t left = next - clock_ms();
	return left < 0 ? 0 : (int)left + 1;
}

static void run(void)
{
	struct epoll_event events[EVENTS];
	while (!finished) {
		int count = epoll_wait(epoll, events, EVENTS, patience());
		if (count < 0 && errno != EINTR) fail("epoll_wait");
		for (int i = 0; i < count; i++) on_event(events[i].data.ptr, events[i].events);
		int64_t now = clock_ms();
		expire_forwards(now);
		expire_callers(now);
		bury();
	}
}

static void raise_limit(void)
{
	struct rlimit files;
	if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
}

int main(int argc, char **argv)
{
	if (argc != 3) return 2;
	namespaces = argv[2];
	prctl(PR_SET_NAME, "berth-resolver");
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_DUMPABLE, 0);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	raise_limit();
	if ((home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC)) < 0) fail("namespace");
	if ((epoll = epoll_create1(EPOLL_CLOEXEC)) < 0) fail("epoll_create1");
	if (open_control(argv[1]) != 0) fail(argv[1]);
	if (write(STDOUT_FILENO, "r", 1) != 1) return 1;
	close(STDOUT_FILENO);
	run();
	unlink(argv[1]);
	return 0;
}
