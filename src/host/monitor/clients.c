/* Connections: their lines, what they are owed, and what they type. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "monitor.h"

struct client client[CLIENTS];
int clients;
int64_t hangup_at;
int listener = 3;

static char *typed; /* input that the container has not taken yet: [typed_from, typed_to) of CHUNK */
static size_t typed_from, typed_to;
static bool input_ending;

static void drop_client(struct client *c)
{
	char rest[512];
	shutdown(c->fd, SHUT_RDWR);
	/* Bytes left unread would reach the other side as ECONNRESET instead of an end. */
	while (recv(c->fd, rest, sizeof rest, MSG_DONTWAIT) > 0) {}
	close(c->fd);
	free(c->queue);
	*c = client[--clients];
}

static void clear_queue(struct client *c)
{
	free(c->queue);
	c->queue = NULL;
	c->from = c->to = c->size = 0;
}

/* The client takes no more output; what it still sends as input counts. True if it is not gone altogether. */
static bool end_output(struct client *c)
{
	clear_queue(c);
	c->out = c->err = false;
	return c->in && !c->read_done;
}

/* False if the client is lost; so below. */
static bool flush_client(struct client *c)
{
	while (c->from < c->to) {
		ssize_t n = send(c->fd, c->queue + c->from, c->to - c->from, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR) continue;
		if (n < 0) return errno == EAGAIN || end_output(c);
		c->from += (size_t)n;
		if (phase == LINGERING) deadline = clock_ms() + LINGER_MS;
	}
	clear_queue(c);
	return true;
}

static bool enqueue(struct client *c, const char *data, size_t length)
{
	if (c->to + length > c->size && c->from) {
		memmove(c->queue, c->queue + c->from, c->to - c->from);
		c->to -= c->from;
		c->from = 0;
	}
	if (c->to + length > c->size) {
		size_t size = c->to + length + CHUNK;
		char *grown = realloc(c->queue, size);
		if (!grown) return false;
		c->queue = grown;
		c->size = size;
	}
	memcpy(c->queue + c->to, data, length);
	c->to += length;
	return true;
}

static bool send_parts(struct client *c, const char *head, size_t head_length, const char *data, size_t length)
{
	ssize_t sent = 0;
	if (c->from == c->to) {
		struct iovec part[2] = {{(void *)head, head_length}, {(void *)data, length}};
		struct msghdr message = {.msg_iov = part, .msg_iovlen = 2};
		do sent = sendmsg(c->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
		while (sent < 0 && errno == EINTR);
		if (sent < 0 && errno != EAGAIN) return end_output(c);
		if (sent < 0) sent = 0;
	}
	size_t done = (size_t)sent;
	if (done < head_length) {
		if (!enqueue(c, head + done, head_length - done)) return false;
		done = head_length;
	}
	size_t skip = done - head_length;
	return skip == length || enqueue(c, data + skip, length - skip);
}

void tell(const char *format, ...)
{
	static char line[24576];
	va_list args;
	va_start(args, format);
	int length = vsnprintf(line, sizeof line, format, args);
	va_end(args);
	for (int i = clients - 1; i >= 0; i--)
		if (client[i].control && !send_parts(&client[i], NULL, 0, line, (size_t)length)) drop_client(&client[i]);
}

bool has_control(void)
{
	for (int i = 0; i < clients; i++)
		if (client[i].control) return true;
	return false;
}

static bool takes(const struct client *c, int stream)
{
	return stream == 0 ? c->out : c->err;
}

static bool send_output(struct client *c, int stream, const char *data, size_t length)
{
	unsigned char head[8] = {(unsigned char)(stream + 1), 0, 0, 0, (unsigned char)(length >> 24),
		(unsigned char)(length >> 16), (unsigned char)(length >> 8), (unsigned char)length};
	return send_parts(c, (char *)head, c->framed ? sizeof head : 0, data, length);
}

/* mode=non-blocking: a reader that stalls misses what does not fit, and is told. False if the client is lost. */
static bool deliver_to(struct client *c, int stream, const char *data, size_t length)
{
	char notice[128];
	bool is_full = opt.log_buffer && c->to - c->from > QUEUE_LIMIT;
	if (is_full) c->skipped += length;
	if (is_full) return true;
	int n = snprintf(notice, sizeof notice, "[berth: %llu bytes lost: this reader is too slow]\n", (unsigned long long)c->skipped);
	if (c->skipped && !send_output(c, 1, notice, (size_t)n)) return false;
	c->skipped = 0;
	return send_output(c, stream, data, length);
}

void deliver(int stream, const char *data, size_t length)
{
	for (int i = clients - 1; i >= 0; i--)
		if (takes(&client[i], stream) && !deliver_to(&client[i], stream, data, length)) drop_client(&client[i]);
}

bool held_back(int stream)
{
	if (opt.log_buffer) return false;
	for (int i = 0; i < clients; i++)
		if (takes(&client[i], stream) && client[i].to - client[i].from > QUEUE_LIMIT) return true;
	return false;
}

void close_quiet_clients(void)
{
	for (int i = clients - 1; i >= 0; i--) {
		struct client *c = &client[i];
		if (c->greeted && !c->control && (!flush_client(c) || c->from == c->to)) drop_client(c);
	}
}

void hang_up(void)
{
	/* First: who hears that we are gone must not find us. */
	if (listener >= 0) close(listener);
	listener = -1;
	for (int i = clients - 1; i >= 0; i--) {
		if (!client[i].control) continue;
		flush_client(&client[i]);
		drop_client(&client[i]);
	}
}

/* ---- input ---- */

bool input_waits(void)
{
	return input >= 0 && typed_from < typed_to;
}

void close_input(void)
{
	if (input >= 0 && input != output[0].fd) close(input);
	input = -1;
	typed_from = typed_to = 0;
}

void write_input(void)
{
	while (input_waits()) {
		ssize_t n = write(input, typed + typed_from, typed_to - typed_from);
		if (n < 0 && errno == EINTR) continue;
		if (n < 0 && errno == EAGAIN) return;
		if (n < 0) return close_input();
		typed_from += (size_t)n;
	}
	typed_from = typed_to = 0;
	if (input_ending) close_input();
}

void end_input(void)
{
	if (opt.terminal) return; /* it has no end, only characters that mean one */
	input_ending = true;
	write_input();
}

static bool read_input(struct client *c, bool hung_up)
{
	bool wanted = c->in && input >= 0 && !input_ending;
	ssize_t n = recv(c->fd, wanted ? typed : chunk, CHUNK, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR)) return true;
	if (n > 0) {
		if (wanted) typed_to = (size_t)n;
		if (wanted) write_input();
		return true;
	}
	c->read_done = true;
	if (c->in && opt.input && !strcmp(opt.input, "once")) {
		/* A daemon that dies hangs up too, and takes its control connection with it: the container goes on then. */
		if (hung_up) hangup_at = clock_ms() + HANGUP_MS;
		else end_input();
	}
	return !hung_up && (c->out || c->err);
}

bool wants_input(const struct client *c)
{
	if (c->read_done) return false;
	if (!c->greeted || c->control || !c->in || !opt.input) return true;
	return phase != STARTING && typed_from == typed_to;
}

/* ---- lines ---- */

static void obey(const char *line)
{
	unsigned a, b;
	if (sscanf(line, "kill %u", &a) == 1 && a <= 64) {
		if (init_pid > 1) kill(init_pid, (int)a);
		else if (phase == STARTING && a == SIGKILL) kill_start();
	} else if (sscanf(line, "resize %u %u", &a, &b) == 2 && a <= 65535 && b <= 65535) {
		resize(a, b);
	} else if (!strcmp(line, "stdin-close")) {
		end_input();
	} else if (!strncmp(line, "log-", 4)) {
		log_obey(line + 4);
	}
}

static bool greet(struct client *c, const char *line)
{
	int in, out, err, framed;
	c->greeted = true;
	if (!strcmp(line, "control")) {
		char text[96] = "";
		c->control = true;
		if (init_pid) snprintf(text, sizeof text, "started %d\n", init_pid);
		else if (exit_line[0]) snprintf(text, sizeof text, "exited %s", exit_line);
		return send_parts(c, NULL, 0, text, strlen(text));
	}
	if (sscanf(line, "attach stdin=%d stdout=%d stderr=%d framed=%d", &in, &out, &err, &framed) != 4) return false;
	if (clients > CLIENTS - SPARE_CLIENTS) return false; /* a daemon that comes back must find a place */
	c->in = in, c->out = out, c->err = err, c->framed = framed;
	return true;
}

/* Takes no byte behind the end of a line: behind a hello they belong to the container. */
static bool read_line(struct client *c)
{
	size_t room = sizeof c->line - 1 - c->line_used;
	char *begin = c->line + c->line_used;
	ssize_t n = room ? recv(c->fd, begin, room, MSG_DONTWAIT | MSG_PEEK) : 0;
	if (n < 0 && (errno == EAGAIN || errno == EINTR)) return true;
	if (n <= 0) return false;
	char *end = memchr(begin, '\n', (size_t)n);
	size_t take = end ? (size_t)(end - begin) + 1 : (size_t)n;
	if (recv(c->fd, begin, take, MSG_DONTWAIT) != (ssize_t)take) return false;
	c->line_used += take;
	if (!end) return true;
	*end = 0;
	c->line_used = 0;
	if (!c->greeted) return greet(c, c->line);
	obey(c->line);
	return true;
}

void serve_client(struct client *c, short events)
{
	bool alive = true, over = events & (POLLHUP | POLLERR);
	if ((over || (events & POLLIN)) && wants_input(c))
		alive = !c->greeted || c->control ? read_line(c) : read_input(c, over);
	else if (over && c->read_done) alive = false;
	if (alive && (events & POLLOUT)) alive = flush_client(c);
	if (!alive) drop_client(c);
}

void accept_clients(void)
{
	while (listener >= 0) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0) return;
		if (clients == CLIENTS) {
			close(fd);
			continue;
		}
		client[clients] = (struct client){.fd = fd};
		if (!read_line(&client[clients++])) drop_client(&client[clients - 1]);
	}
}

void clients_idle(void)
{
	if (typed_from == typed_to) madvise(typed, CHUNK, MADV_DONTNEED);
}

void clients_open(void)
{
	typed = mmap(NULL, CHUNK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (typed == MAP_FAILED) _exit(125);
}
