#pragma once

#include "addon.h"

// While one is open the kernel measures how often and how long BPF programs run, all of the host's.
class RunTimeStats : public Napi::ObjectWrap<RunTimeStats>, public Handle {
public:
	static void Define(Napi::Env env, Napi::Object exports);

	explicit RunTimeStats(const Napi::CallbackInfo& info);
	~RunTimeStats() override { Close(); }
	void Close() override;

private:
	Napi::Value CloseFromScript(const Napi::CallbackInfo& info);

	Addon* addon_;
	int fd_;
};
