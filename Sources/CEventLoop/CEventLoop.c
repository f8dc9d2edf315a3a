#define _GNU_SOURCE
#include "CEventLoop.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int result(int value) { return value < 0 ? -errno : value; }

int el_poller_create(void) { return result(epoll_create1(EPOLL_CLOEXEC)); }

static int add(int poller, int fd, uint64_t token, uint32_t events) {
    struct epoll_event event = {.events = events, .data.u64 = token};
    return result(epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event));
}

int el_poller_add(int poller, int fd, uint64_t token) {
    return add(poller, fd, token, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
}

int el_poller_add_level(int poller, int fd, uint64_t token) { return add(poller, fd, token, EPOLLIN); }

int el_poller_remove(int poller, int fd) { return result(epoll_ctl(poller, EPOLL_CTL_DEL, fd, NULL)); }

int el_poller_wait(int poller, struct el_event *events, int capacity, int timeout) {
    struct epoll_event raw[256];
    int count = epoll_wait(poller, raw, capacity < 256 ? capacity : 256, timeout);
    if (count < 0) return errno == EINTR ? 0 : -errno;
    for (int i = 0; i < count; i++) {
        uint32_t flags = 0;
        if (raw[i].events & EPOLLIN) flags |= EL_READABLE;
        if (raw[i].events & EPOLLOUT) flags |= EL_WRITABLE;
        if (raw[i].events & EPOLLRDHUP) flags |= EL_HALF_CLOSED | EL_READABLE;
        if (raw[i].events & (EPOLLHUP | EPOLLERR)) flags |= EL_GONE | EL_READABLE | EL_WRITABLE;
        events[i].token = raw[i].data.u64;
        events[i].flags = flags;
    }
    return count;
}

int el_wakeup_create(void) { return result(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)); }

int el_wakeup_signal(int fd) {
    uint64_t one = 1;
    return write(fd, &one, sizeof one) < 0 && errno != EAGAIN ? -errno : 0;
}

int el_wakeup_clear(int fd) {
    uint64_t count;
    return read(fd, &count, sizeof count) < 0 && errno != EAGAIN ? -errno : 0;
}

static void set_no_delay(int fd) {
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

int el_accept(int listener, struct el_address *peer) {
    socklen_t length = sizeof peer->bytes;
    int fd = accept4(listener, (struct sockaddr *)peer->bytes, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return -errno;
    peer->length = length;
    set_no_delay(fd);
    return fd;
}

int el_connect(const struct el_address *address) {
    const struct sockaddr *target = (const struct sockaddr *)address->bytes;
    int fd = socket(target->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    set_no_delay(fd);
    if (connect(fd, target, address->length) < 0 && errno != EINPROGRESS) {
        int error = errno;
        close(fd);
        return -error;
    }
    return fd;
}

int el_socket_error(int fd) {
    int error = 0;
    socklen_t length = sizeof error;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0 ? errno : error;
}

long el_receive(int fd, void *buffer, size_t count) {
    long received;
    do received = recv(fd, buffer, count, 0);
    while (received < 0 && errno == EINTR);
    return received < 0 ? -errno : received;
}

long el_send(int fd, const void *buffer, size_t count) {
    long sent;
    do sent = send(fd, buffer, count, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : sent;
}

int el_is_quiet(int fd) {
    char octet;
    long received;
    do received = recv(fd, &octet, 1, MSG_PEEK | MSG_DONTWAIT);
    while (received < 0 && errno == EINTR);
    return received < 0 && errno == EAGAIN;
}

int el_shutdown_write(int fd) { return result(shutdown(fd, SHUT_WR)); }

int el_close(int fd) { return result(close(fd)); }

int el_abort(int fd) {
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    return result(close(fd));
}

int el_resolve(const char *host, uint16_t port, int numeric, struct el_address *addresses, int capacity) {
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    char service[8];
    hints.ai_flags = AI_NUMERICSERV | (numeric ? AI_NUMERICHOST : 0);
    snprintf(service, sizeof service, "%u", port);
    if (getaddrinfo(host, service, &hints, &found) != 0) return -1;
    int count = 0;
    for (struct addrinfo *each = found; each != NULL && count < capacity; each = each->ai_next) {
        if (each->ai_addrlen > sizeof addresses[count].bytes) continue;
        memcpy(addresses[count].bytes, each->ai_addr, each->ai_addrlen);
        addresses[count].length = each->ai_addrlen;
        count++;
    }
    freeaddrinfo(found);
    return count > 0 ? count : -1;
}

int el_address_parts(const struct el_address *address, uint8_t *octets, uint16_t *port) {
    const struct sockaddr *any = (const struct sockaddr *)address->bytes;
    if (any->sa_family == AF_INET) {
        struct sockaddr_in four;
        memcpy(&four, address->bytes, sizeof four);
        memcpy(octets, &four.sin_addr, 4);
        *port = ntohs(four.sin_port);
        return 4;
    }
    if (any->sa_family == AF_INET6) {
        struct sockaddr_in6 six;
        memcpy(&six, address->bytes, sizeof six);
        memcpy(octets, &six.sin6_addr, 16);
        *port = ntohs(six.sin6_port);
        return 16;
    }
    return 0;
}

int el_reserve_descriptors(uint64_t count) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return -errno;
    rlim_t wanted = limit.rlim_max == RLIM_INFINITY || count < limit.rlim_max ? count : limit.rlim_max;
    if (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= wanted) return 0;
    limit.rlim_cur = wanted;
    return result(setrlimit(RLIMIT_NOFILE, &limit));
}

int64_t el_monotonic_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t el_unix_milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
