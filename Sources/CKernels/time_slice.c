#define _GNU_SOURCE
#include "CKernels.h"

#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

#if defined(SYS_sched_setattr)

/// The kernel's `struct sched_attr`, first version (sched(7), sched_setattr(2)): the C library has no declaration of it everywhere.
typedef struct {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
} scheduling;

bool sk_ask_for_time_slice(int64_t nanoseconds) {
    scheduling now = {0};
    if (syscall(SYS_sched_getattr, 0, &now, sizeof now, 0) != 0 || now.policy != 0 /* SCHED_OTHER */) return false;
    now.size = sizeof now;
    now.runtime = (uint64_t)nanoseconds;
    return syscall(SYS_sched_setattr, 0, &now, 0) == 0;
}

#else
bool sk_ask_for_time_slice(int64_t nanoseconds) { (void)nanoseconds; return false; }
#endif
