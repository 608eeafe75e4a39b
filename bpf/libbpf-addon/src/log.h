// libbpf has one print function per process; what it prints belongs to the call that is running on
// the same thread, so a capture is a scope.
#pragma once

#include <string>

class LogCapture {
public:
	// Clears `into` and appends to it what libbpf says on this thread until the scope ends.
	explicit LogCapture(std::string& into);
	~LogCapture();
	LogCapture(const LogCapture&) = delete;
	LogCapture& operator=(const LogCapture&) = delete;

	// To be called once per environment; outside captures libbpf is silent.
	static void Install();

private:
	std::string* outer_;
};
