/* SPDX-License-Identifier: MIT */
/*
 * Rules test the call's number first and look at arguments only in that call's
 * branch, so that the kernel's bitmap answers all calls that pass (perf: a
 * passed call costs 30 ns).
 *
 * int arguments have 32 bits: the upper half of the register is the caller's
 * to choose. Refusals compare masked; permissions compare all 64 bits.
 */
#include "launcher/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ioprio.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/calls.h"
#include "common/clean.h"
#include "common/wire.h"
#include "launcher/rehearsal.h"

#define LOW32 0xffffffffULL

/* Requests that reach beyond the descriptor (ioctl_tty(2), linux/tiocl.h, linux/fs.h). */
static const unsigned refused_ioctls[] = {
	0x5412,	    /* TIOCSTI: types into the terminal */
	0x541c,	    /* TIOCLINUX: pastes into a console */
	0x541d,	    /* TIOCCONS */
	0x5437,	    /* TIOCVHANGUP */
	0x5423,	    /* TIOCSETD: line disciplines, for devices that no agent has (CVE-2023-6546) */
	0x40086602, /* FS_IOC_SETFLAGS: attributes of a file that is only open for reading */
	0x401c5820, /* FS_IOC_FSSETXATTR */
	0x40087602, /* FS_IOC_SETVERSION */
	0x40806685, /* FS_IOC_ENABLE_VERITY: nobody writes the file any more */
	0x800c6613, /* FS_IOC_SET_ENCRYPTION_POLICY */
	0x40047211, /* FAT_IOCTL_SET_ATTRIBUTES */
	/* Btrfs makes, copies and removes whole trees by a descriptor that may only list. */
	0x50009401, /* BTRFS_IOC_SNAP_CREATE */
	0x50009417, /* BTRFS_IOC_SNAP_CREATE_V2 */
	0x5000940e, /* BTRFS_IOC_SUBVOL_CREATE */
	0x50009418, /* BTRFS_IOC_SUBVOL_CREATE_V2 */
	0x5000940f, /* BTRFS_IOC_SNAP_DESTROY */
	0x5000943f, /* BTRFS_IOC_SNAP_DESTROY_V2 */
	0x4008941a, /* BTRFS_IOC_SUBVOL_SETFLAGS */
	0xc0c89425, /* BTRFS_IOC_SET_RECEIVED_SUBVOL */
};

/*
 * Options that send packets by way of another host, which then is the one that is reached: source
 * routes and routing headers (ip(7), RFC 8200, RFC 8754). Linux 6.18 wants CAP_NET_RAW for the first,
 * and nothing for the second.
 */
static const struct {
	int level, name;
} refused_options[] = {
	{ IPPROTO_IP, 4 },    /* IP_OPTIONS */
	{ IPPROTO_IPV6, 57 }, /* IPV6_RTHDR */
	{ IPPROTO_IPV6, 6 },  /* IPV6_2292PKTOPTIONS */
};

/* Bits of clone's flags that make namespaces (clone(2)). */
static const unsigned long namespace_flags[] = {
	CLONE_NEWNS,   CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
	CLONE_NEWUSER, CLONE_NEWPID,	CLONE_NEWNET,
};

/* A filter in the making. */
struct draft {
	scmp_filter_ctx ctx;
	struct rehearsal rehearsal;
};

/* The one place that adds a rule: each is tried when the program is made. */
#define ADD(draft, action, number, ...)                                                            \
	rule_add(draft, action, number,                                                            \
		 sizeof((const struct scmp_arg_cmp[]){ __VA_ARGS__ }) /                            \
			 sizeof(struct scmp_arg_cmp),                                              \
		 (const struct scmp_arg_cmp[]){ __VA_ARGS__ })

static int rule_add(struct draft *draft, uint32_t action, int number, unsigned count,
		    const struct scmp_arg_cmp *comparisons)
{
	int r = rehearsal_note(&draft->rehearsal, action, number, count, comparisons);

	return r < 0 ? r : seccomp_rule_add_array(draft->ctx, action, number, count, comparisons);
}

static int refuse_masked(struct draft *draft, enum call call, int error, unsigned arg,
			 uint64_t mask, uint64_t value)
{
	return ADD(draft, SCMP_ACT_ERRNO((unsigned)error), call_table[call].number,
		   SCMP_CMP(arg, SCMP_CMP_MASKED_EQ, mask, value));
}

static int test_ioctl(struct draft *draft)
{
	int r = 0;

	for (size_t i = 0; i < sizeof(refused_ioctls) / sizeof(refused_ioctls[0]) && r == 0; i++)
		r = refuse_masked(draft, CALL_ioctl, EPERM, 1, LOW32, refused_ioctls[i]);
	return r;
}

/* A length of 0 takes an option away, as servers do with what has come in. */
static int test_setsockopt(struct draft *draft)
{
	int number = call_table[CALL_setsockopt].number;
	int r = 0;

	for (size_t i = 0; i < sizeof(refused_options) / sizeof(refused_options[0]) && r == 0; i++)
		r = ADD(draft, SCMP_ACT_ERRNO(EPERM), number,
			SCMP_CMP(1, SCMP_CMP_MASKED_EQ, LOW32,
				 (scmp_datum_t)refused_options[i].level),
			SCMP_CMP(2, SCMP_CMP_MASKED_EQ, LOW32,
				 (scmp_datum_t)refused_options[i].name),
			SCMP_CMP(4, SCMP_CMP_NE, 0));
	return r;
}

static int test_clone(struct draft *draft)
{
	int r = 0;

	for (size_t i = 0; i < sizeof(namespace_flags) / sizeof(namespace_flags[0]) && r == 0; i++)
		r = refuse_masked(draft, CALL_clone, EPERM, 0, namespace_flags[i],
				  namespace_flags[i]);
	return r;
}

/*
 * PR_SET_DUMPABLE 0 would hide the caller's memory from a supervisor without
 * privilege: it is answered with success and does nothing. PR_SET_MM could
 * change what /proc/PID/exe says.
 */
static int test_prctl(struct draft *draft)
{
	int r = ADD(draft, SCMP_ACT_ERRNO(0), call_table[CALL_prctl].number,
		    SCMP_CMP(0, SCMP_CMP_MASKED_EQ, LOW32, PR_SET_DUMPABLE),
		    SCMP_CMP(1, SCMP_CMP_EQ, 0));

	return r < 0 ? r : refuse_masked(draft, CALL_prctl, EPERM, 0, LOW32, PR_SET_MM);
}

/* Only one listener can be: a second would get EBUSY from the kernel as well. */
static int test_seccomp(struct draft *draft)
{
	return ADD(draft, SCMP_ACT_ERRNO(EBUSY), call_table[CALL_seccomp].number,
		   SCMP_CMP(0, SCMP_CMP_MASKED_EQ, LOW32, SECCOMP_SET_MODE_FILTER),
		   SCMP_CMP(1, SCMP_CMP_MASKED_EQ, SECCOMP_FILTER_FLAG_NEW_LISTENER,
			    SECCOMP_FILTER_FLAG_NEW_LISTENER));
}

static int refuse_domain(struct draft *draft, enum scmp_compare how, int domain)
{
	return ADD(draft, SCMP_ACT_ERRNO(EAFNOSUPPORT), call_table[CALL_socket].number,
		   SCMP_CMP(0, how, (scmp_datum_t)domain));
}

/* All families but UNIX, INET, INET6 and NETLINK; of netlink only the routing protocol. */
static int test_families(struct draft *draft)
{
	int number = call_table[CALL_socket].number;
	int r = 0;

	for (int domain = 0; domain < AF_NETLINK && r == 0; domain++)
		if (domain != AF_UNIX && domain != AF_INET && domain != AF_INET6)
			r = refuse_domain(draft, SCMP_CMP_EQ, domain);
	if (r == 0)
		r = refuse_domain(draft, SCMP_CMP_GT, AF_NETLINK);
	if (r == 0)
		r = ADD(draft, SCMP_ACT_ERRNO(EPROTONOSUPPORT), number,
			SCMP_CMP(0, SCMP_CMP_EQ, AF_NETLINK), SCMP_CMP(2, SCMP_CMP_NE, 0));
	return r;
}

static int test_types(struct draft *draft, int family)
{
	int number = call_table[CALL_socket].number;
	int r = ADD(draft, SCMP_ACT_ERRNO(EPERM), number,
		    SCMP_CMP(0, SCMP_CMP_EQ, (scmp_datum_t)family),
		    SCMP_CMP(1, SCMP_CMP_MASKED_EQ, 0xf, SOCK_RAW));

	if (r == 0)
		r = ADD(draft, SCMP_ACT_ERRNO(EPERM), number,
			SCMP_CMP(0, SCMP_CMP_EQ, (scmp_datum_t)family),
			SCMP_CMP(1, SCMP_CMP_MASKED_EQ, 0xf, 10 /* SOCK_PACKET */));
	return r;
}

static int test_socket(struct draft *draft)
{
	int r = test_families(draft);

	if (r == 0)
		r = test_types(draft, AF_INET);
	return r == 0 ? test_types(draft, AF_INET6) : r;
}

static int add_test(struct draft *draft, enum call call, bool memory_closed)
{
	switch (call) {
	case CALL_ioctl:
		return test_ioctl(draft);
	case CALL_setsockopt:
		return test_setsockopt(draft);
	case CALL_clone:
		return test_clone(draft);
	case CALL_prctl:
		return test_prctl(draft);
	case CALL_seccomp:
		return test_seccomp(draft);
	case CALL_socket:
		return test_socket(draft);
	case CALL_ptrace:
	case CALL_process_vm_readv:
	case CALL_process_vm_writev:
		return memory_closed ? rule_add(draft, SCMP_ACT_ERRNO(EPERM),
						call_table[call].number, 0, NULL)
				     : 0;
	default:
		return -EINVAL;
	}
}

/* Notified, except for what names the caller itself. */
static int add_own(struct draft *draft, enum call call)
{
	int number = call_table[call].number;
	const char *shape = call_table[call].shape;
	const char *process = strchr(shape, 'q');
	scmp_datum_t kind = call == CALL_ioprio_set ? IOPRIO_WHO_PROCESS : PRIO_PROCESS;
	int r;

	if (!process)
		return rule_add(draft, SCMP_ACT_NOTIFY, number, 0, NULL);
	r = ADD(draft, SCMP_ACT_NOTIFY, number,
		SCMP_CMP((unsigned)(process - shape), SCMP_CMP_NE, 0));
	/* The kind of number comes before it: a process, a group, a user. */
	if (r == 0 && process > shape)
		r = ADD(draft, SCMP_ACT_NOTIFY, number, SCMP_CMP(0, SCMP_CMP_NE, kind));
	return r;
}

static int add_row(struct draft *draft, enum call call, bool memory_closed)
{
	const struct call_info *info = &call_table[call];

	if (info->number < 0)
		return 0;
	switch (info->how) {
	case HOW_REFUSE:
		return rule_add(draft, SCMP_ACT_ERRNO((unsigned)info->refusal), info->number, 0,
				NULL);
	case HOW_OWN:
		return add_own(draft, call);
	case HOW_TEST:
		return add_test(draft, call, memory_closed);
	default:
		/* sendto without an address is a plain write to a connected socket. */
		if (call == CALL_sendto)
			return ADD(draft, SCMP_ACT_NOTIFY, info->number,
				   SCMP_CMP(4, SCMP_CMP_NE, 0));
		return rule_add(draft, SCMP_ACT_NOTIFY, info->number, 0, NULL);
	}
}

static int export(scmp_filter_ctx ctx, struct filter *out)
{
	CLEAN_FD int fd = memfd_create("filter", MFD_CLOEXEC);
	struct stat st;
	int r;

	if (fd < 0)
		return -errno;
	r = seccomp_export_bpf(ctx, fd);
	if (r < 0)
		return r;
	if (fstat(fd, &st) < 0)
		return -errno;
	out->count = (size_t)st.st_size / sizeof(struct sock_filter);
	out->code = calloc(out->count, sizeof(struct sock_filter));
	if (!out->code)
		return -ENOMEM;
	if (pread(fd, out->code, (size_t)st.st_size, 0) != st.st_size)
		return -EIO;
	return 0;
}

static int compile(bool memory_closed, struct draft *draft, struct filter *out)
{
	int r;

	draft->rehearsal.count = 0;
	draft->ctx = seccomp_init(SCMP_ACT_ALLOW);
	if (!draft->ctx)
		return -ENOMEM;
	/* By number, as a tree: the order of the rows means nothing. */
	r = seccomp_attr_set(draft->ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	for (int call = 0; call < CALL_COUNT && r == 0; call++)
		r = add_row(draft, (enum call)call, memory_closed);
	if (r == 0)
		r = export(draft->ctx, out);
	seccomp_release(draft->ctx);
	return r;
}

#define ARG_LOW(n) (offsetof(struct seccomp_data, args) + 8 * (n)) /* little endian, both ABIs */

/*
 * In front of libseccomp's program: foreign ABIs and numbers above the table go
 * to the supervisor, which refuses and records them; so do the shim's calls.
 *
 * Of the internet protocols only TCP, UDP and MPTCP pass (0 is the type's own):
 * SCTP for one connects by setsockopt. libseccomp has no "none of these".
 */
static int prepend_prologue(struct filter *filter)
{
	const struct sock_filter prologue[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, FILTER_ARCH, 0, 2),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, CALL_NUMBER_MAX, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)call_table[CALL_socket].number, 0, 9),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ARG_LOW(0)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET6, 0, 6),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ARG_LOW(2)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 4, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_TCP, 3, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_MPTCP, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPROTONOSUPPORT),
	};
	size_t added = sizeof(prologue) / sizeof(prologue[0]);
	struct sock_filter *code = calloc(added + filter->count, sizeof(*code));

	if (!code)
		return -ENOMEM;
	memcpy(code, prologue, sizeof(prologue));
	memcpy(code + added, filter->code, filter->count * sizeof(*code));
	free(filter->code);
	filter->code = code;
	filter->count += added;
	return 0;
}

int filter_build(bool memory_closed, struct filter *out_filter, struct fault *fault)
{
	struct filter filter = { 0 };
	struct draft draft;
	int r = compile(memory_closed, &draft, &filter);

	if (r == 0)
		r = prepend_prologue(&filter);
	if (r == 0)
		r = rehearsal_check(&draft.rehearsal, &filter);
	if (r < 0) {
		filter_release(&filter);
		return fault_set(fault, r, "cannot build the seccomp filter: %s", strerror(-r));
	}
	*out_filter = filter;
	return 0;
}

void filter_release(struct filter *filter)
{
	free(filter->code);
	*filter = (struct filter){ 0 };
}

int filter_install(const struct filter *filter)
{
	struct sock_fprog program = {
		.len = (unsigned short)filter->count,
		.filter = filter->code,
	};
	unsigned long flags = SECCOMP_FILTER_FLAG_NEW_LISTENER |
			      SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
	long fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);

	if (fd < 0 && errno == EINVAL)
		fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
			     &program);
	return fd < 0 ? -errno : (int)fd;
}

/* The error of installing no program: known flags are looked at before it (seccomp(2)). */
static int error_of_nothing(unsigned long flags)
{
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, NULL) < 0 ? errno : 0;
}

bool filter_waits_killable(void)
{
	return error_of_nothing(SECCOMP_FILTER_FLAG_NEW_LISTENER |
				SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV) == EFAULT;
}

bool filter_is_inside(void)
{
	return error_of_nothing(SECCOMP_FILTER_FLAG_NEW_LISTENER) == EBUSY;
}

size_t filter_notif_size(void)
{
	struct seccomp_notif_sizes sizes = { 0 };

	if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) < 0 ||
	    sizes.seccomp_notif < sizeof(struct seccomp_notif))
		return sizeof(struct seccomp_notif);
	return sizes.seccomp_notif;
}
