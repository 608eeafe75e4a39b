/*
 * Short connections at a rate: the client sends ten bytes, the server reads them and closes first.
 *
 *   connections serve PORT                         prints "ready"; at SIGTERM how many it took
 *   connections ask ADDRESS PORT SECONDS RATE      RATE a second (0: as many as it can), evenly
 *                                                  spaced, to 200 addresses from ADDRESS on in turn
 *
 * A connection is due when the clock says so, whatever came of those before. Prints
 * {"opened": how many, "failed": how many, "seconds": how long it took}.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PAYLOAD 10
#define CLIENTS 16
#define SERVERS 4
#define ADDRESSES 200 /* so that the ports outlast TIME_WAIT */

static int listener;
static uint64_t accepted, opened, failed, next;
static struct sockaddr_in to = {.sin_family = AF_INET};
static double began, seconds, rate;

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

static void *serve(void *unused)
{
	char bytes[PAYLOAD];

	for (;;) {
		int fd = accept(listener, NULL, NULL);

		if (fd < 0)
			continue;
		__atomic_add_fetch(&accepted, 1, __ATOMIC_RELAXED);
		recv(fd, bytes, PAYLOAD, MSG_WAITALL);
		close(fd);
	}
	return unused;
}

static int run_server(uint16_t port)
{
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(port)};
	pthread_t thread;
	sigset_t end;
	int on = 1, signal;

	sigemptyset(&end);
	sigaddset(&end, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &end, NULL);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(listener, (struct sockaddr *)&any, sizeof(any)) || listen(listener, 4096))
		fail("listen");
	for (int i = 0; i < SERVERS; i++)
		pthread_create(&thread, NULL, serve, NULL);
	printf("ready\n");
	fflush(stdout);
	sigwait(&end, &signal);
	printf("%llu\n", (unsigned long long)accepted);
	return 0;
}

static int connect_once(uint64_t number)
{
	struct sockaddr_in peer = to;
	int fd = socket(AF_INET, SOCK_STREAM, 0), done;
	char byte;

	peer.sin_addr.s_addr = htonl(ntohl(to.sin_addr.s_addr) + number % ADDRESSES);
	done = fd >= 0 && !connect(fd, (struct sockaddr *)&peer, sizeof(peer)) &&
	       send(fd, "0123456789", PAYLOAD, MSG_NOSIGNAL) == PAYLOAD &&
	       recv(fd, &byte, 1, 0) == 0;
	if (fd >= 0)
		close(fd);
	return done;
}

/* Waits until the connection is due; false where that is after the end. */
static int is_due(uint64_t number)
{
	double due = rate > 0 ? number / rate : 0, wait = began + due - now();
	struct timespec pause = {.tv_sec = wait, .tv_nsec = (wait - (long)wait) * 1e9};

	if (rate > 0 ? due >= seconds : now() - began >= seconds)
		return 0;
	if (wait > 0)
		nanosleep(&pause, NULL);
	return 1;
}

static void *ask(void *unused)
{
	for (;;) {
		uint64_t number = __atomic_fetch_add(&next, 1, __ATOMIC_RELAXED);

		if (!is_due(number))
			return unused;
		__atomic_add_fetch(connect_once(number) ? &opened : &failed, 1, __ATOMIC_RELAXED);
	}
}

static int run_client(void)
{
	pthread_t threads[CLIENTS];

	began = now();
	for (int i = 0; i < CLIENTS; i++)
		pthread_create(&threads[i], NULL, ask, NULL);
	for (int i = 0; i < CLIENTS; i++)
		pthread_join(threads[i], NULL);
	printf("{\"opened\": %llu, \"failed\": %llu, \"seconds\": %.3f}\n",
	       (unsigned long long)opened, (unsigned long long)failed, now() - began);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "serve"))
		return run_server(atoi(argv[2]));
	if (argc != 6 || strcmp(argv[1], "ask") || !inet_aton(argv[2], &to.sin_addr))
		return 2;
	to.sin_port = htons(atoi(argv[3]));
	seconds = atof(argv[4]);
	rate = atof(argv[5]);
	return run_client();
}
