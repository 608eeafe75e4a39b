#include "link.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <utility>
#include <vector>

void Link::Define(Napi::Env env, Napi::Object) {
	Napi::Function link_class = DefineClass(env, "NativeLink",
	                                        {InstanceMethod<&Link::Read>("read"),
	                                         InstanceMethod<&Link::CloseFromScript>("close")});
	Addon::Of(env).link_class = Napi::Persistent(link_class);
	Addon::Of(env).link_class.SuppressDestruct();
}

Napi::Value Link::Wrap(Napi::Env env, bpf_link* link) {
	if (link == nullptr) return Failure(env, -errno);
	return Wrap(env, Kept{link, -1});
}

Napi::Value Link::WrapFd(Napi::Env env, int fd) { return Wrap(env, Kept{nullptr, fd}); }

Napi::Value Link::Wrap(Napi::Env env, Kept kept) {
	const Napi::Value result = Make(env, Addon::Of(env).link_class, kept);
	LetGo(kept);
	return result;
}

void Link::LetGo(Kept& kept) {
	bpf_link__destroy(std::exchange(kept.link, nullptr));
	if (kept.fd >= 0) close(std::exchange(kept.fd, -1));
}

Link::Link(const Napi::CallbackInfo& info)
	: Napi::ObjectWrap<Link>(info),
	  addon_(&Addon::Of(info.Env())),
	  kept_(std::exchange(Given<Kept>(info), {})) {
	addon_->handles.insert(this);
}

void Link::Close() {
	if (kept_.link == nullptr && kept_.fd < 0) return;
	LetGo(kept_);
	addon_->handles.erase(this);
}

namespace {

// Memory that grows, for script in the end.
struct Output {
	uint8_t* data = nullptr;
	size_t size = 0, capacity = 0;

	~Output() { free(data); }

	// Where `more` bytes can be written, or nullptr.
	uint8_t* Room(size_t more) {
		if (capacity - size < more) {
			const size_t wanted = capacity * 2 > size + more ? capacity * 2 : size + more;
			uint8_t* grown = static_cast<uint8_t*>(realloc(data, wanted));
			if (grown == nullptr) return nullptr;
			data = grown;
			capacity = wanted;
		}
		return data + size;
	}

	Napi::Value Finish(Napi::Env env) {
		if (size == 0) return Napi::Buffer<uint8_t>::New(env, 0);
		if (uint8_t* fitted = static_cast<uint8_t*>(realloc(data, size))) data = fitted;
		return Napi::Buffer<uint8_t>::NewOrCopy(env, std::exchange(data, nullptr), size,
		                                        [](Napi::BasicEnv, uint8_t* done) { free(done); });
	}
};

// Where an iterator puts its records when its own output has a mark for each only.
struct Beside {
	int map;
	size_t value, record, mark;
};

// One read of the iterator: how many bytes came, 0 at its end, or a negative errno.
ssize_t ReadOnce(int fd, void* into, size_t size) {
	for (;;) {
		const ssize_t got = read(fd, into, size);
		if (got >= 0) return got;
		// EAGAIN: the kernel visited a million elements without output and lets others run.
		if (errno != EAGAIN && errno != EINTR) return -errno;
	}
}

int ReadOutput(int fd, size_t chunk, Output& output) {
	for (;;) {
		uint8_t* room = output.Room(chunk);
		if (room == nullptr) return -ENOMEM;
		const ssize_t got = ReadOnce(fd, room, chunk);
		if (got <= 0) return static_cast<int>(got);
		output.size += got;
	}
}

int ReadBeside(int fd, const Beside& beside, Output& output) {
	// As much as one run of the iterator can mark, so that each read is one run.
	std::vector<uint8_t> marks(beside.value / beside.record * beside.mark);
	for (;;) {
		const ssize_t got = ReadOnce(fd, marks.data(), marks.size());
		if (got <= 0) return static_cast<int>(got);
		uint8_t* room = output.Room(beside.value);
		if (room == nullptr) return -ENOMEM;
		const uint32_t only = 0;
		if (bpf_map_lookup_elem(beside.map, &only, room) != 0) return -errno;
		output.size += got / beside.mark * beside.record;
	}
}

}  // namespace

// (chunk size) -> Buffer or a negative errno
// (0, map's fd, size of its value, size of a record, size of a mark) -> the same, of records
Napi::Value Link::Read(const Napi::CallbackInfo& info) {
	const auto number = [&](size_t i) { return info[i].As<Napi::Number>().Uint32Value(); };
	const int fd = bpf_iter_create(bpf_link__fd(kept_.link));
	if (fd < 0) return Failure(info.Env(), -errno);

	Output output;
	const int status =
		info[1].IsUndefined()
			? ReadOutput(fd, number(0), output)
			: ReadBeside(fd, {static_cast<int>(number(1)), number(2), number(3), number(4)}, output);
	close(fd);
	return status < 0 ? Failure(info.Env(), status) : output.Finish(info.Env());
}

Napi::Value Link::CloseFromScript(const Napi::CallbackInfo& info) {
	Close();
	return info.Env().Undefined();
}
