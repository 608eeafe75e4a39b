#pragma once

#include "addon.h"

// An attachment to a network interface: a tcx link, or a filter of the clsact qdisc. Close()
// detaches; an interface that is gone has taken the attachment with it.
class InterfaceLink : public Napi::ObjectWrap<InterfaceLink>, public Handle {
public:
	struct Place {
		int link = -1;  // fd of a tcx link; -1 for a filter
		int ifindex = 0;
		bool egress = false;
		uint32_t handle = 0;
		uint32_t priority = 0;
		uint32_t program = 0;  // the kernel's id of the program of a filter
	};

	static void Define(Napi::Env env, Napi::Object exports);
	// InterfaceLink or a negative errno.
	static Napi::Value AttachTcx(Napi::Env env, int program, int ifindex, bool egress);
	static Napi::Value AttachTc(Napi::Env env, int program, Place place);
	// Whether this kernel has tcx: 0 or a negative errno.
	static int ProbeTcx();

	explicit InterfaceLink(const Napi::CallbackInfo& info);
	~InterfaceLink() override { Close(); }
	void Close() override;

private:
	Napi::Value Attached(const Napi::CallbackInfo& info);
	Napi::Value CloseFromScript(const Napi::CallbackInfo& info);

	Addon* addon_;
	bool open_;
	Place place_;
};
