#pragma once

#include "addon.h"

// A netlink socket of the network namespace that it is opened in. It moves bytes and knows no protocol.
class NetlinkSocket : public Napi::ObjectWrap<NetlinkSocket>, public Handle {
public:
	static void Define(Napi::Env env, Napi::Object exports);

	explicit NetlinkSocket(const Napi::CallbackInfo& info);
	~NetlinkSocket() override { Close(); }
	void Close() override;

private:
	static Napi::Value Open(const Napi::CallbackInfo& info);
	Napi::Value Join(const Napi::CallbackInfo& info);
	Napi::Value Filter(const Napi::CallbackInfo& info);
	Napi::Value Send(const Napi::CallbackInfo& info);
	Napi::Value Receive(const Napi::CallbackInfo& info);
	Napi::Value CloseFromScript(const Napi::CallbackInfo& info);

	Addon* addon_;
	int fd_;
	// A failure that came after bytes which were handed on first.
	int pending_ = 0;
};
