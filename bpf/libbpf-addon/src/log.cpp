#include "log.h"

#include <bpf/libbpf.h>

#include <cstdarg>
#include <cstdio>

// What libbpf's archive sees as `stderr` (the linker's --wrap): only its default print function
// uses it, which Install() replaces before libbpf is called for the first time.
extern "C" __attribute__((visibility("hidden"))) FILE* __wrap_stderr;
FILE* __wrap_stderr = nullptr;

namespace {

thread_local std::string* current = nullptr;

int Print(enum libbpf_print_level level, const char* format, va_list arguments) {
	if (current == nullptr || level == LIBBPF_DEBUG) return 0;
	va_list again;
	va_copy(again, arguments);
	const int length = vsnprintf(nullptr, 0, format, arguments);
	if (length > 0) {
		const size_t start = current->size();
		current->resize(start + length + 1);
		vsnprintf(current->data() + start, length + 1, format, again);
		current->resize(start + length);
	}
	va_end(again);
	return length;
}

}  // namespace

LogCapture::LogCapture(std::string& into) : outer_(current) {
	into.clear();
	current = &into;
}

LogCapture::~LogCapture() { current = outer_; }

void LogCapture::Install() { libbpf_set_print(Print); }
