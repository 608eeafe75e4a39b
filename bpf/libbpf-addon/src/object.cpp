#include "object.h"

#include "btf_layout.h"
#include "interface_link.h"
#include "link.h"
#include "log.h"
#include "map.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

namespace {

// BPF_F_PREORDER of include/uapi/linux/bpf.h, which the headers of older systems lack.
constexpr uint32_t kPreorder = 1U << 6;

template <typename Type>
std::string TypeName(const char* (*name)(Type), Type type) {
	const char* known = name(type);
	return known != nullptr ? known : "type_" + std::to_string(type);
}

const char* KindName(Constant::Kind kind) {
	switch (kind) {
	case Constant::Kind::kUnsigned: return "unsigned";
	case Constant::Kind::kSigned: return "signed";
	case Constant::Kind::kBool: return "bool";
	default: return "bytes";
	}
}

}  // namespace

void Object::Define(Napi::Env env, Napi::Object exports) {
	Napi::Function object_class =
		DefineClass(env, "NativeObject",
	                {InstanceMethod<&Object::Programs>("programs"),
	                 InstanceMethod<&Object::Maps>("maps"),
	                 InstanceMethod<&Object::Constants>("constants"),
	                 InstanceMethod<&Object::SetConstant>("setConstant"),
	                 InstanceMethod<&Object::SetAutoload>("setAutoload"),
	                 InstanceMethod<&Object::SetMaxEntries>("setMaxEntries"),
	                 InstanceMethod<&Object::StructLayout>("structLayout"),
	                 InstanceMethod<&Object::EnumValues>("enumValues"),
	                 InstanceMethod<&Object::Load>("load"),
	                 InstanceMethod<&Object::OpenMap>("map"),
	                 InstanceMethod<&Object::Attach>("attach"),
	                 InstanceMethod<&Object::AttachCgroup>("attachCgroup"),
	                 InstanceMethod<&Object::AttachTcx>("attachTcx"),
	                 InstanceMethod<&Object::AttachTc>("attachTc"),
	                 InstanceMethod<&Object::AttachTracepoint>("attachTracepoint"),
	                 InstanceMethod<&Object::AttachUprobe>("attachUprobe"),
	                 InstanceMethod<&Object::AttachIterator>("attachIterator"),
	                 InstanceMethod<&Object::TestRun>("testRun"),
	                 InstanceMethod<&Object::ProgramInfo>("programInfo"),
	                 InstanceMethod<&Object::CloseFromScript>("close")});
	Addon::Of(env).object_class = Napi::Persistent(object_class);
	Addon::Of(env).object_class.SuppressDestruct();
	exports["openObject"] = Napi::Function::New<&Object::Open>(env, "openObject");
}

// (elf, name) -> Object or a negative errno
Napi::Value Object::Open(const Napi::CallbackInfo& info) {
	Addon& addon = Addon::Of(info.Env());
	const Bytes given = BytesOf(info[0]);
	// libelf reads in place and wants alignment, which a view into a larger buffer may not have.
	std::vector<uint64_t> elf((given.size + 7) / 8);
	memcpy(elf.data(), given.data, given.size);
	const std::string name = Text(info[1]);
	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = name.c_str());

	LogCapture capture(addon.log);
	bpf_object* object = bpf_object__open_mem(elf.data(), given.size, &options);
	if (object == nullptr) return Failure(info.Env(), -errno);
	const Napi::Value result = Make(info.Env(), addon.object_class, object);
	bpf_object__close(object);
	return result;
}

Object::Object(const Napi::CallbackInfo& info)
	: Napi::ObjectWrap<Object>(info),
	  addon_(&Addon::Of(info.Env())),
	  object_(std::exchange(Given<bpf_object*>(info), nullptr)) {
	addon_->handles.insert(this);
}

void Object::Close() {
	if (object_ == nullptr) return;
	bpf_object__close(object_);
	object_ = nullptr;
	addon_->handles.erase(this);
}

bpf_program* Object::Program(const Napi::Value& name) const {
	return bpf_object__find_program_by_name(object_, Text(name).c_str());
}

Napi::Value Object::Programs(const Napi::CallbackInfo& info) {
	Napi::Array result = Napi::Array::New(info.Env());
	bpf_program* program;
	bpf_object__for_each_program(program, object_) {
		Napi::Object entry = Napi::Object::New(info.Env());
		entry["name"] = bpf_program__name(program);
		entry["section"] = bpf_program__section_name(program);
		entry["type"] = TypeName(libbpf_bpf_prog_type_str, bpf_program__type(program));
		entry["autoload"] = bpf_program__autoload(program);
		result[result.Length()] = entry;
	}
	return result;
}

Napi::Value Object::Maps(const Napi::CallbackInfo& info) {
	Napi::Array result = Napi::Array::New(info.Env());
	bpf_map* map;
	bpf_object__for_each_map(map, object_) {
		Napi::Object entry = Napi::Object::New(info.Env());
		entry["name"] = bpf_map__name(map);
		entry["type"] = TypeName(libbpf_bpf_map_type_str, bpf_map__type(map));
		entry["keySize"] = bpf_map__key_size(map);
		entry["valueSize"] = bpf_map__value_size(map);
		entry["maxEntries"] = bpf_map__max_entries(map);
		result[result.Length()] = entry;
	}
	return result;
}

Napi::Value Object::Constants(const Napi::CallbackInfo& info) {
	Napi::Array result = Napi::Array::New(info.Env());
	for (const Constant& constant : ConstantsOf(bpf_object__btf(object_))) {
		Napi::Object entry = Napi::Object::New(info.Env());
		entry["name"] = constant.name;
		entry["section"] = constant.section;
		entry["offset"] = constant.offset;
		entry["size"] = constant.size;
		entry["kind"] = KindName(constant.kind);
		result[result.Length()] = entry;
	}
	return result;
}

// (section, offset, bytes) -> 0 or a negative errno
Napi::Value Object::SetConstant(const Napi::CallbackInfo& info) {
	bpf_map* map = bpf_object__find_map_by_name(object_, Text(info[0]).c_str());
	if (map == nullptr) return Failure(info.Env(), -ENOENT);
	const size_t offset = info[1].As<Napi::Number>().Uint32Value();
	const Bytes value = BytesOf(info[2]);
	size_t size = 0;
	// libbpf hands out the map's memory as const, and takes back only the whole of it.
	uint8_t* memory = static_cast<uint8_t*>(const_cast<void*>(bpf_map__initial_value(map, &size)));
	if (memory == nullptr || offset + value.size > size) return Failure(info.Env(), -EINVAL);
	memcpy(memory + offset, value.data, value.size);
	return Status(info.Env(), 0);
}

// (program, on) -> 0 or a negative errno
Napi::Value Object::SetAutoload(const Napi::CallbackInfo& info) {
	return Status(info.Env(), bpf_program__set_autoload(Program(info[0]),
	                                                    info[1].As<Napi::Boolean>().Value()));
}

// (map, entries) -> 0 or a negative errno
Napi::Value Object::SetMaxEntries(const Napi::CallbackInfo& info) {
	bpf_map* map = bpf_object__find_map_by_name(object_, Text(info[0]).c_str());
	if (map == nullptr) return Failure(info.Env(), -ENOENT);
	return Status(info.Env(),
	              bpf_map__set_max_entries(map, info[1].As<Napi::Number>().Uint32Value()));
}

// (name) -> {size, members}, or undefined when there is no such struct
Napi::Value Object::StructLayout(const Napi::CallbackInfo& info) {
	const btf* types = bpf_object__btf(object_);
	if (types == nullptr) return info.Env().Undefined();
	const auto layout = LayoutOf(types, Text(info[0]));
	if (!layout) return info.Env().Undefined();
	Napi::Array members = Napi::Array::New(info.Env());
	for (const Member& member : layout->members) {
		Napi::Object entry = Napi::Object::New(info.Env());
		entry["name"] = member.name;
		entry["offset"] = static_cast<double>(member.bit_offset / 8);
		entry["size"] = static_cast<double>(member.size);
		if (member.elements) entry["elements"] = *member.elements;
		if (member.bitfield_width != 0) {
			Napi::Object bits = Napi::Object::New(info.Env());
			bits["offset"] = static_cast<double>(member.bit_offset);
			bits["width"] = member.bitfield_width;
			entry["bits"] = bits;
		}
		members[members.Length()] = entry;
	}
	Napi::Object result = Napi::Object::New(info.Env());
	result["size"] = static_cast<double>(layout->size);
	result["members"] = members;
	return result;
}

// (name) -> {enumerator: value}, or undefined when there is no such enum
Napi::Value Object::EnumValues(const Napi::CallbackInfo& info) {
	const btf* types = bpf_object__btf(object_);
	if (types == nullptr) return info.Env().Undefined();
	const auto enumerators = EnumeratorsOf(types, Text(info[0]));
	if (!enumerators) return info.Env().Undefined();
	Napi::Object result = Napi::Object::New(info.Env());
	for (const Enumerator& enumerator : *enumerators)
		result[enumerator.name] = static_cast<double>(enumerator.value);
	return result;
}

// The verifier gives up with EAGAIN when a signal is pending, and libbpf after a few tries: a
// profiler's timer is enough for that. Signals wait here, or go to another thread.
class SignalsBlocked {
public:
	SignalsBlocked() {
		sigset_t all;
		sigfillset(&all);
		pthread_sigmask(SIG_SETMASK, &all, &before_);
	}
	~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
	SignalsBlocked(const SignalsBlocked&) = delete;
	SignalsBlocked& operator=(const SignalsBlocked&) = delete;

private:
	sigset_t before_;
};

Napi::Value Object::Load(const Napi::CallbackInfo& info) {
	LogCapture capture(addon_->log);
	SignalsBlocked blocked;
	int error = bpf_object__load(object_);
	// The kernel's type information was read for it, some MiB, which glibc would keep.
	malloc_trim(0);
	return Status(info.Env(), error);
}

// (name) -> Map or a negative errno
Napi::Value Object::OpenMap(const Napi::CallbackInfo& info) {
	bpf_map* map = bpf_object__find_map_by_name(object_, Text(info[0]).c_str());
	if (map == nullptr) return Failure(info.Env(), -ENOENT);
	return Map::FromFd(info.Env(), bpf_map__fd(map), bpf_map__name(map));
}

// (program) -> Link or a negative errno
Napi::Value Object::Attach(const Napi::CallbackInfo& info) {
	LogCapture capture(addon_->log);
	return Link::Wrap(info.Env(), bpf_program__attach(Program(info[0])));
}

// libbpf has no flags for links to cgroups.
static int LinkFirst(const bpf_program* program, int cgroup) {
	LIBBPF_OPTS(bpf_link_create_opts, options, .flags = kPreorder);
	return bpf_link_create(bpf_program__fd(program), cgroup,
	                       bpf_program__expected_attach_type(program), &options);
}

// (program, cgroup directory, before the others) -> Link or a negative errno
Napi::Value Object::AttachCgroup(const Napi::CallbackInfo& info) {
	LogCapture capture(addon_->log);
	const int cgroup = open(Text(info[1]).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (cgroup < 0) return Failure(info.Env(), -errno);
	if (info[2].As<Napi::Boolean>().Value()) {
		const int fd = LinkFirst(Program(info[0]), cgroup);
		close(cgroup);
		return fd < 0 ? Failure(info.Env(), fd) : Link::WrapFd(info.Env(), fd);
	}
	bpf_link* link = bpf_program__attach_cgroup(Program(info[0]), cgroup);
	const int error = errno;
	close(cgroup);
	errno = error;
	return Link::Wrap(info.Env(), link);
}

// (program, category, name) -> Link or a negative errno
Napi::Value Object::AttachTracepoint(const Napi::CallbackInfo& info) {
	LogCapture capture(addon_->log);
	return Link::Wrap(info.Env(),
	                  bpf_program__attach_tracepoint(Program(info[0]), Text(info[1]).c_str(),
	                                                 Text(info[2]).c_str()));
}

// (program, number of the interface, egress) -> InterfaceLink or a negative errno
Napi::Value Object::AttachTcx(const Napi::CallbackInfo& info) {
	LogCapture capture(addon_->log);
	return InterfaceLink::AttachTcx(info.Env(), bpf_program__fd(Program(info[0])),
	                                info[1].As<Napi::Number>().Int32Value(),
	                                info[2].As<Napi::Boolean>().Value());
}

// (program, number of the interface, egress, handle, priority) -> InterfaceLink or a negative errno
Napi::Value Object::AttachTc(const Napi::CallbackInfo& info) {
	LogCapture capture(addon_->log);
	return InterfaceLink::AttachTc(info.Env(), bpf_program__fd(Program(info[0])),
	                               {.ifindex = info[1].As<Napi::Number>().Int32Value(),
	                                .egress = info[2].As<Napi::Boolean>().Value(),
	                                .handle = info[3].As<Napi::Number>().Uint32Value(),
	                                .priority = info[4].As<Napi::Number>().Uint32Value()});
}

// (program, path, symbol or undefined, offset, pid, return probe) -> Link or a negative errno
Napi::Value Object::AttachUprobe(const Napi::CallbackInfo& info) {
	LogCapture capture(addon_->log);
	const std::string path = Text(info[1]);
	const std::string symbol = info[2].IsUndefined() ? "" : Text(info[2]);
	const auto offset = static_cast<size_t>(info[3].As<Napi::Number>().Int64Value());
	LIBBPF_OPTS(bpf_uprobe_opts, options, .retprobe = info[5].As<Napi::Boolean>().Value(),
	            .func_name = symbol.empty() ? nullptr : symbol.c_str());
	return Link::Wrap(info.Env(), bpf_program__attach_uprobe_opts(
									  Program(info[0]), info[4].As<Napi::Number>().Int32Value(),
									  path.c_str(), offset, &options));
}

// (program, map fd or -1) -> Link or a negative errno
Napi::Value Object::AttachIterator(const Napi::CallbackInfo& info) {
	LogCapture capture(addon_->log);
	const int map = info[1].As<Napi::Number>().Int32Value();
	bpf_iter_link_info target{};
	LIBBPF_OPTS(bpf_iter_attach_opts, options);
	if (map >= 0) {
		target.map.map_fd = map;
		options.link_info = &target;
		options.link_info_len = sizeof(target);
	}
	return Link::Wrap(info.Env(), bpf_program__attach_iter(Program(info[0]), &options));
}

// (program, data or undefined, context or undefined, repeat, room for output)
// -> {returnValue, data, durationNs} or a negative errno
Napi::Value Object::TestRun(const Napi::CallbackInfo& info) {
	const Bytes data = BytesOf(info[1]);
	const Bytes context = BytesOf(info[2]);
	std::vector<uint8_t> output(info[4].As<Napi::Number>().Uint32Value());
	LIBBPF_OPTS(bpf_test_run_opts, options);
	options.data_in = data.data;
	options.data_size_in = data.size;
	options.data_out = output.empty() ? nullptr : output.data();
	options.data_size_out = output.size();
	options.ctx_in = context.data;
	options.ctx_size_in = context.size;
	options.repeat = info[3].As<Napi::Number>().Int32Value();
	const int status = bpf_prog_test_run_opts(bpf_program__fd(Program(info[0])), &options);
	if (status < 0) return Failure(info.Env(), status);
	Napi::Object result = Napi::Object::New(info.Env());
	result["returnValue"] = options.retval;
	result["data"] =
		Napi::Buffer<uint8_t>::Copy(info.Env(), output.data(), options.data_size_out);
	result["durationNs"] = options.duration;
	return result;
}

// (program) -> {id, runCount, runTimeNs} or a negative errno
Napi::Value Object::ProgramInfo(const Napi::CallbackInfo& info) {
	bpf_prog_info program{};
	uint32_t size = sizeof(program);
	const int fd = bpf_program__fd(Program(info[0]));
	if (bpf_obj_get_info_by_fd(fd, &program, &size) != 0) return Failure(info.Env(), -errno);
	Napi::Object result = Napi::Object::New(info.Env());
	result["id"] = program.id;
	result["runCount"] = Napi::BigInt::New(info.Env(), static_cast<uint64_t>(program.run_cnt));
	result["runTimeNs"] =
		Napi::BigInt::New(info.Env(), static_cast<uint64_t>(program.run_time_ns));
	return result;
}

Napi::Value Object::CloseFromScript(const Napi::CallbackInfo& info) {
	Close();
	return info.Env().Undefined();
}
