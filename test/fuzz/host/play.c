/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
#include "play.h"

#include <linux/if_ether.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "fake_socket.h"
#include "program.h"

#define SYN_RECV 3
#define CLOSING 11
#define ECONNRESET 104
#define PASS 1
#define STEP_NS 1000
#define STAMPED_BEFORE_NS 700
#define PACED_AHEAD_NS 5000000
#define LONGEST_FRAME 3000 /* bytes that are printed of one */

static struct play *playing;

void fail_play(struct play *play, const char *format, ...)
{
	va_list arguments;

	if (play->failed)
		return;
	play->failed = true;
	va_start(arguments, format);
	vsnprintf(play->failure, sizeof(play->failure), format, arguments);
	va_end(arguments);
}

static void run_step(struct play *play, const struct step *step);

/* Another packet comes in between. */
static void interrupt(void)
{
	struct play *play = playing;
	const struct step *inner = play->inner;
	struct fake_task *current = fake.current;
	__u32 cpu = fake.cpu;

	if (!inner || play->inner_depth-- > 0)
		return;
	play->inner = NULL;
	fake.on_helper = NULL;
	play->nested = true;
	/* Nothing interrupts a softirq but what another CPU does. */
	if (play->softirq)
		fake.cpu ^= 1;
	run_step(play, inner);
	fake.cpu = cpu;
	fake.current = current;
	play->nested = false;
}

static void run_hook(struct play *play, struct run *run, enum way way)
{
	int verdict;

	if (!play->nested)
		fake.now += STEP_NS;
	if (play->inner)
		fake.on_helper = interrupt;
	verdict = run_program(run, way == WAY_IN ? fake_ingress : fake_egress);
	fake.on_helper = NULL;
	if (verdict != PASS)
		fail_play(play, "a program returned %d", verdict);
}

static void change_state(struct end *end, int state)
{
	struct sock *sk;
	int old = end->state;

	end->state = state;
	if (!end->socket)
		return;
	sk = &end->socket->kernel->tcp.fake_base;
	if (!playing->nested)
		fake.now += STEP_NS;
	fake_state_change(end->socket, old, state);
	sk->__sk_common.skc_state = state;
	end->socket->view.state = state;
	if (state != TCP_CLOSE)
		return;
	free_socket(end->socket);
	end->socket = NULL;
	end->closed = true;
}

static struct fake_socket *socket_in_state(struct connection *c, enum side end, int state)
{
	struct fake_socket *socket = make_socket();

	name_socket(c, end, socket);
	socket->view.state = state;
	socket->kernel->tcp.fake_base.__sk_common.skc_state = state;
	return socket;
}

static bool is_observed(const struct connection *c, enum side end)
{
	return c->opening.observed >> end & 1;
}

/* A socket that is there before its first packet with payload, and what the kernel says of it. */
static void open_end(struct connection *c, enum side side)
{
	struct end *end = &c->ends[side];

	if (end->opened)
		return;
	end->opened = true;
	end->state = side == CLIENT ? TCP_CLOSE : TCP_LISTEN;
	if (is_observed(c, side))
		end->socket = socket_in_state(c, side, end->state);
	if (c->opening.late && end->socket) {
		end->state = end->socket->view.state = TCP_ESTABLISHED;
		end->socket->kernel->tcp.fake_base.__sk_common.skc_state = TCP_ESTABLISHED;
		return;
	}
	change_state(end, side == CLIENT ? TCP_SYN_SENT : SYN_RECV);
	change_state(end, TCP_ESTABLISHED);
}

static void open_connection(struct play *play, const struct step *step)
{
	struct connection *c = &play->connections[step->connection];

	if (c->exists)
		return;
	memset(c, 0, sizeof(*c));
	c->exists = true;
	c->opening = *step;
	for (int side = 0; side < SIDES; side++) {
		int pid = 500 + step->connection * 10 + side;

		c->ends[side].task = make_task(pid, side == CLIENT ? "a client" : "a server");
	}
	/* What was sent before has arrived. */
	for (__u32 i = 0; step->late && i < play->script->step_count; i++) {
		const struct step *later = &play->script->steps[play->script->step_count - 1 - i];
		bool mine = later->kind == STEP_DATA && later->connection == step->connection;

		if (mine && later->offset != NEXT)
			c->streams[later->side].arrived = later->offset;
	}
	open_end(c, CLIENT);
}

static struct fake_socket *listener_of(struct connection *c)
{
	struct end *end = &c->ends[SERVER];

	if (!end->listener && is_observed(c, SERVER)) {
		end->listener = socket_in_state(c, SERVER, TCP_LISTEN);
		end->listener->cookie = 5000 + c->opening.connection;
		end->listener->view.dst_port = 0;
	}
	return end->listener;
}

/* Of what a side sends, the first byte that has not arrived. */
static __u32 next_expected(const struct connection *c, enum side from)
{
	return c->opening.first_seq[from] + c->streams[from].arrived;
}

/* What TCP keeps of what it has sent and received, once a packet has passed the hook. */
static void count_bytes(struct connection *c, struct end *end, const struct step *step, enum way way)
{
	struct tcp_sock *tcp;

	if (!end->socket)
		return;
	tcp = &end->socket->kernel->tcp;
	if (way == WAY_IN)
		tcp->bytes_received += step->length;
	else
		tcp->snd_nxt = c->opening.first_seq[step->side] + step->offset + step->length;
}

static void run_at(struct play *play, struct connection *c, const struct step *step, enum way way,
		   struct run *run)
{
	enum side at = way == WAY_OUT ? step->side : !step->side;
	struct end *end = &c->ends[at];
	bool listener = way == WAY_IN && step->way & WAY_LISTENER && !end->opened;
	bool softirq = way == WAY_IN || step->traits & TRAIT_SOFTIRQ;
	bool paced = way == WAY_OUT && step->traits & TRAIT_PACED;
	struct sock *sk;
	__u64 now;

	if (!listener)
		open_end(c, at);
	now = fake.now + (play->nested ? 0 : STEP_NS);
	run->socket = listener ? listener_of(c) : end->socket;
	if (!run->socket) {
		/* Hooks are for sockets; only a packet that is none is shown without one. */
		run->stamp = 0;
		if (step->kind == STEP_RAW)
			run_hook(play, run, way);
		return;
	}
	sk = &run->socket->kernel->tcp.fake_base;
	if (way == WAY_IN)
		run->socket->kernel->tcp.rcv_nxt = next_expected(c, step->side);
	/* On the way in the lock says nothing, and the current task is anybody. */
	if (way == WAY_OUT)
		sk->sk_lock.owned = !softirq;
	else if (!play->nested)
		sk->sk_lock.owned = fake.now / STEP_NS % 2;
	if (way == WAY_OUT)
		sk->sk_pacing_status = paced;
	fake.current = softirq ? c->ends[!at].task : end->task;
	run->stamp = way == WAY_IN ? 0 : paced ? now + PACED_AHEAD_NS : now - STAMPED_BEFORE_NS;
	if (way == WAY_OUT && !softirq && !end->owned_ns && run->length > run->linear)
		end->owned_ns = now;
	if (step->kind == STEP_DATA)
		record_passage(&c->streams[step->side].passages[at], step->offset, step->length,
			       way == WAY_IN || paced ? now : run->stamp);
	if (!play->nested)
		play->softirq = softirq;
	if (step->kind == STEP_DATA && way == WAY_OUT)
		run->socket->kernel->tcp.bytes_sent += step->length;
	run_hook(play, run, way);
	if (step->kind == STEP_DATA && !listener)
		count_bytes(c, end, step, way);
	if (listener)
		open_end(c, at);
}

static void print_frame(FILE *out, const struct run *run)
{
	fprintf(out, "frame 0x%x ", run->protocol);
	for (__u32 i = 0; i < run->length && i < LONGEST_FRAME; i++)
		fprintf(out, "%02x", run->bytes[i]);
	fputc('\n', out);
}

/* Past both hooks, or the one that the step names. */
static void run_packet(struct play *play, struct connection *c, const struct step *step,
		       struct run *run)
{
	if (play->frames)
		print_frame(play->frames, run);
	if (step->way & WAY_OUT)
		run_at(play, c, step, WAY_OUT, run);
	if (step->way & WAY_IN)
		run_at(play, c, step, WAY_IN, run);
}

static __u16 protocol_of(const struct connection *c)
{
	return c->opening.family == 6 ? ETH_P_IPV6 : ETH_P_IP;
}

static void send_bytes(struct play *play, struct connection *c, const struct step *given,
		       const __u8 *bytes, bool fin)
{
	struct stream_bytes *s = &c->streams[given->side], *other = &c->streams[!given->side];
	struct step step = *given;
	__u8 *packet = malloc(MAX_HEADER + step.length);
	__u32 seq, ack;
	struct run run;

	if (step.offset == NEXT)
		step.offset = s->length;
	note_bytes(s, step.offset, bytes, step.length);
	seq = c->opening.first_seq[step.side] + step.offset;
	ack = step.traits & TRAIT_ACK ? (__u32)step.number : other->arrived;
	ack += c->opening.first_seq[!step.side];
	run.linear = make_headers(packet, c, step.side, seq, ack, step.length, fin);
	if (step.length)
		memcpy(packet + run.linear, bytes, step.length);
	run.bytes = packet;
	run.length = run.linear + step.length;
	run.protocol = protocol_of(c);
	run_packet(play, c, &step, &run);
	if (step.way & WAY_IN && !(step.traits & TRAIT_SHOWN))
		note_arrival(s, step.offset, step.length);
	if (c->ends[!step.side].socket)
		c->ends[!step.side].socket->kernel->tcp.rcv_nxt = next_expected(c, step.side);
	free(packet);
}

static void send_raw(struct play *play, struct connection *c, const struct step *step)
{
	struct run run = {
		.length = step->length,
		.linear = step->number < step->length ? step->number : step->length,
		.protocol = step->number2,
	};
	__u8 *packet = malloc(step->length ?: 1);

	memcpy(packet, play->script->bytes + step->bytes, step->length);
	run.bytes = packet;
	run_packet(play, c, step, &run);
	free(packet);
}

static void finish(struct play *play, struct connection *c, const struct step *step)
{
	struct end *end = &c->ends[step->side], *peer = &c->ends[!step->side];
	struct step fin = *step;

	open_end(c, CLIENT);
	open_end(c, SERVER);
	fin.way = WAY_OUT | WAY_IN;
	fin.offset = NEXT;
	fin.length = 0;
	if (end->state == TCP_ESTABLISHED)
		change_state(end, TCP_FIN_WAIT1);
	else if (end->state == TCP_CLOSE_WAIT)
		change_state(end, TCP_LAST_ACK);
	else
		return;
	send_bytes(play, c, &fin, NULL, true);
	if (peer->state == TCP_ESTABLISHED)
		change_state(peer, TCP_CLOSE_WAIT);
	else if (peer->state == TCP_FIN_WAIT1)
		change_state(peer, CLOSING);
	else if (peer->state == TCP_FIN_WAIT2)
		change_state(peer, TCP_CLOSE);
	if (end->state == TCP_FIN_WAIT1 && peer->state != CLOSING)
		change_state(end, TCP_FIN_WAIT2);
	else if (end->state == TCP_LAST_ACK)
		change_state(end, TCP_CLOSE);
}

static void reset(struct connection *c, enum side side)
{
	struct end *peer = &c->ends[!side];

	open_end(c, CLIENT);
	open_end(c, SERVER);
	change_state(&c->ends[side], TCP_CLOSE);
	if (peer->socket)
		peer->socket->kernel->tcp.fake_base.sk_err = ECONNRESET;
	change_state(peer, TCP_CLOSE);
}

static void read_from(struct connection *c, enum side side)
{
	struct end *end = &c->ends[side];

	if (!end->socket)
		return;
	fake.now += STEP_NS;
	fake.current = end->task;
	end->socket->kernel->tcp.fake_base.sk_lock.owned = 1;
	fake_read(end->socket->kernel);
}

static void run_step(struct play *play, const struct step *step)
{
	struct connection *c = &play->connections[step->connection];

	if (step->kind == STEP_CONNECTION) {
		open_connection(play, step);
	} else if (step->kind < STEP_WAIT && !c->exists) {
		struct step opening = plain_connection(step->connection);

		open_connection(play, &opening);
	}
	switch (step->kind) {
	case STEP_DATA:
		send_bytes(play, c, step, play->script->bytes + step->bytes, false);
		break;
	case STEP_RAW:
		send_raw(play, c, step);
		break;
	case STEP_FIN:
		finish(play, c, step);
		break;
	case STEP_RESET:
		reset(c, step->side);
		break;
	case STEP_STATE:
		open_end(c, step->side);
		c->ends[step->side].state = step->number;
		change_state(&c->ends[step->side], step->number2);
		break;
	case STEP_WAIT:
		fake.now += step->number;
		break;
	case STEP_FAIL:
		fake.failing[step->number2] = step->number;
		break;
	case STEP_CPU:
		fake.cpu = step->number % FAKE_CPUS;
		break;
	case STEP_READ:
		if (c->exists)
			read_from(c, step->side);
		break;
	case STEP_WALK:
		fake_walk();
		break;
	case STEP_EXCLUDE:
		if (c->exists)
			fake_exclude(c->ends[step->side].task->leader.tgid);
		break;
	case STEP_SAMPLE:
		play->sampling = step->number;
		fake_sample(step->number);
		break;
	case STEP_OLD:
		fake.old = true;
		break;
	case STEP_CONNECTION:
	case STEP_INSIDE:
		break;
	}
}

/* What was to come in between comes after, when the run was too short for it or there was none. */
static void meet_inner(struct play *play)
{
	const struct step *inner = play->inner;

	play->inner = NULL;
	if (inner)
		run_step(play, inner);
}

static void hear_record(const void *record, __u32 size)
{
	playing->records++;
	check_record(playing, record, size);
}

static void free_connections(struct play *play)
{
	for (int i = 0; i < MAX_CONNECTIONS; i++)
		for (int side = 0; side < SIDES; side++)
			free_stream(&play->connections[i].streams[side]);
	memset(play->connections, 0, sizeof(play->connections));
}

bool play_script(struct play *play, struct script *script)
{
	const struct step *inside = NULL;

	playing = play;
	play->script = script;
	play->failed = false;
	play->inner = NULL;
	play->nested = false;
	play->sampling = 0;
	forget_all();
	fake.now = 1000000;
	fake.on_record = hear_record;
	for (__u32 i = 0; i < script->expectation_count; i++)
		script->expectations[i].seen = script->expectations[i].open = 0;
	for (__u32 i = 0; i < script->step_count && !play->failed; i++) {
		const struct step *step = &script->steps[i];

		if (step->kind == STEP_INSIDE) {
			inside = step;
		} else if (inside && step->kind != STEP_CONNECTION) {
			play->inner = step;
			play->inner_depth = inside->number;
			inside = NULL;
		} else {
			run_step(play, step);
			if (step->kind != STEP_CONNECTION)
				meet_inner(play);
		}
	}
	if (!play->failed)
		check_end(play);
	free_connections(play);
	forget_all();
	return !play->failed;
}
