/*
 * Questions for other servers, one socket for each try: the kernel chooses its port and takes datagrams of that server alone, so
 * that an answer has to guess port and id (RFC 5452). Servers are tried in their order; a slow one delays nobody else's question.
 */
#define _GNU_SOURCE
#include "resolver.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { SERVER_FAILURE = 2 };

struct forward {
	struct watched watched;
	struct asker asker;
	struct question question;
	struct server servers[SERVERS];
	int server_count, tried;
	bool connected;
	uint16_t id;
	uint8_t *in; /* of a connection */
	size_t in_used, out_used, length;
	int64_t deadline;
	struct forward *next;
	uint8_t bytes[]; /* two for the length, and the question as it is asked */
};

static struct forward *forwards;
static int forward_count;
static uint8_t answer[MESSAGE + 64];

static void close_socket(struct forward *forward)
{
	if (forward->watched.fd >= 0) close(forward->watched.fd);
	forward->watched.fd = -1;
	free(forward->in);
	forward->in = NULL;
	forward->in_used = forward->out_used = 0;
	forward->connected = false;
}

static void drop(struct forward *gone)
{
	for (struct forward **at = &forwards; *at; at = &(*at)->next)
		if (*at == gone) {
			*at = gone->next;
			break;
		}
	close_socket(gone);
	gone->asker.sandbox->forwards--;
	forward_count--;
	free_later(gone);
}

static void give_up(struct forward *forward)
{
	struct asker asker = forward->asker;
	size_t size = plain_answer(&forward->question, SERVER_FAILURE, answer);
	drop(forward);
	reply(&asker, answer, size);
}

static bool is_stream(const struct forward *forward)
{
	return forward->asker.caller != NULL;
}

/* In the namespace where the server is to be asked from; a negative errno. */
static int socket_for(const struct forward *forward, const struct server *server)
{
	struct sandbox *sandbox = forward->asker.sandbox;
	bool outside = !(sandbox->flags & OWN_SERVERS) &&
		(server->local || (server->address.ss_family == AF_INET6 && !(sandbox->flags & HAS_IPV6)));
	int type = (is_stream(forward) ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK | SOCK_CLOEXEC;
	if (!outside && setns(sandbox->namespace, CLONE_NEWNET) != 0) return -errno;
	int fd = socket(server->address.ss_family, type, 0), failure = errno;
	if (!outside && setns(home, CLONE_NEWNET) != 0) abort();
	return fd < 0 ? -failure : fd;
}

static bool try_server(struct forward *forward, const struct server *server)
{
	int fd = socket_for(forward, server);
	if (fd < 0) return false;
	forward->watched = (struct watched){ FORWARD, fd };
	forward->deadline = clock_ms() + TRY_MS;
	forward->id = random16();
	forward->bytes[2] = (uint8_t)(forward->id >> 8);
	forward->bytes[3] = (uint8_t)forward->id;
	int result = connect(fd, (const struct sockaddr *)&server->address, server->length);
	if (is_stream(forward)) return (result == 0 || errno == EINPROGRESS) && watch(&forward->watched, EPOLLOUT) == 0;
	return result == 0 && watch(&forward->watched, EPOLLIN) == 0 &&
		send(fd, forward->bytes + 2, forward->length, 0) == (ssize_t)forward->length;
}

static void try_next(struct forward *forward)
{
	close_socket(forward);
	while (forward->tried < forward->server_count) {
		if (try_server(forward, &forward->servers[forward->tried++])) return;
		close_socket(forward);
	}
	give_up(forward);
}

void forward(const struct asker *asker, const struct question *question)
{
	struct sandbox *sandbox = asker->sandbox;
	bool own = sandbox->flags & OWN_SERVERS;
	bool full = forward_count >= FORWARDS || sandbox->forwards >= FORWARDS_EACH;
	struct forward *made = full ? NULL : malloc(sizeof *made + 2 + question->length);
	struct asker whom = *asker;
	if (!made) {
		reply(&whom, answer, plain_answer(question, SERVER_FAILURE, answer));
		return;
	}
	memset(made, 0, sizeof *made);
	made->watched = (struct watched){ FORWARD, -1 };
	made->asker = whom;
	made->question = *question;
	made->length = question->length;
	made->bytes[0] = (uint8_t)(question->length >> 8);
	made->bytes[1] = (uint8_t)question->length;
	memcpy(made->bytes + 2, question->bytes, question->length);
	made->question.bytes = made->bytes + 2;
	made->server_count = own ? sandbox->server_count : host_server_count;
	memcpy(made->servers, own ? sandbox->servers : host_servers, sizeof made->servers);
	made->next = forwards;
	forwards = made;
	forward_count++;
	sandbox->forwards++;
	try_next(made);
}

/* An answer of a server that has failed is kept for the client only if no other server knows more. */
static void deliver(struct forward *forward, size_t length)
{
	bool has_failed = length >= HEADER && ((answer[3] & 15) == SERVER_FAILURE || (answer[3] & 15) == 5);
	size_t size = fit_answer(&forward->question, forward->id, answer, length);
	if (size == 0) {
		/* datagrams that are no answer are passed over: the true one may still come */
		if (is_stream(forward)) try_next(forward);
		return;
	}
	if (has_failed && forward->tried < forward->server_count) {
		try_next(forward);
		return;
	}
	struct asker asker = forward->asker;
	drop(forward);
	reply(&asker, answer, size);
}

static void on_stream(struct forward *forward, uint32_t events)
{
	if (events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) {
		size_t total = forward->length + 2;
		ssize_t size = send(forward->watched.fd, forward->bytes + forward->out_used, total - forward->out_used, 0);
		if (size < 0 && would_block()) return;
		if (size < 0) {
			try_next(forward);
			return;
		}
		forward->out_used += (size_t)size;
		if (forward->out_used == total) rewatch(&forward->watched, EPOLLIN);
		return;
	}
	if (!forward->in && !(forward->in = malloc(MESSAGE + 2))) {
		give_up(forward);
		return;
	}
	ssize_t size = recv(forward->watched.fd, forward->in + forward->in_used, MESSAGE + 2 - forward->in_used, 0);
	if (size < 0 && would_block()) return;
	if (size <= 0) {
		try_next(forward);
		return;
	}
	forward->in_used += (size_t)size;
	size_t length = (size_t)(forward->in[0] << 8 | forward->in[1]);
	if (forward->in_used < 2 || forward->in_used < length + 2) return;
	memcpy(answer, forward->in + 2, length);
	deliver(forward, length);
}

void on_forward(struct forward *forward, uint32_t events)
{
	if (is_stream(forward)) {
		on_stream(forward, events);
		return;
	}
	ssize_t size = recv(forward->watched.fd, answer, MESSAGE, 0);
	if (size < 0 && would_block()) return;
	/* nobody listens there */
	if (size < 0) try_next(forward);
	else deliver(forward, (size_t)size);
}

void forget_forwards(const struct sandbox *sandbox, const struct caller *caller)
{
	for (struct forward *f = forwards, *next; f; f = next) {
		next = f->next;
		if (f->asker.sandbox == sandbox && (!caller || f->asker.caller == caller)) drop(f);
	}
}

void expire_forwards(int64_t now)
{
	for (struct forward *f = forwards, *next; f; f = next) {
		next = f->next;
		if (f->deadline <= now) try_next(f);
	}
}

int64_t next_forward(void)
{
	int64_t next = INT64_MAX;
	for (struct forward *f = forwards; f; f = f->next) if (f->deadline < next) next = f->deadline;
	return next;
}
