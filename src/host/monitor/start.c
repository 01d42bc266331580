/* The start: the root filesystem in a namespace of its own, the runtime, the terminal. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "monitor.h"

int console = -1;

static int peer = -1;
static unsigned rows, columns;

_Noreturn void complain(const char *what, const char *path)
{
	dprintf(2, "%s %s: %s\n", what, path, strerror(errno));
	_exit(126);
}

static void mount_root(const char *source, const char *type, unsigned long flags, const char *data)
{
	if (mount(source, opt.mountpoint, type, flags, data) != 0) complain("mount root filesystem at", opt.mountpoint);
}

int open_directory(const char *path)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) complain("open", path);
	return fd;
}

/*
 * Directories are named by descriptors: mount's options are one page, which the paths of many layers outgrow, and a path
 * may hold the characters that separate options.
 */
size_t lower_option(char *data, size_t size, const char *const *layers, int count)
{
	size_t n = 0;
	for (int i = 0; i < count; i++) {
		n += (size_t)snprintf(data + n, size - n, "%s/proc/self/fd/%d", i ? ":" : "lowerdir=", open_directory(layers[i]));
		if (n >= size) errno = E2BIG, complain("mount layers of", opt.id);
	}
	return n;
}

static void mount_overlay(void)
{
	static char data[4096];
	char incompatible[PATH_SIZE];
	size_t n = 0;
	/* Without an upper directory overlay wants two lower ones: the empty mountpoint will do. */
	if (!opt.upper && opt.lower.count == 1) opt.lower.item[opt.lower.count++] = opt.mountpoint;
	n = lower_option(data, sizeof data - 160, opt.lower.item, opt.lower.count);
	if (opt.upper)
		n += (size_t)snprintf(data + n, sizeof data - n, ",upperdir=/proc/self/fd/%d,workdir=/proc/self/fd/%d",
			open_directory(opt.upper), open_directory(opt.work));
	n += (size_t)snprintf(data + n, sizeof data - n, ",index=off,metacopy=off,redirect_dir=off");
	if (opt.upper && opt.sync && !strcmp(opt.sync, "0")) {
		/* Left by the mount before; it refuses the next one. */
		snprintf(incompatible, sizeof incompatible, "%s/work/incompat/volatile/dirty", opt.work);
		unlink(incompatible);
		*strrchr(incompatible, '/') = 0;
		rmdir(incompatible);
		snprintf(data + n, sizeof data - n, ",volatile");
		if (mount("overlay", opt.mountpoint, "overlay", 0, data) == 0) return;
		data[n] = 0; /* Linux before 5.10 */
	}
	mount_root("overlay", "overlay", 0, data);
}

/*
 * The mount lives in the runtime's namespace and in the container's, which is a copy of it, and ends with them. Only the
 * mount that holds the bundle is cut off from the host's, so that a volume that is to be shared with the host stays so.
 */
static void make_root(void)
{
	char parent[PATH_SIZE];
	if (unshare(CLONE_NEWNS) != 0) complain("unshare mount namespace for", opt.id);
	snprintf(parent, sizeof parent, "%s", opt.mountpoint);
	while (mount(NULL, parent, NULL, MS_SLAVE, NULL) != 0 && strcmp(parent, "/")) {
		char *slash = strrchr(parent, '/');
		if (!slash) break;
		slash[slash == parent] = 0;
	}
	if (!opt.upper && !opt.lower.count) errno = EINVAL, complain("no layer for", opt.mountpoint);
	if (opt.lower.count) mount_overlay();
	else mount_root(opt.upper, NULL, MS_BIND, NULL);
	mount_views();
}

static int listen_console(char *path, size_t size)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int directory = open(opt.directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* By way of the descriptor: the directory's own path may be longer than a socket's may be. */
	snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/console.sock", directory);
	unlinkat(directory, "console.sock", 0);
	if (directory < 0 || fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 1) != 0) return -1;
	snprintf(path, size, "/proc/%d/fd/%d/console.sock", getpid(), directory);
	return fd;
}

void resize(unsigned new_rows, unsigned new_columns)
{
	struct winsize size = {.ws_row = (unsigned short)new_rows, .ws_col = (unsigned short)new_columns};
	rows = new_rows, columns = new_columns; /* also for a terminal that has yet to come */
	if (opt.terminal && output[0].fd >= 0) ioctl(output[0].fd, TIOCSWINSZ, &size);
}

void take_terminal(void)
{
	char name[64], control[CMSG_SPACE(sizeof(int))];
	struct iovec part = {name, sizeof name};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
	struct timeval limit = {.tv_sec = 5};
	int fd = accept4(console, NULL, NULL, SOCK_CLOEXEC), master = -1;
	if (fd < 0) return;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
	ssize_t n = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
	struct cmsghdr *head = n > 0 ? CMSG_FIRSTHDR(&message) : NULL;
	if (head && head->cmsg_type == SCM_RIGHTS) memcpy(&master, CMSG_DATA(head), sizeof master);
	close(fd);
	if (master < 0) return;
	close(console);
	console = -1;
	fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK);
	output[0].fd = master;
	if (opt.input) input = master;
	/* While we hold its other end, a container that closes its terminal for a while does not turn poll into a busy loop. */
	peer = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (rows || sscanf(opt.terminal, "%ux%u", &rows, &columns) == 2) resize(rows, columns);
}

void release_terminal(void)
{
	if (peer >= 0) close(peer);
	peer = -1;
}

void plain_signals(void)
{
	sigset_t none;
	sigemptyset(&none);
	for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

int runtime_argv(const char **argv)
{
	int n = 0;
	argv[n++] = opt.runtime;
	for (int i = 0; i < opt.runtime_args.count; i++) argv[n++] = opt.runtime_args.item[i];
	argv[n++] = "--root";
	argv[n++] = opt.root;
	return n;
}

/*
 * A runtime copies itself, or mounts itself read-only, and starts that once more, so that a container cannot overwrite it
 * through /proc/PID/exe (CVE-2019-5736). Started from a read-only mount that is nowhere attached it has nothing left to do.
 */
static void execute(const char **argv)
{
	struct mount_attr read_only = {.attr_set = MOUNT_ATTR_RDONLY};
	int fd = open_tree(AT_FDCWD, opt.runtime, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (fd >= 0 && mount_setattr(fd, "", AT_EMPTY_PATH, &read_only, sizeof read_only) == 0)
		execveat(fd, "", (char **)argv, environ, AT_EMPTY_PATH);
	execv(opt.runtime, (char **)argv);
}

_Noreturn static void become_runtime(const char **argv, int in, int out, int err)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	plain_signals();
	write_file("/proc/self", "oom_score_adj", "0"); /* ours is not for the container */
	umask(022);
	dup2(in >= 0 ? in : null, 0);
	dup2(out >= 0 ? out : null, 1);
	dup2(err, 2);
	if (opt.mountpoint) make_root();
	close_range(3, ~0U, 0);
	execute(argv);
	complain("start runtime", opt.runtime);
	_exit(126);
}

static void run(const char **argv)
{
	int in[2] = {-1, -1}, out[2] = {-1, -1}, err[2];
	if (pipe2(err, O_CLOEXEC) != 0) return fail("pipe: too many open files");
	if (!opt.terminal && (pipe2(out, O_CLOEXEC) != 0 || (opt.input && pipe2(in, O_CLOEXEC) != 0)))
		return fail("pipe: too many open files");
	runtime_pid = fork();
	if (runtime_pid == 0) become_runtime(argv, in[0], out[1], err[1]);
	if (in[0] >= 0) close(in[0]);
	if (out[1] >= 0) close(out[1]);
	close(err[1]);
	input = in[1];
	output[0].fd = out[0];
	output[1].fd = err[0];
	const int ours[3] = {input, output[0].fd, output[1].fd};
	for (int i = 0; i < 3; i++)
		if (ours[i] >= 0) fcntl(ours[i], F_SETFL, O_NONBLOCK);
	if (runtime_pid < 0) runtime_pid = 0, fail("fork: resource temporarily unavailable");
}

void start_runtime(void)
{
	const char *argv[LIST + 24];
	char pid_file[PATH_SIZE], socket_path[64];
	snprintf(pid_file, sizeof pid_file, "%s/pid", opt.directory);
	unlink(pid_file);
	int n = runtime_argv(argv);
	argv[n++] = opt.process ? "exec" : "run";
	argv[n++] = "--detach";
	argv[n++] = "--pid-file";
	argv[n++] = pid_file;
	argv[n++] = opt.process ? "--process" : "--bundle";
	argv[n++] = opt.process ? opt.process : opt.bundle;
	if (opt.terminal) {
		if ((console = listen_console(socket_path, sizeof socket_path)) < 0) return fail("console socket: cannot listen");
		argv[n++] = "--console-socket";
		argv[n++] = socket_path;
	}
	argv[n++] = opt.id;
	argv[n] = NULL;
	run(argv);
}
