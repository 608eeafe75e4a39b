#pragma once

#include "addon.h"

// The reading end of a BPF_MAP_TYPE_RINGBUF, over the memory it shares with the kernel.
// Like the ring itself it has one reader at a time.
class RingBuffer : public Napi::ObjectWrap<RingBuffer>, public Handle {
public:
	static void Define(Napi::Env env, Napi::Object exports);

	explicit RingBuffer(const Napi::CallbackInfo& info);
	~RingBuffer() override { Close(); }
	void Close() override;

private:
	// Kernel layout: [consumer page][producer page][data][data again, not mapped]. The consumer
	// page is writable, the rest is not.
	struct Mapping {
		uint8_t* consumer = nullptr;
		uint8_t* producer = nullptr;
		size_t page = 0;
		size_t size = 0;
	};

	static Napi::Value Open(const Napi::CallbackInfo& info);
	static int MapMemory(int fd, size_t size, Mapping& mapping);
	static void Unmap(Mapping& mapping);

	Napi::Value Available(const Napi::CallbackInfo& info);
	Napi::Value Drain(const Napi::CallbackInfo& info);
	Napi::Value Discard(const Napi::CallbackInfo& info);
	Napi::Value Oversized(const Napi::CallbackInfo& info);
	Napi::Value CloseFromScript(const Napi::CallbackInfo& info);

	template <typename Visit>
	int Walk(Visit visit);
	void Copy(uint8_t* to, size_t at, size_t length) const;

	uint64_t ConsumerPosition() const;
	uint64_t ProducerPosition() const;
	void Release(uint64_t position);

	Addon* addon_;
	Mapping ring_;
	uint64_t oversized_ = 0;
};
