#include "addon.h"

#include "interface_link.h"
#include "kernel.h"
#include "link.h"
#include "log.h"
#include "map.h"
#include "netlink.h"
#include "object.h"
#include "probes.h"
#include "ring_buffer.h"
#include "run_time_stats.h"

#include <bpf/btf.h>

#include <utility>

Addon::Addon(Napi::Env env) {
	env.AddCleanupHook([](Addon* addon) { addon->CloseEverything(); }, this);
}

Addon::~Addon() { CloseEverything(); }

void Addon::CloseEverything() {
	while (!handles.empty()) {
		Handle* handle = *handles.begin();
		handles.erase(handle);
		handle->Close();
	}
	btf__free(std::exchange(kernel_btf, nullptr));
}

// () -> what libbpf printed during the last call that failed
static Napi::Value TakeLog(const Napi::CallbackInfo& info) {
	return Napi::String::New(info.Env(), std::exchange(Addon::Of(info.Env()).log, {}));
}

// (fd) -> Map or a negative errno
static Napi::Value MapFromFd(const Napi::CallbackInfo& info) {
	return Map::FromFd(info.Env(), info[0].As<Napi::Number>().Int32Value(), nullptr);
}

static Napi::Object Initialize(Napi::Env env, Napi::Object exports) {
	env.SetInstanceData(new Addon(env));
	LogCapture::Install();
	Object::Define(env, exports);
	Link::Define(env, exports);
	InterfaceLink::Define(env, exports);
	Map::Define(env, exports);
	RingBuffer::Define(env, exports);
	NetlinkSocket::Define(env, exports);
	RunTimeStats::Define(env, exports);
	DefineKernel(env, exports);
	DefineProbes(env, exports);
	exports["takeLog"] = Napi::Function::New<&TakeLog>(env, "takeLog");
	exports["mapFromFd"] = Napi::Function::New<&MapFromFd>(env, "mapFromFd");
	return exports;
}

NODE_API_MODULE(libbpf, Initialize)
