/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Reading header lines and chunk sizes out of a packet.
 *
 * The readers are global functions: the verifier checks each once, by itself, whatever calls it.
 * They take their arguments from, and leave their results in, one per-CPU struct.
 */
#ifndef WAGGLE_HTTP_SCAN_H
#define WAGGLE_HTTP_SCAN_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>

#define WINDOW 512     /* bytes of a head that are looked at at once; a power of two */
#define CARRY 64       /* bytes of an unfinished line that are kept for the next packet */
#define SCAN_STEPS 136 /* WINDOW + CARRY in pieces of 16 bytes, and up to 100 lines */

enum found {
	FOUND_END = 1 << 0,     /* the empty line */
	FOUND_LENGTH = 1 << 1,  /* Content-Length */
	FOUND_CHUNKED = 1 << 2, /* Transfer-Encoding that ends in chunked */
	FOUND_BAD = 1 << 3,     /* framing headers that contradict each other or make no sense */
	FOUND_VERSION = 1 << 4, /* the first line has HTTP/1.x where it belongs */
};

enum chunk_state {
	CHUNK_SIZE = 0, /* before or in the digits */
	CHUNK_EXTENSION,
	CHUNK_DONE,
	CHUNK_BAD,
};

/* Where the reading of lines stands between packets. */
struct line_state {
	__u64 content_length;
	__u16 found;
	__u8 first;       /* the line is a message's first */
	__u8 middle;      /* the start of the line is gone */
	__u8 carried;     /* bytes in `carry` */
	__u8 chunk_state; /* enum chunk_state */
	__u8 _pad[2];
	__u8 carry[CARRY]; /* the start of the line */
};

struct scan {
	__u64 content_length;
	__u64 chunk_size;
	__u32 found;
	__u32 first;
	__u32 middle;
	__u32 carried; /* in: bytes at the front of `buf`; out: bytes of the last line at `line` */
	__u32 line;
	__u32 total; /* bytes in `buf` */
	__u32 value; /* where a header's value is being read */
	__u32 chunk_state;
	__u32 owner;   /* the sequence number that is being read */
	__u32 loaded;  /* bytes that stand in `buf` already, to be read instead of the packet's */
	__u32 kept;    /* a whole head stands here, read; whose it is say the next three and `owner` */
	__u32 ack;
	__u32 ports;
	__u32 length;
	__u32 used;    /* bytes of that head */
	__u32 status;  /* of a response, once its first line has been read */
	__u32 version; /* its minor version */
	__u32 _pad;
	__u8 buf[WINDOW + 2 * CARRY]; /* beyond its bytes lies what a read of 64 may touch */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct scan);
} scans SEC(".maps");

/*
 * Where to read: `slot` 0 in softirqs, which do not interrupt each other, and 1 in the context of
 * the sender, which they do interrupt. A sender that another one preempts in the middle, on kernels
 * that allow it, finds out by `owner`.
 */
static __always_inline struct scan *scan_of_this_cpu(__u32 slot)
{
	return bpf_map_lookup_elem(&scans, &slot);
}

/* Before the first byte of a trailer, all of whose lines are headers. */
static __always_inline void start_trailer(struct line_state *line)
{
	line->content_length = 0;
	line->found = 0;
	line->first = 0;
	line->middle = 0;
	line->carried = 0;
	line->chunk_state = CHUNK_SIZE;
}

/* Before the first byte of a head that is read at once. */
static __always_inline void start_scan(struct scan *scan)
{
	scan->content_length = 0;
	scan->found = 0;
	scan->first = 1;
	scan->middle = 0;
	scan->carried = 0;
}

static __always_inline void load_lines(struct scan *scan, const struct line_state *line)
{
	scan->content_length = line->content_length;
	scan->found = line->found;
	scan->first = line->first;
	scan->middle = line->middle;
	scan->carried = line->carried;
	if (line->carried)
		__builtin_memcpy(scan->buf, line->carry, CARRY);
}

static __always_inline void store_lines(const struct scan *scan, struct line_state *line)
{
	__u32 from = scan->line;

	line->content_length = scan->content_length;
	line->found = scan->found;
	line->first = scan->first;
	line->middle = scan->middle;
	line->carried = scan->carried;
	if (line->carried && from <= WINDOW + CARRY)
		__builtin_memcpy(line->carry, scan->buf + from, CARRY);
}

#define REPEAT(byte) (0x0101010101010101ULL * (byte))

static __always_inline __u64 word_at(const struct scan *scan, __u64 at)
{
	barrier_var(at);
	if (at > WINDOW + CARRY)
		return 0;
	return *(const __u64 *)(scan->buf + at);
}

static __always_inline __u8 byte_at(const struct scan *scan, __u64 at)
{
	barrier_var(at);
	if (at >= WINDOW + CARRY)
		return 0;
	return scan->buf[at];
}

/* The eight bytes in lower case: right for letters, which is all it is compared with. */
static __always_inline __u64 lower_at(const struct scan *scan, __u64 at)
{
	return word_at(scan, at) | REPEAT(0x20);
}

/* Eight characters as a load on this machine sees them. */
#define EIGHT(a, b, c, d, e, f, g, h)                                          \
	((__u64)(a) | (__u64)(b) << 8 | (__u64)(c) << 16 | (__u64)(d) << 24 |  \
	 (__u64)(e) << 32 | (__u64)(f) << 40 | (__u64)(g) << 48 | (__u64)(h) << 56)

static __always_inline void take_length(struct scan *scan, __u64 value)
{
	if (scan->found & FOUND_LENGTH && value != scan->content_length)
		scan->found |= FOUND_BAD;
	scan->content_length = value;
	scan->found |= FOUND_LENGTH;
}

/*
 * Content-Length's value at scan->value, up to `end`: at most 18 digits with blanks around
 * (RFC 9112 6.2). Positions go through memory for the verifier's sake, see scan_lines.
 */
__noinline int scan_length(__u32 end, __u32 slot)
{
	struct scan *scan = scan_of_this_cpu(slot);
	__u64 value = 0;
	__u32 digits;

	if (!scan)
		return 0;
	for (int i = 0; i < 16; i++) {
		__u8 byte = byte_at(scan, scan->value);

		if (byte != ' ' && byte != '\t')
			break;
		scan->value++;
	}
	for (digits = 0; digits < 18; digits++) {
		__u32 digit = byte_at(scan, scan->value + digits) - '0';

		if (digit > 9)
			break;
		value = value * 10 + digit;
	}
	scan->value += digits;
	for (int i = 0; i < 16; i++) {
		__u8 byte = byte_at(scan, scan->value);

		if (byte != ' ' && byte != '\t')
			break;
		scan->value++;
	}
	if (!digits || scan->value != end)
		scan->found |= FOUND_BAD;
	take_length(scan, value);
	return 0;
}

/* Where a line ends whose newline stands at `end`. */
static __always_inline __u32 without_cr(const struct scan *scan, __u32 start, __u32 end)
{
	if (end > start && byte_at(scan, end - 1) == '\r')
		return end - 1;
	return end;
}

/*
 * The first line, whose newline stands at `end`: a request's says HTTP/1.x at its end, a response's at its
 * front with the status behind it (RFC 9112 sections 3 and 4).
 */
__noinline int scan_first_line(__u32 start, __u32 end, __u32 slot)
{
	struct scan *scan = scan_of_this_cpu(slot);
	const __u64 wanted = EIGHT('H', 'T', 'T', 'P', '/', '1', '.', 0);
	__u32 hundreds, tens, ones;
	__u64 front, back, status;

	if (!scan)
		return 0;
	end = without_cr(scan, start, end);
	front = word_at(scan, start);
	back = end >= 8 ? word_at(scan, end - 8) : 0;
	if (back << 8 == wanted << 8) {
		scan->found |= FOUND_VERSION;
		return 0;
	}
	if (front << 8 != wanted << 8)
		return 0;
	status = word_at(scan, start + 8);
	hundreds = (status >> 8 & 0xff) - '0';
	tens = (status >> 16 & 0xff) - '0';
	ones = (status >> 24 & 0xff) - '0';
	if (end - start < 12 || (__u8)status != ' ' || hundreds - 1 > 8 || tens > 9 || ones > 9)
		return 0;
	scan->found |= FOUND_VERSION;
	scan->version = (front >> 56) - '0';
	scan->status = hundreds * 100 + tens * 10 + ones;
	return 0;
}

/* The framing headers' letters, by which they are told from the many others: RFC 9112 section 6. */
#define CONTENT EIGHT('c', 'o', 'n', 't', 'e', 'n', 't', '-')
#define LENGTH EIGHT(0, 'l', 'e', 'n', 'g', 't', 'h', ':')
#define TRANSFER EIGHT('t', 'r', 'a', 'n', 's', 'f', 'e', 'r')
#define ENCODING EIGHT('-', 'e', 'n', 'c', 'o', 'd', 'i', 'n')
#define CHUNKED EIGHT(0, 'c', 'h', 'u', 'n', 'k', 'e', 'd')

/* Content-Length's value from `at` on, in a line whose newline stands at `end`. */
__noinline int scan_content_length(__u32 at, __u32 end, __u32 slot)
{
	struct scan *scan = scan_of_this_cpu(slot);
	__u64 word, value = 0;
	__u32 digits;

	if (!scan)
		return 0;
	end = without_cr(scan, at, end);
	/* The common form: a blank, and up to seven digits, read from a register. */
	word = word_at(scan, at + 1);
	for (digits = 0; digits < 7; digits++) {
		__u32 digit = (__u8)word - '0';

		if (digit > 9)
			break;
		value = value * 10 + digit;
		word >>= 8;
	}
	if (digits && byte_at(scan, at) == ' ' && at + 1 + digits == end) {
		take_length(scan, value);
		return 0;
	}
	scan->value = at;
	scan_length(end, slot);
	return 0;
}

/* Transfer-Encoding: the body is chunked when that is its last coding (RFC 9112 section 6.1). */
__noinline int scan_transfer(__u32 start, __u32 end, __u32 slot)
{
	struct scan *scan = scan_of_this_cpu(slot);

	if (!scan)
		return 0;
	end = without_cr(scan, start, end);
	if (end - start >= 25 && lower_at(scan, start + 8) == ENCODING &&
	    lower_at(scan, end - 8) >> 8 << 8 == CHUNKED)
		scan->found |= FOUND_CHUNKED;
	return 0;
}

/*
 * The line that ends at `newline` and begins at scan->line. Leaves the next one's beginning there.
 * True when it is the empty line that ends the head.
 */
static __always_inline bool take_line(struct scan *scan, __u32 newline, __u32 slot)
{
	__u32 line = scan->line, length = newline - line;
	__u64 name;

	scan->line = newline + 1;
	if (scan->middle) {
		scan->middle = 0;
		return false;
	}
	if (!scan->first && (!length || (length == 1 && byte_at(scan, line) == '\r')))
		return true;
	if (scan->first) {
		scan->first = 0;
		scan_first_line(line, newline, slot);
		return false;
	}
	name = lower_at(scan, line);
	if (name == CONTENT && lower_at(scan, line + 8) << 8 == LENGTH)
		scan_content_length(line + 15, newline, slot);
	else if (name == TRANSFER)
		scan_transfer(line, newline, slot);
	return false;
}

/* The high bit of the first newline's byte; those of later bytes may be wrong and are not used. */
static __always_inline __u64 newlines(__u64 word)
{
	word ^= REPEAT('\n');
	return (word - REPEAT(0x01)) & ~word & REPEAT(0x80);
}

/*
 * Reads lines from the packet's bytes at `off`, of which there are `len`, up to and including the
 * empty line. Returns how many bytes were used; 0 when they cannot be read. Of a line that is not
 * finished, the start is left at scan->line with its length in scan->carried.
 *
 * Where the next line begins goes through memory, where the verifier forgets it: each turn of the
 * loop then looks like the one before.
 */
__noinline int scan_lines(struct __sk_buff *skb, __u32 off, __u32 len, __u32 slot)
{
	struct scan *scan = scan_of_this_cpu(slot);
	__u32 carried;
	__u64 pos;

	if (!scan || !len)
		return 0;
	carried = scan->carried & (CARRY - 1);
	if (len > WINDOW)
		len = WINDOW;
	len = ((len - 1) & (WINDOW - 1)) + 1;
	if (scan->loaded)
		len = ((scan->loaded - 1) & (WINDOW - 1)) + 1;
	else if (bpf_skb_load_bytes(skb, off, scan->buf + carried, len))
		return 0;
	scan->total = carried + len;
	scan->buf[carried + len] = '\n'; /* stops the loop */
	scan->line = 0;
	pos = carried & ~7U;
	for (int i = 0; i < SCAN_STEPS && pos < WINDOW + CARRY; i++) {
		__u64 hit = newlines(word_at(scan, pos));
		__u32 newline = pos;

		if (!hit) {
			hit = newlines(word_at(scan, pos + 8));
			newline += 8;
		}
		if (!hit) {
			pos += 16;
			continue;
		}
		/* The byte's index: the bytes below its bit, counted by a multiplication. */
		newline += ((((hit & -hit) >> 7) - 1) & REPEAT(0x01)) * REPEAT(0x01) >> 56;
		if (newline >= *(volatile __u32 *)&scan->total)
			break;
		if (take_line(scan, newline, slot)) {
			scan->found |= FOUND_END;
			scan->carried = 0;
			return newline + 1 - carried;
		}
		pos = *(volatile __u32 *)&scan->line;
	}
	/* Longer than what is kept: its start has been lost, and it is no line that matters. */
	if (scan->total - scan->line >= CARRY) {
		scan->first = 0;
		scan->middle = 1;
		scan->line = scan->total;
	}
	scan->carried = scan->total - scan->line;
	return len;
}

/* Reads a chunk's size line (RFC 9112 7.1) into scan->chunk_size; returns the bytes used. */
__noinline int scan_chunk_line(struct __sk_buff *skb, __u32 off, __u32 len, __u32 slot)
{
	struct scan *scan = scan_of_this_cpu(slot);
	__u32 state, used = 0;
	__u64 size;

	if (!scan || !len)
		return 0;
	if (len > 32)
		len = 32;
	len = ((len - 1) & 31) + 1;
	if (bpf_skb_load_bytes(skb, off, scan->buf, len))
		return 0;
	state = scan->chunk_state;
	size = scan->chunk_size;
	for (int i = 0; i < 32; i++) {
		__u8 byte, digit;

		if (used >= len)
			break;
		byte = scan->buf[used++ & 31];
		if (byte == '\n') {
			state = CHUNK_DONE;
			break;
		}
		if (state == CHUNK_EXTENSION)
			continue;
		digit = byte - '0';
		if (digit > 9)
			digit = (byte | 0x20) - 'a' + 10;
		if (digit > 15 || (byte > '9' && digit < 10)) {
			state = byte == ';' || byte == ' ' || byte == '\t' || byte == '\r' ?
					CHUNK_EXTENSION :
					CHUNK_BAD;
			if (state == CHUNK_BAD)
				break;
			continue;
		}
		if (size >> 44) {
			state = CHUNK_BAD;
			break;
		}
		size = size << 4 | digit;
	}
	scan->chunk_state = state;
	scan->chunk_size = size;
	return used;
}

#endif
