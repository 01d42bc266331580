#define _GNU_SOURCE
#include "log.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { BATCH = 262144, OVERHEAD = 256, LONGEST_ATTRIBUTES = 65536 };

static char *batch;
static size_t used, attributes_length;
static char *attributes;
static const char *stamp;
static bool buffered;

void log_flush(void)
{
	if (!batch) return;
	if (buffered) buffer_write(batch, used);
	else if (used) file_write(batch, used);
	else file_flush();
	used = 0;
}

static void put(const char *text, size_t length)
{
	memcpy(batch + used, text, length);
	used += length;
}

/* The length of the well-formed UTF-8 sequence at s, or 0; `missing` if it might become one with more bytes. */
static size_t sequence(const unsigned char *s, size_t length, bool *missing)
{
	unsigned char a = s[0], low = 0x80, high = 0xbf;
	size_t n = a >= 0xc2 && a <= 0xdf ? 2 : a >= 0xe0 && a <= 0xef ? 3 : a >= 0xf0 && a <= 0xf4 ? 4 : 0;
	if (a == 0xe0) low = 0xa0;
	if (a == 0xed) high = 0x9f; /* surrogates */
	if (a == 0xf0) low = 0x90;
	if (a == 0xf4) high = 0x8f;
	for (size_t i = 1; i < n; i++) {
		if (i == length) {
			*missing = true;
			return 0;
		}
		if (s[i] < low || s[i] > high) return 0;
		low = 0x80, high = 0xbf;
	}
	return n;
}

/* Escapes as Docker's json-file does (Go's encoding/json with HTML escapes; invalid bytes become U+FFFD). */
static void put_escaped(const char *data, size_t length)
{
	static const char hex[] = "0123456789abcdef";
	const unsigned char *s = (const unsigned char *)data, *end = s + length, *from = s;
	while (s < end) {
		unsigned char b = *s;
		if (b >= 0x20 && b < 0x80 && b != '"' && b != '\\' && b != '<' && b != '>' && b != '&') {
			s++;
			continue;
		}
		bool missing;
		size_t n = b < 0x80 ? 1 : sequence(s, (size_t)(end - s), &missing);
		bool separator = n == 3 && b == 0xe2 && s[1] == 0x80 && (s[2] == 0xa8 || s[2] == 0xa9);
		if (n > 1 && !separator) {
			s += n;
			continue;
		}
		put((const char *)from, (size_t)(s - from));
		if (n == 0) put("\\ufffd", 6);
		else if (separator) put(s[2] == 0xa8 ? "\\u2028" : "\\u2029", 6);
		else if (b == '"' || b == '\\') put((char[]){'\\', (char)b}, 2);
		else if (b == '\n' || b == '\r') put(b == '\n' ? "\\n" : "\\r", 2);
		else put((char[]){'\\', 'u', '0', '0', hex[b >> 4], hex[b & 15]}, 6);
		s += n ? n : 1;
		from = s;
	}
	put((const char *)from, (size_t)(s - from));
}

static void put_line(const struct stream *s, const char *data, size_t length, bool whole)
{
	if (used + 6 * length + attributes_length + OVERHEAD > BATCH) log_flush();
	put("{\"log\":\"", 8);
	put_escaped(data, length);
	if (whole) put("\\n", 2);
	put("\",\"stream\":\"", 12);
	put(s->name, 6);
	put("\",", 2);
	if (attributes) {
		put("\"attrs\":", 8);
		put(attributes, attributes_length);
		put(",", 1);
	}
	put("\"time\":\"", 8);
	put(stamp, strlen(stamp));
	put("\"}\n", 3);
}

/* Where to cut a piece so that no character is divided. */
static size_t cut(const char *data, size_t length)
{
	for (size_t back = 1; back < 4 && back < length; back++) {
		bool missing = false;
		sequence((const unsigned char *)data + length - back, back, &missing);
		if (missing) return length - back;
	}
	return length;
}

static void hold(struct stream *s, const char *data, size_t length)
{
	memcpy(s->held + s->held_length, data, length);
	s->held_length += length;
}

/* Takes from data what is due next for a stream that holds a beginning already. */
static size_t continue_held(struct stream *s, const char *data, size_t length, const char *newline)
{
	size_t line = newline ? (size_t)(newline - data) : length, room = PIECE - s->held_length;
	if (line < room) {
		hold(s, data, line);
		if (!newline) return line;
		put_line(s, s->held, s->held_length, true);
		s->held_length = 0;
		return line + 1;
	}
	hold(s, data, room);
	size_t end = cut(s->held, PIECE);
	put_line(s, s->held, end, false);
	memmove(s->held, s->held + end, PIECE - end);
	s->held_length = PIECE - end;
	return room;
}

void log_bytes(struct stream *s, const char *data, size_t length)
{
	if (!batch) return;
	stamp = timestamp();
	for (size_t taken; length; data += taken, length -= taken) {
		const char *newline = memchr(data, '\n', length);
		size_t line = newline ? (size_t)(newline - data) : length;
		if (!s->held_length && newline && line < PIECE) {
			put_line(s, data, line, true);
			taken = line + 1;
		} else {
			taken = continue_held(s, data, length, newline);
		}
	}
}

void log_rest(struct stream *s)
{
	if (!batch || !s->held_length) return;
	stamp = timestamp();
	put_line(s, s->held, s->held_length, false);
	s->held_length = 0;
}

void log_idle(void)
{
	if (batch && !used) madvise(batch, BATCH, MADV_DONTNEED);
}

void log_close(void)
{
	log_flush();
	if (buffered) buffer_close();
}

bool log_held(void)
{
	return batch && !buffered && file_held();
}

void log_obey(const char *line)
{
	if (!batch) return;
	if (buffered) buffer_obey(line);
	else file_obey(line);
}

int log_poll(void)
{
	return buffered ? buffer_poll() : -1;
}

bool log_serve(void)
{
	return batch && (buffered ? buffer_serve() : file_rotated());
}

static void read_attributes(const char *path)
{
	int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	if (file < 0) return;
	attributes = mmap(NULL, LONGEST_ATTRIBUTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ssize_t n = attributes == MAP_FAILED ? 0 : read(file, attributes, LONGEST_ATTRIBUTES);
	if (n > 0 && n < LONGEST_ATTRIBUTES) attributes_length = (size_t)n;
	else attributes = NULL;
	close(file);
}

void log_open(const struct log_options *options)
{
	void *space = mmap(NULL, BATCH, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (space == MAP_FAILED) return;
	batch = space;
	read_attributes(options->attributes);
	buffered = options->buffer > 0 && buffer_open(options);
	if (!buffered) file_open(options);
}
