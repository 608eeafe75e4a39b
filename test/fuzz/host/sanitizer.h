/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The few calls of the sanitizers' interface that are used; its headers are not always installed. */
#ifndef SANITIZER_H
#define SANITIZER_H

#include <stddef.h>

void __asan_poison_memory_region(const volatile void *address, size_t size);
void __asan_unpoison_memory_region(const volatile void *address, size_t size);
/* Called before a sanitizer ends the process. */
void __sanitizer_set_death_callback(void (*callback)(void));

#endif
