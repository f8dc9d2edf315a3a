// Loaded before the program's libraries (LD_PRELOAD): kills a worker just before the KILL_AT-th call that changes
// something in the directory KILL_IN, or in files whose paths begin so, other than the store's own files. With
// KILL_SUPERVISOR the supervisor dies too; with KILL_ANY it is not only workers that are killed.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_int calls;

static int is_worker(void) {
    static int known = -1;
    if (known >= 0) return known;
    char line[4096] = {0};
    int file = (int)((int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open"))("/proc/self/cmdline", O_RDONLY);
    ssize_t length = read(file, line, sizeof line - 1);
    close(file);
    size_t first = strlen(line);
    return known = length > (ssize_t)first + 1 && strcmp(line + first + 1, "worker") == 0;
}

static void count(const char *path) {
    const char *directory = getenv("KILL_IN"), *at = getenv("KILL_AT");
    if (!directory || !at || strncmp(path, directory, strlen(directory)) || strstr(path, "signet.db")) return;
    if (!is_worker() && !getenv("KILL_ANY")) return;
    if (atomic_fetch_add(&calls, 1) + 1 != atoi(at)) return;
    if (getenv("KILL_SUPERVISOR")) kill(getppid(), SIGKILL);
    kill(getpid(), SIGKILL);
}

static void count_file(int file) {
    char name[64], path[PATH_MAX] = {0};
    snprintf(name, sizeof name, "/proc/self/fd/%d", file);
    if (readlink(name, path, sizeof path - 1) > 0) count(path);
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int open(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    if (flags & O_CREAT) count(path);
    return NEXT(open)(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    if (flags & O_CREAT) count(path);
    return NEXT(open64)(path, flags, mode);
}

ssize_t write(int file, const void *bytes, size_t length) {
    count_file(file);
    return NEXT(write)(file, bytes, length);
}

int fsync(int file) {
    count_file(file);
    return NEXT(fsync)(file);
}

int link(const char *from, const char *to) {
    count(to);
    return NEXT(link)(from, to);
}

int rename(const char *from, const char *to) {
    count(to);
    return NEXT(rename)(from, to);
}

int unlink(const char *path) {
    count(path);
    return NEXT(unlink)(path);
}
