/* The release of what a container had: its processes, its cgroups, the runtime's state. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "monitor.h"

int write_file(const char *directory, const char *name, const char *text)
{
	char path[PATH_SIZE];
	snprintf(path, sizeof path, "%s/%s", directory, name);
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0) return -1;
	ssize_t n = write(fd, text, strlen(text));
	close(fd);
	return n < 0 ? -1 : 0;
}

static void kill_listed(const char *path)
{
	char text[4096];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) return;
	/* One page at a time is enough: the caller comes again until the group is empty. */
	ssize_t n = read(fd, text, sizeof text - 1);
	close(fd);
	text[n > 0 ? n : 0] = 0;
	for (char *at = text, *end; *at; at = end) {
		long pid = strtol(at, &end, 10);
		if (end == at) break;
		if (pid > 1 && (*end == '\n' || *end == ' ')) kill((pid_t)pid, SIGKILL);
	}
}

static void kill_group(const char *directory)
{
	char path[PATH_SIZE];
	if (write_file(directory, "cgroup.kill", "1") != 0) {
		snprintf(path, sizeof path, "%s/cgroup.procs", directory);
		kill_listed(path);
	}
	write_file(directory, "freezer.state", "THAWED"); /* a frozen process of v1 does not die */
}

void kill_groups(void)
{
	for (int i = 0; i < opt.cgroups.count; i++) kill_group(opt.cgroups.item[i]);
}

/* Ends a start that hangs: the runtime, what it has begun, and the container's processes. */
void kill_start(void)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/self/task/%d/children", getpid());
	kill_listed(path);
	if (runtime_pid) kill(runtime_pid, SIGKILL);
	kill_groups();
}

/* Removes a cgroup with those that the container made below it. A plain removal is tried first: it nearly always does. */
static bool remove_group(const char *directory, int depth)
{
	if (rmdir(directory) == 0 || errno == ENOENT) return true;
	kill_group(directory);
	DIR *d = depth < 32 ? opendir(directory) : NULL;
	for (struct dirent *e; d && (e = readdir(d));) {
		char path[PATH_SIZE];
		if (e->d_type != DT_DIR || !strcmp(e->d_name, ".") || !strcmp(e->d_name, "..")) continue;
		if (snprintf(path, sizeof path, "%s/%s", directory, e->d_name) < (int)sizeof path) remove_group(path, depth + 1);
	}
	if (d) closedir(d);
	return rmdir(directory) == 0 || errno == ENOENT;
}

static void release_groups(void)
{
	bool left = opt.cgroups.count > 0;
	/* A process in the middle of a kernel call delays the removal: about five seconds for it, then the daemon's sweep. */
	for (int tries = 0; left && tries < RELEASE_TRIES; tries++) {
		if (tries) usleep(tries < 10 ? 1000 : 20000);
		while (waitpid(-1, NULL, WNOHANG) > 0) {} /* a zombie of ours keeps its group busy */
		left = false;
		for (int i = 0; i < opt.cgroups.count; i++) left |= !remove_group(opt.cgroups.item[i], 0);
	}
}

static void release_state(void)
{
	DIR *d = opendir(opt.state);
	for (struct dirent *e; d && (e = readdir(d));)
		if (e->d_type != DT_DIR) unlinkat(dirfd(d), e->d_name, 0);
	if (d) closedir(d);
	rmdir(opt.state);
}

static void delete_by_runtime(void)
{
	const char *argv[LIST + 8];
	int n = runtime_argv(argv);
	argv[n++] = "delete";
	argv[n++] = "--force";
	argv[n++] = opt.id;
	argv[n] = NULL;
	pid_t pid = fork();
	if (pid == 0) {
		plain_signals();
		close_range(3, ~0U, 0);
		execv(opt.runtime, (char **)argv);
		_exit(127);
	}
	for (int tries = 0; pid > 0 && waitpid(pid, NULL, WNOHANG) == 0; tries++) {
		if (tries == 5000) kill(pid, SIGKILL);
		usleep(2000);
	}
}

void release(void)
{
	if (opt.process) return; /* an exec owns nothing */
	if (opt.state) release_state();
	else delete_by_runtime();
	release_groups();
}
