#include "probes.h"

#include "addon.h"
#include "interface_link.h"
#include "log.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <string_view>

namespace {

constexpr uint32_t kLastProgramType = 64;
constexpr uint32_t kLastMapType = 64;

// The helpers of the kernel headers we are built with, and two younger ones. The list is closed:
// since 6.2 the kernel adds kfuncs instead.
struct Helper {
	std::string_view name;
	uint32_t id;
};
#define HELPER(name) {#name, BPF_FUNC_##name}
constexpr Helper kHelpers[] = {__BPF_FUNC_MAPPER(HELPER)};
#undef HELPER
constexpr Helper kYoungHelpers[] = {{"cgrp_storage_get", 210}, {"cgrp_storage_delete", 211}};

uint32_t HelperId(std::string_view name) {
	for (const Helper& helper : kHelpers)
		if (helper.name == name) return helper.id;
	for (const Helper& helper : kYoungHelpers)
		if (helper.name == name) return helper.id;
	return 0;
}

template <typename Type>
int TypeNumber(const char* (*name)(Type), uint32_t last, const std::string& wanted) {
	for (uint32_t number = 1; number <= last; number++) {
		const char* known = name(static_cast<Type>(number));
		if (known != nullptr && wanted == known) return number;
	}
	return -1;
}

// `status`: 1 yes, 0 no, negative: could not be asked. `error`: errno the kernel gave.
Napi::Value Answer(Napi::Env env, int status, int error, const std::string& detail = {}) {
	Napi::Object result = Napi::Object::New(env);
	result["status"] = status;
	result["errno"] = status < 0 ? -status : error;
	result["detail"] = detail;
	return result;
}

// Whether the kernel refused the question and not the feature: no privilege, no room.
bool IsNoAnswer(int error) {
	return error == EPERM || error == ENOMEM || error == EMFILE || error == ENFILE;
}

// libbpf's probes say 0 for both; errno still tells.
int Honest(int answer, int error) {
	return answer == 0 && IsNoAnswer(error) ? -error : answer;
}

constexpr bpf_insn kReturnZero[] = {
	{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0},
	{.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0},
};

// A program's fd or a negative errno.
int LoadTracing(const char* target, bpf_attach_type attach_type) {
	const int id = libbpf_find_vmlinux_btf_id(target, attach_type);
	if (id < 0) return id;
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = attach_type);
	options.attach_btf_id = id;
	return bpf_prog_load(BPF_PROG_TYPE_TRACING, nullptr, "Dual MIT/GPL", kReturnZero,
	                     std::size(kReturnZero), &options);
}

// (name) -> {status, errno, detail}, or undefined when libbpf knows no such type
Napi::Value ProbeProgramType(const Napi::CallbackInfo& info) {
	Addon& addon = Addon::Of(info.Env());
	const int type = TypeNumber(libbpf_bpf_prog_type_str, kLastProgramType, Text(info[0]));
	if (type < 0) return info.Env().Undefined();
	LogCapture capture(addon.log);
	if (type == BPF_PROG_TYPE_TRACING) {
		// libbpf tries fentry, which is one use of the type and may be missing by itself.
		const int fd = LoadTracing("task_newtask", BPF_TRACE_RAW_TP);
		if (fd >= 0) close(fd);
		return Answer(info.Env(), fd >= 0 ? 1 : Honest(0, -fd), -fd);
	}
	errno = 0;
	const int answer = libbpf_probe_bpf_prog_type(static_cast<bpf_prog_type>(type), nullptr);
	const int error = errno;
	return Answer(info.Env(), Honest(answer, error), error);
}

// (name) -> {status, errno, detail}, or undefined when libbpf knows no such type
Napi::Value ProbeMapType(const Napi::CallbackInfo& info) {
	Addon& addon = Addon::Of(info.Env());
	const int type = TypeNumber(libbpf_bpf_map_type_str, kLastMapType, Text(info[0]));
	if (type < 0) return info.Env().Undefined();
	LogCapture capture(addon.log);
	errno = 0;
	const int answer = libbpf_probe_bpf_map_type(static_cast<bpf_map_type>(type), nullptr);
	const int error = errno;
	return Answer(info.Env(), Honest(answer, error), error);
}

// What a program of this type needs in order to load at all.
int PrepareProgram(bpf_prog_type type, bpf_prog_load_opts& options) {
	switch (type) {
	case BPF_PROG_TYPE_CGROUP_SOCK_ADDR:
		options.expected_attach_type = BPF_CGROUP_INET4_CONNECT;
		return 0;
	case BPF_PROG_TYPE_CGROUP_SOCKOPT:
		options.expected_attach_type = BPF_CGROUP_GETSOCKOPT;
		return 0;
	case BPF_PROG_TYPE_SK_LOOKUP:
		options.expected_attach_type = BPF_SK_LOOKUP;
		return 0;
	case BPF_PROG_TYPE_SYSCALL:
		options.prog_flags = BPF_F_SLEEPABLE;
		return 0;
	case BPF_PROG_TYPE_TRACING: {
		// As tp_btf: kernels without fentry have it too.
		const int target = libbpf_find_vmlinux_btf_id("task_newtask", BPF_TRACE_RAW_TP);
		if (target < 0) return target;
		options.expected_attach_type = BPF_TRACE_RAW_TP;
		options.attach_btf_id = target;
		return 0;
	}
	case BPF_PROG_TYPE_LSM:
	case BPF_PROG_TYPE_EXT:
	case BPF_PROG_TYPE_STRUCT_OPS:
		return -EOPNOTSUPP;
	default:
		return 0;
	}
}

// (program type, helper name or number) -> {status, errno, detail}, or undefined when one of the
// two is unknown. By hand, because libbpf 1.1 takes every refusal whose wording it does not know
// (EPERM, and "program of this type cannot use helper" of newer kernels) for a yes.
Napi::Value ProbeHelper(const Napi::CallbackInfo& info) {
	Addon& addon = Addon::Of(info.Env());
	const int type = TypeNumber(libbpf_bpf_prog_type_str, kLastProgramType, Text(info[0]));
	const uint32_t helper =
		info[1].IsNumber() ? info[1].As<Napi::Number>().Uint32Value() : HelperId(Text(info[1]));
	if (type < 0 || helper == 0) return info.Env().Undefined();

	LogCapture capture(addon.log);
	char log[4096] = "";
	LIBBPF_OPTS(bpf_prog_load_opts, options, .log_level = 1, .log_size = sizeof(log),
	            .log_buf = log);
	const int prepared = PrepareProgram(static_cast<bpf_prog_type>(type), options);
	if (prepared < 0) return Answer(info.Env(), prepared, -prepared);
	const bpf_insn program[] = {
		{.code = BPF_JMP | BPF_CALL, .dst_reg = 0, .src_reg = 0, .off = 0,
		 .imm = static_cast<int>(helper)},
		kReturnZero[0],
		kReturnZero[1],
	};
	const int fd = bpf_prog_load(static_cast<bpf_prog_type>(type), nullptr, "Dual MIT/GPL", program,
	                             std::size(program), &options);
	if (fd >= 0) {
		close(fd);
		return Answer(info.Env(), 1, 0);
	}
	const int error = -fd;
	// No log: the kernel refused before it looked at the instructions.
	if (log[0] == '\0')
		return Answer(info.Env(), Honest(0, error), error);
	for (const char* refusal : {"invalid func ", "unknown func ", "cannot use helper"})
		if (strstr(log, refusal) != nullptr) return Answer(info.Env(), 0, error, log);
	// It is the arguments that the verifier minds, which we did not give.
	return Answer(info.Env(), 1, 0);
}

// 0 or a negative errno.
int AttachTracing(const char* target, bpf_attach_type attach_type) {
	const int program = LoadTracing(target, attach_type);
	if (program < 0) return program;
	const int link = bpf_raw_tracepoint_open(nullptr, program);
	const int status = link < 0 ? -errno : 0;
	if (link >= 0) close(link);
	close(program);
	return status;
}

// The number of a perf event source, which differs between kernels; a negative errno without.
int PerfEventType(const char* source) {
	char path[128];
	snprintf(path, sizeof(path), "/sys/bus/event_source/devices/%s/type", source);
	FILE* file = fopen(path, "re");
	if (file == nullptr) return -errno;
	int type = -ENOENT;
	if (fscanf(file, "%d", &type) != 1) type = -ENOENT;
	fclose(file);
	return type;
}

// 0 or a negative errno; the event is never enabled.
int OpenKprobe(const char* function) {
	const int type = PerfEventType("kprobe");
	if (type < 0) return type;
	perf_event_attr attributes{};
	attributes.size = sizeof(attributes);
	attributes.type = type;
	attributes.disabled = 1;
	attributes.config1 = reinterpret_cast<uint64_t>(function);
	const int fd = syscall(SYS_perf_event_open, &attributes, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
	if (fd < 0) return -errno;
	close(fd);
	return 0;
}

// ("fentry" | "kprobe" | "tcx" | "tp_btf" | "uprobe") -> {status, errno, detail}
Napi::Value ProbeAttach(const Napi::CallbackInfo& info) {
	LogCapture capture(Addon::Of(info.Env()).log);
	const std::string kind = Text(info[0]);
	int status = 0;
	if (kind == "fentry") status = AttachTracing("bpf_fentry_test1", BPF_TRACE_FENTRY);
	if (kind == "tp_btf") status = AttachTracing("task_newtask", BPF_TRACE_RAW_TP);
	if (kind == "kprobe") status = OpenKprobe("vfs_read");
	// Only asked for: opening one would change the pages of a file others may run.
	if (kind == "uprobe") status = PerfEventType("uprobe");
	if (kind == "tcx") status = InterfaceLink::ProbeTcx();
	if (status >= 0) return Answer(info.Env(), 1, 0);
	const bool no_source = status == -ENOENT && (kind == "kprobe" || kind == "uprobe");
	return Answer(info.Env(), Honest(0, -status), -status,
	              no_source ? "the kernel has no perf event source \"" + kind + "\"" : "");
}

}  // namespace

void DefineProbes(Napi::Env env, Napi::Object exports) {
	exports["probeProgramType"] = Napi::Function::New<&ProbeProgramType>(env, "probeProgramType");
	exports["probeMapType"] = Napi::Function::New<&ProbeMapType>(env, "probeMapType");
	exports["probeHelper"] = Napi::Function::New<&ProbeHelper>(env, "probeHelper");
	exports["probeAttach"] = Napi::Function::New<&ProbeAttach>(env, "probeAttach");
}
