/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Plays a script against the programs and checks what they report. */
#ifndef PLAY_H
#define PLAY_H

#include "fake_kernel.h"
#include "script.h"

/* When the bytes of a stream went past one hook for the first time, packet by packet. */
struct passage {
	__u32 *ends;
	__u64 *times;
	__u32 count, room;
	__u32 next; /* offset after the last byte that went past */
};

/* What one side has sent. */
struct stream_bytes {
	__u8 *bytes;
	__u8 *known;
	__u32 length, room;
	__u32 arrived; /* without a hole */
	bool inconsistent; /* a byte was sent twice with different values */
	struct passage passages[2]; /* by the end that sees it */
};

struct end {
	struct fake_socket *socket; /* NULL: not of this node, or closed */
	struct fake_socket *listener;
	struct fake_task *task;
	bool opened, closed;
	int state;
	__u64 owned_ns; /* first packet with payload that its process sent itself */
};

struct connection {
	bool exists;
	struct step opening;
	struct end ends[SIDES];
	struct stream_bytes streams[SIDES];
};

struct play {
	struct script *script;
	struct connection connections[MAX_CONNECTIONS];
	const struct step *inner; /* to be met inside the next run */
	__u32 inner_depth;
	bool nested, softirq; /* of the run at hand */
	__u32 sampling; /* one of 2^sampling is asked for */
	bool failed;
	char failure[512];
	__u64 records;
	FILE *echo; /* prints what is reported, unless NULL */
	FILE *frames; /* prints the packets, unless NULL */
};

/* True when all checks held; else play->failure says which did not. */
bool play_script(struct play *play, struct script *script);

/* A record, and where in its connection it belongs. */
struct report {
	const struct http_exchange *record;
	const struct http_extension *more; /* NULL: it has none */
	struct connection *connection;
	enum side end;	/* whose socket */
	enum side asks; /* who sent the request */
	__u32 request, response; /* offsets in their streams */
};

/* For check.c and check_expected.c */
void fail_play(struct play *play, const char *format, ...) __attribute__((format(printf, 2, 3)));
void check_record(struct play *play, const void *bytes, __u32 size);
void check_end(struct play *play);
void check_expected(struct play *play, const struct report *report);

/* For stream.c */
void record_passage(struct passage *p, __u32 offset, __u32 length, __u64 time);
void note_bytes(struct stream_bytes *s, __u32 offset, const __u8 *bytes, __u32 length);
void note_arrival(struct stream_bytes *s, __u32 offset, __u32 length);
void free_stream(struct stream_bytes *s);
/* When the byte at `offset` of a side's stream went past `end`; 0 = it did not. */
__u64 time_at(const struct connection *c, enum side sender, enum side end, __u32 offset);

/* For packet.c */
#define MAX_HEADER 128
__u32 make_headers(__u8 *to, const struct connection *c, enum side sender, __u32 seq, __u32 ack,
		   __u32 payload, bool fin);
void name_socket(struct connection *c, enum side end, struct fake_socket *socket);

#endif
