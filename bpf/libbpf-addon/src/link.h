#pragma once

#include "addon.h"

struct bpf_link;

// An attachment, iterators included. Close() detaches.
class Link : public Napi::ObjectWrap<Link>, public Handle {
public:
	static void Define(Napi::Env env, Napi::Object exports);
	// Takes ownership of `link`; with nullptr the result is libbpf's errno, negative.
	static Napi::Value Wrap(Napi::Env env, bpf_link* link);
	// The same for a link that libbpf does not know; takes ownership of `fd`.
	static Napi::Value WrapFd(Napi::Env env, int fd);

	explicit Link(const Napi::CallbackInfo& info);
	~Link() override { Close(); }
	void Close() override;

private:
	Napi::Value Read(const Napi::CallbackInfo& info);
	Napi::Value CloseFromScript(const Napi::CallbackInfo& info);

	// One of the two.
	struct Kept {
		bpf_link* link = nullptr;
		int fd = -1;
	};
	static Napi::Value Wrap(Napi::Env env, Kept kept);
	static void LetGo(Kept& kept);

	Addon* addon_;
	Kept kept_;
};
