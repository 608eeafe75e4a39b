#include "run_time_stats.h"

#include <bpf/bpf.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

// () -> RunTimeStats or a negative errno
static Napi::Value Enable(const Napi::CallbackInfo& info) {
	int fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
	if (fd < 0) return Failure(info.Env(), -errno);
	const Napi::Value result = Make(info.Env(), Addon::Of(info.Env()).run_time_stats_class, fd);
	if (fd >= 0) close(fd);
	return result;
}

void RunTimeStats::Define(Napi::Env env, Napi::Object exports) {
	Napi::Function stats_class = DefineClass(
		env, "NativeRunTimeStats", {InstanceMethod<&RunTimeStats::CloseFromScript>("close")});
	Addon::Of(env).run_time_stats_class = Napi::Persistent(stats_class);
	Addon::Of(env).run_time_stats_class.SuppressDestruct();
	exports["enableRunTimeStats"] = Napi::Function::New<&Enable>(env, "enableRunTimeStats");
}

RunTimeStats::RunTimeStats(const Napi::CallbackInfo& info)
	: Napi::ObjectWrap<RunTimeStats>(info),
	  addon_(&Addon::Of(info.Env())),
	  fd_(std::exchange(Given<int>(info), -1)) {
	addon_->handles.insert(this);
}

void RunTimeStats::Close() {
	if (fd_ < 0) return;
	close(fd_);
	fd_ = -1;
	addon_->handles.erase(this);
}

Napi::Value RunTimeStats::CloseFromScript(const Napi::CallbackInfo& info) {
	Close();
	return info.Env().Undefined();
}
