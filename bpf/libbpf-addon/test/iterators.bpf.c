// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Walks over tasks, over the elements of a map, and over what BPF holds in the kernel. */
#include "kernel_types.h"

struct task_record {
	__u32 tgid;
	__u32 pid;
};

struct element_record {
	__u32 key;
	__u32 value;
};

enum holding_kind {
	HOLDING_PROGRAM,
	HOLDING_LINK,
	HOLDING_MAP,
};

struct holding_record {
	enum holding_kind kind;
	__u32 id;
	char name[16]; /* of the program, also for links */
};

/* The compiler describes only types of maps, variables and arguments. */
const struct holding_record *unused_holding_record __attribute__((unused));

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 20000);
	__type(key, __u32);
	__type(value, __u32);
} numbers SEC(".maps");

SEC("iter/task")
int walk_tasks(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;

	if (!task)
		return 0;
	struct task_record record = { .tgid = task->tgid, .pid = task->pid };

	bpf_seq_write(ctx->meta->seq, &record, sizeof(record));
	return 0;
}

SEC("iter/bpf_map_elem")
int walk_elements(struct bpf_iter__bpf_map_elem *ctx)
{
	__u32 *key = ctx->key, *value = ctx->value;

	if (!key || !value)
		return 0;
	struct element_record record = { .key = *key, .value = *value };

	bpf_seq_write(ctx->meta->seq, &record, sizeof(record));
	return 0;
}

#define MARK_SIZE 16
#define RECORDS 100

struct element_records {
	struct element_record records[RECORDS];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct element_records);
} beside SEC(".maps");

/* The same with a mark for each record as output; of keys over a million nothing is told. */
SEC("iter/bpf_map_elem")
int walk_elements_beside(struct bpf_iter__bpf_map_elem *ctx)
{
	static const __u8 mark[MARK_SIZE];
	__u32 *key = ctx->key, *value = ctx->value, only = 0;
	__u32 place = ctx->meta->seq->count / MARK_SIZE;
	struct element_records *walked;

	if (!key || !value || *key > 1000000)
		return 0;
	walked = bpf_map_lookup_elem(&beside, &only);
	if (!walked || place >= RECORDS)
		return 1;
	walked->records[place].key = *key;
	walked->records[place].value = *value;
	bpf_seq_write(ctx->meta->seq, mark, sizeof(mark));
	return 0;
}

static void write_holding(struct seq_file *seq, enum holding_kind kind, __u32 id, const char *name)
{
	struct holding_record record = { .kind = kind, .id = id };

	bpf_probe_read_kernel(record.name, sizeof(record.name), name);
	bpf_seq_write(seq, &record, sizeof(record));
}

SEC("iter/bpf_prog")
int walk_programs(struct bpf_iter__bpf_prog *ctx)
{
	struct bpf_prog *prog = ctx->prog;

	if (prog)
		write_holding(ctx->meta->seq, HOLDING_PROGRAM, prog->aux->id, prog->aux->name);
	return 0;
}

SEC("iter/bpf_link")
int walk_links(struct bpf_iter__bpf_link *ctx)
{
	struct bpf_link *link = ctx->link;

	if (link && link->prog)
		write_holding(ctx->meta->seq, HOLDING_LINK, link->id, link->prog->aux->name);
	return 0;
}

SEC("iter/bpf_map")
int walk_maps(struct bpf_iter__bpf_map *ctx)
{
	struct bpf_map *map = ctx->map;

	if (map)
		write_holding(ctx->meta->seq, HOLDING_MAP, map->id, map->name);
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
