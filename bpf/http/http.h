/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What the HTTP/1.x capture hands to user space. Read by src/pdata/http_record.ts. */
#ifndef WAGGLE_HTTP_H
#define WAGGLE_HTTP_H

#include "record.h"

/* Bytes of a request's head that a record carries. A power of two. */
#define HEAD_CAPACITY 512
/* Bytes of a header line that stood behind them. */
#define LINE_CAPACITY 72
/* Bytes of a PROXY protocol header: version 1 has 107 at most, version 2 52 for TCP over IPv6. */
#define PROXY_CAPACITY 112

enum http_role {
	ROLE_SERVER = 1,
	ROLE_CLIENT = 2,
};

/* How an exchange ended. */
enum http_end {
	END_COMPLETE = 1,    /* the response reached its declared end */
	END_CLOSE = 2,       /* the response lasts until the connection closes, and it closed */
	END_NEXT = 3,        /* the end was not found; the next request began */
	END_UPGRADE = 4,     /* 101, or 2xx to CONNECT: no HTTP/1 follows */
	END_NO_RESPONSE = 5, /* closed before a response began */
	END_CUT = 6,         /* closed inside the response */
	END_OPEN = 7,        /* it has not: others follow, whenever it is twice as old, and at its end */
};

enum http_flag {
	FLAG_HEAD_TRUNCATED = 1 << 0,        /* the request's head is longer than `head` */
	FLAG_REQUEST_INCOMPLETE = 1 << 1,    /* the response ended before the request did */
	FLAG_REQUEST_SIZE_UNKNOWN = 1 << 2,  /* the end of its body could not be followed */
	FLAG_RESPONSE_SIZE_UNKNOWN = 1 << 3,
	FLAG_PEER_SEEN = 1 << 4,             /* the client's end of this connection is observed here too */
	FLAG_GAP = 1 << 5,                   /* bytes of it passed unseen */
	FLAG_EXTENDED = 1 << 6,              /* a struct http_extension follows the whole of `head` */
};

/* One request and its response, from one end of the connection. */
struct http_exchange {
	__u32 type; /* RECORD_HTTP_EXCHANGE */
	__u16 status; /* 0 = no response */
	__u8 role;
	__u8 end;
	/* CLOCK_MONOTONIC nanoseconds; 0 = did not happen */
	__u64 request_ns;      /* first byte of the request */
	__u64 request_end_ns;  /* its last byte */
	__u64 response_ns;     /* first byte of the final response */
	__u64 response_end_ns; /* its last byte; of an open exchange: when this was written */
	__u64 read_ns;         /* when the server's program first read of the request */
	__u64 request_body;    /* bytes, without chunk framing */
	__u64 response_body;
	__u32 request_seq;  /* sequence number of the request's first byte, the same at both ends */
	__u32 response_seq; /* of the final response's first byte, or where it was expected */
	struct socket_identity socket;
	__u32 request_head; /* bytes of the request's head */
	__u16 flags;
	__u16 head_length; /* bytes in `head` */
	__s32 error;       /* the socket's errno when it closed, or 0 */
	__u16 interim;     /* 1xx responses before the final one */
	__u8 version;      /* minor version of the response: HTTP/1.<version> */
	__u8 sampling;     /* this stands for 2^sampling exchanges */
	__u8 head[HEAD_CAPACITY];
};
_Static_assert(__builtin_offsetof(struct http_exchange, head) == 168,
	       "keep src/pdata/http_record.ts in step");

/* What few exchanges have. Lines are without their newline, and cut at their capacity. */
struct http_extension {
	__u8 proxy[PROXY_CAPACITY]; /* the PROXY protocol header that the connection began with */
	__u8 host[LINE_CAPACITY];   /* the Host line, when it stood behind `head` */
	__u8 trace[LINE_CAPACITY];  /* the traceparent line, likewise */
	__u16 proxy_length;
	__u8 host_length;
	__u8 trace_length;
	__u32 _pad;
};
_Static_assert(sizeof(struct http_extension) == 264, "keep src/pdata/http_record.ts in step");

/* A record whose flags say FLAG_EXTENDED. */
struct http_extended {
	struct http_exchange exchange;
	struct http_extension more;
};

/* Known methods; the names in their order: src/pdata/http_record.ts. */
enum http_method {
	METHOD_GET = 0,
	METHOD_HEAD,
	METHOD_POST,
	METHOD_PUT,
	METHOD_DELETE,
	METHOD_CONNECT,
	METHOD_OPTIONS,
	METHOD_TRACE,
	METHOD_PATCH,
	METHOD_QUERY,
	METHOD_OTHER,
};

/* Room for buckets; a power of two. The last one of the bodies counts those of unknown size. */
#define BUCKETS 16

/* What exchanges that are counted together have in common. */
struct http_total_key {
	/* Of the addresses and ports the server's; the cookie where no process is known. */
	struct socket_identity socket;
	__s32 error;
	__u16 status;
	__u8 role;
	__u8 end;
	__u8 version;
	__u8 method; /* enum http_method */
	__u8 _pad[6]; /* 0 */
};
_Static_assert(sizeof(struct http_total_key) == 96, "keep src/pdata/http_total.ts in step");

/* How many values lay in each bucket, and their sums. */
struct http_buckets {
	__u64 sums[BUCKETS];
	__u32 counts[BUCKETS];
};

/* Exchanges that were not handed over, in numbers. Read by src/pdata/http_total.ts. */
struct http_total {
	struct http_buckets duration_ns;
	struct http_buckets request_body; /* bytes */
	struct http_buckets response_body;
};
_Static_assert(sizeof(struct http_total) == 576, "keep src/pdata/http_total.ts in step");

/* Whose a socket is, as http_owners writes it. */
struct socket_owner {
	__u64 cookie;
	__u32 pid; /* thread group */
	__u32 _pad;
};

/* Index of the per-CPU counters. Names: src/pdata/http_record.ts. */
enum http_counter {
	COUNT_RECORDS = 0,           /* records handed over */
	COUNT_RING_FULL,             /* exchanges lost: no room in the ring buffer */
	COUNT_NO_STORAGE,            /* connections not followed: socket storage refused */
	COUNT_PIPELINED,             /* requests not reported: too many sent before their answers */
	COUNT_RESPONSE_ONLY,         /* responses whose request was not seen */
	COUNT_LISTENER,              /* requests not reported: arrived before their socket existed */
	COUNT_NOT_HTTP,              /* messages that began like HTTP/1.x and were not */
	COUNT_BAD_FRAMING,           /* messages whose length contradicts itself or makes no sense */
	COUNT_GAP,                   /* places where bytes passed unseen */
	COUNT_LOST_SYNC,             /* connections on which the next message could not be found */
	COUNT_ABANDONED,             /* exchanges lost: their connection could not be followed so far or any more */
	COUNT_SAMPLED_OUT,           /* exchanges in a total instead: the agent asked for fewer */
	COUNT_PAYLOAD,               /* bytes of followed connections that are closed, by TCP's own count */
	COUNT_PAYLOAD_MISSED,        /* of those, bytes that passed unseen */
	COUNT_TOTALS_FULL,           /* exchanges lost: not handed over, and no room for their total */
	COUNT_MAX,
};

#endif
