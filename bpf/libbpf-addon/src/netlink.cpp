#include "netlink.h"

#include <linux/filter.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace {

// The kernel puts at most so much into one datagram (net/netlink/af_netlink.c).
constexpr size_t kLargest = 32 * 1024;

int OpenSocket(int protocol, int buffer) {
	const int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
	if (fd < 0) return -errno;
	sockaddr_nl address{};
	address.nl_family = AF_NETLINK;
	if (bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) < 0) {
		const int error = errno;
		close(fd);
		return -error;
	}
	// Beyond the system's limit only with CAP_NET_ADMIN.
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof(buffer)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer));
	return fd;
}

}  // namespace

void NetlinkSocket::Define(Napi::Env env, Napi::Object exports) {
	Napi::Function socket_class =
		DefineClass(env, "NativeNetlinkSocket",
	                {InstanceMethod<&NetlinkSocket::Join>("join"),
	                 InstanceMethod<&NetlinkSocket::Filter>("filter"),
	                 InstanceMethod<&NetlinkSocket::Send>("send"),
	                 InstanceMethod<&NetlinkSocket::Receive>("receive"),
	                 InstanceMethod<&NetlinkSocket::CloseFromScript>("close")});
	Addon::Of(env).netlink_class = Napi::Persistent(socket_class);
	Addon::Of(env).netlink_class.SuppressDestruct();
	exports["openNetlink"] = Napi::Function::New<&NetlinkSocket::Open>(env, "openNetlink");
}

// (protocol, bytes of the receive buffer) -> NetlinkSocket or a negative errno
Napi::Value NetlinkSocket::Open(const Napi::CallbackInfo& info) {
	int fd = OpenSocket(info[0].As<Napi::Number>().Int32Value(),
	                    info[1].As<Napi::Number>().Int32Value());
	if (fd < 0) return Failure(info.Env(), fd);
	const Napi::Value result = Make(info.Env(), Addon::Of(info.Env()).netlink_class, fd);
	if (fd >= 0) close(fd);
	return result;
}

NetlinkSocket::NetlinkSocket(const Napi::CallbackInfo& info)
	: Napi::ObjectWrap<NetlinkSocket>(info),
	  addon_(&Addon::Of(info.Env())),
	  fd_(std::exchange(Given<int>(info), -1)) {
	addon_->handles.insert(this);
}

void NetlinkSocket::Close() {
	if (fd_ < 0) return;
	close(fd_);
	fd_ = -1;
	addon_->handles.erase(this);
}

// (group) -> 0 or a negative errno
Napi::Value NetlinkSocket::Join(const Napi::CallbackInfo& info) {
	const int group = info[0].As<Napi::Number>().Int32Value();
	const int status =
		setsockopt(fd_, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group));
	return Status(info.Env(), status < 0 ? -errno : 0);
}

// (sock_filter instructions) -> 0 or a negative errno
Napi::Value NetlinkSocket::Filter(const Napi::CallbackInfo& info) {
	const Bytes code = BytesOf(info[0]);
	sock_fprog program{};
	program.len = code.size / sizeof(sock_filter);
	program.filter = reinterpret_cast<sock_filter*>(code.data);
	const int status = setsockopt(fd_, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
	return Status(info.Env(), status < 0 ? -errno : 0);
}

// (message) -> 0 or a negative errno
Napi::Value NetlinkSocket::Send(const Napi::CallbackInfo& info) {
	const Bytes message = BytesOf(info[0]);
	sockaddr_nl kernel{};
	kernel.nl_family = AF_NETLINK;
	const ssize_t sent = sendto(fd_, message.data, message.size, 0,
	                            reinterpret_cast<sockaddr*>(&kernel), sizeof(kernel));
	return Status(info.Env(), sent < 0 ? -errno : 0);
}

// (into) -> number of bytes or a negative errno
Napi::Value NetlinkSocket::Receive(const Napi::CallbackInfo& info) {
	const Bytes into = BytesOf(info[0]);
	if (pending_ < 0) return Failure(info.Env(), std::exchange(pending_, 0));
	size_t used = 0;
	while (into.size - used >= kLargest) {
		const ssize_t got = recv(fd_, into.data + used, into.size - used, 0);
		if (got < 0 && errno == EINTR) continue;
		if (got < 0) {
			if (errno != EAGAIN) pending_ = -errno;
			break;
		}
		if (got == 0) break;
		// Messages begin at multiples of 4, within a datagram and here.
		used += NLMSG_ALIGN(static_cast<size_t>(got));
	}
	if (used == 0 && pending_ < 0) return Failure(info.Env(), std::exchange(pending_, 0));
	return Napi::Number::New(info.Env(), used);
}

Napi::Value NetlinkSocket::CloseFromScript(const Napi::CallbackInfo& info) {
	Close();
	return info.Env().Undefined();
}
