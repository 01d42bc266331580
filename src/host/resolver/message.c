/* DNS messages: what comes from containers is read with distrust, what goes to them is made here. Source: RFC 1035, section 4. */
#define _GNU_SOURCE
#include "resolver.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TYPE_A = 1, TYPE_PTR = 12, TYPE_AAAA = 28, TYPE_OPT = 41, CLASS_IN = 1 };
enum { FORMAT_ERROR = 1, SERVER_FAILURE = 2, NO_SUCH_NAME = 3, NOT_IMPLEMENTED = 4 };
enum { IS_ANSWER = 0x80, TRUNCATED = 0x02, WANTS_RECURSION = 0x01, HAS_RECURSION = 0x80 };

static uint16_t get16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static uint8_t *put16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
	return at + 2;
}

static uint8_t *put32(uint8_t *at, uint32_t value)
{
	return put16(put16(at, value >> 16), value & 0xffff);
}

static char lower(uint8_t letter)
{
	return (char)(letter >= 'A' && letter <= 'Z' ? letter + 32 : letter);
}

/* The name at `at`, which is no pointer: the question is the first name there is. Where it ends, 0 for one that cannot be read. */
static size_t read_name(const uint8_t *bytes, size_t length, size_t at, char into[NAME])
{
	size_t used = 0;
	while (at < length) {
		size_t label = bytes[at++];
		if (label == 0) {
			into[used > 0 ? used - 1 : 0] = 0;
			return at;
		}
		if (label > 63 || at + label > length || used + label + 1 > NAME - 1) return 0;
		for (size_t i = 0; i < label; i++) {
			/* a dot or a zero inside a label would make another name of it */
			uint8_t letter = bytes[at + i];
			into[used++] = letter == '.' || letter == 0 ? '\x01' : lower(letter);
		}
		into[used++] = '.';
		at += label;
	}
	return 0;
}

static size_t skip_name(const uint8_t *bytes, size_t length, size_t at)
{
	while (at < length) {
		size_t label = bytes[at++];
		if (label == 0) return at;
		if (label >= 0xc0) return at + 1 <= length ? at + 1 : 0;
		if (label > 63) return 0;
		at += label;
	}
	return 0;
}

/* How long a datagram the client takes (RFC 6891, section 6.2.3). */
static void read_room(struct question *question)
{
	const uint8_t *bytes = question->bytes;
	size_t at = question->end;
	int records = get16(bytes + 6) + get16(bytes + 8) + get16(bytes + 10);
	for (int i = 0; i < records && i < 64; i++) {
		at = skip_name(bytes, question->length, at);
		if (at == 0 || at + 10 > question->length) return;
		if (get16(bytes + at) == TYPE_OPT) {
			uint16_t asked = get16(bytes + at + 2);
			question->edns = true;
			question->room = asked < DATAGRAM ? DATAGRAM : asked;
			return;
		}
		at += 10 + get16(bytes + at + 8);
	}
}

int read_question(const uint8_t *bytes, size_t length, bool datagram, struct question *question)
{
	if (length < HEADER || (bytes[2] & IS_ANSWER)) return -1;
	*question = (struct question){ .bytes = bytes, .length = length, .end = HEADER, .id = get16(bytes), .room = DATAGRAM };
	if ((bytes[2] >> 3 & 15) != 0) return NOT_IMPLEMENTED;
	if (get16(bytes + 4) != 1) return FORMAT_ERROR;
	size_t end = read_name(bytes, length, HEADER, question->name);
	if (end == 0 || end + 4 > length) return FORMAT_ERROR;
	question->type = get16(bytes + end);
	question->class = get16(bytes + end + 2);
	question->end = end + 4;
	read_room(question);
	if (!datagram) question->room = MESSAGE;
	return 0;
}

bool is_single_label(const char *name)
{
	return name[0] != 0 && !strchr(name, '.');
}

static uint8_t *begin_answer(const struct question *question, int code, uint8_t *into)
{
	memcpy(into, question->bytes, question->end);
	/* the bytes may be those that another server was asked with */
	put16(into, question->id);
	into[2] = IS_ANSWER | (question->bytes[2] & (0x78 | WANTS_RECURSION));
	into[3] = (uint8_t)(HAS_RECURSION | code);
	memset(into + 4, 0, 8);
	into[5] = question->end > HEADER;
	return into + question->end;
}

/* With EDNS where it was asked with it. */
static size_t end_answer(const struct question *question, uint8_t *into, uint8_t *at, int answers)
{
	put16(into + 6, (unsigned)answers);
	if (question->edns) {
		*at++ = 0;
		at = put16(put16(at, TYPE_OPT), OURS);
		at = put16(put32(at, 0), 0);
		into[11] = 1;
	}
	return (size_t)(at - into);
}

size_t plain_answer(const struct question *question, int code, uint8_t *into)
{
	return end_answer(question, into, begin_answer(question, code, into), 0);
}

struct answer {
	const struct question *question;
	uint8_t *into, *at;
	int count;
	bool truncated;
};

static uint8_t *begin_record(struct answer *answer, size_t data)
{
	enum { POINTER = 2, FIXED = 10, EDNS = 11 };
	size_t needed = POINTER + FIXED + data + EDNS;
	if ((size_t)(answer->at - answer->into) + needed > answer->question->room) {
		answer->truncated = true;
		return NULL;
	}
	answer->count++;
	uint8_t *at = put16(answer->at, 0xc000 | HEADER);
	at = put16(put16(at, answer->question->type), CLASS_IN);
	return put16(put32(at, TTL), (unsigned)data);
}

static void add_address(const struct address *address, void *context)
{
	struct answer *answer = context;
	if (address->length != (answer->question->type == TYPE_A ? 4 : 16)) return;
	uint8_t *at = begin_record(answer, address->length);
	if (!at) return;
	memcpy(at, address->bytes, address->length);
	answer->at = at + address->length;
}

static void add_name(struct answer *answer, const char *name)
{
	size_t length = strlen(name) + 2;
	uint8_t *at = begin_record(answer, length);
	if (!at) return;
	answer->at = at + length;
	for (const char *label = name; *label;) {
		size_t size = strcspn(label, ".");
		*at++ = (uint8_t)size;
		memcpy(at, label, size);
		at += size;
		label += size + (label[size] == '.');
	}
	*at = 0;
}

static void take_nothing(const struct address *address, void *context)
{
	(void)address;
	(void)context;
}

/* `7.0.18.172.in-addr.arpa` */
static bool read_reverse4(const char *name, struct address *address)
{
	unsigned part[4];
	int used = 0;
	if (sscanf(name, "%3u.%3u.%3u.%3u.in-addr.arpa%n", &part[3], &part[2], &part[1], &part[0], &used) != 4) return false;
	if (used == 0 || name[used] != 0) return false;
	address->length = 4;
	for (int i = 0; i < 4; i++) {
		if (part[i] > 255) return false;
		address->bytes[i] = (uint8_t)part[i];
	}
	return true;
}

static int nibble(char letter)
{
	if (letter >= '0' && letter <= '9') return letter - '0';
	return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

/* 32 single hex digits, the lowest first, and ip6.arpa (RFC 3596, section 2.5). */
static bool read_reverse6(const char *name, struct address *address)
{
	if (strlen(name) != 64 + strlen("ip6.arpa") || strcmp(name + 64, "ip6.arpa")) return false;
	memset(address->bytes, 0, 16);
	address->length = 16;
	for (int i = 0; i < 32; i++) {
		int digit = nibble(name[2 * i]);
		if (digit < 0 || name[2 * i + 1] != '.') return false;
		address->bytes[15 - i / 2] |= (uint8_t)(i % 2 ? digit << 4 : digit);
	}
	return true;
}

static size_t finish(struct answer *answer)
{
	if (answer->truncated) answer->into[2] |= TRUNCATED;
	return end_answer(answer->question, answer->into, answer->at, answer->count);
}

static size_t reverse_answer(const struct sandbox *sandbox, const struct question *question, uint8_t *into)
{
	struct address address;
	char name[NAME];
	if (!read_reverse4(question->name, &address) && !read_reverse6(question->name, &address)) return 0;
	if (!find_address(sandbox, &address, name)) return 0;
	struct answer answer = { .question = question, .into = into, .at = begin_answer(question, 0, into) };
	add_name(&answer, name);
	return finish(&answer);
}

/* A name that we know has no other records than addresses. */
size_t own_answer(const struct sandbox *sandbox, const struct question *question, uint8_t *into)
{
	if (question->class != CLASS_IN || question->name[0] == 0) return 0;
	if (question->type == TYPE_PTR) return reverse_answer(sandbox, question, into);
	bool wants = question->type == TYPE_A || question->type == TYPE_AAAA;
	struct answer answer = { .question = question, .into = into, .at = begin_answer(question, 0, into) };
	if (find_name(sandbox, question->name, wants ? add_address : take_nothing, &answer) == 0) return 0;
	return finish(&answer);
}

/* The same question, but for the case of its letters (RFC 5452, section 9.1). */
static bool is_same_question(const struct question *question, const uint8_t *answer, size_t length)
{
	if (length < question->end || get16(answer + 4) != 1) return false;
	for (size_t i = HEADER; i < question->end; i++)
		if (lower(answer[i]) != lower(question->bytes[i])) return false;
	return true;
}

size_t fit_answer(const struct question *question, uint16_t asked_as, uint8_t *answer, size_t length)
{
	if (length < HEADER || !(answer[2] & IS_ANSWER) || get16(answer) != asked_as) return 0;
	/* servers that cannot read a question say so without repeating it */
	bool is_bare = get16(answer + 4) == 0 && (answer[3] & 15) != 0 && length == HEADER;
	if (!is_bare && !is_same_question(question, answer, length)) return 0;
	put16(answer, question->id);
	if (length <= question->room) return length;
	/* no more than was asked for: the client comes again by TCP */
	answer[2] |= TRUNCATED;
	memset(answer + 6, 0, 6);
	return question->end;
}
