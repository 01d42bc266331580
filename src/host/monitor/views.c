/*
 * Parts of volumes and of images that a container mounts: each a bind on a directory or file `views/N` of the bundle, seen
 * only in the runtime's namespace. The list of --view has for each of them the directories of its layers, topmost first (or
 * the one directory of a volume), and then `=` (or `!`: read-only, with all that is mounted below) with the path in it, empty for
 * the whole.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "monitor.h"

/*
 * Another container that has the volume may swap a part of the path for a link at any time: the kernel resolves it in one
 * step, below the base, and what it found is used by its descriptor alone [CVE-2017-1002101].
 */
static int open_below(int base, const char *path)
{
	struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
	int fd = -1;
	for (int tries = 0; fd < 0 && tries < 64; tries++) {
		fd = (int)syscall(SYS_openat2, base, path, &how, sizeof how);
		if (fd < 0 && errno != EAGAIN && errno != EINTR) break;
	}
	if (fd < 0 && errno == EXDEV) {
		dprintf(2, "path concatenation escapes the base directory, subpath: %s\n", path);
		_exit(126);
	}
	if (fd < 0) complain("cannot access path", path);
	return fd;
}

static void join_layers(const char *place, const char *const *layers, int count)
{
	static char data[4096];
	lower_option(data, sizeof data, layers, count);
	if (mkdir(place, 0755) != 0 || mount("overlay", place, "overlay", MS_RDONLY, data) != 0) complain("mount image at", place);
}

static void make_place(const char *place, int like)
{
	struct stat status;
	if (fstat(like, &status) != 0) complain("look at", place);
	if ((S_ISDIR(status.st_mode) ? mkdir(place, 0755) : mknod(place, S_IFREG | 0600, 0)) != 0) complain("make", place);
}

static void mount_view(const char *place, const char *const *layers, int count, const char *part, bool read_only)
{
	struct mount_attr attributes = {.attr_set = MOUNT_ATTR_RDONLY};
	char whole[PATH_SIZE + 8], source[32];
	snprintf(whole, sizeof whole, "%s.whole", place);
	if (count > 1) join_layers(whole, layers, count);
	int fd = open_directory(count > 1 ? whole : layers[0]);
	if (*part) fd = open_below(fd, part);
	make_place(place, fd);
	snprintf(source, sizeof source, "/proc/self/fd/%d", fd);
	if (mount(source, place, NULL, MS_BIND | MS_REC, NULL) != 0) complain("mount a part of a volume at", place);
	/* Linux before 5.12 cannot; the runtime makes the topmost read-only in any case. */
	if (read_only && mount_setattr(AT_FDCWD, place, AT_RECURSIVE, &attributes, sizeof attributes) != 0 && errno != ENOSYS)
		complain("make read-only", place);
}

void mount_views(void)
{
	char directory[PATH_SIZE - 32], place[PATH_SIZE];
	if (!opt.views.count) return;
	snprintf(directory, sizeof directory, "%s/views", opt.bundle);
	if ((mkdir(directory, 0700) != 0 && errno != EEXIST) || mount("tmpfs", directory, "tmpfs", 0, "mode=700,size=1m") != 0)
		complain("mount", directory);
	for (int at = 0, first = 0, number = 0; at < opt.views.count; at++) {
		if (*opt.views.item[at] == '/') continue;
		snprintf(place, sizeof place, "%s/%d", directory, number++);
		if (at == first) errno = EINVAL, complain("no layer for", place);
		mount_view(place, opt.views.item + first, at - first, opt.views.item[at] + 1, *opt.views.item[at] == '!');
		first = at + 1;
	}
}
