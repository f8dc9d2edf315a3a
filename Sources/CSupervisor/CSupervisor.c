#define _GNU_SOURCE
#include "CSupervisor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int numeric_address(const char *ip, uint16_t port, struct sockaddr_storage *address, socklen_t *length) {
    memset(address, 0, sizeof *address);
    struct sockaddr_in *v4 = (struct sockaddr_in *)address;
    if (inet_pton(AF_INET, ip, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        *length = sizeof *v4;
        return 0;
    }
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)address;
    if (inet_pton(AF_INET6, ip, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
        *length = sizeof *v6;
        return 0;
    }
    return -EINVAL;
}

static int failed_file(int file) {
    int reason = errno;
    close(file);
    return -reason;
}

int signet_listen(const char *ip, uint16_t port, int share, int backlog, uint16_t *bound_port) {
    struct sockaddr_storage address;
    socklen_t length = 0;
    int bad = numeric_address(ip, port, &address, &length);
    if (bad) return bad;
    int listener = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener < 0) return -errno;
    const int on = 1;
    if (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on)) return failed_file(listener);
    if (share && setsockopt(listener, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on)) return failed_file(listener);
    if (bind(listener, (struct sockaddr *)&address, length)) return failed_file(listener);
    if (listen(listener, backlog)) return failed_file(listener);
    if (getsockname(listener, (struct sockaddr *)&address, &length)) return failed_file(listener);
    *bound_port = ntohs(
        address.ss_family == AF_INET ? ((struct sockaddr_in *)&address)->sin_port
                                     : ((struct sockaddr_in6 *)&address)->sin6_port);
    return listener;
}

int signet_listen_again(int listener, const char *ip, uint16_t port, int backlog) {
    struct sockaddr_storage address;
    socklen_t length = 0;
    int bad = numeric_address(ip, port, &address, &length);
    if (bad) return bad;
    // A port that the system had chosen is given up by the shutdown; EINVAL says that another one is still ours.
    if (bind(listener, (struct sockaddr *)&address, length) && errno != EINVAL) return -errno;
    return listen(listener, backlog) ? -errno : 0;
}

int signet_lock(const char *path) {
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) return -errno;
    if (flock(file, LOCK_EX | LOCK_NB)) return failed_file(file);
    return file;
}

int signet_harden(void) {
    const struct rlimit none = {0, 0};
    umask(077);
    if (setrlimit(RLIMIT_CORE, &none)) return -errno;
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)) return -errno;
    return 0;
}

// Whether limits on locked memory do not apply to this process. With a limit of zero only such a process may lock a page:
// asking the kernel is safer than reading capabilities, which count for less within a user namespace.
static int is_exempt_from_memory_limit(const struct rlimit *limit) {
    const struct rlimit none = {0, limit->rlim_max};
    long page = sysconf(_SC_PAGESIZE);
    if (page <= 0 || setrlimit(RLIMIT_MEMLOCK, &none)) return 0;
    int exempt = 0;
    void *probe = mmap(NULL, (size_t)page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (probe != MAP_FAILED) {
        exempt = mlock(probe, (size_t)page) == 0;
        munmap(probe, (size_t)page);
    }
    return setrlimit(RLIMIT_MEMLOCK, limit) ? 0 : exempt;
}

int signet_lock_memory(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_MEMLOCK, &limit)) return -errno;
    if (limit.rlim_cur != RLIM_INFINITY && !is_exempt_from_memory_limit(&limit)) return -EPERM;
    return mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) ? -errno : 0;
}

int signet_end_with_parent(pid_t expected_parent) {
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)) return -errno;
    // Started through /proc/self/exe, the process would be listed as "exe".
    if (prctl(PR_SET_NAME, "signet-worker", 0, 0, 0)) return -errno;
    // The parent may have ended before the kernel was asked.
    return getppid() == expected_parent ? 0 : -ESRCH;
}

int signet_signals(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGCHLD);
    // nohup ignores SIGHUP, and a blocked signal would be reported in spite of that.
    struct sigaction hangup;
    if (sigaction(SIGHUP, NULL, &hangup)) return -errno;
    if (hangup.sa_handler != SIG_IGN) sigaddset(&set, SIGHUP);
    if (sigprocmask(SIG_BLOCK, &set, NULL)) return -errno;
    int signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    return signals < 0 ? -errno : signals;
}

int signet_next_signal(int signals) {
    struct signalfd_siginfo arrived;
    ssize_t got = read(signals, &arrived, sizeof arrived);
    if (got == (ssize_t)sizeof arrived) return (int)arrived.ssi_signo;
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
    return got < 0 ? -errno : -EIO;
}

int signet_spawn(char *const arguments[], char *const environment[], const int inherited[], int count) {
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    pid_t process = 0;
    int failure = posix_spawn_file_actions_init(&files);
    if (failure) return -failure;
    failure = posix_spawnattr_init(&attributes);
    if (failure) {
        posix_spawn_file_actions_destroy(&files);
        return -failure;
    }
    // Duplicating a descriptor onto itself only clears its close-on-exec mark.
    for (int index = 0; index < count && !failure; index++)
        failure = posix_spawn_file_actions_adddup2(&files, inherited[index], inherited[index]);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    if (!failure) failure = posix_spawnattr_setsigmask(&attributes, &none);
    if (!failure) failure = posix_spawnattr_setsigdefault(&attributes, &all);
    if (!failure) failure = posix_spawnattr_setpgroup(&attributes, 0);
    if (!failure)
        failure = posix_spawnattr_setflags(
            &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    if (!failure) failure = posix_spawn(&process, "/proc/self/exe", &files, &attributes, arguments, environment);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    return failure ? -failure : process;
}

int signet_start(const char *program, char *const arguments[], char *const environment[], int output) {
    posix_spawn_file_actions_t files;
    pid_t process = 0;
    int failure = posix_spawn_file_actions_init(&files);
    if (failure) return -failure;
    if (output >= 0) failure = posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
    if (output >= 0 && !failure) failure = posix_spawn_file_actions_adddup2(&files, output, STDERR_FILENO);
    if (!failure) failure = posix_spawnp(&process, program, &files, NULL, arguments, environment);
    posix_spawn_file_actions_destroy(&files);
    return failure ? -failure : process;
}

int signet_reap(pid_t process, int *how) {
    int status = 0;
    pid_t ended = waitpid(process, &status, WNOHANG);
    if (ended < 0) return -errno;
    if (ended == 0) return 0;
    *how = WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
    return ended;
}

int signet_pipe(int ends[2]) {
    if (pipe2(ends, O_CLOEXEC)) return -errno;
    if (fcntl(ends[0], F_SETFL, O_NONBLOCK)) return -errno;
    return 0;
}

int signet_memory_file(void) {
    int file = memfd_create("signet", MFD_CLOEXEC);
    return file < 0 ? -errno : file;
}

int signet_locked_file(size_t size, void **memory) {
    int file = memfd_create("signet-root-key", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (file < 0) return -errno;
    if (ftruncate(file, (off_t)size)) return failed_file(file);
    if (fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW)) return failed_file(file);
    void *mapped = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (mapped == MAP_FAILED) return failed_file(file);
    // Locked pages are never written to a swap area, for whichever process they are read by.
    if (mlock(mapped, size) || madvise(mapped, size, MADV_DONTDUMP)) {
        int reason = errno;
        munmap(mapped, size);
        close(file);
        return -reason;
    }
    *memory = mapped;
    return file;
}

// What ends all writing but through mappings that are there already: since Linux 5.1.
#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

int signet_seal_file(int file) {
    return fcntl(file, F_ADD_SEALS, F_SEAL_FUTURE_WRITE | F_SEAL_SEAL) ? -errno : 0;
}

int signet_is_sealed(int file) {
    int seals = fcntl(file, F_GET_SEALS);
    return seals >= 0 && (seals & (F_SEAL_FUTURE_WRITE | F_SEAL_WRITE)) != 0;
}

void signet_wipe_locked_file(int file, void *memory, size_t size) {
    explicit_bzero(memory, size);
    munmap(memory, size);
    close(file);
}

int signet_wait(int first, int second, int milliseconds) {
    // poll leaves out negative descriptors by itself.
    struct pollfd watched[2] = {{.fd = first, .events = POLLIN}, {.fd = second, .events = POLLIN}};
    int ready = poll(watched, 2, milliseconds);
    if (ready < 0) return errno == EINTR ? 0 : -errno;
    return (watched[0].revents ? 1 : 0) | (watched[1].revents ? 2 : 0);
}
