/* What the parts of the resolver share. One process, one thread: its state is plain variables. */
#pragma once
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum {
	ID = 65,              /* bytes of an id with its end */
	NAME = 256,           /* of a name in dots, with its end (RFC 1035, section 2.3.4: 255 on the wire) */
	MESSAGE = 65535,      /* the longest there is */
	DATAGRAM = 512,       /* what a client without EDNS takes (RFC 1035, section 4.2.1) */
	OURS = 1232,          /* the datagram that we offer to take (DNS Flag Day 2020) */
	HEADER = 12,
	FORWARDS = 1024,      /* questions under way to other servers, all together */
	FORWARDS_EACH = 256,  /* of one sandbox */
	CALLERS = 32,         /* connections of one sandbox */
	SERVERS = 8,          /* that are tried for one question */
	TRY_MS = 2000,        /* for an answer of one server */
	IDLE_MS = 10000,      /* a connection that says nothing */
	TTL = 600,            /* seconds, as Docker's */
	CONTROL_MAX = 1 << 20 /* one message of the daemon */
};

/* What an epoll event points at: the first member of each thing that is watched. */
enum kind { CONTROL_LISTENER, CONTROL, SANDBOX_UDP, SANDBOX_TCP, CALLER, FORWARD };
struct watched {
	enum kind kind;
	int fd;
};

struct address {
	uint8_t length; /* 4, 16 */
	uint8_t bytes[16];
};

struct network {
	char id[ID], *name;
	bool stale;
	struct network *next;
};

struct endpoint {
	char id[ID], network[ID];
	struct address *addresses;
	char **names;
	int address_count, name_count;
	bool stale;
	struct endpoint *next;
};

struct link {
	char *alias, *name;
};
/* A network that the sandbox is in. */
struct member {
	char id[ID];
	struct link *links;
	int link_count;
};

struct server {
	struct sockaddr_storage address;
	socklen_t length;
	bool local; /* on loopback: the host's own */
};

struct sandbox {
	struct watched udp, tcp;
	char id[ID];
	uint8_t flags;
	struct member *members;
	int member_count;
	struct server servers[SERVERS];
	int server_count;
	int namespace;
	uint16_t port;
	int forwards, callers;
	bool stale;
	struct sandbox *next;
};
enum { FORWARDS_NAMES = 1, NDOTS_SET = 2, HAS_IPV6 = 4, OWN_SERVERS = 8 };

/* A question as it came: checked, its name in lower case and without the last dot. */
struct question {
	const uint8_t *bytes;
	size_t length, end; /* of the message; where the question ends */
	uint16_t id, type, class;
	char name[NAME];
	bool edns;
	uint16_t room; /* the longest answer that the client takes */
};

/* Who waits for an answer: an address at the sandbox's socket, or a connection. */
struct caller;
struct asker {
	struct sandbox *sandbox;
	struct caller *caller;
	struct sockaddr_in from;
};

/* table.c */
extern struct network *networks;
extern struct endpoint *endpoints;
extern struct sandbox *sandboxes;
extern struct server host_servers[SERVERS];
extern int host_server_count;
struct endpoint *find_endpoint(const char *id);
struct sandbox *find_sandbox(const char *id);
void put_network(const char *id, char *name);
void put_endpoint(struct endpoint *made);
void drop_endpoint(const char *id);
void mark_stale(void);
void drop_stale(void);
void free_endpoint(struct endpoint *gone);
/* Calls `take` for each address of the name as the sandbox sees it; how many endpoints have it. */
int find_name(const struct sandbox *sandbox, const char *name, void (*take)(const struct address *, void *), void *context);
/* `name.network` of whoever has the address, in `into`; false: nobody there has. */
bool find_address(const struct sandbox *sandbox, const struct address *address, char into[NAME]);

/* message.c */
/* 0, or the response code that the message deserves; -1: no answer at all. */
int read_question(const uint8_t *bytes, size_t length, bool datagram, struct question *question);
size_t plain_answer(const struct question *question, int code, uint8_t *into);
/* What we know ourselves, in `into`; 0: nothing. */
size_t own_answer(const struct sandbox *sandbox, const struct question *question, uint8_t *into);
/* An answer of another server, made fit for the client. Its length, 0 for one that is not to this question. */
size_t fit_answer(const struct question *question, uint16_t asked_as, uint8_t *answer, size_t length);
bool is_single_label(const char *name);

/* serve.c */
int open_sandbox(struct sandbox *sandbox, const char *directory, const char *file);
void close_sandbox(struct sandbox *sandbox);
void on_datagram(struct sandbox *sandbox);
void on_connection(struct sandbox *sandbox);
void on_caller(struct caller *caller, uint32_t events);
void reply(struct asker *asker, const uint8_t *message, size_t length);
void expire_callers(int64_t now);
int64_t next_caller(void);

/* forward.c */
void forward(const struct asker *asker, const struct question *question);
struct forward;
void on_forward(struct forward *forward, uint32_t events);
void forget_forwards(const struct sandbox *sandbox, const struct caller *caller);
void expire_forwards(int64_t now);
int64_t next_forward(void);

/* control.c */
int open_control(const char *path);
void on_control_listener(void);
void on_control(void);

/* resolver.c */
extern const char *namespaces; /* their directory */
extern int home;               /* the host's network namespace */
extern bool finished;
int64_t clock_ms(void);
int watch(struct watched *thing, uint32_t events);
int rewatch(struct watched *thing, uint32_t events);
bool would_block(void);
uint16_t random16(void);
/* A thing that an event of this round may still point at: freed when the round is over. */
void free_later(void *thing);
