/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The HTTP programs with a read from an address of our own making, which no verifier lets pass: in
 * the optional program, or with -DREFUSE_NEEDED in those that are needed.
 */
#include "kernel.h"

#ifdef REFUSE_NEEDED
#include <linux/if_ether.h>
#undef ETH_P_IP
#define ETH_P_IP (*(volatile int *)(long)16)
#else
#define TCP_CLOSE_WAIT (*(volatile int *)(long)state)
#endif

#include "http.bpf.c"
