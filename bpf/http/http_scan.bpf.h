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

#include "http.h"

#define WINDOW 512     /* bytes of a head that are looked at at once; a power of two */
#define CARRY 72       /* bytes of an unfinished line that are kept: all but the end of a traceparent */
#define LINE_END 16    /* bytes of a first line that is longer than that: its end says HTTP/1.x */
#define SCAN_STEPS 136 /* WINDOW + CARRY in pieces of 16 bytes, and up to 100 lines */
#define MAX_WINDOWS 160 /* of a head that are read in one packet: 80 kB */
#define MAX_CHUNKS 256 /* that are read in one packet */
#define SENDER_SLOTS 3 /* senders that may be in the middle of a packet on one CPU */
#define NO_LINES (-0x40000000) /* as `before`: no lines are kept */
#define CHUNK_LINE 32  /* bytes of a chunk's size line that are looked at at once */

enum found {
	FOUND_END = 1 << 0,     /* the empty line */
	FOUND_LENGTH = 1 << 1,  /* Content-Length */
	FOUND_CHUNKED = 1 << 2, /* Transfer-Encoding that ends in chunked */
	FOUND_BAD = 1 << 3,     /* framing headers that contradict each other or make no sense */
	FOUND_VERSION = 1 << 4, /* the first line has HTTP/1.x where it belongs */
	FOUND_HOST = 1 << 5,    /* the Host line, behind what a record keeps */
	FOUND_TRACE = 1 << 6,   /* the traceparent line, likewise */
};

enum chunk_state {
	CHUNK_SIZE = 0, /* before the digits */
	CHUNK_DIGITS,
	CHUNK_EXTENSION,
	CHUNK_DONE,
	CHUNK_BAD,
	CHUNK_DATA, /* in a chunk, of which `chunk_size` bytes are left, its CRLF included */
};

/* Where the reading of lines stands between packets. */
struct line_state {
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
	__u64 body; /* bytes of the chunks that were begun */
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
	__s32 before;  /* bytes of a request's head before those at hand; negative = no lines are kept */
	__u32 host_length;
	__u32 trace_length;
	__u32 busy; /* a sender reads here */
	__u8 host[LINE_CAPACITY];
	__u8 trace[LINE_CAPACITY];
	__u8 buf[WINDOW + 2 * CARRY]; /* beyond its bytes lies what a read of 72 may touch */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1 + SENDER_SLOTS);
	__type(key, __u32);
	__type(value, struct scan);
} scans SEC(".maps");

/*
 * Where to read: `slot` 0 in softirqs, which do not interrupt each other, and one of the others in
 * the context of a sender. Softirqs interrupt senders, and on preemptible kernels senders each other.
 */
static __always_inline struct scan *scan_of_this_cpu(__u32 slot)
{
	return bpf_map_lookup_elem(&scans, &slot);
}

/* A slot for a sender, or an index beyond them when there is none left. */
static __always_inline __u32 claim_slot(void)
{
	for (__u32 slot = 1; slot <= SENDER_SLOTS; slot++) {
		struct scan *scan = scan_of_this_cpu(slot);

		if (scan && !__sync_lock_test_and_set(&scan->busy, 1))
			return slot;
	}
	return 1 + SENDER_SLOTS;
}

static __always_inline void release_slot(__u32 slot)
{
	struct scan *scan = scan_of_this_cpu(slot);

	if (scan)
		*(volatile __u32 *)&scan->busy = 0;
}

/* Before the first byte of a trailer, all of whose lines are headers. */
static __always_inline void start_trailer(struct line_state *line)
{
	line->found = 0;
	line->first = 0;
	line->middle = 0;
	line->carried = 0;
	line->chunk_state = CHUNK_SIZE;
}

/* Behind a message's first `gathered` bytes, which are in `carry`. */
static __always_inline void start_message_line(struct line_state *line, __u8 gathered)
{
	line->found = 0;
	line->first = 1;
	line->middle = 0;
	line->carried = gathered;
}

/* Before the first byte of a head that is read at once. */
static __always_inline void start_scan(struct scan *scan)
{
	scan->content_length = 0;
	scan->found = 0;
	scan->status = 0;
	scan->first = 1;
	scan->middle = 0;
	scan->carried = 0;
}

/* A line's kept start, eight bytes at a time; `CARRY` and `LINE_CAPACITY` are the same. */
static __always_inline void copy_line(void *to, const void *from)
{
	for (int i = 0; i < CARRY / 8; i++)
		((__u64 *)to)[i] = ((const __u64 *)from)[i];
}
_Static_assert(CARRY == LINE_CAPACITY && CARRY % 8 == 0, "lines are copied whole");

static __always_inline void load_lines(struct scan *scan, const struct line_state *line)
{
	scan->found = line->found;
	scan->first = line->first;
	scan->middle = line->middle;
	scan->carried = line->carried;
	if (line->carried)
		copy_line(scan->buf, line->carry);
}

static __always_inline void store_lines(const struct scan *scan, struct line_state *line)
{
	__u32 from = scan->line;

	line->found = scan->found & ~(FOUND_HOST | FOUND_TRACE);
	line->first = scan->first;
	line->middle = scan->middle;
	line->carried = scan->carried;
	if (line->carried && from <= WINDOW + CARRY)
		copy_line(line->carry, scan->buf + from);
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
	if (front << 8 != wanted << 8) {
		if (back << 8 == wanted << 8 && (back >> 56) - '0' <= 9)
			scan->found |= FOUND_VERSION;
		return 0;
	}
	if ((front >> 56) - '0' > 9)
		return 0;
	status = word_at(scan, start + 8);
	hundreds = (status >> 8 & 0xff) - '0';
	tens = (status >> 16 & 0xff) - '0';
	ones = (status >> 24 & 0xff) - '0';
	if (end - start < 12 || (__u8)status != ' ' || hundreds - 1 > 8 || tens > 9 || ones > 9)
		return 0;
	if (end - start > 12 && byte_at(scan, start + 12) != ' ')
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

/* The lines that a record keeps when they stand behind its head (RFC 9110 7.2, W3C Trace Context 3.2). */
#define HOST EIGHT('h', 'o', 's', 't', ':', 0, 0, 0)
#define TRACEPARENT EIGHT('t', 'r', 'a', 'c', 'e', 'p', 'a', 'r')
#define TRACEPARENT_END EIGHT('e', 'n', 't', ':', 0, 0, 0, 0)

__noinline int keep_line(__u32 line, __u32 newline, __u32 slot)
{
	struct scan *scan = scan_of_this_cpu(slot);
	__u64 name, at = line;
	__u32 length;

	if (!scan)
		return 0;
	barrier_var(at);
	if (at > WINDOW + CARRY)
		return 0;
	length = without_cr(scan, line, newline) - line;
	if (length > LINE_CAPACITY)
		length = LINE_CAPACITY;
	name = lower_at(scan, line);
	if (name << 24 == HOST << 24) {
		copy_line(scan->host, scan->buf + at);
		scan->host_length = length;
		scan->found |= FOUND_HOST;
	} else if (name == TRACEPARENT && lower_at(scan, line + 8) << 32 == TRACEPARENT_END << 32) {
		copy_line(scan->trace, scan->buf + at);
		scan->trace_length = length;
		scan->found |= FOUND_TRACE;
	}
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
	else if (scan->before + (__s32)scan->total > HEAD_CAPACITY)
		keep_line(line, newline, slot);
	return false;
}

/* The high bit of the first newline's byte; those of later bytes may be wrong and are not used. */
static __always_inline __u64 newlines(__u64 word)
{
	word ^= REPEAT('\n');
	return (word - REPEAT(0x01)) & ~word & REPEAT(0x80);
}

/* The index of the byte whose high bit is the lowest one: those below it, by a multiplication. */
static __always_inline __u32 first_byte(__u64 hit)
{
	return ((((hit & -hit) >> 7) - 1) & REPEAT(0x01)) * REPEAT(0x01) >> 56;
}

/*
 * What is left of a window is the start of a line that goes on behind it. At the packet's end it is
 * kept; otherwise the next window begins with it. Returns the bytes of the window that were used.
 */
static __always_inline __u32 keep_rest(struct scan *scan, __u32 carried, __u32 len, bool more,
				       __u32 slot)
{
	__u32 rest = scan->total - scan->line;

	if (more && rest < len) {
		scan->carried = 0;
		return scan->line - carried;
	}
	if (rest < CARRY) {
		scan->carried = rest;
		return len;
	}
	/* Longer than what is kept: of a first line its end matters, of other lines nothing. */
	if (scan->first && !scan->middle) {
		scan_first_line(scan->line, scan->total, slot);
		if (!(scan->found & FOUND_VERSION)) {
			scan->line = scan->total - LINE_END;
			scan->carried = LINE_END;
			/* In front of the next window's bytes, when there is one. */
			*(__u64 *)scan->buf = word_at(scan, scan->line);
			*(__u64 *)(scan->buf + 8) = word_at(scan, scan->line + 8);
			return len;
		}
	}
	scan->first = 0;
	scan->middle = 1;
	scan->line = scan->total;
	scan->carried = 0;
	return len;
}

/*
 * Reads lines from the packet's bytes at `off`, of which there are `len`, up to and including the
 * empty line; at most a window. Returns how many bytes were used; 0 when they cannot be read. Of a
 * line that is not finished, the start is left at scan->line with its length in scan->carried.
 *
 * Where the next line begins goes through memory, where the verifier forgets it: each turn of the
 * loop then looks like the one before.
 */
__noinline int scan_lines(struct __sk_buff *skb, __u32 off, __u32 len, __u32 slot)
{
	struct scan *scan = scan_of_this_cpu(slot);
	bool more = len > WINDOW;
	__u32 carried;
	__u64 pos;

	if (!scan || !len)
		return 0;
	carried = scan->carried & 127;
	if (carried > CARRY)
		return 0;
	if (more)
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
		newline += first_byte(hit);
		if (newline >= *(volatile __u32 *)&scan->total)
			break;
		if (take_line(scan, newline, slot)) {
			scan->found |= FOUND_END;
			scan->carried = 0;
			return newline + 1 - carried;
		}
		pos = *(volatile __u32 *)&scan->line;
	}
	return keep_rest(scan, carried, len, more, slot);
}

/* The same over as many windows as it takes: to the end of the head, or of the packet. */
__noinline int scan_head(struct __sk_buff *skb, __u32 off, __u32 len, __u32 slot)
{
	struct scan *scan = scan_of_this_cpu(slot);
	__u32 used = 0;

	if (!scan)
		return 0;
	for (int i = 0; i < MAX_WINDOWS; i++) {
		__u32 bytes = scan_lines(skb, off + used, len - used, slot);

		if (!bytes || bytes > len - used)
			return 0;
		used += bytes;
		scan->before += bytes;
		scan->loaded = 0;
		if (scan->found & FOUND_END || used == len)
			return used;
	}
	return 0;
}

/* Reads a chunk's size line (RFC 9112 7.1) into scan->chunk_size; returns the bytes used. */
__noinline int scan_chunk_line(struct __sk_buff *skb, __u32 off, __u32 len, __u32 slot)
{
	struct scan *scan = scan_of_this_cpu(slot);
	__u32 state, used = 0;
	__u64 size;

	if (!scan || !len)
		return 0;
	if (len > CHUNK_LINE)
		len = CHUNK_LINE;
	len = ((len - 1) & (CHUNK_LINE - 1)) + 1;
	if (bpf_skb_load_bytes(skb, off, scan->buf, len))
		return 0;
	state = scan->chunk_state;
	size = scan->chunk_size;
	for (int i = 0; i < CHUNK_LINE; i++) {
		__u8 byte, digit;

		if (used >= len)
			break;
		/* For verifiers before 6.8, which learn nothing from `used` not being `len`. */
		barrier_var(used);
		byte = scan->buf[used++ & (CHUNK_LINE - 1)];
		if (byte == '\n') {
			state = state == CHUNK_SIZE ? CHUNK_BAD : CHUNK_DONE;
			break;
		}
		if (state == CHUNK_EXTENSION)
			continue;
		digit = byte - '0';
		if (digit > 9)
			digit = (byte | 0x20) - 'a' + 10;
		if (digit > 15 || (byte > '9' && digit < 10)) {
			bool ends = byte == ';' || byte == ' ' || byte == '\t' || byte == '\r';

			if (state != CHUNK_DIGITS || !ends) {
				state = CHUNK_BAD;
				break;
			}
			state = CHUNK_EXTENSION;
			continue;
		}
		if (size >> 44) {
			state = CHUNK_BAD;
			break;
		}
		size = size << 4 | digit;
		state = CHUNK_DIGITS;
	}
	scan->chunk_state = state;
	scan->chunk_size = size;
	return used;
}

/*
 * Steps over chunks: to the last one's size line, or to the end of the packet. Returns the bytes
 * used; 0 when they cannot be read. Adds the sizes of those that begin to scan->body.
 */
__noinline int scan_chunks(struct __sk_buff *skb, __u32 off, __u32 len, __u32 slot)
{
	struct scan *scan = scan_of_this_cpu(slot);
	__u32 used = 0;

	if (!scan)
		return 0;
	for (int i = 0; i < 2 * MAX_CHUNKS && used < len; i++) {
		__u32 bytes = len - used;

		if (scan->chunk_state == CHUNK_DATA) {
			if (bytes > scan->chunk_size)
				bytes = scan->chunk_size;
			scan->chunk_size -= bytes;
			used += bytes;
			if (scan->chunk_size)
				return used;
			scan->chunk_state = CHUNK_SIZE;
			continue;
		}
		bytes = scan_chunk_line(skb, off + used, bytes, slot);
		if (!bytes || bytes > len - used || scan->chunk_state == CHUNK_BAD)
			return 0;
		used += bytes;
		if (scan->chunk_state != CHUNK_DONE)
			continue;
		if (!scan->chunk_size)
			return used;
		scan->body += scan->chunk_size;
		scan->chunk_size += 2;
		scan->chunk_state = CHUNK_DATA;
	}
	return used == len ? used : 0;
}

#endif
