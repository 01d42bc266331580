/* What the daemon tells (messages.ts). It alone can reach the socket; a message that cannot be read ends its connection all the same. */
#define _GNU_SOURCE
#include "resolver.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum message { BEGIN, SETTLE, NETWORK, ENDPOINT, WITHDRAW, SANDBOX, END, HOST_SERVERS, QUIT };

static struct watched listener = { CONTROL_LISTENER, -1 }, control = { CONTROL, -1 };
static uint8_t *buffer;
static size_t used;

/* What is left of a message; `bad` once it is shorter than it says. */
struct reader {
	const uint8_t *at, *end;
	bool bad;
};

static uint32_t number(struct reader *reader, int bytes)
{
	uint32_t value = 0;
	if (reader->end - reader->at < bytes) {
		reader->bad = true;
		return 0;
	}
	for (int i = 0; i < bytes; i++) value |= (uint32_t)*reader->at++ << (8 * i);
	return value;
}

static const uint8_t *take(struct reader *reader, size_t length)
{
	if (reader->bad || (size_t)(reader->end - reader->at) < length) {
		reader->bad = true;
		return NULL;
	}
	const uint8_t *taken = reader->at;
	reader->at += length;
	return taken;
}

/* The caller's to free; NULL for one that is too long to be a name. */
static char *text(struct reader *reader)
{
	size_t length = number(reader, 2);
	const uint8_t *bytes = take(reader, length);
	if (!bytes || memchr(bytes, 0, length)) {
		reader->bad = true;
		return NULL;
	}
	char *made = strndup((const char *)bytes, length);
	if (!made) reader->bad = true;
	return made;
}

static void id(struct reader *reader, char into[ID])
{
	size_t length = number(reader, 2);
	const uint8_t *bytes = take(reader, length);
	into[0] = 0;
	if (!bytes || length >= ID) {
		reader->bad = true;
		return;
	}
	memcpy(into, bytes, length);
	into[length] = 0;
}

/* A count of things of at least so many bytes each: more than can follow is no count. */
static int count(struct reader *reader, size_t each)
{
	size_t value = number(reader, 2);
	if (value * each <= (size_t)(reader->end - reader->at)) return (int)value;
	reader->bad = true;
	return 0;
}

static struct address address(struct reader *reader)
{
	struct address made = { .length = (uint8_t)number(reader, 1) };
	const uint8_t *bytes = take(reader, made.length);
	if (!bytes || (made.length != 4 && made.length != 16)) reader->bad = true;
	else memcpy(made.bytes, bytes, made.length);
	return made;
}

static struct server server(struct reader *reader)
{
	struct server made = { 0 };
	struct address at = address(reader);
	uint32_t scope = number(reader, 4);
	made.local = number(reader, 1);
	if (at.length == 4) {
		struct sockaddr_in *v4 = (struct sockaddr_in *)&made.address;
		*v4 = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(53) };
		memcpy(&v4->sin_addr, at.bytes, 4);
		made.length = sizeof *v4;
	} else {
		struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&made.address;
		*v6 = (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_port = htons(53), .sin6_scope_id = scope };
		memcpy(&v6->sin6_addr, at.bytes, 16);
		made.length = sizeof *v6;
	}
	return made;
}

static int servers(struct reader *reader, struct server into[SERVERS])
{
	int told = count(reader, 6), kept = 0;
	for (int i = 0; i < told && !reader->bad; i++) {
		struct server one = server(reader);
		if (kept < SERVERS) into[kept++] = one;
	}
	return kept;
}

static int on_network(struct reader *reader)
{
	char key[ID];
	id(reader, key);
	char *name = text(reader);
	if (reader->bad) free(name);
	else put_network(key, name);
	return 0;
}

static int on_endpoint(struct reader *reader)
{
	struct endpoint *made = calloc(1, sizeof *made);
	if (!made) return -ENOMEM;
	id(reader, made->id);
	id(reader, made->network);
	int addresses = count(reader, 5);
	made->addresses = calloc((size_t)addresses + 1, sizeof *made->addresses);
	for (int i = 0; made->addresses && i < addresses; i++) made->addresses[made->address_count++] = address(reader);
	int names = count(reader, 2);
	made->names = calloc((size_t)names + 1, sizeof *made->names);
	for (int i = 0; made->names && i < names && !reader->bad; i++) {
		char *name = text(reader);
		if (name && *name) made->names[made->name_count++] = name;
		else free(name);
	}
	if (reader->bad || !made->addresses || !made->names) free_endpoint(made);
	else put_endpoint(made);
	return 0;
}

static void read_links(struct reader *reader, struct member *member)
{
	int told = count(reader, 4);
	if (!(member->links = calloc((size_t)told + 1, sizeof *member->links))) return;
	for (int i = 0; i < told && !reader->bad; i++) {
		struct link link = { text(reader), text(reader) };
		if (link.alias && link.name) member->links[member->link_count++] = link;
		else {
			free(link.alias);
			free(link.name);
		}
	}
}

/* Everything but the sockets. */
static void read_sandbox(struct reader *reader, struct sandbox *into)
{
	into->flags = (uint8_t)number(reader, 1);
	int told = count(reader, 4);
	if (!(into->members = calloc((size_t)told + 1, sizeof *into->members))) {
		reader->bad = true;
		return;
	}
	for (int i = 0; i < told && !reader->bad; i++) {
		struct member *member = &into->members[into->member_count++];
		id(reader, member->id);
		read_links(reader, member);
	}
	into->server_count = servers(reader, into->servers);
}

static void swap_told(struct sandbox *one, struct sandbox *other)
{
	struct sandbox kept = *one;
	one->flags = other->flags;
	one->members = other->members;
	one->member_count = other->member_count;
	memcpy(one->servers, other->servers, sizeof one->servers);
	one->server_count = other->server_count;
	other->members = kept.members;
	other->member_count = kept.member_count;
}

/* Its port, or a negative errno. */
static int on_sandbox(struct reader *reader)
{
	struct sandbox *made = calloc(1, sizeof *made);
	if (!made) return -ENOMEM;
	made->udp.fd = made->tcp.fd = made->namespace = -1;
	id(reader, made->id);
	char *file = text(reader);
	read_sandbox(reader, made);
	int result = 0;
	struct sandbox *known = find_sandbox(made->id);
	if (reader->bad || !file || strchr(file, '/') || file[0] == '.') result = -EINVAL;
	else if (known) {
		swap_told(known, made);
		known->stale = false;
		result = known->port;
	} else if ((result = open_sandbox(made, namespaces, file)) == 0) {
		made->next = sandboxes;
		sandboxes = made;
		result = made->port;
		made = NULL;
	}
	free(file);
	if (made) close_sandbox(made);
	return result;
}

static int on_id(struct reader *reader, enum message kind)
{
	char key[ID];
	id(reader, key);
	if (reader->bad) return -EINVAL;
	if (kind == WITHDRAW) drop_endpoint(key);
	else if (find_sandbox(key)) close_sandbox(find_sandbox(key));
	return 0;
}

static int obey(enum message kind, struct reader *reader)
{
	switch (kind) {
	case BEGIN: mark_stale(); return 0;
	case SETTLE: drop_stale(); return 0;
	case NETWORK: return on_network(reader);
	case ENDPOINT: return on_endpoint(reader);
	case WITHDRAW:
	case END: return on_id(reader, kind);
	case SANDBOX: return on_sandbox(reader);
	case HOST_SERVERS: host_server_count = servers(reader, host_servers); return 0;
	case QUIT: finished = true; return 0;
	}
	reader->bad = true;
	return 0;
}

static void hang_up(void)
{
	close(control.fd);
	control.fd = -1;
	used = 0;
	free(buffer);
	buffer = NULL;
}

static bool tell(uint32_t sequence, int32_t result)
{
	uint32_t words[2] = { sequence, (uint32_t)result };
	uint8_t bytes[8];
	for (int i = 0; i < 8; i++) bytes[i] = (uint8_t)(words[i / 4] >> (8 * (i % 4)));
	return send(control.fd, bytes, sizeof bytes, 0) == sizeof bytes;
}

/* Bytes of the message that was carried out; 0: it is not whole yet; -1: it is none. */
static ssize_t take_message(const uint8_t *bytes, size_t length)
{
	struct reader reader = { bytes, bytes + length, false };
	size_t size = number(&reader, 4);
	if (reader.bad) return 0;
	if (size < 5 || size > CONTROL_MAX) return -1;
	if (length < size + 4) return 0;
	reader.end = reader.at + size;
	enum message kind = (enum message)number(&reader, 1);
	uint32_t sequence = number(&reader, 4);
	int32_t result = obey(kind, &reader);
	if (reader.bad || !tell(sequence, result)) return -1;
	return (ssize_t)size + 4;
}

void on_control(void)
{
	ssize_t size = recv(control.fd, buffer + used, CONTROL_MAX + 4 - used, 0);
	if (size < 0 && would_block()) return;
	if (size <= 0) {
		hang_up();
		return;
	}
	used += (size_t)size;
	size_t from = 0;
	ssize_t taken = 0;
	while (!finished && (taken = take_message(buffer + from, used - from)) > 0) from += (size_t)taken;
	if (taken < 0) {
		hang_up();
		return;
	}
	memmove(buffer, buffer + from, used - from);
	used -= from;
}

/* The last daemon that comes is the one that lives. */
void on_control_listener(void)
{
	int fd = accept4(listener.fd, NULL, NULL, SOCK_CLOEXEC);
	if (fd < 0) return;
	if (control.fd >= 0) hang_up();
	control.fd = fd;
	if (!(buffer = malloc(CONTROL_MAX + 4)) || watch(&control, EPOLLIN) != 0) hang_up();
}

int open_control(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof at.sun_path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(at.sun_path, path);
	unlink(path);
	umask(0177);
	listener.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (listener.fd < 0 || bind(listener.fd, (struct sockaddr *)&at, sizeof at) != 0 || listen(listener.fd, 4) != 0) return -1;
	return watch(&listener, EPOLLIN);
}
