#include "map.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace {

bool IsPerCpu(uint32_t type) {
	switch (type) {
	case BPF_MAP_TYPE_PERCPU_HASH:
	case BPF_MAP_TYPE_PERCPU_ARRAY:
	case BPF_MAP_TYPE_LRU_PERCPU_HASH:
	case BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE:
		return true;
	default:
		return false;
	}
}

size_t UserValueSize(const bpf_map_info& info) {
	if (!IsPerCpu(info.type)) return info.value_size;
	return (info.value_size + 7ul) / 8 * 8 * libbpf_num_possible_cpus();
}

}  // namespace

void Map::Define(Napi::Env env, Napi::Object) {
	Napi::Function map_class = DefineClass(
		env, "NativeMap",
		{InstanceMethod<&Map::Describe>("describe"), InstanceMethod<&Map::Lookup>("lookup"),
	     InstanceMethod<&Map::Update>("update"), InstanceMethod<&Map::Delete>("delete"),
	     InstanceMethod<&Map::NextKey>("nextKey"), InstanceMethod<&Map::Batch>("batch"),
	     InstanceMethod<&Map::CloseFromScript>("close")});
	Addon::Of(env).map_class = Napi::Persistent(map_class);
	Addon::Of(env).map_class.SuppressDestruct();
}

Napi::Value Map::FromFd(Napi::Env env, int fd, const char* name) {
	Description map{};
	uint32_t size = sizeof(map.info);
	if (bpf_obj_get_info_by_fd(fd, &map.info, &size) != 0) return Failure(env, -errno);
	map.fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (map.fd < 0) return Failure(env, -errno);
	map.name = name != nullptr ? name : map.info.name;
	map.user_value_size = UserValueSize(map.info);
	const Napi::Value result = Make(env, Addon::Of(env).map_class, map);
	if (map.fd >= 0) close(map.fd);
	return result;
}

Map::Map(const Napi::CallbackInfo& info)
	: Napi::ObjectWrap<Map>(info),
	  addon_(&Addon::Of(info.Env())),
	  map_(Given<Description>(info)) {
	Given<Description>(info).fd = -1;
	addon_->handles.insert(this);
}

void Map::Close() {
	if (map_.fd < 0) return;
	close(map_.fd);
	map_.fd = -1;
	addon_->handles.erase(this);
}

Napi::Value Map::Describe(const Napi::CallbackInfo& info) {
	const char* type = libbpf_bpf_map_type_str(static_cast<bpf_map_type>(map_.info.type));
	Napi::Object result = Napi::Object::New(info.Env());
	result["name"] = map_.name;
	result["type"] = type != nullptr ? type : "type_" + std::to_string(map_.info.type);
	result["keySize"] = map_.info.key_size;
	result["valueSize"] = static_cast<double>(map_.user_value_size);
	result["maxEntries"] = map_.info.max_entries;
	result["fd"] = map_.fd;
	return result;
}

// (key, into) -> 0 or a negative errno
Napi::Value Map::Lookup(const Napi::CallbackInfo& info) {
	const Bytes into = BytesOf(info[1]);
	return Status(info.Env(), bpf_map_lookup_elem(map_.fd, BytesOf(info[0]).data, into.data));
}

// (key, value, flags) -> 0 or a negative errno
Napi::Value Map::Update(const Napi::CallbackInfo& info) {
	const uint32_t flags = info[2].As<Napi::Number>().Uint32Value();
	return Status(info.Env(), bpf_map_update_elem(map_.fd, BytesOf(info[0]).data,
	                                              BytesOf(info[1]).data, flags));
}

// (key) -> 0 or a negative errno
Napi::Value Map::Delete(const Napi::CallbackInfo& info) {
	return Status(info.Env(), bpf_map_delete_elem(map_.fd, BytesOf(info[0]).data));
}

// (key or undefined, into) -> 0 or a negative errno
Napi::Value Map::NextKey(const Napi::CallbackInfo& info) {
	return Status(info.Env(), bpf_map_get_next_key(map_.fd, BytesOf(info[0]).data,
	                                               BytesOf(info[1]).data));
}

// (cursor in or undefined, cursor out, keys, values, how many fit, also delete)
// -> {count, status}: count is valid with status 0 and -ENOENT, which means the last batch
Napi::Value Map::Batch(const Napi::CallbackInfo& info) {
	const auto batch = info[5].As<Napi::Boolean>() ? bpf_map_lookup_and_delete_batch
	                                               : bpf_map_lookup_batch;
	uint32_t count = info[4].As<Napi::Number>().Uint32Value();
	const int status = batch(map_.fd, BytesOf(info[0]).data, BytesOf(info[1]).data,
	                         BytesOf(info[2]).data, BytesOf(info[3]).data, &count, nullptr);
	Napi::Object result = Napi::Object::New(info.Env());
	result["count"] = status == 0 || status == -ENOENT ? count : 0;
	result["status"] = status;
	return result;
}

Napi::Value Map::CloseFromScript(const Napi::CallbackInfo& info) {
	Close();
	return info.Env().Undefined();
}
