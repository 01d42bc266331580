/*
 * port-proxy: holds the published ports of one container, and carries what the firewall's rewriting does not cover
 * (IPv6 and loopback to a container without IPv6, and a container that calls itself by the host's address).
 *
 *   port-proxy LOCK [FD/PROTOCOL/ADDRESS/PORT]...
 *
 * Descriptor LOCK is a file locked by whoever started us; it stays locked as long as we live, and our pid is written into it:
 * that is how a later daemon finds us. Each FD is a bound (tcp: listening) socket; ADDRESS and PORT are the container's.
 * PROTOCOL is tcp, udp, or hold: kept from others and not served.
 * Descriptors are numbered from 3 without gaps. SIGTERM ends it. Nothing is ever read from a connection but its bytes.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 128, ROUNDS = 8, CHUNK = 64 * 1024, DATAGRAM = 65535, CLIENTS_MAX = 4096, CLIENT_IDLE_S = 90, BURST = 64 };

/* What an epoll event points at: the first member of each thing that is watched. */
enum kind { LISTENER, SERVICE, CLIENT, ENDPOINT };
struct watched { enum kind kind; };

/* tcp */
struct service { struct watched watched; int fd, datagrams, held; struct sockaddr_storage target; socklen_t target_size; struct client *clients; int count; };
struct connection;
struct endpoint { struct watched watched; int fd; struct connection *connection; };
struct way { int pipe[2]; size_t held; int ended, closed; };
struct connection {
  struct endpoint side[2]; /* the caller, the container */
  struct way way[2];       /* from side 0 to 1, and back */
  int connecting, dead, queued;
  struct connection *next;
};

/* udp: one socket towards the container for each client, so that answers are told apart */
struct client {
  struct watched watched;
  int fd, dead;
  struct service *service;
  struct sockaddr_storage from; /* who */
  union { struct in_pktinfo v4; struct in6_pktinfo v6; } to; /* at which of our addresses */
  time_t seen;
  struct client *next;
};

static int epoll;
static struct service *services;
static int service_count, paused;
static struct connection *ready, *graveyard;
static struct client *dead_clients;
static char buffer[DATAGRAM];

static void fail(const char *what) { perror(what); exit(1); }
static time_t now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC_COARSE, &t); return t.tv_sec; }
static int would_block(void) { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

static int watch(int fd, uint32_t events, void *thing) {
  struct epoll_event event = { .events = events, .data.ptr = thing };
  return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

/* ---- tcp ---- */

static void close_pipe(struct way *way) {
  for (int end = 0; end < 2; end++) if (way->pipe[end] >= 0) { close(way->pipe[end]); way->pipe[end] = -1; }
}

/* `reset`: the other side learns that it was no orderly end. Memory is freed after the batch of events: one may still point here. */
static void end_connection(struct connection *connection, int reset) {
  if (connection->dead) return;
  connection->dead = 1;
  struct linger abort = { 1, 0 };
  for (int side = 0; side < 2; side++) {
    int fd = connection->side[side].fd;
    if (reset) setsockopt(fd, SOL_SOCKET, SO_LINGER, &abort, sizeof abort);
    close(fd);
    close_pipe(&connection->way[side]);
  }
  if (!connection->queued) { connection->next = graveyard; graveyard = connection; }
}

static void queue_connection(struct connection *connection) {
  if (connection->queued) return;
  connection->queued = 1;
  connection->next = ready;
  ready = connection;
}

/* One way: socket to pipe to socket. 1: there is more to do at once, 0: wait for an event, -1: broken. */
static int carry(struct connection *connection, int from) {
  struct way *way = &connection->way[from];
  int in = connection->side[from].fd, out = connection->side[!from].fd;
  for (int round = 0; round < ROUNDS; round++) {
    int moved = 0;
    if (!way->ended && way->held < CHUNK) {
      ssize_t count = splice(in, NULL, way->pipe[1], NULL, CHUNK - way->held, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
      if (count > 0) { way->held += (size_t)count; moved = 1; }
      else if (count == 0) way->ended = 1;
      else if (!would_block()) return -1;
    }
    if (way->held > 0) {
      ssize_t count = splice(way->pipe[0], NULL, out, NULL, way->held, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
      if (count > 0) { way->held -= (size_t)count; moved = 1; }
      else if (count < 0 && !would_block()) return -1;
    }
    if (way->ended && way->held == 0) {
      if (!way->closed) { way->closed = 1; shutdown(out, SHUT_WR); close_pipe(way); }
      return 0;
    }
    if (!moved) return 0;
  }
  return 1;
}

static void pump(struct connection *connection) {
  if (connection->dead) return;
  if (connection->connecting) {
    int error = 0; socklen_t size = sizeof error; struct sockaddr_storage peer; socklen_t peer_size = sizeof peer;
    getsockopt(connection->side[1].fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error) { end_connection(connection, 1); return; }
    if (getpeername(connection->side[1].fd, (struct sockaddr *)&peer, &peer_size) < 0) return;
    connection->connecting = 0;
  }
  for (int from = 0; from < 2; from++) {
    if (connection->way[from].closed) continue;
    int state = carry(connection, from);
    if (state < 0) { end_connection(connection, 1); return; }
    if (state > 0) queue_connection(connection);
  }
  if (connection->way[0].closed && connection->way[1].closed) end_connection(connection, 0);
}

/* Out of descriptors or memory: listeners rest until a connection has ended, instead of turning the loop in vain. */
static void pause_listeners(int rest) {
  if (paused == rest) return;
  paused = rest;
  for (int i = 0; i < service_count; i++) {
    if (services[i].datagrams || services[i].held) continue;
    struct epoll_event event = { .events = rest ? 0 : EPOLLIN, .data.ptr = &services[i] };
    epoll_ctl(epoll, EPOLL_CTL_MOD, services[i].fd, &event);
  }
}

static void discard(int caller, int target, struct connection *connection) {
  struct linger abort = { 1, 0 };
  setsockopt(caller, SOL_SOCKET, SO_LINGER, &abort, sizeof abort);
  close(caller);
  if (target >= 0) close(target);
  if (connection) { close_pipe(&connection->way[0]); close_pipe(&connection->way[1]); free(connection); }
}

static int open_connection(struct service *service, int caller) {
  struct connection *connection = calloc(1, sizeof *connection);
  int target = socket(service->target.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
  if (connection) for (int i = 0; i < 2; i++) connection->way[i].pipe[0] = connection->way[i].pipe[1] = -1;
  if (!connection || target < 0 || pipe2(connection->way[0].pipe, O_NONBLOCK | O_CLOEXEC) < 0 ||
      pipe2(connection->way[1].pipe, O_NONBLOCK | O_CLOEXEC) < 0) { discard(caller, target, connection); return -1; }
  setsockopt(caller, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(target, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(caller, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  setsockopt(target, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  if (connect(target, (struct sockaddr *)&service->target, service->target_size) < 0 && errno != EINPROGRESS) {
    discard(caller, target, connection);
    return 0;
  }
  connection->connecting = 1;
  int fds[2] = { caller, target };
  for (int side = 0; side < 2; side++)
    connection->side[side] = (struct endpoint){ { ENDPOINT }, fds[side], connection };
  for (int side = 0; side < 2; side++)
    if (watch(fds[side], EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, &connection->side[side]) < 0) { end_connection(connection, 1); return -1; }
  return 0;
}

static void take_callers(struct service *service) {
  for (int i = 0; i < BURST; i++) {
    int caller = accept4(service->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (caller < 0) {
      if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) pause_listeners(1);
      return;
    }
    if (open_connection(service, caller) < 0) pause_listeners(1);
  }
}

/* ---- udp ---- */

static int same_address(const struct sockaddr_storage *a, const struct sockaddr_storage *b) {
  if (a->ss_family != b->ss_family) return 0;
  if (a->ss_family == AF_INET) {
    const struct sockaddr_in *one = (const void *)a, *other = (const void *)b;
    return one->sin_port == other->sin_port && one->sin_addr.s_addr == other->sin_addr.s_addr;
  }
  const struct sockaddr_in6 *one = (const void *)a, *other = (const void *)b;
  return one->sin6_port == other->sin6_port && one->sin6_scope_id == other->sin6_scope_id &&
         memcmp(&one->sin6_addr, &other->sin6_addr, 16) == 0;
}

static void end_client(struct client *client) {
  struct service *service = client->service;
  for (struct client **at = &service->clients; *at; at = &(*at)->next)
    if (*at == client) { *at = client->next; break; }
  service->count--;
  close(client->fd);
  client->dead = 1;
  client->next = dead_clients;
  dead_clients = client;
}

/* The list is in order of last use, so the last one is the one to go when there are too many. */
static struct client *client_of(struct service *service, const struct sockaddr_storage *from) {
  for (struct client **at = &service->clients; *at; at = &(*at)->next) {
    if (!same_address(&(*at)->from, from)) continue;
    struct client *found = *at;
    *at = found->next; found->next = service->clients; service->clients = found;
    return found;
  }
  if (service->count >= CLIENTS_MAX) {
    struct client *last = service->clients;
    while (last->next) last = last->next;
    end_client(last);
  }
  struct client *client = calloc(1, sizeof *client);
  if (!client) return NULL;
  client->watched.kind = CLIENT; client->service = service; client->from = *from;
  client->fd = socket(service->target.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (client->fd < 0 || connect(client->fd, (struct sockaddr *)&service->target, service->target_size) < 0 ||
      watch(client->fd, EPOLLIN, client) < 0) { if (client->fd >= 0) close(client->fd); free(client); return NULL; }
  client->next = service->clients; service->clients = client; service->count++;
  return client;
}

static void remember_address(struct client *client, struct msghdr *message) {
  for (struct cmsghdr *control = CMSG_FIRSTHDR(message); control; control = CMSG_NXTHDR(message, control)) {
    if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO) memcpy(&client->to.v4, CMSG_DATA(control), sizeof client->to.v4);
    if (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_PKTINFO) memcpy(&client->to.v6, CMSG_DATA(control), sizeof client->to.v6);
  }
}

static void take_datagrams(struct service *service) {
  for (int i = 0; i < BURST; i++) {
    struct sockaddr_storage from; char control[256];
    struct iovec data = { buffer, sizeof buffer };
    struct msghdr message = { .msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &data, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control };
    ssize_t count = recvmsg(service->fd, &message, 0);
    if (count < 0) return;
    struct client *client = client_of(service, &from);
    if (!client) continue;
    remember_address(client, &message);
    client->seen = now();
    (void)!send(client->fd, buffer, (size_t)count, 0);
  }
}

/* The answer leaves from the address that was asked, or the client would not know it. */
static void answer_client(struct client *client, size_t count) {
  union { char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo))]; struct cmsghdr header; } control = { .bytes = { 0 } };
  struct iovec data = { buffer, count };
  struct msghdr message = { .msg_name = &client->from, .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control };
  int v4 = client->from.ss_family == AF_INET;
  struct in_pktinfo out4 = { .ipi_spec_dst = client->to.v4.ipi_spec_dst };
  struct in6_pktinfo out6 = client->to.v6;
  size_t size = v4 ? sizeof out4 : sizeof out6;
  message.msg_namelen = v4 ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
  message.msg_controllen = CMSG_SPACE(size);
  control.header.cmsg_level = v4 ? IPPROTO_IP : IPPROTO_IPV6;
  control.header.cmsg_type = v4 ? IP_PKTINFO : IPV6_PKTINFO;
  control.header.cmsg_len = CMSG_LEN(size);
  memcpy(CMSG_DATA(&control.header), v4 ? (void *)&out4 : (void *)&out6, size);
  (void)!sendmsg(client->service->fd, &message, 0);
}

static void take_answers(struct client *client) {
  if (client->dead) return;
  for (int i = 0; i < BURST; i++) {
    ssize_t count = recv(client->fd, buffer, sizeof buffer, 0);
    if (count < 0) return; /* nothing more, or the container refuses: a later datagram may fare better */
    client->seen = now();
    answer_client(client, (size_t)count);
  }
}

static void forget_idle_clients(void) {
  time_t oldest = now() - CLIENT_IDLE_S;
  for (int i = 0; i < service_count; i++)
    for (struct client *client = services[i].clients, *next; client; client = next) {
      next = client->next;
      if (client->seen < oldest) end_client(client);
    }
}

/* ---- the whole ---- */

static int number(const char *text, int least, int most) {
  char *end; long value = strtol(text, &end, 10);
  if (*text == 0 || *end || value < least || value > most) { fprintf(stderr, "port-proxy: bad number %s\n", text); exit(2); }
  return (int)value;
}

static void read_target(struct service *service, const char *address, uint16_t port) {
  struct sockaddr_in *v4 = (void *)&service->target;
  struct sockaddr_in6 *v6 = (void *)&service->target;
  if (inet_pton(AF_INET, address, &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET; v4->sin_port = port; service->target_size = sizeof *v4;
  } else if (inet_pton(AF_INET6, address, &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6; v6->sin6_port = port; service->target_size = sizeof *v6;
  } else { fprintf(stderr, "port-proxy: bad address\n"); exit(2); }
}

static void read_service(struct service *service, char *text) {
  char *fd = strsep(&text, "/"), *protocol = strsep(&text, "/"), *address = strsep(&text, "/"), *port = text;
  if (!fd || !protocol || !address || !port) { fprintf(stderr, "port-proxy: bad service\n"); exit(2); }
  service->fd = number(fd, 3, 1 << 20);
  service->datagrams = strcmp(protocol, "udp") == 0;
  service->held = strcmp(protocol, "hold") == 0;
  service->watched.kind = service->datagrams ? SERVICE : LISTENER;
  read_target(service, address, htons((uint16_t)number(port, 1, 65535)));
  int on = 1;
  if (service->datagrams) {
    setsockopt(service->fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
    setsockopt(service->fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on);
  }
  fcntl(service->fd, F_SETFL, fcntl(service->fd, F_GETFL) | O_NONBLOCK);
}

static void write_pid(int lock) {
  char text[32];
  int length = snprintf(text, sizeof text, "%d\n", (int)getpid());
  if (pwrite(lock, text, (size_t)length, 0) != length) fail("port-proxy: lock");
}

/* It needs no right of root from here on: what is bound stays bound. */
static void drop_rights(void) {
  struct rlimit files;
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) { files.rlim_cur = files.rlim_max; setrlimit(RLIMIT_NOFILE, &files); }
  struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
  struct __user_cap_data_struct none[2] = { { 0 } };
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  syscall(SYS_capset, &header, none);
}

static void bury(void) {
  int freed = graveyard || dead_clients;
  while (graveyard) { struct connection *next = graveyard->next; free(graveyard); graveyard = next; }
  while (dead_clients) { struct client *next = dead_clients->next; free(dead_clients); dead_clients = next; }
  if (freed) pause_listeners(0);
}

static void run_ready(void) {
  struct connection *list = ready;
  ready = NULL;
  while (list) {
    struct connection *connection = list;
    list = list->next;
    connection->queued = 0;
    if (connection->dead) { connection->next = graveyard; graveyard = connection; }
    else pump(connection);
  }
}

/* A reset is passed on at once, also to a side from which nothing more is read. */
static void take_event(struct connection *connection, uint32_t events) {
  if (events & EPOLLERR) end_connection(connection, 1);
  else pump(connection);
}

static void dispatch(struct watched *thing, uint32_t events) {
  switch (thing->kind) {
    case LISTENER: take_callers((struct service *)thing); break;
    case SERVICE: take_datagrams((struct service *)thing); break;
    case CLIENT: take_answers((struct client *)thing); break;
    case ENDPOINT: take_event(((struct endpoint *)thing)->connection, events); break;
  }
}

int main(int argc, char **argv) {
  if (argc < 2) { fprintf(stderr, "usage: port-proxy LOCK [FD/PROTOCOL/ADDRESS/PORT]...\n"); return 2; }
  int lock = number(argv[1], 3, 1 << 20), highest = lock;
  setsid();
  if (chdir("/") < 0) fail("port-proxy: chdir");
  write_pid(lock);
  service_count = argc - 2;
  services = calloc((size_t)service_count + 1, sizeof *services);
  epoll = epoll_create1(EPOLL_CLOEXEC);
  if (!services || epoll < 0) fail("port-proxy: start");
  for (int i = 0; i < service_count; i++) {
    read_service(&services[i], argv[i + 2]);
    if (services[i].fd > highest) highest = services[i].fd;
  }
  if (epoll <= highest) { int moved = fcntl(epoll, F_DUPFD_CLOEXEC, highest + 1); close(epoll); epoll = moved; }
  if (epoll > highest + 1) syscall(SYS_close_range, (unsigned)highest + 1, (unsigned)epoll - 1, 0);
  syscall(SYS_close_range, (unsigned)epoll + 1, ~0U, 0);
  drop_rights();
  for (int i = 0; i < service_count; i++)
    if (!services[i].held && watch(services[i].fd, EPOLLIN, &services[i]) < 0) fail("port-proxy: watch");
  struct epoll_event events[EVENTS];
  for (time_t swept = now();;) {
    int count = epoll_wait(epoll, events, EVENTS, ready ? 0 : paused ? 1000 : 30000);
    for (int i = 0; i < count; i++) dispatch(events[i].data.ptr, events[i].events);
    run_ready();
    if (now() - swept >= 30) { swept = now(); forget_idle_clients(); }
    bury();
    if (paused && count == 0) pause_listeners(0);
  }
}
