#include "ring_buffer.h"

#include <linux/bpf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace {

constexpr uint32_t kLengthMask = ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);
constexpr size_t kHeaderSize = BPF_RINGBUF_HDR_SZ;
// How much is read before the kernel gets the space back. Every hand-over takes the cache line of
// the consumer position away from the producers, so not per record; a fraction of the ring, so
// that a full ring has room again early.
constexpr uint64_t kReleaseFraction = 8;

constexpr size_t Aligned(size_t length) { return (length + 7) & ~size_t{7}; }

enum class Next { kContinue, kStop };

}  // namespace

void RingBuffer::Define(Napi::Env env, Napi::Object exports) {
	Napi::Function ring_class =
		DefineClass(env, "NativeRingBuffer",
	                {InstanceMethod<&RingBuffer::Available>("available"),
	                 InstanceMethod<&RingBuffer::Drain>("drain"),
	                 InstanceMethod<&RingBuffer::Discard>("discard"),
	                 InstanceMethod<&RingBuffer::Oversized>("oversized"),
	                 InstanceMethod<&RingBuffer::CloseFromScript>("close")});
	Addon::Of(env).ring_buffer_class = Napi::Persistent(ring_class);
	Addon::Of(env).ring_buffer_class.SuppressDestruct();
	exports["openRingBuffer"] = Napi::Function::New<&RingBuffer::Open>(env, "openRingBuffer");
}

// (map fd, size in bytes) -> RingBuffer or a negative errno
Napi::Value RingBuffer::Open(const Napi::CallbackInfo& info) {
	Mapping mapping;
	const int status = MapMemory(info[0].As<Napi::Number>().Int32Value(),
	                             info[1].As<Napi::Number>().Uint32Value(), mapping);
	if (status < 0) return Failure(info.Env(), status);
	const Napi::Value result = Make(info.Env(), Addon::Of(info.Env()).ring_buffer_class, mapping);
	Unmap(mapping);
	return result;
}

int RingBuffer::MapMemory(int fd, size_t size, Mapping& mapping) {
	mapping.page = sysconf(_SC_PAGESIZE);
	mapping.size = size;
	void* consumer = mmap(nullptr, mapping.page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (consumer == MAP_FAILED) return -errno;
	// The kernel offers the data twice in a row, so that no record is cut. Once is enough here: what
	// is mapped counts as resident memory of the process, and records are copied out anyway.
	void* producer = mmap(nullptr, mapping.page + size, PROT_READ, MAP_SHARED, fd, mapping.page);
	if (producer == MAP_FAILED) {
		const int error = errno;
		munmap(consumer, mapping.page);
		return -error;
	}
	mapping.consumer = static_cast<uint8_t*>(consumer);
	mapping.producer = static_cast<uint8_t*>(producer);
	return 0;
}

RingBuffer::RingBuffer(const Napi::CallbackInfo& info)
	: Napi::ObjectWrap<RingBuffer>(info),
	  addon_(&Addon::Of(info.Env())),
	  ring_(std::exchange(Given<Mapping>(info), {})) {
	addon_->handles.insert(this);
}

void RingBuffer::Close() {
	if (ring_.consumer == nullptr) return;
	Unmap(ring_);
	addon_->handles.erase(this);
}

void RingBuffer::Unmap(Mapping& mapping) {
	if (mapping.consumer == nullptr) return;
	munmap(mapping.producer, mapping.page + mapping.size);
	munmap(mapping.consumer, mapping.page);
	mapping = {};
}

uint64_t RingBuffer::ConsumerPosition() const {
	return __atomic_load_n(reinterpret_cast<uint64_t*>(ring_.consumer), __ATOMIC_ACQUIRE);
}

uint64_t RingBuffer::ProducerPosition() const {
	return __atomic_load_n(reinterpret_cast<uint64_t*>(ring_.producer), __ATOMIC_ACQUIRE);
}

// Release: our reads of the records come before the kernel may write over them.
void RingBuffer::Release(uint64_t position) {
	__atomic_store_n(reinterpret_cast<uint64_t*>(ring_.consumer), position, __ATOMIC_RELEASE);
}

// Copies `length` bytes of the data from `at` on, which may go round its end.
void RingBuffer::Copy(uint8_t* to, size_t at, size_t length) const {
	const uint8_t* data = ring_.producer + ring_.page;
	const size_t first = std::min(length, ring_.size - at);
	memcpy(to, data + at, first);
	memcpy(to + first, data, length - first);
}

// Calls visit(at, length) for each finished record up to the producer's position as it was at
// the start, so that a busy producer cannot keep us here. A record is consumed unless visit says
// kStop. Returns 0, or -EBADMSG when a length makes no sense: somebody else reads this ring too.
template <typename Visit>
int RingBuffer::Walk(Visit visit) {
	const uint8_t* data = ring_.producer + ring_.page;
	const uint64_t mask = ring_.size - 1;
	const uint64_t end = ProducerPosition();
	uint64_t position = ConsumerPosition();
	uint64_t released = position;
	int status = 0;
	while (position < end) {
		const uint8_t* record = data + (position & mask);
		// Pairs with the kernel's exchange at submit: once the busy bit is gone the bytes are there.
		const uint32_t header =
			__atomic_load_n(reinterpret_cast<const uint32_t*>(record), __ATOMIC_ACQUIRE);
		if (header & BPF_RINGBUF_BUSY_BIT) break;
		const uint32_t length = header & kLengthMask;
		if (length > ring_.size) {
			status = -EBADMSG;
			break;
		}
		if (!(header & BPF_RINGBUF_DISCARD_BIT) &&
		    visit((position + kHeaderSize) & mask, length) == Next::kStop)
			break;
		position += Aligned(length + kHeaderSize);
		if (position - released >= ring_.size / kReleaseFraction) {
			Release(position);
			released = position;
		}
	}
	if (position != released) Release(position);
	return status;
}

Napi::Value RingBuffer::Available(const Napi::CallbackInfo& info) {
	return Napi::Number::New(info.Env(), ProducerPosition() - ConsumerPosition());
}

// (into, index) -> number of records or a negative errno
Napi::Value RingBuffer::Drain(const Napi::CallbackInfo& info) {
	const Bytes into = BytesOf(info[0]);
	auto index = info[1].As<Napi::Uint32Array>();
	uint32_t* const entries = index.Data();
	const size_t room = index.ElementLength() / 2;
	size_t used = 0, records = 0;

	const int status = Walk([&](size_t at, uint32_t length) {
		if (length > into.size) {
			oversized_++;
			return Next::kContinue;
		}
		if (records == room || length > into.size - used) return Next::kStop;
		Copy(into.data + used, at, length);
		entries[2 * records] = used;
		entries[2 * records + 1] = length;
		records++;
		// The last record may end where its padding does not fit any more.
		used = Aligned(used + length) < into.size ? Aligned(used + length) : into.size;
		return Next::kContinue;
	});
	if (status < 0 && records == 0) return Failure(info.Env(), status);
	return Napi::Number::New(info.Env(), records);
}

// () -> {records, bytes} or a negative errno
Napi::Value RingBuffer::Discard(const Napi::CallbackInfo& info) {
	double records = 0, bytes = 0;
	const int status = Walk([&](size_t, uint32_t length) {
		records++;
		bytes += length;
		return Next::kContinue;
	});
	if (status < 0) return Failure(info.Env(), status);
	Napi::Object result = Napi::Object::New(info.Env());
	result["records"] = records;
	result["bytes"] = bytes;
	return result;
}

Napi::Value RingBuffer::Oversized(const Napi::CallbackInfo& info) {
	return Napi::Number::New(info.Env(), oversized_);
}

Napi::Value RingBuffer::CloseFromScript(const Napi::CallbackInfo& info) {
	Close();
	return info.Env().Undefined();
}
