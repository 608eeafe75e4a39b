/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The HTTP programs with a read from an address of our own making, which no verifier lets pass: in
 * the optional program, or with -DREFUSE_NEEDED in those that are needed.
 */
#include "http.h"
#include "kernel.h"

#ifdef REFUSE_NEEDED
#define ROLE_CLIENT (*(volatile int *)(long)16)
#else
#define TCP_CLOSE_WAIT (*(volatile int *)(long)state)
#endif

#include "http.bpf.c"
