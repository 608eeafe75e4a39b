#pragma once

#include "addon.h"

struct bpf_object;
struct bpf_program;

// An object file: opened, then loaded.
class Object : public Napi::ObjectWrap<Object>, public Handle {
public:
	static void Define(Napi::Env env, Napi::Object exports);

	explicit Object(const Napi::CallbackInfo& info);
	~Object() override { Close(); }
	void Close() override;

private:
	static Napi::Value Open(const Napi::CallbackInfo& info);

	Napi::Value Programs(const Napi::CallbackInfo& info);
	Napi::Value Maps(const Napi::CallbackInfo& info);
	Napi::Value Constants(const Napi::CallbackInfo& info);
	Napi::Value SetConstant(const Napi::CallbackInfo& info);
	Napi::Value SetAutoload(const Napi::CallbackInfo& info);
	Napi::Value SetMaxEntries(const Napi::CallbackInfo& info);
	Napi::Value StructLayout(const Napi::CallbackInfo& info);
	Napi::Value EnumValues(const Napi::CallbackInfo& info);
	Napi::Value Load(const Napi::CallbackInfo& info);
	Napi::Value OpenMap(const Napi::CallbackInfo& info);
	Napi::Value Attach(const Napi::CallbackInfo& info);
	Napi::Value AttachCgroup(const Napi::CallbackInfo& info);
	Napi::Value AttachTcx(const Napi::CallbackInfo& info);
	Napi::Value AttachTc(const Napi::CallbackInfo& info);
	Napi::Value AttachTracepoint(const Napi::CallbackInfo& info);
	Napi::Value AttachUprobe(const Napi::CallbackInfo& info);
	Napi::Value AttachIterator(const Napi::CallbackInfo& info);
	Napi::Value TestRun(const Napi::CallbackInfo& info);
	Napi::Value ProgramInfo(const Napi::CallbackInfo& info);
	Napi::Value CloseFromScript(const Napi::CallbackInfo& info);

	bpf_program* Program(const Napi::Value& name) const;

	Addon* addon_;
	bpf_object* object_;
};
