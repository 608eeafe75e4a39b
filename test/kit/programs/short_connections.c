/*
 * Makes connections over loopback one after the other in each of two threads, as fast as they come:
 * the client sends ten bytes, the server reads them and closes first. Usage: COUNT.
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define PAYLOAD 10

static int listener;
static uint16_t port;

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void *serve(void *unused)
{
	char bytes[PAYLOAD];

	for (;;) {
		int fd = accept(listener, NULL, NULL);

		if (fd < 0)
			fail("accept");
		if (recv(fd, bytes, PAYLOAD, MSG_WAITALL) != PAYLOAD)
			fail("recv");
		close(fd);
	}
	return unused;
}

static void connect_once(uint32_t number)
{
	/* An address of its own for each: no two connections have the same ends, nor lack a port. */
	struct sockaddr_in from = {.sin_family = AF_INET};
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = port};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char byte;

	from.sin_addr.s_addr = htonl(0x7f010000 + number);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&from, sizeof(from)))
		fail("bind");
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)))
		fail("connect");
	if (send(fd, "0123456789", PAYLOAD, 0) != PAYLOAD || recv(fd, &byte, 1, 0) != 0)
		fail("exchange");
	close(fd);
}

static void *ask(void *range)
{
	const uint32_t *ends = range;

	for (uint32_t i = ends[0]; i < ends[1]; i++)
		connect_once(i);
	return NULL;
}

int main(int argc, char **argv)
{
	uint32_t count = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
	uint32_t halves[2][2] = {{0, count / 2}, {count / 2, count}};
	struct sockaddr_in any = {.sin_family = AF_INET};
	socklen_t length = sizeof(any);
	pthread_t servers[2], clients[2];

	listener = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(listener, (struct sockaddr *)&any, sizeof(any)) || listen(listener, 128))
		fail("listen");
	getsockname(listener, (struct sockaddr *)&any, &length);
	port = any.sin_port;
	for (int i = 0; i < 2; i++)
		pthread_create(&servers[i], NULL, serve, NULL);
	for (int i = 0; i < 2; i++)
		pthread_create(&clients[i], NULL, ask, halves[i]);
	for (int i = 0; i < 2; i++)
		pthread_join(clients[i], NULL);
	printf("done\n");
	return 0;
}
