/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Stands in for libbpf's header of the same name: the host has no relocations, only members. */
#ifndef FAKE_BPF_CORE_READ_H
#define FAKE_BPF_CORE_READ_H

#define CORE_PATH_1(a) a
#define CORE_PATH_2(a, b) a->b
#define CORE_PATH_3(a, b, c) a->b->c
#define CORE_PATH_4(a, b, c, d) a->b->c->d
#define CORE_PATH_OF(_1, _2, _3, _4, name, ...) name
#define CORE_PATH(...) \
	CORE_PATH_OF(__VA_ARGS__, CORE_PATH_4, CORE_PATH_3, CORE_PATH_2, CORE_PATH_1)(__VA_ARGS__)

#define BPF_CORE_READ(src, ...) ((src)->CORE_PATH(__VA_ARGS__))
#define BPF_CORE_READ_INTO(to, src, ...) \
	fake_probe_read(to, sizeof(*(to)), &(src)->CORE_PATH(__VA_ARGS__))
#define bpf_core_field_exists(...) 1
#define bpf_core_type_exists(...) 1
/* What kernels before 5.17 lack; other things are asked for in no program. */
#define bpf_core_enum_value_exists(type, value) fake_has_helper(value)

#endif
