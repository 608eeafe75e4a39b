// SPDX-License-Identifier: Apache-2.0
/*
 * An open-loop HTTP/1.1 load: request number i is due at start + i / rate, whatever the server does.
 * It leaves when it is due, or when a connection becomes free; its latency counts from when it was
 * due, so a stall of the server shows in every request that had to wait. Prints one JSON object.
 *
 *   openload ADDRESS PORT RATE SECONDS CONNECTIONS < request-head
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000ull
#define HEAD_MAX 8192
#define BATCH 256

struct connection {
	int fd;
	uint64_t due_ns;     /* of the request on the way; 0 when free */
	uint64_t body_left;  /* meaningful once the head is complete */
	int status;          /* 0 until the head is complete */
	size_t head_len;
	char head[HEAD_MAX];
};

static struct connection *connections;
static int *free_list, free_count;
static int epoll_fd;
static struct addrinfo *server;
static char request[HEAD_MAX];
static size_t request_len;

static uint64_t sent, answered, bad_status, broken, max_waiting, latency_sum_ns, latency_max_ns;

/* Latency by powers of two, each split in 32: off by 3 % at most. */
static uint64_t histogram[64 * 32];

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * SECOND + now.tv_nsec;
}

static void die(const char *what)
{
	fprintf(stderr, "openload: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int bucket_of(uint64_t ns)
{
	int log = 63 - __builtin_clzll(ns | 32);

	return (log - 5) * 32 + (int)((ns >> (log - 5)) & 31) + (log > 5 || ns >= 32 ? 32 : 0);
}

static uint64_t bucket_start(int bucket)
{
	int log;

	if (bucket < 32)
		return bucket;
	log = bucket / 32 - 1;
	return (32ull + bucket % 32) << log;
}

static uint64_t percentile_ns(double share)
{
	uint64_t wanted = (uint64_t)(answered * share), seen = 0;

	for (int i = 0; i < 64 * 32; i++) {
		seen += histogram[i];
		if (seen > wanted)
			return bucket_start(i);
	}
	return latency_max_ns;
}

static void connect_to_server(struct connection *c)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = c };
	int on = 1;

	c->fd = socket(server->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0 || connect(c->fd, server->ai_addr, server->ai_addrlen))
		die("connect");
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (fcntl(c->fd, F_SETFL, O_NONBLOCK) || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, c->fd, &event))
		die("watch a connection");
}

static void make_free(struct connection *c)
{
	c->due_ns = 0;
	free_list[free_count++] = c - connections;
}

static void reconnect(struct connection *c)
{
	int was_busy = c->due_ns != 0;

	close(c->fd);
	connect_to_server(c);
	if (!was_busy)
		return;
	broken++;
	make_free(c);
}

static void send_request(struct connection *c, uint64_t due_ns)
{
	c->due_ns = due_ns;
	c->status = 0;
	c->head_len = 0;
	sent++;
	if (send(c->fd, request, request_len, MSG_NOSIGNAL) != (ssize_t)request_len)
		reconnect(c);
}

static void finish(struct connection *c)
{
	uint64_t latency_ns = now_ns() - c->due_ns;

	answered++;
	bad_status += c->status < 200 || c->status > 299;
	histogram[bucket_of(latency_ns)]++;
	latency_sum_ns += latency_ns;
	if (latency_ns > latency_max_ns)
		latency_max_ns = latency_ns;
	make_free(c);
}

/* Reads status and length once the head is complete; what follows it is body. */
static void parse_head(struct connection *c)
{
	char *end, *length;
	size_t body;

	c->head[c->head_len] = 0;
	end = strstr(c->head, "\r\n\r\n");
	if (!end)
		return;
	*end = 0;
	length = strcasestr(c->head, "\r\ncontent-length:");
	if (!length) {
		fprintf(stderr, "openload: an answer without Content-Length:\n%s\n", c->head);
		exit(1);
	}
	c->status = atoi(c->head + sizeof("HTTP/1.1"));
	c->body_left = strtoull(length + sizeof("\r\ncontent-length:") - 1, NULL, 10);
	body = c->head_len - (end + 4 - c->head);
	c->body_left -= body < c->body_left ? body : c->body_left;
}

static void receive(struct connection *c)
{
	static char body[1 << 16];

	for (;;) {
		char *to = c->status ? body : c->head + c->head_len;
		size_t room = c->status ? sizeof(body) : HEAD_MAX - 1 - c->head_len;
		ssize_t got = recv(c->fd, to, room, 0);

		if (got < 0 && errno == EAGAIN)
			return;
		if (got <= 0 || !c->due_ns) {
			reconnect(c);
			return;
		}
		if (c->status) {
			c->body_left -= (uint64_t)got < c->body_left ? got : c->body_left;
		} else {
			c->head_len += got;
			parse_head(c);
		}
		if (c->status && !c->body_left) {
			finish(c);
			return;
		}
	}
}

static void wait_until(uint64_t until_ns)
{
	struct epoll_event events[BATCH];
	uint64_t now = now_ns(), left = until_ns > now ? until_ns - now : 0;
	struct timespec timeout = { left / SECOND, left % SECOND };
	int count = epoll_pwait2(epoll_fd, events, BATCH, &timeout, NULL);

	for (int i = 0; i < count; i++)
		receive(events[i].data.ptr);
}

static uint64_t run(double rate, double seconds)
{
	uint64_t start = now_ns(), total = (uint64_t)(rate * seconds), end;

	while (sent < total) {
		uint64_t elapsed = now_ns() - start;
		uint64_t due = (uint64_t)((double)elapsed * rate / SECOND) + 1;

		if (due > total)
			due = total;
		while (sent < due && free_count > 0)
			send_request(&connections[free_list[--free_count]],
				     start + (uint64_t)((double)sent * SECOND / rate));
		if (due - sent > max_waiting)
			max_waiting = due - sent;
		wait_until(start + (uint64_t)((double)due * SECOND / rate));
	}
	end = now_ns();
	while (answered + broken < sent && now_ns() - end < 5 * SECOND)
		wait_until(now_ns() + SECOND / 100);
	return end - start;
}

int main(int argc, char **argv)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST };
	uint64_t took_ns;
	int count;

	if (argc != 6) {
		fprintf(stderr, "usage: openload ADDRESS PORT RATE SECONDS CONNECTIONS < head\n");
		return 2;
	}
	count = atoi(argv[5]);
	request_len = fread(request, 1, sizeof(request), stdin);
	connections = calloc(count, sizeof(*connections));
	free_list = calloc(count, sizeof(*free_list));
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (getaddrinfo(argv[1], argv[2], &hints, &server))
		die("read the address");
	/* Without this the kernel rounds every wait up by 50 us. */
	prctl(PR_SET_TIMERSLACK, 1);
	for (int i = 0; i < count; i++) {
		connect_to_server(&connections[i]);
		make_free(&connections[i]);
	}
	took_ns = run(atof(argv[3]), atof(argv[4]));
	printf("{\"sent\":%lu,\"requests\":%lu,\"badStatus\":%lu,\"broken\":%lu,\"tookNs\":%lu,"
	       "\"maxWaiting\":%lu,\"meanNs\":%lu,\"p50Ns\":%lu,\"p99Ns\":%lu,\"p999Ns\":%lu,"
	       "\"maxNs\":%lu}\n",
	       sent, answered, bad_status, broken, took_ns, max_waiting,
	       answered ? latency_sum_ns / answered : 0, percentile_ns(0.5), percentile_ns(0.99),
	       percentile_ns(0.999), latency_max_ns);
	return 0;
}
