#include "kernel.h"

#include "addon.h"
#include "btf_layout.h"
#include "log.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <net/if.h>
#include <sys/resource.h>

#include <cerrno>
#include <utility>

namespace {

int LoadKernelBtf(Addon& addon) {
	if (addon.kernel_btf != nullptr) return 0;
	LogCapture capture(addon.log);
	addon.kernel_btf = btf__load_vmlinux_btf();
	return addon.kernel_btf != nullptr ? 0 : -errno;
}

// () -> 0 or a negative errno
Napi::Value KernelBtf(const Napi::CallbackInfo& info) {
	return Status(info.Env(), LoadKernelBtf(Addon::Of(info.Env())));
}

// Several megabytes, so not for longer than a round of questions.
Napi::Value ReleaseKernelBtf(const Napi::CallbackInfo& info) {
	btf__free(std::exchange(Addon::Of(info.Env()).kernel_btf, nullptr));
	return info.Env().Undefined();
}

// (tracepoint) -> number of arguments, or undefined
Napi::Value TracepointArguments(const Napi::CallbackInfo& info) {
	Addon& addon = Addon::Of(info.Env());
	if (LoadKernelBtf(addon) < 0) return info.Env().Undefined();
	const auto count = TracepointArgumentsOf(addon.kernel_btf, Text(info[0]));
	return count ? Napi::Number::New(info.Env(), *count) : info.Env().Undefined();
}

// (struct, member) -> boolean, or undefined when there is no such struct
Napi::Value KernelStructHas(const Napi::CallbackInfo& info) {
	Addon& addon = Addon::Of(info.Env());
	if (LoadKernelBtf(addon) < 0) return info.Env().Undefined();
	const auto layout = LayoutOf(addon.kernel_btf, Text(info[0]));
	if (!layout) return info.Env().Undefined();
	const std::string wanted = Text(info[1]);
	for (const Member& member : layout->members)
		if (member.name == wanted) return Napi::Boolean::New(info.Env(), true);
	return Napi::Boolean::New(info.Env(), false);
}

// () -> [{name, index}] of the thread's network namespace, or a negative errno
Napi::Value NetworkInterfaces(const Napi::CallbackInfo& info) {
	struct if_nameindex* all = if_nameindex();
	if (all == nullptr) return Failure(info.Env(), -errno);
	Napi::Array result = Napi::Array::New(info.Env());
	for (const struct if_nameindex* one = all; one->if_index != 0; one++) {
		Napi::Object entry = Napi::Object::New(info.Env());
		entry["name"] = one->if_name;
		entry["index"] = one->if_index;
		result[result.Length()] = entry;
	}
	if_freenameindex(all);
	return result;
}

// (enum) -> {enumerator: value}, or undefined when there is no such enum
Napi::Value KernelEnumValues(const Napi::CallbackInfo& info) {
	Addon& addon = Addon::Of(info.Env());
	if (LoadKernelBtf(addon) < 0) return info.Env().Undefined();
	const auto enumerators = EnumeratorsOf(addon.kernel_btf, Text(info[0]));
	if (!enumerators) return info.Env().Undefined();
	Napi::Object result = Napi::Object::New(info.Env());
	for (const Enumerator& enumerator : *enumerators)
		result[enumerator.name] = static_cast<double>(enumerator.value);
	return result;
}

Napi::Value PossibleCpus(const Napi::CallbackInfo& info) {
	return Napi::Number::New(info.Env(), libbpf_num_possible_cpus());
}

Napi::Value LibbpfVersion(const Napi::CallbackInfo& info) {
	return Napi::String::New(info.Env(), libbpf_version_string());
}

// () -> undefined. Without CAP_SYS_RESOURCE it goes as far as it may.
Napi::Value BumpMemlock(const Napi::CallbackInfo& info) {
	rlimit limit{RLIM_INFINITY, RLIM_INFINITY};
	if (setrlimit(RLIMIT_MEMLOCK, &limit) != 0 && getrlimit(RLIMIT_MEMLOCK, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_MEMLOCK, &limit);
	}
	return info.Env().Undefined();
}

}  // namespace

void DefineKernel(Napi::Env env, Napi::Object exports) {
	exports["kernelBtf"] = Napi::Function::New<&KernelBtf>(env, "kernelBtf");
	exports["releaseKernelBtf"] = Napi::Function::New<&ReleaseKernelBtf>(env, "releaseKernelBtf");
	exports["tracepointArguments"] =
		Napi::Function::New<&TracepointArguments>(env, "tracepointArguments");
	exports["kernelStructHas"] = Napi::Function::New<&KernelStructHas>(env, "kernelStructHas");
	exports["kernelEnumValues"] =
		Napi::Function::New<&KernelEnumValues>(env, "kernelEnumValues");
	exports["networkInterfaces"] =
		Napi::Function::New<&NetworkInterfaces>(env, "networkInterfaces");
	exports["possibleCpus"] = Napi::Function::New<&PossibleCpus>(env, "possibleCpus");
	exports["libbpfVersion"] = Napi::Function::New<&LibbpfVersion>(env, "libbpfVersion");
	exports["bumpMemlock"] = Napi::Function::New<&BumpMemlock>(env, "bumpMemlock");
}
