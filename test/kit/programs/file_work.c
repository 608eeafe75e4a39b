/*
 * Reads, writes and syncs a file so often when it gets SIGUSR1, and uses other descriptors beside it.
 * Reads take 100 bytes by turns through read, pread64, readv and preadv, writes 10 bytes likewise; those
 * that are refused are writes to a descriptor for reading. A slow read takes at least the delay: it
 * copies into memory that another thread only supplies then (userfaultfd), so that the call waits.
 * Usage: FILE READS WRITES SYNCS REFUSED SLOW DELAY_MS OTHERS.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define READ 100
#define WRITTEN 10
#define PAGE 4096

static int delay_ms;
static int faults;
static char *page;

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void expect(ssize_t result, ssize_t wanted, const char *what)
{
	if (result != wanted)
		fail(what);
}

static void read_once(int fd, int turn)
{
	char bytes[READ];
	struct iovec parts[] = { { bytes, READ / 2 }, { bytes + READ / 2, READ / 2 } };

	if (lseek(fd, 0, SEEK_SET) < 0)
		fail("lseek");
	switch (turn % 4) {
	case 0: expect(read(fd, bytes, READ), READ, "read"); break;
	case 1: expect(pread(fd, bytes, READ, 0), READ, "pread"); break;
	case 2: expect(readv(fd, parts, 2), READ, "readv"); break;
	case 3: expect(preadv(fd, parts, 2, 0), READ, "preadv"); break;
	}
}

static void write_once(int fd, int turn)
{
	char bytes[WRITTEN] = {};
	struct iovec part = { bytes, WRITTEN };

	if (lseek(fd, 0, SEEK_SET) < 0)
		fail("lseek");
	switch (turn % 4) {
	case 0: expect(write(fd, bytes, WRITTEN), WRITTEN, "write"); break;
	case 1: expect(pwrite(fd, bytes, WRITTEN, 0), WRITTEN, "pwrite"); break;
	case 2: expect(writev(fd, &part, 1), WRITTEN, "writev"); break;
	case 3: expect(pwritev(fd, &part, 1, 0), WRITTEN, "pwritev"); break;
	}
}

/* What is no file: an event, a socket, a pipe, and what the kernel makes up. */
static void use_others(int times)
{
	int event = eventfd(0, 0), made_up = open("/proc/self/stat", O_RDONLY), ends[2], sockets[2];
	uint64_t one = 1;
	char byte;

	if (pipe(ends) != 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) != 0)
		fail("pipe");
	for (int i = 0; i < times; i++) {
		expect(write(event, &one, sizeof(one)), sizeof(one), "write to an event");
		expect(read(event, &one, sizeof(one)), sizeof(one), "read from an event");
		expect(write(ends[1], "x", 1), 1, "write to a pipe");
		expect(read(ends[0], &byte, 1), 1, "read from a pipe");
		expect(write(sockets[1], "x", 1), 1, "write to a socket");
		expect(read(sockets[0], &byte, 1), 1, "read from a socket");
		expect(pread(made_up, &byte, 1, 0), 1, "read from proc");
	}
}

/* Gives each fault its page after the delay. */
static void *supply(void *unused)
{
	for (;;) {
		struct uffd_msg fault;
		struct uffdio_zeropage zero = { .range = { (uintptr_t)page, PAGE } };

		if (read(faults, &fault, sizeof(fault)) != sizeof(fault))
			fail("read a fault");
		usleep(delay_ms * 1000);
		if (ioctl(faults, UFFDIO_ZEROPAGE, &zero) != 0)
			fail("supply a page");
	}
	return unused;
}

static void prepare_slowness(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register whole = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	pthread_t supplier;

	faults = syscall(SYS_userfaultfd, O_CLOEXEC);
	page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	whole.range = (struct uffdio_range){ (uintptr_t)page, PAGE };
	if (faults < 0 || page == MAP_FAILED || ioctl(faults, UFFDIO_API, &api) != 0 ||
	    ioctl(faults, UFFDIO_REGISTER, &whole) != 0)
		fail("userfaultfd");
	if (pthread_create(&supplier, NULL, supply, NULL) != 0)
		fail("pthread_create");
}

static void read_slowly(int fd)
{
	if (madvise(page, PAGE, MADV_DONTNEED) != 0)
		fail("madvise");
	expect(pread(fd, page, READ, 0), READ, "slow pread");
}

static void wait_for_signal(void)
{
	sigset_t wanted;
	int signal;

	sigemptyset(&wanted);
	sigaddset(&wanted, SIGUSR1);
	sigprocmask(SIG_BLOCK, &wanted, NULL);
	puts("ready");
	fflush(stdout);
	sigwait(&wanted, &signal);
}

int main(int count, char **words)
{
	char filling[READ] = {}, byte = 0;
	int file, read_only;

	if (count != 9)
		return 2;
	file = open(words[1], O_RDWR | O_CREAT, 0600);
	read_only = open(words[1], O_RDONLY);
	if (file < 0 || read_only < 0)
		fail(words[1]);
	expect(write(file, filling, READ), READ, "fill");
	delay_ms = atoi(words[7]);
	if (atoi(words[6]) > 0)
		prepare_slowness();
	wait_for_signal();
	for (int i = 0; i < atoi(words[2]); i++)
		read_once(file, i);
	for (int i = 0; i < atoi(words[3]); i++)
		write_once(file, i);
	for (int i = 0; i < atoi(words[4]); i++)
		expect(i % 2 ? fsync(file) : fdatasync(file), 0, "fsync");
	for (int i = 0; i < atoi(words[5]); i++)
		expect(write(read_only, &byte, 1), -1, "refused write");
	for (int i = 0; i < atoi(words[6]); i++)
		read_slowly(file);
	use_others(atoi(words[8]));
	puts("done");
	fflush(stdout);
	pause();
}
