/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What the halves of the small kernel share: fake_kernel.c and fake_maps.c. */
#ifndef FAKE_INSIDE_H
#define FAKE_INSIDE_H

#include "fake_kernel.h"
#include "fake_socket.h"

static inline bool fails(enum failure failure)
{
	if (!fake.failing[failure])
		return false;
	fake.failing[failure]--;
	return true;
}

static inline void called(void)
{
	if (fake.on_helper)
		fake.on_helper();
}

struct fake_socket *all_sockets(void);
/* The socket that a program means by a pointer: the one of the packet, or a struct sock. */
struct fake_socket *socket_of(const void *pointer);
void free_storages(struct fake_socket *socket);
void forget_maps(void);
void expect_no_reservation(void);

#endif
