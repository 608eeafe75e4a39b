/*
 * Holds as many TCP connections over loopback as it is told, both ends of each, until it is killed;
 * each has sent ten bytes. Each of its processes holds what it may have of open files.
 * Usage: CONNECTIONS.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define PAYLOAD 10
/* Files that a process has open beside its sockets, and connections to one port at most. */
#define SPARE 100
#define MOST 20000

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static int listen_anywhere(in_port_t *port)
{
	struct sockaddr_in any = { .sin_family = AF_INET };
	socklen_t length = sizeof(any);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	if (listener < 0 || bind(listener, (struct sockaddr *)&any, sizeof(any)) != 0 ||
	    listen(listener, 16) != 0 ||
	    getsockname(listener, (struct sockaddr *)&any, &length) != 0)
		fail("listen");
	*port = any.sin_port;
	return listener;
}

static void hold_one(int listener, in_port_t port)
{
	struct sockaddr_in to = { AF_INET, port, { htonl(INADDR_LOOPBACK) }, {} };
	int client = socket(AF_INET, SOCK_STREAM, 0), server;
	char bytes[PAYLOAD] = {};

	if (client < 0 || connect(client, (struct sockaddr *)&to, sizeof(to)) != 0)
		fail("connect");
	server = accept(listener, NULL, NULL);
	if (server < 0)
		fail("accept");
	if (send(client, bytes, PAYLOAD, 0) != PAYLOAD ||
	    recv(server, bytes, PAYLOAD, MSG_WAITALL) != PAYLOAD)
		fail("send");
}

/* Both ends of as many as there may be open files. */
static int share(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		fail("RLIMIT_NOFILE");
	files.rlim_cur = files.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &files) != 0)
		fail("RLIMIT_NOFILE");
	return files.rlim_cur > 2 * MOST + SPARE ? MOST : (files.rlim_cur - SPARE) / 2;
}

/* In a process of its own, which says a byte to `held` when it is done and ends with its parent. */
static void hold(int connections, int held)
{
	in_port_t port;
	int listener;

	if (fork() != 0)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	listener = listen_anywhere(&port);
	for (int i = 0; i < connections; i++)
		hold_one(listener, port);
	if (write(held, "x", 1) != 1)
		fail("write");
	for (;;)
		pause();
}

int main(int count, char **words)
{
	int left = count == 2 ? atoi(words[1]) : 0, most = share(), holders = 0, held[2];
	char byte;

	if (left <= 0)
		return 2;
	if (pipe(held) != 0)
		fail("pipe");
	for (; left > 0; left -= most, holders++)
		hold(left < most ? left : most, held[1]);
	close(held[1]);
	for (; holders > 0; holders--)
		if (read(held[0], &byte, 1) != 1)
			fail("a process that holds connections");
	puts("held");
	fflush(stdout);
	pause();
}
