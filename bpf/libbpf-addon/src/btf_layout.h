// Questions about C types, answered from BTF: an object's own or the kernel's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

struct btf;

struct Member {
	std::string name;
	uint64_t bit_offset;
	uint64_t size;                    // bytes; of the whole array
	std::optional<uint32_t> elements;  // arrays only
	uint32_t bitfield_width;           // 0: not a bitfield
};

struct Layout {
	uint64_t size;
	std::vector<Member> members;
};

struct Enumerator {
	std::string name;
	int64_t value;
};

struct Constant {
	std::string name;
	std::string section;  // .rodata or .rodata.*
	uint32_t offset;      // in the section
	uint32_t size;
	enum class Kind { kBytes, kUnsigned, kSigned, kBool } kind;
};

// A struct or union, or a typedef of one.
std::optional<Layout> LayoutOf(const btf* types, const std::string& name);
std::optional<std::vector<Enumerator>> EnumeratorsOf(const btf* types, const std::string& name);
// The `const volatile` variables.
std::vector<Constant> ConstantsOf(const btf* types);
// Arguments after the leading `void *` of the raw tracepoint `name`.
std::optional<uint32_t> TracepointArgumentsOf(const btf* types, const std::string& name);
