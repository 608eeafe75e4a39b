#include "btf_layout.h"

#include <bpf/btf.h>

namespace {

const btf_type* Resolve(const btf* types, uint32_t id) {
	const btf_type* type = btf__type_by_id(types, id);
	while (type != nullptr && (btf_is_mod(type) || btf_is_typedef(type) || btf_is_type_tag(type)))
		type = btf__type_by_id(types, type->type);
	return type;
}

// The type behind `name`, or behind a typedef of that name, if `accept` takes it.
template <typename Accept>
const btf_type* Find(const btf* types, const std::string& name, Accept accept) {
	const btf_type* by_typedef = nullptr;
	for (uint32_t id = 1; id < btf__type_cnt(types); id++) {
		const btf_type* type = btf__type_by_id(types, id);
		if (name != btf__name_by_offset(types, type->name_off)) continue;
		if (accept(type)) return type;
		if (!btf_is_typedef(type)) continue;
		const btf_type* target = Resolve(types, id);
		if (target != nullptr && accept(target)) by_typedef = target;
	}
	return by_typedef;
}

std::optional<uint32_t> ElementsOf(const btf* types, const btf_type* type) {
	if (!btf_is_array(type)) return std::nullopt;
	uint32_t elements = 1;
	while (type != nullptr && btf_is_array(type)) {
		elements *= btf_array(type)->nelems;
		type = Resolve(types, btf_array(type)->type);
	}
	return elements;
}

void AddMembers(const btf* types, const btf_type* composite, const std::string& prefix,
                uint64_t base, std::vector<Member>& out) {
	for (uint32_t i = 0; i < btf_vlen(composite); i++) {
		const btf_member& member = btf_members(composite)[i];
		const std::string name = btf__name_by_offset(types, member.name_off);
		const uint64_t offset = base + btf_member_bit_offset(composite, i);
		const btf_type* type = Resolve(types, member.type);
		if (type == nullptr) continue;
		if (name.empty()) {
			if (btf_is_composite(type)) AddMembers(types, type, prefix, offset, out);
			continue;
		}
		const int64_t size = btf__resolve_size(types, member.type);
		out.push_back({prefix + name, offset, size < 0 ? 0 : static_cast<uint64_t>(size),
		               ElementsOf(types, type), btf_member_bitfield_size(composite, i)});
		if (btf_is_composite(type)) AddMembers(types, type, prefix + name + ".", offset, out);
	}
}

bool IsConstVolatile(const btf* types, uint32_t id) {
	bool is_const = false, is_volatile = false;
	for (const btf_type* type = btf__type_by_id(types, id); type != nullptr;) {
		if (btf_is_array(type)) {
			type = btf__type_by_id(types, btf_array(type)->type);
			continue;
		}
		if (!btf_is_mod(type)) break;
		is_const |= btf_is_const(type);
		is_volatile |= btf_is_volatile(type);
		type = btf__type_by_id(types, type->type);
	}
	return is_const && is_volatile;
}

Constant::Kind KindOf(const btf* types, uint32_t id) {
	const btf_type* type = Resolve(types, id);
	if (type == nullptr) return Constant::Kind::kBytes;
	if (btf_is_any_enum(type))
		return btf_kflag(type) ? Constant::Kind::kSigned : Constant::Kind::kUnsigned;
	if (!btf_is_int(type) || type->size > 8) return Constant::Kind::kBytes;
	const uint8_t encoding = btf_int_encoding(type);
	if (encoding & BTF_INT_BOOL) return Constant::Kind::kBool;
	return encoding & BTF_INT_SIGNED ? Constant::Kind::kSigned : Constant::Kind::kUnsigned;
}

}  // namespace

std::optional<Layout> LayoutOf(const btf* types, const std::string& name) {
	const btf_type* type =
		Find(types, name, [](const btf_type* found) { return btf_is_composite(found); });
	if (type == nullptr) return std::nullopt;
	Layout layout{type->size, {}};
	AddMembers(types, type, "", 0, layout.members);
	return layout;
}

std::optional<std::vector<Enumerator>> EnumeratorsOf(const btf* types, const std::string& name) {
	const btf_type* type =
		Find(types, name, [](const btf_type* found) { return btf_is_any_enum(found); });
	if (type == nullptr) return std::nullopt;
	std::vector<Enumerator> result;
	for (uint32_t i = 0; i < btf_vlen(type); i++) {
		if (btf_is_enum64(type)) {
			const struct btf_enum64& entry = btf_enum64(type)[i];
			result.push_back({btf__name_by_offset(types, entry.name_off),
			                  static_cast<int64_t>(btf_enum64_value(&entry))});
			continue;
		}
		const struct btf_enum& entry = btf_enum(type)[i];
		// Without the kind flag the values are unsigned; clang 14 never sets it and means int.
		result.push_back({btf__name_by_offset(types, entry.name_off), entry.val});
	}
	return result;
}

std::vector<Constant> ConstantsOf(const btf* types) {
	std::vector<Constant> result;
	if (types == nullptr) return result;
	for (uint32_t id = 1; id < btf__type_cnt(types); id++) {
		const btf_type* section = btf__type_by_id(types, id);
		if (!btf_is_datasec(section)) continue;
		const std::string section_name = btf__name_by_offset(types, section->name_off);
		if (section_name != ".rodata" && !section_name.starts_with(".rodata.")) continue;
		for (uint32_t i = 0; i < btf_vlen(section); i++) {
			const btf_var_secinfo& place = btf_var_secinfos(section)[i];
			const btf_type* variable = btf__type_by_id(types, place.type);
			if (variable == nullptr || !IsConstVolatile(types, variable->type)) continue;
			result.push_back({btf__name_by_offset(types, variable->name_off), section_name,
			                  place.offset, place.size, KindOf(types, variable->type)});
		}
	}
	return result;
}

std::optional<uint32_t> TracepointArgumentsOf(const btf* types, const std::string& name) {
	const int id = btf__find_by_name_kind(types, ("btf_trace_" + name).c_str(), BTF_KIND_TYPEDEF);
	if (id < 0) return std::nullopt;
	const btf_type* pointer = Resolve(types, id);
	if (pointer == nullptr || !btf_is_ptr(pointer)) return std::nullopt;
	const btf_type* prototype = Resolve(types, pointer->type);
	if (prototype == nullptr || !btf_is_func_proto(prototype) || btf_vlen(prototype) == 0)
		return std::nullopt;
	return btf_vlen(prototype) - 1;
}
