#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// The system calls of `signet serve` that Swift can't reach or that must happen between fork and exec.
// Every function answers a negated errno when it fails.

// A listening, non-blocking, close-on-exec TCP socket on a numeric IPv4 or IPv6 address.
// share: set SO_REUSEPORT, so that several sockets may listen on one port. bound_port receives the port in use.
int signet_listen(const char *ip, uint16_t port, int share, int backlog, uint16_t *bound_port);

// The same socket listens again after a shutdown, at the address that it had.
int signet_listen_again(int listener, const char *ip, uint16_t port, int backlog);

// An exclusive lock on a file, made with mode 0600 when missing. It lasts until every copy of the descriptor is closed.
int signet_lock(const char *path);

// No core files, no reading of this process's memory by its own user's other processes, new files for the owner only.
int signet_harden(void);

// Keeps all memory of this process, present and future, out of swap areas, a page at a time as it is first used. -EPERM
// unless the limit on locked memory is off or does not apply: below a limit a later allocation would fail.
int signet_lock_memory(void);

// Asks the kernel to kill this process when its parent ends. -ESRCH when the parent, expected_parent, is gone already.
int signet_end_with_parent(pid_t expected_parent);

// Blocks SIGTERM, SIGINT, SIGCHLD, and SIGHUP unless it is ignored, in this thread; answers a descriptor that tells their
// arrival.
int signet_signals(void);

// The next signal that arrived, 0 when none did.
int signet_next_signal(int signals);

// Starts this very program again with the given arguments and environment (both end in NULL), its own process group,
// no blocked signals, and the descriptors in inherited left open. Answers the process id.
int signet_spawn(char *const arguments[], char *const environment[], const int inherited[], int count);

// Starts another program, found by PATH. Its standard output goes to output, its standard error too; -1 keeps ours.
// Answers the process id.
int signet_start(const char *program, char *const arguments[], char *const environment[], int output);

// The status of a process that has ended, 0 when none has. how receives its exit status, or a negated signal number.
int signet_reap(pid_t process, int *how);

// A pipe whose both ends are close-on-exec and whose reading end does not block.
int signet_pipe(int ends[2]);

// An empty file without a name, close-on-exec.
int signet_memory_file(void);

// A file of size zero octets in memory that is never swapped out, close-on-exec, mapped at memory for this process to
// wipe it. Its size can't change.
int signet_locked_file(size_t size, void **memory);

// Makes a locked file read-only for everyone, for good; only its maker can still change it, through memory.
int signet_seal_file(int file);

// Whether nobody can write to a file in memory any more: 1 or 0.
int signet_is_sealed(int file);

// Zeroes, unmaps and closes a locked file.
void signet_wipe_locked_file(int file, void *memory, size_t size);

// Waits until a descriptor has something to read or the time is over; -1 descriptors are left out.
// Answers a set of bits: 1 for first, 2 for second.
int signet_wait(int first, int second, int milliseconds);
