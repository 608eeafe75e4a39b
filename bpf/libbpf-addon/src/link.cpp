#include "link.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <utility>

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

// (chunk size) -> Buffer or a negative errno
Napi::Value Link::Read(const Napi::CallbackInfo& info) {
	const size_t chunk = info[0].As<Napi::Number>().Uint32Value();
	const int fd = bpf_iter_create(bpf_link__fd(kept_.link));
	if (fd < 0) return Failure(info.Env(), -errno);

	uint8_t* data = nullptr;
	size_t size = 0, capacity = 0;
	int status = 0;
	for (;;) {
		if (capacity - size < chunk) {
			capacity = capacity * 2 > size + chunk ? capacity * 2 : size + chunk;
			uint8_t* grown = static_cast<uint8_t*>(realloc(data, capacity));
			if (grown == nullptr) {
				status = -ENOMEM;
				break;
			}
			data = grown;
		}
		const ssize_t got = read(fd, data + size, chunk);
		if (got == 0) break;
		if (got > 0) {
			size += got;
			continue;
		}
		// EAGAIN: the kernel visited a million elements without output and lets others run.
		if (errno == EAGAIN || errno == EINTR) continue;
		status = -errno;
		break;
	}
	close(fd);
	if (status < 0 || size == 0) {
		free(data);
		if (status < 0) return Failure(info.Env(), status);
		return Napi::Buffer<uint8_t>::New(info.Env(), 0);
	}
	if (uint8_t* fitted = static_cast<uint8_t*>(realloc(data, size))) data = fitted;
	return Napi::Buffer<uint8_t>::NewOrCopy(info.Env(), data, size,
	                                        [](Napi::BasicEnv, uint8_t* done) { free(done); });
}

Napi::Value Link::CloseFromScript(const Napi::CallbackInfo& info) {
	Close();
	return info.Env().Undefined();
}
