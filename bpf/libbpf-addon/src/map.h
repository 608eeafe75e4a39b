#pragma once

#include "addon.h"

#include <linux/bpf.h>

// A map by its own file descriptor, which it owns.
class Map : public Napi::ObjectWrap<Map>, public Handle {
public:
	static void Define(Napi::Env env, Napi::Object exports);
	// Duplicates `fd`; a negative errno on failure.
	static Napi::Value FromFd(Napi::Env env, int fd, const char* name);

	explicit Map(const Napi::CallbackInfo& info);
	~Map() override { Close(); }
	void Close() override;

private:
	struct Description {
		int fd;
		bpf_map_info info;
		std::string name;
		size_t user_value_size;
	};

	Napi::Value Describe(const Napi::CallbackInfo& info);
	Napi::Value Lookup(const Napi::CallbackInfo& info);
	Napi::Value Update(const Napi::CallbackInfo& info);
	Napi::Value Delete(const Napi::CallbackInfo& info);
	Napi::Value NextKey(const Napi::CallbackInfo& info);
	Napi::Value Batch(const Napi::CallbackInfo& info);
	Napi::Value CloseFromScript(const Napi::CallbackInfo& info);

	Addon* addon_;
	Description map_;
};
