/* What there is: networks, who is in them under what names, and who asks. */
#define _GNU_SOURCE
#include "resolver.h"

#include <stdlib.h>
#include <string.h>

struct network *networks;
struct endpoint *endpoints;
struct sandbox *sandboxes;
struct server host_servers[SERVERS];
int host_server_count;
/* Whose turn it is among those that share a name. */
static unsigned turn;

struct endpoint *find_endpoint(const char *id)
{
	for (struct endpoint *e = endpoints; e; e = e->next) if (!strcmp(e->id, id)) return e;
	return NULL;
}

struct sandbox *find_sandbox(const char *id)
{
	for (struct sandbox *s = sandboxes; s; s = s->next) if (!strcmp(s->id, id)) return s;
	return NULL;
}

static struct network *find_network(const char *id)
{
	for (struct network *n = networks; n; n = n->next) if (!strcmp(n->id, id)) return n;
	return NULL;
}

/* Takes the name. */
void put_network(const char *id, char *name)
{
	struct network *network = find_network(id);
	if (!network) {
		if (!(network = calloc(1, sizeof *network))) {
			free(name);
			return;
		}
		strcpy(network->id, id);
		network->next = networks;
		networks = network;
	}
	free(network->name);
	network->name = name;
	network->stale = false;
}

void free_endpoint(struct endpoint *gone)
{
	for (int i = 0; i < gone->name_count; i++) free(gone->names[i]);
	free(gone->names);
	free(gone->addresses);
	free(gone);
}

/* A network that nobody is in is forgotten. */
static void drop_network(const char *id)
{
	for (struct endpoint *e = endpoints; e; e = e->next) if (!strcmp(e->network, id)) return;
	for (struct network **at = &networks; *at; at = &(*at)->next) {
		if (strcmp((*at)->id, id)) continue;
		struct network *gone = *at;
		*at = gone->next;
		free(gone->name);
		free(gone);
		return;
	}
}

void drop_endpoint(const char *id)
{
	for (struct endpoint **at = &endpoints; *at; at = &(*at)->next) {
		if (strcmp((*at)->id, id)) continue;
		struct endpoint *gone = *at;
		*at = gone->next;
		char network[ID];
		strcpy(network, gone->network);
		free_endpoint(gone);
		drop_network(network);
		return;
	}
}

/* In place of the one with the same id, behind all others: the order is that of their coming. */
void put_endpoint(struct endpoint *made)
{
	struct endpoint **at = &endpoints;
	while (*at && strcmp((*at)->id, made->id)) at = &(*at)->next;
	struct endpoint *old = *at;
	made->next = old ? old->next : NULL;
	*at = made;
	if (old) free_endpoint(old);
}

void mark_stale(void)
{
	for (struct network *n = networks; n; n = n->next) n->stale = true;
	for (struct endpoint *e = endpoints; e; e = e->next) e->stale = true;
	for (struct sandbox *s = sandboxes; s; s = s->next) s->stale = true;
}

void drop_stale(void)
{
	for (struct sandbox *s = sandboxes, *next; s; s = next) {
		next = s->next;
		if (s->stale) close_sandbox(s);
	}
	for (struct endpoint *e = endpoints, *next; e; e = next) {
		next = e->next;
		if (e->stale) drop_endpoint(e->id);
	}
}

static bool has_name(const struct endpoint *endpoint, const char *name)
{
	for (int i = 0; i < endpoint->name_count; i++) if (!strcmp(endpoint->names[i], name)) return true;
	return false;
}

struct taker {
	void (*take)(const struct address *, void *);
	void *context;
};

static int count_in(const char *network, const char *name)
{
	int count = 0;
	for (struct endpoint *e = endpoints; e; e = e->next)
		if (!strcmp(e->network, network) && has_name(e, name)) count++;
	return count;
}

/* From place `from` on, to place `to`. */
static void take_in(const char *network, const char *name, int from, int to, struct taker taker)
{
	int place = 0;
	for (struct endpoint *e = endpoints; e && place < to; e = e->next) {
		if (strcmp(e->network, network) || !has_name(e, name)) continue;
		if (place++ < from) continue;
		for (int i = 0; i < e->address_count; i++) taker.take(&e->addresses[i], taker.context);
	}
}

/* Each time another one comes first. */
static int in_turn(const char *network, const char *name, struct taker taker)
{
	int count = count_in(network, name);
	if (count == 0) return 0;
	int first = (int)(turn++ % (unsigned)count);
	take_in(network, name, first, count, taker);
	take_in(network, name, 0, first, taker);
	return count;
}

/* What the sandbox calls it by a link of its own. */
static const char *meant(const struct member *member, const char *name)
{
	for (int i = 0; i < member->link_count; i++) if (!strcmp(member->links[i].alias, name)) return member->links[i].name;
	return name;
}

/* `web.front`: web in the network front. */
static int in_named_network(const struct sandbox *sandbox, const char *name, struct taker taker)
{
	for (const char *dot = strchr(name, '.'); dot; dot = strchr(dot + 1, '.')) {
		char head[NAME];
		size_t length = (size_t)(dot - name);
		memcpy(head, name, length);
		head[length] = 0;
		for (int i = 0; i < sandbox->member_count; i++) {
			struct network *network = find_network(sandbox->members[i].id);
			if (!network || strcmp(network->name, dot + 1)) continue;
			int count = in_turn(network->id, meant(&sandbox->members[i], head), taker);
			if (count > 0) return count;
		}
	}
	return 0;
}

int find_name(const struct sandbox *sandbox, const char *name, void (*take)(const struct address *, void *), void *context)
{
	struct taker taker = { take, context };
	for (int i = 0; i < sandbox->member_count; i++) {
		const struct member *member = &sandbox->members[i];
		int count = in_turn(member->id, meant(member, name), taker);
		if (count > 0) return count;
	}
	return in_named_network(sandbox, name, taker);
}

static bool has_address(const struct endpoint *endpoint, const struct address *address)
{
	for (int i = 0; i < endpoint->address_count; i++) {
		const struct address *own = &endpoint->addresses[i];
		if (own->length == address->length && !memcmp(own->bytes, address->bytes, own->length)) return true;
	}
	return false;
}

bool find_address(const struct sandbox *sandbox, const struct address *address, char into[NAME])
{
	for (int i = 0; i < sandbox->member_count; i++) {
		struct network *network = find_network(sandbox->members[i].id);
		for (struct endpoint *e = network ? endpoints : NULL; e; e = e->next) {
			if (strcmp(e->network, network->id) || e->name_count == 0 || !has_address(e, address)) continue;
			if (strlen(e->names[0]) + strlen(network->name) + 2 > NAME) continue;
			strcat(strcat(strcpy(into, e->names[0]), "."), network->name);
			return true;
		}
	}
	return false;
}
