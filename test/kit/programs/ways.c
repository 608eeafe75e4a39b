/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * HTTP/1.1 by each way that Linux has to send bytes: `ways server WAY` prints its port and answers
 * one connection after the other; `ways client PORT WAY COUNT` sends COUNT requests over one
 * connection; `ways proxy PORT` prints its port and moves bytes to that one by splice.
 *
 * Each message is a head and BODY bytes times its number. Ways: write, writev, sendfile, splice,
 * zerocopy, uring, uring_zc, sqpoll.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/errqueue.h>
#include <linux/io_uring.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define BODY 1000
#define ROOM (1 << 20)

static void check(int ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	exit(1);
}

/* ---- io_uring, one operation at a time, by its system calls ---- */

static struct {
	int fd;
	unsigned features;
	_Atomic unsigned *sq_tail, *sq_flags, *cq_head, *cq_tail;
	unsigned sq_mask, cq_mask, *sq_array, setup_flags;
	struct io_uring_sqe *sqes;
	struct io_uring_cqe *cqes;
} ring = {.fd = -1};

static void *map(size_t size, off_t offset)
{
	void *at = mmap(0, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring.fd, offset);

	check(at != MAP_FAILED, "mmap io_uring");
	return at;
}

static void open_ring(int polled)
{
	struct io_uring_params p = {.flags = polled ? IORING_SETUP_SQPOLL : 0, .sq_thread_idle = 100};
	char *sq, *cq;

	ring.fd = syscall(__NR_io_uring_setup, 8, &p);
	check(ring.fd >= 0, "io_uring_setup");
	ring.setup_flags = p.flags;
	sq = map(p.sq_off.array + p.sq_entries * sizeof(unsigned), IORING_OFF_SQ_RING);
	cq = map(p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe), IORING_OFF_CQ_RING);
	ring.sqes = map(p.sq_entries * sizeof(struct io_uring_sqe), IORING_OFF_SQES);
	ring.sq_tail = (void *)(sq + p.sq_off.tail);
	ring.sq_flags = (void *)(sq + p.sq_off.flags);
	ring.sq_mask = *(unsigned *)(sq + p.sq_off.ring_mask);
	ring.sq_array = (void *)(sq + p.sq_off.array);
	ring.cq_head = (void *)(cq + p.cq_off.head);
	ring.cq_tail = (void *)(cq + p.cq_off.tail);
	ring.cq_mask = *(unsigned *)(cq + p.cq_off.ring_mask);
	ring.cqes = (void *)(cq + p.cq_off.cqes);
}

static int next_result(unsigned *flags)
{
	unsigned head = *ring.cq_head;
	int result;

	while (head == *ring.cq_tail)
		syscall(__NR_io_uring_enter, ring.fd, 0, 1, IORING_ENTER_GETEVENTS, 0, 0);
	result = ring.cqes[head & ring.cq_mask].res;
	*flags = ring.cqes[head & ring.cq_mask].flags;
	*ring.cq_head = head + 1;
	return result;
}

static int by_ring(int opcode, int fd, void *data, unsigned length)
{
	unsigned tail = *ring.sq_tail, slot = tail & ring.sq_mask, flags;
	int result;

	ring.sqes[slot] = (struct io_uring_sqe){
		.opcode = opcode, .fd = fd, .addr = (unsigned long)data, .len = length};
	ring.sq_array[slot] = slot;
	*ring.sq_tail = tail + 1;
	if (!(ring.setup_flags & IORING_SETUP_SQPOLL))
		syscall(__NR_io_uring_enter, ring.fd, 1, 0, 0, 0, 0);
	else if (*ring.sq_flags & IORING_SQ_NEED_WAKEUP)
		syscall(__NR_io_uring_enter, ring.fd, 1, 0, IORING_ENTER_SQ_WAKEUP, 0, 0);
	result = next_result(&flags);
	if (flags & IORING_CQE_F_MORE) /* the notification that the memory is free again */
		next_result(&flags);
	errno = result < 0 ? -result : 0;
	return result;
}

/* ---- sending ---- */

static int file_of(const char *data, size_t length)
{
	int fd = memfd_create("message", 0);

	check(fd >= 0 && write(fd, data, length) == (ssize_t)length, "memfd");
	check(lseek(fd, 0, SEEK_SET) == 0, "lseek");
	return fd;
}

static ssize_t by_writev(int fd, char *data, size_t length)
{
	struct iovec parts[7];
	size_t each = length / 7;

	for (int i = 0; i < 7; i++)
		parts[i] = (struct iovec){data + i * each, i < 6 ? each : length - 6 * each};
	return writev(fd, parts, 7);
}

static ssize_t by_sendfile(int fd, char *data, size_t length)
{
	int file = file_of(data, length);
	ssize_t sent = 0, more = 1;

	while (more > 0 && (size_t)sent < length)
		sent += more = sendfile(fd, file, 0, length - sent);
	close(file);
	return sent;
}

static ssize_t by_splice(int fd, char *data, size_t length)
{
	int file = file_of(data, length), ends[2];
	ssize_t sent = 0, in, out = 1;

	check(pipe(ends) == 0, "pipe");
	while (out > 0 && (size_t)sent < length) {
		in = splice(file, 0, ends[1], 0, length - sent, 0);
		check(in > 0, "splice from file");
		for (out = 1; out > 0 && in > 0; in -= out)
			sent += out = splice(ends[0], 0, fd, 0, in, 0);
	}
	close(file);
	close(ends[0]);
	close(ends[1]);
	return sent;
}

static ssize_t by_zerocopy(int fd, char *data, size_t length)
{
	struct pollfd told = {.fd = fd};
	char control[128];
	struct msghdr message = {.msg_control = control, .msg_controllen = sizeof(control)};
	int on = 1;
	ssize_t sent;

	check(setsockopt(fd, SOL_SOCKET, SO_ZEROCOPY, &on, sizeof(on)) == 0, "SO_ZEROCOPY");
	sent = send(fd, data, length, MSG_ZEROCOPY);
	check(poll(&told, 1, 5000) == 1, "poll for the completion");
	check(recvmsg(fd, &message, MSG_ERRQUEUE) >= 0, "recvmsg MSG_ERRQUEUE");
	return sent;
}

static ssize_t some(const char *way, int fd, char *data, size_t length)
{
	if (!strcmp(way, "writev"))
		return by_writev(fd, data, length);
	if (!strcmp(way, "sendfile"))
		return by_sendfile(fd, data, length);
	if (!strcmp(way, "splice"))
		return by_splice(fd, data, length);
	if (!strcmp(way, "zerocopy"))
		return by_zerocopy(fd, data, length);
	if (!strcmp(way, "uring_zc"))
		return by_ring(IORING_OP_SEND_ZC, fd, data, length);
	if (ring.fd >= 0)
		return by_ring(IORING_OP_SEND, fd, data, length);
	return write(fd, data, length);
}

static void send_all(const char *way, int fd, char *data, size_t length)
{
	while (length) {
		ssize_t sent = some(way, fd, data, length);

		check(sent > 0, way);
		data += sent;
		length -= sent;
	}
}

/* ---- messages ---- */

static ssize_t receive(int fd, char *at, size_t room)
{
	return ring.fd >= 0 ? by_ring(IORING_OP_RECV, fd, at, room) : recv(fd, at, room, 0);
}

/* Reads one message with Content-Length; returns the number in its path, 0 = the end. */
static long read_message(int fd, char *buffer)
{
	size_t got = 0, whole = ROOM;
	char *end, *path;
	ssize_t more;

	while (got < whole) {
		more = receive(fd, buffer + got, ROOM - 1 - got);
		if (more <= 0)
			return 0;
		got += more;
		buffer[got] = 0;
		end = strstr(buffer, "\r\n\r\n");
		if (end)
			whole = end + 4 - buffer + atol(strstr(buffer, "Content-Length: ") + 16);
	}
	path = strstr(buffer, " /");
	return path ? atol(path + 2) : 1;
}

static void send_message(const char *way, int fd, char *buffer, const char *first, long number)
{
	const char *head = "%s\r\nHost: ways.test\r\nContent-Length: %ld\r\n\r\n";
	int length = snprintf(buffer, ROOM, head, first, number * BODY);

	memset(buffer + length, 'b', number * BODY);
	send_all(way, fd, buffer, length + number * BODY);
}

static int open_listener(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	check(bind(fd, (void *)&address, size) == 0 && listen(fd, 16) == 0, "listen");
	check(getsockname(fd, (void *)&address, &size) == 0, "getsockname");
	printf("port %d\n", ntohs(address.sin_port));
	fflush(stdout);
	return fd;
}

static int connect_to(int port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				      .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	check(connect(fd, (void *)&address, sizeof(address)) == 0, "connect");
	return fd;
}

static void serve(const char *way)
{
	char *buffer = malloc(ROOM);
	int listener = open_listener();

	for (;;) {
		int fd = accept(listener, 0, 0);
		long number;

		check(fd >= 0, "accept");
		while ((number = read_message(fd, buffer)))
			send_message(way, fd, buffer, "HTTP/1.1 200 OK", number);
		close(fd);
	}
}

static void ask(int port, const char *way, long count)
{
	char *buffer = malloc(ROOM), first[64];
	int fd = connect_to(port);

	for (long number = 1; number <= count; number++) {
		snprintf(first, sizeof(first), "POST /%ld HTTP/1.1", number);
		send_message(way, fd, buffer, first, number);
		check(read_message(fd, buffer) == 1, "read the answer");
	}
	close(fd);
}

/* Moves what is there from one socket to the other; false at the end. */
static int move(int from, int to, int ends[2])
{
	ssize_t in = splice(from, 0, ends[1], 0, 65536, SPLICE_F_MOVE), out;

	if (in <= 0)
		return 0;
	while (in > 0) {
		out = splice(ends[0], 0, to, 0, in, SPLICE_F_MOVE);
		check(out > 0, "splice to the other side");
		in -= out;
	}
	return 1;
}

static void forward(int port)
{
	int listener = open_listener(), ends[2];

	check(pipe(ends) == 0, "pipe");
	for (;;) {
		int inside = accept(listener, 0, 0), outside = connect_to(port);
		struct pollfd both[2] = {{.fd = inside, .events = POLLIN},
					 {.fd = outside, .events = POLLIN}};

		for (int on = 1; on;) {
			check(poll(both, 2, -1) > 0, "poll");
			on = !both[0].revents || move(inside, outside, ends);
			if (on && both[1].revents)
				on = move(outside, inside, ends);
		}
		close(inside);
		close(outside);
	}
}

int main(int argc, char **argv)
{
	const char *role = argc > 1 ? argv[1] : "", *way = argv[argc > 3 ? 3 : argc - 1];

	if (!strncmp(way, "uring", 5) || !strcmp(way, "sqpoll"))
		open_ring(!strcmp(way, "sqpoll"));
	if (argc == 3 && !strcmp(role, "server"))
		serve(way);
	else if (argc == 3 && !strcmp(role, "proxy"))
		forward(atoi(argv[2]));
	else if (argc == 5 && !strcmp(role, "client"))
		ask(atoi(argv[2]), way, atol(argv[4]));
	else
		check(0, "usage: ways server WAY | client PORT WAY COUNT | proxy PORT");
	return 0;
}
