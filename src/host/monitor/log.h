/* The container's log in Docker's json-file form. Without log_open() every call does nothing. */
#pragma once
#include <stddef.h>

enum { PIECE = 16384 }; /* a longer line is logged in pieces of this many bytes; only the last ends with a newline */

struct stream {
	int fd;
	const char *name;
	char held[PIECE]; /* the beginning of a line whose end has not come yet */
	size_t held_length;
};

void log_open(const char *path, long long max_bytes, int max_files, const char *attributes);
/* Takes bytes of a stream; they reach the file by log_flush(), or earlier. */
void log_bytes(struct stream *s, const char *data, size_t length);
/* The stream has ended: its last, unfinished line. */
void log_rest(struct stream *s);
void log_flush(void);
/* Gives memory back that is needed only while there is output. */
void log_idle(void);
