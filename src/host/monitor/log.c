#define _GNU_SOURCE
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 262144, OVERHEAD = 256 };

static const char *path, *attributes;
static int fd = -1, max_files;
static off_t size, max_bytes;
static char *batch;
static size_t used, attributes_length;
static uint64_t lost;
static int lost_errno;
static char stamp[64];

/* RFC3339Nano as Go prints it: no zeros at the end of the fraction. */
static void take_time(void)
{
	static time_t known = -1;
	static char second[48];
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	if (now.tv_sec != known) {
		/* Days to a date, after Howard Hinnant's civil_from_days; gmtime_r would load the time zone. */
		long days = (long)(now.tv_sec / 86400), rest = (long)(now.tv_sec % 86400), z = days + 719468, era = z / 146097,
			 doe = z - era * 146097, yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365,
			 doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153, day = doy - (153 * mp + 2) / 5 + 1,
			 month = mp < 10 ? mp + 3 : mp - 9, year = yoe + era * 400 + (month <= 2);
		snprintf(second, sizeof second, "%04d-%02d-%02dT%02d:%02d:%02d", (int)year, (int)month, (int)day,
			(int)(rest / 3600), (int)(rest / 60 % 60), (int)(rest % 60));
		known = now.tv_sec;
	}
	int n = snprintf(stamp, sizeof stamp, "%s.%09ld", second, now.tv_nsec);
	while (stamp[n - 1] == '0') n--;
	if (stamp[n - 1] == '.') n--;
	stamp[n] = 'Z';
	stamp[n + 1] = 0;
}

static void open_file(void)
{
	struct stat info;
	char last;
	fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0640);
	if (fd < 0) {
		lost_errno = errno;
		return;
	}
	size = fstat(fd, &info) == 0 ? info.st_size : 0;
	/* A line that a crash cut off must not spoil the next one. */
	if (size && pread(fd, &last, 1, size - 1) == 1 && last != '\n' && write(fd, "\n", 1) == 1) size++;
}

static void rotate(void)
{
	char from[4224], to[4224];
	struct stat info;
	if (fstat(fd, &info) == 0 && info.st_size < max_bytes) { /* somebody truncated it */
		size = info.st_size;
		return;
	}
	if (max_files < 2) {
		if (ftruncate(fd, 0) == 0) size = 0;
		return;
	}
	for (int i = max_files - 1; i > 1; i--) {
		snprintf(from, sizeof from, "%s.%d", path, i - 1);
		snprintf(to, sizeof to, "%s.%d", path, i);
		rename(from, to);
	}
	snprintf(to, sizeof to, "%s.1", path);
	if (rename(path, to) != 0) return;
	close(fd);
	open_file();
}

static uint64_t count_lines(const char *data, size_t length)
{
	uint64_t lines = 0;
	for (const char *end = data + length; (data = memchr(data, '\n', (size_t)(end - data))); data++) lines++;
	return lines;
}

/* Writes whole lines: what a full disk has cut off is taken back. Gives the bytes written. */
static size_t write_lines(const char *data, size_t length)
{
	size_t done = 0;
	while (fd >= 0 && done < length) {
		ssize_t n = write(fd, data + done, length - done);
		if (n < 0 && errno == EINTR) continue;
		if (n <= 0) {
			lost_errno = n < 0 ? errno : ENOSPC;
			break;
		}
		done += (size_t)n;
	}
	size += (off_t)done;
	if (done == length) return done;
	const char *end = done ? memrchr(data, '\n', done) : NULL;
	size_t whole = end ? (size_t)(end - data) + 1 : 0;
	if (whole < done && ftruncate(fd, size - (off_t)(done - whole)) == 0) size -= (off_t)(done - whole);
	return whole;
}

static bool note_loss(void)
{
	char line[512];
	int n = snprintf(line, sizeof line, "{\"log\":\"berth: %llu lines of this log were lost: %s\\n\",\"stream\":\"stderr\",\"time\":\"%s\"}\n",
		(unsigned long long)lost, strerror(lost_errno), stamp);
	if (fd < 0) open_file();
	if (write_lines(line, (size_t)n) != (size_t)n) return false;
	lost = 0;
	return true;
}

void log_flush(void)
{
	size_t done = 0;
	if (!used && !lost) return;
	if (!lost || note_loss()) done = write_lines(batch, used);
	lost += count_lines(batch + done, used - done);
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
	if (max_bytes > 0 && size + (off_t)used >= max_bytes) {
		log_flush();
		if (fd >= 0 && size >= max_bytes) rotate();
	}
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
	take_time();
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
	take_time();
	put_line(s, s->held, s->held_length, false);
	s->held_length = 0;
}

void log_idle(void)
{
	if (batch && !used) madvise(batch, BATCH, MADV_DONTNEED);
}

void log_open(const char *file, long long bytes, int files, const char *json)
{
	path = file;
	max_bytes = bytes;
	max_files = files;
	attributes = json && json[0] ? json : NULL;
	attributes_length = attributes ? strlen(attributes) : 0;
	void *space = mmap(NULL, BATCH, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (space == MAP_FAILED || attributes_length > BATCH / 2 - OVERHEAD) return;
	batch = space;
	open_file();
}
