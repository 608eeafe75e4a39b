// State of one JavaScript environment: the main thread and each worker have their own.
#pragma once

#include <napi.h>

#include <string>
#include <unordered_set>

struct btf;

// Something that holds kernel resources until Close(), which may be called any number of times.
class Handle {
public:
	virtual ~Handle() = default;
	virtual void Close() = 0;
};

struct Addon {
	explicit Addon(Napi::Env env);
	~Addon();

	static Addon& Of(Napi::Env env) { return *env.GetInstanceData<Addon>(); }

	// Runs when the environment ends (process exit, worker termination), while it can still be
	// relied on: finalizers come later, in no order, and may find the addon gone.
	void CloseEverything();

	std::unordered_set<Handle*> handles;
	std::string log;
	btf* kernel_btf = nullptr;

	Napi::FunctionReference object_class;
	Napi::FunctionReference link_class;
	Napi::FunctionReference interface_link_class;
	Napi::FunctionReference map_class;
	Napi::FunctionReference netlink_class;
	Napi::FunctionReference ring_buffer_class;
	Napi::FunctionReference run_time_stats_class;
};

// Makes the JavaScript object for a resource. Its constructor takes the resource out of `resource`
// with std::exchange; in a worker that is being terminated it may not run, and the caller, who then
// still has the resource, must let go of it.
template <typename Resource>
Napi::Value Make(Napi::Env env, const Napi::FunctionReference& of, Resource& resource) {
	return of.New({Napi::External<Resource>::New(env, &resource)});
}

template <typename Resource>
Resource& Given(const Napi::CallbackInfo& info) {
	return *info[0].As<Napi::External<Resource>>().Data();
}

// The failure of a native function, which JavaScript turns into a BpfError.
inline Napi::Value Failure(Napi::Env env, int negative_errno) {
	return Napi::Number::New(env, negative_errno);
}

// 0 or a negative errno.
inline Napi::Value Status(Napi::Env env, int status) {
	return Napi::Number::New(env, status < 0 ? status : 0);
}

inline std::string Text(const Napi::Value& value) {
	return value.As<Napi::String>().Utf8Value();
}

struct Bytes {
	uint8_t* data = nullptr;
	size_t size = 0;
};

// A view, valid during the call; empty for undefined.
inline Bytes BytesOf(const Napi::Value& value) {
	if (value.IsUndefined()) return {};
	auto array = value.As<Napi::Uint8Array>();
	return {array.Data(), array.ByteLength()};
}
