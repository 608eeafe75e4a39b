#pragma once

#include "addon.h"

struct bpf_link;

// An attachment, iterators included. Close() detaches.
class Link : public Napi::ObjectWrap<Link>, public Handle {
public:
	static void Define(Napi::Env env, Napi::Object exports);
	// Takes ownership of `link`; with nullptr the result is libbpf's errno, negative.
	static Napi::Value Wrap(Napi::Env env, bpf_link* link);

	explicit Link(const Napi::CallbackInfo& info);
	~Link() override { Close(); }
	void Close() override;

private:
	Napi::Value Read(const Napi::CallbackInfo& info);
	Napi::Value CloseFromScript(const Napi::CallbackInfo& info);

	Addon* addon_;
	bpf_link* link_;
};
