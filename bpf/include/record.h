/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What every record about a socket begins with. User space reads these layouts through
 * src/pdata/; a test compares its offsets with the BTF of the built objects.
 */
#ifndef WAGGLE_RECORD_H
#define WAGGLE_RECORD_H

#include <linux/types.h>

enum record_type {
	RECORD_HTTP_EXCHANGE = 1,
	RECORD_SOCKET_REPORT = 2,
};

/* A socket and its owner, as the socket sees itself. */
struct socket_identity {
	__u64 cookie;     /* the kernel's socket cookie, unique until reboot */
	__u64 cgroup_id;  /* inode of the cgroup v2 directory that the socket was created in */
	__u32 netns;      /* inode of the network namespace */
	__u32 pid;        /* process (thread group) that sends on it; 0 = not seen yet */
	__u32 tid;        /* thread that sent first, or of a server that read the request */
	__u16 local_port; /* host byte order */
	__u16 remote_port;
	__u8 local_address[16]; /* IPv4 in the last 4 bytes, after ::ffff */
	__u8 remote_address[16];
	__u8 comm[16]; /* name of the process, NUL-terminated */
};
_Static_assert(sizeof(struct socket_identity) == 80, "keep src/pdata/http_record.ts in step");

/* An address as above, and a port in host byte order. */
struct socket_endpoint {
	__u8 address[16];
	__u16 port;
	__u16 _pad;
};

#endif
