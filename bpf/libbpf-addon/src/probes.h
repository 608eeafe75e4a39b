#pragma once

#include <napi.h>

// What this kernel can do, by trying.
void DefineProbes(Napi::Env env, Napi::Object exports);
