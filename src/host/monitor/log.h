/* The container's log in Docker's json-file form. Without log_open() every call does nothing. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { PIECE = 16384 }; /* a longer line is logged in pieces of this many bytes; only the last ends with a newline */

struct stream {
	int fd;
	const char *name;
	char held[PIECE]; /* the beginning of a line whose end has not come yet */
	size_t held_length;
};

struct log_options {
	const char *path, *attributes; /* attributes: a file with a JSON object, or NULL */
	off_t max_bytes;
	int max_files;
	bool keep_unsent; /* no file is dropped before the daemon has sent it: the container waits */
	long long buffer; /* bytes that may wait for the disk; 0: the container waits for it */
};

/* log.c */
void log_open(const struct log_options *options);
/* Takes bytes of a stream; they reach the file by log_flush(), or earlier. */
void log_bytes(struct stream *s, const char *data, size_t length);
/* The stream has ended: its last, unfinished line. */
void log_rest(struct stream *s);
void log_flush(void);
/* Everything is with the disk, if it takes it. */
void log_close(void);
/* Gives memory back that is needed only while there is output. */
void log_idle(void);
/* The container has to wait: the files are full of what has not been sent. */
bool log_held(void);
/* What the daemon says about the files, see file_obey(). */
void log_obey(const char *line);
/* A descriptor to wait for, or -1; then log_serve(). */
int log_poll(void);
/* True if a file was rotated since the last call. */
bool log_serve(void);

/* timestamp.c */
const char *timestamp(void);

/* log-file.c */
void file_open(const struct log_options *options);
void file_write(const char *lines, size_t length);
/* Lines that were lost are told, if the disk takes that. */
void file_flush(void);
bool file_held(void);
bool file_rotated(void);
void file_obey(const char *line);
size_t loss_line(char *to, size_t room, uint64_t lines, const char *why);
uint64_t count_lines(const char *data, size_t length);

/* log-buffer.c */
bool buffer_open(const struct log_options *options);
void buffer_write(const char *lines, size_t length);
void buffer_obey(const char *line);
int buffer_poll(void);
bool buffer_serve(void);
void buffer_close(void);
