/* SPDX-License-Identifier: MIT */
#include "launcher/signals.h"

#include <signal.h>
#include <stdint.h>
#include <stdlib.h>

#include "launcher/procfile.h"

/* The 64-bit hexadecimal mask after @name in a status file. */
static uint64_t mask_of(const char *status, const char *name)
{
	const char *at = procfile_line(status, name);

	return at ? strtoull(at, NULL, 16) : 0;
}

/* Return: the signals that wait for the thread and that it neither blocks nor ignores. */
static uint64_t signals_pending(const struct request *request, uint64_t *out_caught)
{
	const char *status = procfile_status(request->tid);
	uint64_t pending = mask_of(status, "SigPnd") | mask_of(status, "ShdPnd");
	uint64_t hidden = mask_of(status, "SigBlk") | mask_of(status, "SigIgn");

	*out_caught = mask_of(status, "SigCgt");
	return pending & ~hidden;
}

bool signals_interrupt(const struct request *request)
{
	uint64_t caught;

	return signals_pending(request, &caught);
}

#define SIGNAL_BIT(signal) (1ULL << ((signal)-1))

bool signals_end(const struct request *request)
{
	static const uint64_t ends = SIGNAL_BIT(SIGINT) | SIGNAL_BIT(SIGQUIT) |
				     SIGNAL_BIT(SIGTERM) | SIGNAL_BIT(SIGHUP) | SIGNAL_BIT(SIGKILL);
	static const uint64_t harmless = SIGNAL_BIT(SIGCHLD) | SIGNAL_BIT(SIGCONT) |
					 SIGNAL_BIT(SIGURG) | SIGNAL_BIT(SIGWINCH) |
					 SIGNAL_BIT(SIGSTOP) | SIGNAL_BIT(SIGTSTP) |
					 SIGNAL_BIT(SIGTTIN) | SIGNAL_BIT(SIGTTOU);
	uint64_t caught;
	uint64_t pending = signals_pending(request, &caught);

	return pending & (ends | ~(caught | harmless));
}
