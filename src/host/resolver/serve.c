/* The sockets inside the namespaces, and what comes to them. */
#define _GNU_SOURCE
#include "resolver.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { PORT_TRIES = 16, BACKLOG = 64, BURST = 64 };

/* A connection: one question at a time, whose answer goes out before the next is read. */
struct caller {
	struct watched watched;
	struct sandbox *sandbox;
	uint8_t *in, *out;
	size_t in_used, out_from, out_used;
	bool waiting;
	int64_t deadline;
	struct caller *next;
};

static struct caller *callers;
static uint8_t scratch[MESSAGE + 1], answer[MESSAGE + 64];

static int bound_socket(int type, uint16_t port)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(0x7f00000b) };
	int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), yes = 1;
	if (fd < 0) return -errno;
	/* what the last daemon's resolver left in TIME_WAIT */
	if (type == SOCK_STREAM) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	if (bind(fd, (struct sockaddr *)&at, sizeof at) == 0 && (type != SOCK_STREAM || listen(fd, BACKLOG) == 0)) return fd;
	int failure = errno;
	close(fd);
	return -failure;
}

/* Both at the same port, of the kernel's choice: port 53 stays free for the container's own programs. */
static int bind_both(struct sandbox *sandbox)
{
	for (int tries = 0; tries < PORT_TRIES; tries++) {
		struct sockaddr_in at;
		socklen_t length = sizeof at;
		int udp = bound_socket(SOCK_DGRAM, 0);
		if (udp < 0) return udp;
		getsockname(udp, (struct sockaddr *)&at, &length);
		int tcp = bound_socket(SOCK_STREAM, ntohs(at.sin_port));
		if (tcp >= 0) {
			sandbox->udp = (struct watched){ SANDBOX_UDP, udp };
			sandbox->tcp = (struct watched){ SANDBOX_TCP, tcp };
			sandbox->port = ntohs(at.sin_port);
			return 0;
		}
		close(udp);
		if (tcp != -EADDRINUSE) return tcp;
	}
	return -EADDRINUSE;
}

/* 0 or a negative errno. */
int open_sandbox(struct sandbox *sandbox, const char *directory, const char *file)
{
	char path[4096];
	if (snprintf(path, sizeof path, "%s/%s", directory, file) >= (int)sizeof path) return -ENAMETOOLONG;
	sandbox->udp.fd = sandbox->tcp.fd = -1;
	if ((sandbox->namespace = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) < 0) return -errno;
	int result = setns(sandbox->namespace, CLONE_NEWNET) == 0 ? bind_both(sandbox) : -errno;
	/* a resolver that cannot come home would answer in the wrong place */
	if (setns(home, CLONE_NEWNET) != 0) abort();
	if (result == 0 && watch(&sandbox->udp, EPOLLIN) == 0 && watch(&sandbox->tcp, EPOLLIN) == 0) return 0;
	return result < 0 ? result : -errno;
}

static void close_caller(struct caller *gone)
{
	forget_forwards(gone->sandbox, gone);
	for (struct caller **at = &callers; *at; at = &(*at)->next)
		if (*at == gone) {
			*at = gone->next;
			break;
		}
	close(gone->watched.fd);
	gone->watched.fd = -1;
	gone->sandbox->callers--;
	free(gone->in);
	free(gone->out);
	free_later(gone);
}

void close_sandbox(struct sandbox *gone)
{
	for (struct caller *c = callers, *next; c; c = next) {
		next = c->next;
		if (c->sandbox == gone) close_caller(c);
	}
	forget_forwards(gone, NULL);
	for (struct sandbox **at = &sandboxes; *at; at = &(*at)->next)
		if (*at == gone) {
			*at = gone->next;
			break;
		}
	if (gone->udp.fd >= 0) close(gone->udp.fd);
	if (gone->tcp.fd >= 0) close(gone->tcp.fd);
	if (gone->namespace >= 0) close(gone->namespace);
	gone->udp.fd = gone->tcp.fd = gone->namespace = -1;
	for (int i = 0; i < gone->member_count; i++) {
		for (int j = 0; j < gone->members[i].link_count; j++) {
			free(gone->members[i].links[j].alias);
			free(gone->members[i].links[j].name);
		}
		free(gone->members[i].links);
	}
	free(gone->members);
	free_later(gone);
}

static void answer_question(struct asker *asker, const uint8_t *bytes, size_t length)
{
	enum { SERVER_FAILURE = 2, NO_SUCH_NAME = 3 };
	struct question question;
	struct sandbox *sandbox = asker->sandbox;
	int code = read_question(bytes, length, asker->caller == NULL, &question);
	if (code < 0) return;
	size_t size = 0;
	if (code > 0) size = plain_answer(&question, code, answer);
	else if ((size = own_answer(sandbox, &question, answer)) == 0) {
		/* the search domains of resolv.conf come first */
		if ((sandbox->flags & NDOTS_SET) && is_single_label(question.name)) size = plain_answer(&question, NO_SUCH_NAME, answer);
		else if (!(sandbox->flags & FORWARDS_NAMES)) size = plain_answer(&question, SERVER_FAILURE, answer);
		else forward(asker, &question);
	}
	if (size > 0) reply(asker, answer, size);
}

void on_datagram(struct sandbox *sandbox)
{
	for (int i = 0; i < BURST && sandbox->udp.fd >= 0; i++) {
		struct asker asker = { .sandbox = sandbox };
		socklen_t length = sizeof asker.from;
		ssize_t size = recvfrom(sandbox->udp.fd, scratch, MESSAGE, 0, (struct sockaddr *)&asker.from, &length);
		if (size < 0) return;
		answer_question(&asker, scratch, (size_t)size);
	}
}

void on_connection(struct sandbox *sandbox)
{
	int fd = accept4(sandbox->tcp.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0) return;
	struct caller *caller = sandbox->callers < CALLERS ? calloc(1, sizeof *caller) : NULL;
	uint8_t *in = caller ? malloc(MESSAGE + 2) : NULL;
	if (!in) {
		free(caller);
		close(fd);
		return;
	}
	*caller = (struct caller){ .watched = { CALLER, fd }, .sandbox = sandbox, .in = in, .deadline = clock_ms() + IDLE_MS };
	caller->next = callers;
	callers = caller;
	sandbox->callers++;
	if (watch(&caller->watched, EPOLLIN) != 0) close_caller(caller);
}

/* False: it is closed. */
static bool flush(struct caller *caller)
{
	while (caller->out_from < caller->out_used) {
		ssize_t size = send(caller->watched.fd, caller->out + caller->out_from, caller->out_used - caller->out_from, 0);
		if (size < 0 && would_block()) return rewatch(&caller->watched, EPOLLOUT) == 0;
		if (size < 0) {
			close_caller(caller);
			return false;
		}
		caller->out_from += (size_t)size;
	}
	free(caller->out);
	caller->out = NULL;
	caller->out_from = caller->out_used = 0;
	caller->waiting = false;
	rewatch(&caller->watched, EPOLLIN);
	return true;
}

static void reply_caller(struct caller *caller, const uint8_t *message, size_t length)
{
	if (caller->out || !(caller->out = malloc(length + 2))) return;
	caller->out[0] = (uint8_t)(length >> 8);
	caller->out[1] = (uint8_t)length;
	memcpy(caller->out + 2, message, length);
	caller->out_used = length + 2;
	caller->deadline = clock_ms() + IDLE_MS;
	flush(caller);
}

void reply(struct asker *asker, const uint8_t *message, size_t length)
{
	if (asker->caller) reply_caller(asker->caller, message, length);
	else if (asker->sandbox->udp.fd >= 0)
		/* what does not go out at once is asked again */
		sendto(asker->sandbox->udp.fd, message, length, MSG_DONTWAIT, (struct sockaddr *)&asker->from, sizeof asker->from);
}

/* The first whole question in what has come. */
static void take_question(struct caller *caller)
{
	size_t length = (size_t)(caller->in[0] << 8 | caller->in[1]);
	if (caller->waiting || caller->in_used < 2 || caller->in_used < length + 2) return;
	memcpy(scratch, caller->in + 2, length);
	memmove(caller->in, caller->in + 2 + length, caller->in_used - 2 - length);
	caller->in_used -= 2 + length;
	caller->waiting = true;
	struct asker asker = { .sandbox = caller->sandbox, .caller = caller };
	answer_question(&asker, scratch, length);
}

void on_caller(struct caller *caller, uint32_t events)
{
	if (events & EPOLLOUT) {
		if (!flush(caller)) return;
	} else {
		ssize_t size = recv(caller->watched.fd, caller->in + caller->in_used, MESSAGE + 2 - caller->in_used, 0);
		if (size < 0 && would_block()) return;
		/* a full buffer while a question is answered: it says more than it may */
		if (size <= 0) {
			close_caller(caller);
			return;
		}
		caller->in_used += (size_t)size;
		caller->deadline = clock_ms() + IDLE_MS;
	}
	/* several may have come at once; an answer that goes out whole lets the next one in */
	for (int i = 0; i < BURST && caller->watched.fd >= 0 && !caller->waiting && caller->in_used >= 2; i++) {
		size_t before = caller->in_used;
		take_question(caller);
		if (caller->watched.fd >= 0 && caller->in_used == before) return;
	}
}

void expire_callers(int64_t now)
{
	for (struct caller *c = callers, *next; c; c = next) {
		next = c->next;
		if (c->deadline <= now) close_caller(c);
	}
}

int64_t next_caller(void)
{
	int64_t next = INT64_MAX;
	for (struct caller *c = callers; c; c = c->next) if (c->deadline < next) next = c->deadline;
	return next;
}
