/* SPDX-License-Identifier: MIT */
#include "launcher/endpoint.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>

static int option(int fd, int name)
{
	int value = -1;
	socklen_t size = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, name, &value, &size) < 0 ? -1 : value;
}

static enum protocol protocol_of(int domain, int type)
{
	if (domain == AF_UNIX)
		return PROTOCOL_UNIX;
	if (domain != AF_INET && domain != AF_INET6)
		return PROTOCOL_NONE;
	return type == SOCK_STREAM ? PROTOCOL_TCP : PROTOCOL_UDP;
}

int socket_open(struct request *request, int fd, struct socket *out)
{
	struct stat st;
	int copy = request_dup(request, fd);
	int flags;

	if (copy < 0)
		return copy;
	out->fd = copy;
	flags = fcntl(copy, F_GETFL);
	if (flags < 0 || flags & O_PATH)
		return -EBADF;
	if (fstat(copy, &st) < 0)
		return -errno;
	if (!S_ISSOCK(st.st_mode))
		return -ENOTSOCK;
	out->inode = st.st_ino;
	out->domain = option(copy, SO_DOMAIN);
	out->type = option(copy, SO_TYPE);
	if (out->domain < 0 || out->type < 0)
		return -EIO; /* what is judged must be what it is */
	out->blocks = !(flags & O_NONBLOCK);
	out->protocol = protocol_of(out->domain, out->type);
	return 0;
}

void socket_release(struct socket *socket)
{
	if (socket->fd >= 0)
		(void)close(take_fd(&socket->fd));
}

/* Nothing but family and length: whatever the kernel makes of these, it leads nowhere. */
static int read_odd(struct endpoint *out)
{
	sa_family_t family = out->len < sizeof(family) ? AF_UNSPEC : out->address.ss_family;

	memset(&out->address, 0, sizeof(out->address));
	out->address.ss_family = family;
	out->is_odd = true;
	return 0;
}

static int read_inet(struct endpoint *out)
{
	const struct sockaddr_in *in = (const void *)&out->address;

	if (out->len < sizeof(*in))
		return read_odd(out);
	out->ip = (struct in6_addr){ .s6_addr = { [10] = 0xff, [11] = 0xff } };
	memcpy(&out->ip.s6_addr[12], &in->sin_addr, 4);
	out->has_ip = true;
	out->port = ntohs(in->sin_port);
	return 0;
}

static int read_inet6(struct endpoint *out)
{
	const struct sockaddr_in6 *in6 = (const void *)&out->address;

	if (out->len < offsetof(struct sockaddr_in6, sin6_scope_id)) /* SIN6_LEN_RFC2133 */
		return read_odd(out);
	out->ip = in6->sin6_addr;
	out->has_ip = true;
	out->port = ntohs(in6->sin6_port);
	return 0;
}

int endpoint_ask(const struct socket *socket, endpoint_ask_fn *ask, struct endpoint *out)
{
	memset(out, 0, sizeof(*out));
	out->len = sizeof(out->address);
	if (ask(socket->fd, (struct sockaddr *)&out->address, &out->len) < 0)
		return -errno;
	if (out->address.ss_family == AF_INET)
		return read_inet(out);
	return out->address.ss_family == AF_INET6 ? read_inet6(out) : 0;
}

/* "@name", with everything that is not printable escaped. */
static void name_abstract(struct endpoint *out, const char *bytes, size_t size)
{
	size_t used = 1;

	out->name[0] = '@';
	for (size_t i = 0; i < size && used + 5 < sizeof(out->name); i++) {
		unsigned char c = (unsigned char)bytes[i];

		used += (size_t)snprintf(out->name + used, sizeof(out->name) - used,
					 c >= ' ' && c < 0x7f && c != '\\' ? "%c" : "\\x%02x", c);
	}
	out->name[used] = '\0';
}

static int read_unix(struct endpoint *out)
{
	const struct sockaddr_un *un = (const void *)&out->address;
	size_t start = offsetof(struct sockaddr_un, sun_path);

	if (out->len > sizeof(*un))
		return read_odd(out);
	if (out->len <= start || un->sun_path[0] == '\0') {
		name_abstract(out, un->sun_path + 1,
			      out->len > start + 1 ? out->len - start - 1 : 0);
		return 0;
	}
	out->is_path = true;
	memcpy(out->given, un->sun_path, out->len - start);
	out->given[out->len - start] = '\0';
	return 0;
}

/* Only the kernel itself is a peer: other processes' netlink sockets are not. */
static int read_netlink(struct endpoint *out)
{
	const struct sockaddr_nl *nl = (const void *)&out->address;

	if (out->len < sizeof(*nl))
		return read_odd(out);
	return nl->nl_pid == 0 ? 0 : -EPERM;
}

int endpoint_copy(struct request *request, uint64_t address, uint64_t len, struct endpoint *out)
{
	memset(out, 0, sizeof(*out));
	if (len > sizeof(out->address)) /* move_addr_to_kernel() of net/socket.c */
		return -EINVAL;
	out->len = (socklen_t)len;
	return request_read(request, address, &out->address, len);
}

int endpoint_understand(const struct request *request, const struct socket *socket,
			struct endpoint *out)
{
	sa_family_t family = out->address.ss_family;

	if (socket->domain != AF_UNIX && socket->domain != AF_INET && socket->domain != AF_INET6 &&
	    socket->domain != AF_NETLINK)
		return -EAFNOSUPPORT;
	if (out->len < sizeof(family))
		return read_odd(out);
	if (family == AF_UNSPEC && socket->domain == AF_INET && request->call != CALL_connect)
		family = AF_INET; /* as the kernel takes it */
	else if (family == AF_UNSPEC && request->call != CALL_connect && request->call != CALL_bind)
		return read_odd(
			out); /* of a message: IPv6 sends to where the socket is connected */
	out->is_disconnect = family == AF_UNSPEC;
	if (out->is_disconnect)
		return 0;
	if (family == AF_INET && (socket->domain == AF_INET || socket->domain == AF_INET6))
		return read_inet(out);
	if (family == AF_INET6 && socket->domain == AF_INET6)
		return read_inet6(out);
	if (family == AF_UNIX && socket->domain == AF_UNIX)
		return read_unix(out);
	if (family == AF_NETLINK && socket->domain == AF_NETLINK)
		return read_netlink(out);
	return read_odd(out);
}

int endpoint_read(struct request *request, const struct socket *socket, uint64_t address,
		  uint64_t len, struct endpoint *out)
{
	int r = endpoint_copy(request, address, len, out);

	return r < 0 ? r : endpoint_understand(request, socket, out);
}

struct event endpoint_event(enum action action, const struct socket *socket,
			    const struct endpoint *endpoint)
{
	return (struct event){
		.action = action,
		.protocol = socket->protocol,
		.ip = endpoint->ip,
		.has_ip = endpoint->has_ip,
		.port = endpoint->port,
		.path = endpoint->name[0] ? endpoint->name : NULL,
	};
}
