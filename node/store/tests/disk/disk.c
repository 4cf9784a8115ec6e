/* A disk for tests, put between a program and the system (LD_PRELOAD): it counts what the program does to files under one folder, and
 * at one of these calls fails, kills the program, or writes it all down.
 *
 *   FAAM_DISK_UNDER  the folder; nothing else is looked at
 *   FAAM_DISK_LOG    where each call is written down, with its data: see disk.rs
 *   FAAM_DISK_AT     the number of the call at which something happens, from 1
 *   FAAM_DISK_DO     eio, enospc: this one fails.  full: it and all later ones that need room fail.
 *                    kill: the program is killed before it.  torn: a write is half made, then the program is killed.
 *                    after: the program is killed after it.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { OPEN = 1, WRITE, TRUNCATE, SYNC, RENAME, UNLINK, MKDIR, RMDIR, FLUSH };
enum { CREATE = 1, TRUNC = 2 };
#define LONGEST 4096

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static const char *under;
static size_t under_len;
static int log_fd = -1;
static uint64_t count, at;
static char what;      /* the first letter of FAAM_DISK_DO, 'E' for enospc */

__attribute__((constructor)) static void begin(void) {
    under = getenv("FAAM_DISK_UNDER");
    under_len = under ? strlen(under) : 0;
    const char *number = getenv("FAAM_DISK_AT"), *doing = getenv("FAAM_DISK_DO"), *log = getenv("FAAM_DISK_LOG");
    at = number ? strtoull(number, NULL, 10) : 0;
    what = doing ? (strcmp(doing, "enospc") == 0 ? 'E' : doing[0]) : 0;
    if (log) log_fd = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* Whether a path is looked at. */
static int ours(const char *path) {
    return under && strncmp(path, under, under_len) == 0 && (path[under_len] == '/' || path[under_len] == 0);
}

static void of_fd(int fd, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    long length = syscall(SYS_readlinkat, AT_FDCWD, link, path, (size_t)(LONGEST - 1));
    path[length < 0 ? 0 : length] = 0;
    char *deleted = strstr(path, " (deleted)");
    if (deleted) path[0] = 0;
}

static void of_name(int dir, const char *name, char *path) {
    if (name[0] == '/' ) { snprintf(path, LONGEST, "%s", name); return; }
    char base[LONGEST];
    base[0] = 0;
    if (dir == AT_FDCWD) { if (!getcwd(base, sizeof base)) base[0] = 0; } else of_fd(dir, base);
    size_t length = strlen(base);
    snprintf(path, LONGEST, "%s", base);
    if (length + 2 < LONGEST) snprintf(path + length, LONGEST - length, "/%s", name);
}

static void die(void) {
    syscall(SYS_kill, getpid(), SIGKILL);
    for (;;) pause();
}

/* What comes before a call: 0 to make it, an error to fail with; *torn is set where half of it is made. */
static int before(int op, int *torn) {
    count++;
    int room = op == WRITE || op == MKDIR || op == OPEN || op == RENAME || op == SYNC;
    if (what == 'f' && at && count >= at && room) return ENOSPC;
    if (!at || count != at) return 0;
    if (what == 'k') die();
    if (what == 't') { if (op != WRITE) die(); *torn = 1; return 0; }
    if (what == 'e') return EIO;
    if (what == 'E') return ENOSPC;
    return 0;
}

/* What comes after a call that succeeded. */
static void after(int op, const char *path, const char *other, uint64_t offset, const void *data, uint64_t length) {
    if (log_fd >= 0) {
        unsigned char head[1 + 2 + 2 + 8 + 8];
        uint16_t a = (uint16_t)strlen(path), b = (uint16_t)(other ? strlen(other) : 0);
        head[0] = (unsigned char)op;
        memcpy(head + 1, &a, 2);
        memcpy(head + 3, &b, 2);
        memcpy(head + 5, &offset, 8);
        memcpy(head + 13, &length, 8);
        struct iovec parts[4] = {{head, sizeof head}, {(void *)path, a}, {(void *)(other ? other : ""), b},
                                 {(void *)(data ? data : ""), data ? length : 0}};
        syscall(SYS_writev, log_fd, parts, 4L);
    }
    if (what == 'a' && at && count == at) die();
}

#define REAL(name, type, ...) \
    static type (*real)(__VA_ARGS__); \
    if (!real) real = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

static int opened(int dir, const char *name, int flags, mode_t mode) {
    char path[LONGEST];
    of_name(dir, name, path);
    if (!ours(path)) return (int)syscall(SYS_openat, dir, name, flags | O_LARGEFILE, mode);
    pthread_mutex_lock(&turn);
    int torn = 0, error = before(OPEN, &torn), fd = -1;
    if (error) errno = error;
    else {
        struct stat about;
        int there = fstatat(dir, name, &about, AT_SYMLINK_NOFOLLOW) == 0;
        fd = (int)syscall(SYS_openat, dir, name, flags | O_LARGEFILE, mode);
        error = errno;
        uint64_t done = ((flags & O_CREAT) && !there ? CREATE : 0) | ((flags & O_TRUNC) && there ? TRUNC : 0);
        if (fd >= 0) after(OPEN, path, NULL, done, NULL, 0);
        errno = error;
    }
    pthread_mutex_unlock(&turn);
    return fd;
}

#define MODE mode_t mode = 0; \
    if (flags & (O_CREAT | O_TMPFILE)) { va_list list; va_start(list, flags); mode = va_arg(list, mode_t); va_end(list); }

int open(const char *name, int flags, ...) { MODE return opened(AT_FDCWD, name, flags, mode); }
int open64(const char *name, int flags, ...) { MODE return opened(AT_FDCWD, name, flags, mode); }
int openat(int dir, const char *name, int flags, ...) { MODE return opened(dir, name, flags, mode); }
int openat64(int dir, const char *name, int flags, ...) { MODE return opened(dir, name, flags, mode); }

static ssize_t written(int fd, const void *data, size_t length, int64_t offset, int positioned) {
    char path[LONGEST];
    of_fd(fd, path);
    if (!ours(path)) {
        return positioned ? syscall(SYS_pwrite64, fd, data, length, offset) : syscall(SYS_write, fd, data, length);
    }
    pthread_mutex_lock(&turn);
    int torn = 0, error = before(WRITE, &torn);
    ssize_t done = -1;
    if (error) errno = error;
    else {
        if (!positioned) offset = lseek(fd, 0, SEEK_CUR);
        done = syscall(SYS_pwrite64, fd, data, torn ? length / 2 : length, offset);
        error = errno;
        if (torn) die();
        if (done > 0 && !positioned) lseek(fd, done, SEEK_CUR);
        if (done >= 0) after(WRITE, path, NULL, (uint64_t)offset, data, (uint64_t)done);
        errno = error;
    }
    pthread_mutex_unlock(&turn);
    return done;
}

ssize_t write(int fd, const void *data, size_t length) { return written(fd, data, length, 0, 0); }
ssize_t pwrite(int fd, const void *data, size_t length, off_t offset) { return written(fd, data, length, offset, 1); }
ssize_t pwrite64(int fd, const void *data, size_t length, off64_t offset) { return written(fd, data, length, offset, 1); }

/* So that copies are read and written, and seen here. */
ssize_t copy_file_range(int a, off64_t *b, int c, off64_t *d, size_t e, unsigned f) {
    (void)a; (void)b; (void)c; (void)d; (void)e; (void)f;
    errno = ENOSYS;
    return -1;
}
ssize_t sendfile(int a, int b, off_t *c, size_t d) { (void)a; (void)b; (void)c; (void)d; errno = ENOSYS; return -1; }
ssize_t sendfile64(int a, int b, off64_t *c, size_t d) { (void)a; (void)b; (void)c; (void)d; errno = ENOSYS; return -1; }

/* A call on a descriptor or on names, made by `number`. */
static int done(int op, const char *path, const char *other, uint64_t offset, long number, long a, long b, long c, long d, long e) {
    pthread_mutex_lock(&turn);
    int torn = 0, error = before(op, &torn);
    long result = -1;
    if (error) errno = error;
    else {
        result = syscall(number, a, b, c, d, e);
        error = errno;
        if (result == 0) after(op, path, other, offset, NULL, 0);
        errno = error;
    }
    pthread_mutex_unlock(&turn);
    return (int)result;
}

static int on_fd(int op, int fd, uint64_t offset, long number, long b, long c, long d) {
    char path[LONGEST];
    of_fd(fd, path);
    if (!ours(path)) return (int)syscall(number, (long)fd, b, c, d);
    return done(op, path, NULL, offset, number, fd, b, c, d, 0);
}

int ftruncate(int fd, off_t length) { return on_fd(TRUNCATE, fd, (uint64_t)length, SYS_ftruncate, length, 0, 0); }
int ftruncate64(int fd, off64_t length) { return on_fd(TRUNCATE, fd, (uint64_t)length, SYS_ftruncate, length, 0, 0); }
int fsync(int fd) { return on_fd(SYNC, fd, 0, SYS_fsync, 0, 0, 0); }
int fdatasync(int fd) { return on_fd(SYNC, fd, 0, SYS_fdatasync, 0, 0, 0); }

/* Begins writing, and waits for nothing that a power cut would leave. */
int sync_file_range(int fd, off64_t offset, off64_t length, unsigned flags) {
    return on_fd(FLUSH, fd, 0, SYS_sync_file_range, offset, length, (long)flags);
}

static int on_name(int op, int dir, const char *name, long number, long b, long c) {
    char path[LONGEST];
    of_name(dir, name, path);
    if (!ours(path)) return (int)syscall(number, (long)dir, name, b, c);
    return done(op, path, NULL, 0, number, dir, (long)name, b, c, 0);
}

int unlink(const char *name) { return on_name(UNLINK, AT_FDCWD, name, SYS_unlinkat, 0, 0); }
int rmdir(const char *name) { return on_name(RMDIR, AT_FDCWD, name, SYS_unlinkat, AT_REMOVEDIR, 0); }
int unlinkat(int dir, const char *name, int flags) {
    return on_name(flags & AT_REMOVEDIR ? RMDIR : UNLINK, dir, name, SYS_unlinkat, flags, 0);
}
int mkdir(const char *name, mode_t mode) { return on_name(MKDIR, AT_FDCWD, name, SYS_mkdirat, mode, 0); }

static int renamed(int from_dir, const char *from, int to_dir, const char *to, unsigned flags) {
    char path[LONGEST], other[LONGEST];
    of_name(from_dir, from, path);
    of_name(to_dir, to, other);
    if (!ours(path) && !ours(other)) return (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, flags);
    return done(RENAME, path, other, 0, SYS_renameat2, from_dir, (long)from, to_dir, (long)to, flags);
}
int rename(const char *from, const char *to) { return renamed(AT_FDCWD, from, AT_FDCWD, to, 0); }
int renameat(int a, const char *from, int b, const char *to) { return renamed(a, from, b, to, 0); }
int renameat2(int a, const char *from, int b, const char *to, unsigned flags) { return renamed(a, from, b, to, flags); }
