#pragma once
// System calls for the event loops, and nothing else. Every function returns its result, or -errno.

#include <stdint.h>
#include <stddef.h>

/// A socket address in the kernel's own form.
struct el_address {
    uint8_t bytes[28];
    uint32_t length;
};

/// One readiness report.
struct el_event {
    uint64_t token;
    uint32_t flags;
};

enum {
    EL_READABLE = 1,   // octets, an end of file, or an error to read
    EL_WRITABLE = 2,
    EL_HALF_CLOSED = 4, // the other end shut down its writing side
    EL_GONE = 8,       // both sides closed, or an error
};

int el_poller_create(void);
/// Edge-triggered, both directions.
int el_poller_add(int poller, int fd, uint64_t token);
/// Level-triggered, reading only: listeners and wake-up descriptors.
int el_poller_add_level(int poller, int fd, uint64_t token);
int el_poller_remove(int poller, int fd);
/// `timeout` in milliseconds, -1 for ever. Returns 0 when interrupted.
int el_poller_wait(int poller, struct el_event *events, int capacity, int timeout);

int el_wakeup_create(void);
int el_wakeup_signal(int fd);
int el_wakeup_clear(int fd);

/// Accepts without blocking, with TCP_NODELAY set.
int el_accept(int listener, struct el_address *peer);
/// Starts to connect without blocking, with TCP_NODELAY set. Success is reported as writable.
int el_connect(const struct el_address *address);
/// The error pending on a socket, as a positive errno; 0 for none.
int el_socket_error(int fd);
/// Never -EINTR: edge-triggered, a readiness that an interruption swallowed would not be reported again.
long el_receive(int fd, void *buffer, size_t count);
/// Never -EINTR, see `el_receive`.
long el_send(int fd, const void *buffer, size_t count);
/// Whether a connected socket has nothing to read: no octets, no end, no error. Waits for nothing and takes nothing.
int el_is_quiet(int fd);
int el_shutdown_write(int fd);
int el_close(int fd);
/// Closes with a reset.
int el_abort(int fd);

/// Fills up to `capacity` addresses; blocks unless `numeric`. Returns how many, or -1 when there is none.
int el_resolve(const char *host, uint16_t port, int numeric, struct el_address *addresses, int capacity);
/// Octets of an IPv4 (returns 4) or IPv6 (16) address into `octets`, and its port; 0 for another family.
int el_address_parts(const struct el_address *address, uint8_t *octets, uint16_t *port);

/// Raises the process's soft limit on descriptors to `count`, or to its hard limit; never lowers it.
int el_reserve_descriptors(uint64_t count);

int64_t el_monotonic_nanoseconds(void);
int64_t el_unix_milliseconds(void);
