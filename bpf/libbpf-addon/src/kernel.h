#pragma once

#include <napi.h>

// Facts about the running kernel, most of them from its BTF.
void DefineKernel(Napi::Env env, Napi::Object exports);
