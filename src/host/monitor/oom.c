/* Processes of the container that were killed for want of memory. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "monitor.h"

int64_t oom_at;

static int oom_event = -1, oom_source = -1, oom_tries;
static bool oom_seen;

/* A counter named "oom_kill" in memory.oom_control (v1) or memory.events (v2); reading it also re-arms poll. */
bool note_oom(void)
{
	char text[1024];
	ssize_t n = oom_source >= 0 ? pread(oom_source, text, sizeof text - 1, 0) : 0;
	text[n > 0 ? n : 0] = 0;
	char *at = strstr(text, "oom_kill ");
	if (oom_seen || !at || strtoull(at + 9, NULL, 10) == 0) return oom_seen;
	oom_seen = true;
	tell("oom\n");
	return true;
}

void watch_oom(void)
{
	char directory[PATH_SIZE], text[64];
	if (!opt.oom_file || (oom_source = open(opt.oom_file, O_RDONLY | O_CLOEXEC)) < 0) return;
	const char *slash = strrchr(opt.oom_file, '/');
	if (slash && !strcmp(slash + 1, "memory.oom_control")) {
		snprintf(directory, sizeof directory, "%.*s", (int)(slash - opt.oom_file), opt.oom_file);
		oom_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		snprintf(text, sizeof text, "%d %d", oom_event, oom_source);
		if (write_file(directory, "cgroup.event_control", text) != 0) oom_event = (close(oom_event), -1);
	}
	note_oom();
}

struct pollfd oom_poll(void)
{
	bool is_v1 = opt.oom_file && strstr(opt.oom_file, "/memory.oom_control");
	int fd = is_v1 ? oom_event : oom_source;
	return (struct pollfd){oom_seen ? -1 : fd, is_v1 ? POLLIN : POLLPRI, 0};
}

void serve_oom(void)
{
	uint64_t count;
	if (oom_event >= 0 && read(oom_event, &count, sizeof count) < 0) oom_event = (close(oom_event), -1);
	/* v1 says so before it kills: the counter comes a little later, if at all. */
	if (!note_oom() && oom_event >= 0) oom_at = clock_ms() + 10, oom_tries = 100;
	/* The group is gone: poll would report it for ever. */
	if (!oom_seen && oom_event < 0 && access(opt.oom_file, F_OK) != 0) oom_source = (close(oom_source), -1);
}

void check_oom(int64_t now)
{
	if (oom_at && now >= oom_at) oom_at = !note_oom() && --oom_tries > 0 ? now + 10 : 0;
}
