#include "interface_link.h"

#include "log.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstring>
#include <iterator>
#include <utility>

namespace {

// Linux 6.6; libbpf before 1.3 does not know them.
constexpr uint32_t kTcxIngress = 46;
constexpr uint32_t kTcxEgress = 47;

// What BPF_LINK_CREATE takes of a link to an interface, and no anchor: behind those there are.
struct LinkCreate {
	uint32_t program;
	uint32_t ifindex;
	uint32_t attach_type;
	uint32_t flags;
	uint32_t relative;
	uint32_t unused;
	uint64_t expected_revision;
};

// What BPF_OBJ_GET_INFO_BY_FD says of a tcx link, with room for what newer kernels add.
struct LinkInfo {
	uint32_t type;
	uint32_t id;
	uint32_t program;
	uint32_t unused;
	uint32_t ifindex;  // 0: the interface is gone
	uint32_t attach_type;
	uint64_t more[16];
};

// fd of the link or a negative errno.
int CreateTcxLink(int program, int ifindex, bool egress) {
	LinkCreate attributes{};
	attributes.program = program;
	attributes.ifindex = ifindex;
	attributes.attach_type = egress ? kTcxEgress : kTcxIngress;
	const int fd = syscall(SYS_bpf, BPF_LINK_CREATE, &attributes, sizeof(attributes));
	return fd < 0 ? -errno : fd;
}

bool LinkIsAttached(int fd) {
	LinkInfo link{};
	uint32_t size = sizeof(link);
	return bpf_obj_get_info_by_fd(fd, &link, &size) == 0 && link.ifindex != 0;
}

bpf_tc_hook HookOf(const InterfaceLink::Place& place) {
	bpf_tc_hook hook{};
	hook.sz = sizeof(hook);
	hook.ifindex = place.ifindex;
	hook.attach_point = place.egress ? BPF_TC_EGRESS : BPF_TC_INGRESS;
	return hook;
}

// Somebody else may have put a filter in the place of ours.
bool FilterIsAttached(const InterfaceLink::Place& place) {
	const bpf_tc_hook hook = HookOf(place);
	LIBBPF_OPTS(bpf_tc_opts, filter, .handle = place.handle, .priority = place.priority);
	return bpf_tc_query(&hook, &filter) == 0 && filter.prog_id == place.program;
}

// The qdisc stays: others may have filters there.
void DetachFilter(const InterfaceLink::Place& place) {
	if (!FilterIsAttached(place)) return;
	const bpf_tc_hook hook = HookOf(place);
	LIBBPF_OPTS(bpf_tc_opts, filter, .handle = place.handle, .priority = place.priority);
	bpf_tc_detach(&hook, &filter);
}

// 0 or a negative errno. What is at that place is replaced.
int AttachFilter(int program, InterfaceLink::Place& place) {
	bpf_tc_hook hook = HookOf(place);
	const int created = bpf_tc_hook_create(&hook);
	if (created < 0 && created != -EEXIST) return created;
	LIBBPF_OPTS(bpf_tc_opts, filter, .prog_fd = program, .flags = BPF_TC_F_REPLACE,
	            .handle = place.handle, .priority = place.priority);
	const int status = bpf_tc_attach(&hook, &filter);
	if (status == 0) place.program = filter.prog_id;
	return status;
}

void Detach(const InterfaceLink::Place& place) {
	if (place.link >= 0) close(place.link);
	else DetachFilter(place);
}

}  // namespace

void InterfaceLink::Define(Napi::Env env, Napi::Object) {
	Napi::Function link_class =
		DefineClass(env, "NativeInterfaceLink",
	                {InstanceMethod<&InterfaceLink::Attached>("attached"),
	                 InstanceMethod<&InterfaceLink::CloseFromScript>("close")});
	Addon::Of(env).interface_link_class = Napi::Persistent(link_class);
	Addon::Of(env).interface_link_class.SuppressDestruct();
}

// The constructor marks what it has taken.
static Napi::Value MakeLink(Napi::Env env, InterfaceLink::Place place) {
	std::pair<bool, InterfaceLink::Place> given{true, place};
	const Napi::Value result = Make(env, Addon::Of(env).interface_link_class, given);
	if (given.first) Detach(given.second);
	return result;
}

Napi::Value InterfaceLink::AttachTcx(Napi::Env env, int program, int ifindex, bool egress) {
	const int fd = CreateTcxLink(program, ifindex, egress);
	if (fd < 0) return Failure(env, fd);
	return MakeLink(env, {.link = fd, .ifindex = ifindex, .egress = egress});
}

Napi::Value InterfaceLink::AttachTc(Napi::Env env, int program, Place place) {
	const int status = AttachFilter(program, place);
	if (status < 0) return Failure(env, status);
	return MakeLink(env, place);
}

// No interface has the highest number.
int InterfaceLink::ProbeTcx() {
	const bpf_insn program[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = -1},
		{.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0},
	};
	const int fd = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, nullptr, "GPL", program,
	                             std::size(program), nullptr);
	if (fd < 0) return fd;
	const int link = CreateTcxLink(fd, INT_MAX, false);
	if (link >= 0) close(link);
	close(fd);
	return link == -ENODEV || link >= 0 ? 0 : link;
}

InterfaceLink::InterfaceLink(const Napi::CallbackInfo& info)
	: Napi::ObjectWrap<InterfaceLink>(info), addon_(&Addon::Of(info.Env())) {
	auto& given = Given<std::pair<bool, Place>>(info);
	open_ = std::exchange(given.first, false);
	place_ = given.second;
	addon_->handles.insert(this);
}

void InterfaceLink::Close() {
	if (!std::exchange(open_, false)) return;
	LogCapture capture(addon_->log);
	Detach(place_);
	addon_->handles.erase(this);
}

// () -> boolean
Napi::Value InterfaceLink::Attached(const Napi::CallbackInfo& info) {
	LogCapture capture(addon_->log);
	const bool attached =
		place_.link >= 0 ? LinkIsAttached(place_.link) : FilterIsAttached(place_);
	return Napi::Boolean::New(info.Env(), attached);
}

Napi::Value InterfaceLink::CloseFromScript(const Napi::CallbackInfo& info) {
	Close();
	return info.Env().Undefined();
}
