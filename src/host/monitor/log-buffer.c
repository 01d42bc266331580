/*
 * mode=non-blocking: the lines go to a child that writes them. What waits for it is in the kernel, up to the limit; what does
 * not fit is lost, counted and told. The child ends when the monitor does, with all that it was given.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log.h"

enum { MESSAGE = 65536, LONGEST = 262144, LEAST = 262144, CLOSE_MS = 2000, COMMAND = 0, ROTATED = 1 };

static int line_out = -1;
static pid_t writer;
static uint64_t lost;

_Noreturn static void write_all(int from)
{
	static char message[LONGEST + 1];
	for (ssize_t n; (n = recv(from, message, LONGEST, 0)) != 0;) {
		if (n < 0 && errno != EINTR) break;
		if (n <= 0) continue;
		message[n] = 0;
		if (message[0] == COMMAND) file_obey(message + 1);
		else file_write(message, (size_t)n);
		if (file_rotated()) send(from, (char[]){ROTATED}, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
	}
	file_flush();
	_exit(0);
}

bool buffer_open(const struct log_options *options)
{
	int pair[2], room = (int)(options->buffer < LEAST ? LEAST : options->buffer > 1 << 30 ? 1 << 30 : options->buffer);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) return false;
	setsockopt(pair[0], SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
	writer = fork();
	if (writer == 0) {
		if (pair[1] > 3) dup2(pair[1], 3);
		close_range(4, ~0U, 0);
		file_open(options);
		write_all(3);
	}
	close(pair[1]);
	if (writer < 0) return close(pair[0]), false;
	line_out = pair[0];
	return true;
}

static bool give(const char *data, size_t length)
{
	ssize_t n;
	do n = send(line_out, data, length, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)length;
}

static bool give_loss(void)
{
	char line[256];
	if (!lost) return true;
	size_t n = loss_line(line, sizeof line, lost, "the log buffer is full");
	if (give(line, n)) lost = 0;
	return !lost;
}

void buffer_write(const char *data, size_t length)
{
	while (length) {
		const char *end = length > MESSAGE ? memrchr(data, '\n', MESSAGE) : NULL;
		if (length > MESSAGE && !end) end = memchr(data, '\n', length);
		size_t part = end ? (size_t)(end - data) + 1 : length;
		if (!give_loss() || !give(data, part)) lost += count_lines(data, part);
		data += part;
		length -= part;
	}
}

void buffer_obey(const char *line)
{
	char message[128];
	message[0] = COMMAND;
	int n = snprintf(message + 1, sizeof message - 1, "%s", line);
	give(message, (size_t)n + 1);
}

int buffer_poll(void)
{
	return line_out;
}

/* True if a file was rotated. */
bool buffer_serve(void)
{
	char byte;
	bool any = false;
	ssize_t n;
	while ((n = recv(line_out, &byte, 1, MSG_DONTWAIT)) > 0) any = true;
	if (n == 0) buffer_close(); /* the writer was killed */
	return any;
}

/* A disk that hangs must not keep the container from having ended. */
void buffer_close(void)
{
	if (line_out < 0) return;
	if (!give_loss()) lost = 0;
	close(line_out);
	line_out = -1;
	for (int waited = 0; waited < CLOSE_MS && waitpid(writer, NULL, WNOHANG) == 0; waited++) usleep(1000);
}
