/* The file that the lines go to, and its rotation. */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"

enum { NAME_SIZE = 4224, NO_WRITER = 0222 };

static const struct log_options *opts;
static int fd = -1, lost_errno;
static off_t size;
static uint64_t lost;
static bool held, rotated;

static void open_file(void)
{
	struct stat info;
	char last;
	fd = open(opts->path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0640);
	if (fd < 0) {
		lost_errno = errno;
		return;
	}
	size = fstat(fd, &info) == 0 ? info.st_size : 0;
	/* A line that a crash cut off must not spoil the next one. */
	if (size && pread(fd, &last, 1, size - 1) == 1 && last != '\n' && write(fd, "\n", 1) == 1) size++;
}

static void name_of(char *name, int number, const char *ending)
{
	snprintf(name, NAME_SIZE, "%s.%d%s", opts->path, number, ending);
}

/* The oldest file waits for the daemon, which takes the right to write from what it has sent whole. */
static bool oldest_is_unsent(void)
{
	struct stat info;
	char name[NAME_SIZE];
	name_of(name, opts->max_files - 1, "");
	return opts->keep_unsent && stat(name, &info) == 0 && (info.st_mode & NO_WRITER);
}

static void shift(const char *ending)
{
	char from[NAME_SIZE], to[NAME_SIZE];
	name_of(to, opts->max_files - 1, ending);
	unlink(to);
	for (int i = opts->max_files - 1; i > 1; i--) {
		name_of(from, i - 1, ending);
		name_of(to, i, ending);
		rename(from, to);
	}
}

static void rotate(void)
{
	char first[NAME_SIZE];
	struct stat info;
	if (fstat(fd, &info) == 0 && info.st_size < opts->max_bytes) { /* somebody truncated it */
		size = info.st_size;
		return;
	}
	if (opts->max_files < 2) {
		if (ftruncate(fd, 0) == 0) size = 0;
		return;
	}
	if ((held = oldest_is_unsent())) return;
	shift("");
	shift(".gz");
	name_of(first, 1, "");
	if (rename(opts->path, first) != 0) return;
	close(fd);
	open_file();
	rotated = true;
}

uint64_t count_lines(const char *data, size_t length)
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

size_t loss_line(char *to, size_t room, uint64_t lines, const char *why)
{
	return (size_t)snprintf(to, room, "{\"log\":\"[berth: %llu %s lost: %c%s]\\n\",\"stream\":\"stderr\",\"time\":\"%s\"}\n",
		(unsigned long long)lines, lines == 1 ? "line" : "lines", tolower(*why), why + 1, timestamp());
}

static bool note_loss(void)
{
	char line[512];
	size_t n = loss_line(line, sizeof line, lost, strerror(lost_errno));
	if (fd < 0) open_file();
	if (write_lines(line, n) != n) return false;
	lost = 0;
	return true;
}

/* How much of the data goes into the file before it is full, to the end of a line. */
static size_t fitting(const char *data, size_t length)
{
	off_t room = opts->max_bytes - size;
	if (opts->max_bytes <= 0 || held || room >= (off_t)length) return length;
	size_t from = room > 0 ? (size_t)room - 1 : 0;
	const char *end = memchr(data + from, '\n', length - from);
	return end ? (size_t)(end - data) + 1 : length;
}

void file_write(const char *data, size_t length)
{
	while (length) {
		if (opts->max_bytes > 0 && fd >= 0 && !held && size >= opts->max_bytes) rotate();
		size_t part = fitting(data, length), done = 0;
		if (!lost || note_loss()) done = write_lines(data, part);
		lost += count_lines(data + done, part - done);
		data += part;
		length -= part;
	}
}

void file_flush(void)
{
	if (lost) note_loss();
}

bool file_held(void)
{
	return held;
}

bool file_rotated(void)
{
	bool was = rotated;
	rotated = false;
	return was;
}

/* "sent": the daemon has sent a file. "compressed INODE": it has written INODE's content to PATH.gz-INODE. */
void file_obey(const char *line)
{
	char made[NAME_SIZE], plain[NAME_SIZE], packed[NAME_SIZE];
	unsigned long long inode;
	struct stat info;
	if (!strcmp(line, "sent")) held = false;
	if (sscanf(line, "compressed %llu", &inode) != 1) return;
	snprintf(made, sizeof made, "%s.gz-%llu", opts->path, inode);
	for (int i = 1; i < opts->max_files; i++) {
		name_of(plain, i, "");
		name_of(packed, i, ".gz");
		if (stat(plain, &info) != 0 || info.st_ino != inode) continue;
		if (rename(made, packed) == 0) unlink(plain);
		return;
	}
	unlink(made);
}

void file_open(const struct log_options *options)
{
	opts = options;
	open_file();
}
