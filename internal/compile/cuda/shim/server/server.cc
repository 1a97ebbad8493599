// The server is the process that stands in for a stream of a GPU. Its arguments are a text's shared object and the folder
// of the files that memory lies in; commands come on standard input, and answers go to standard output, all in numbers of 8
// bytes in the machine's order. It ends when its input does, or when its parent is gone.
//
//     command    four numbers: what is asked for, a, b, c, and then its data
//     answer     the length of a message that says what is wrong, 0 where nothing is, the message, and then the data
//
// Commands without an answer may be sent one after another; what goes wrong in them is in the next answer. The client
// checks names, bounds and numbers of arguments before it sends a command.
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>

#include "../warp.h"

#include "../table.h"

typedef unsigned long long number;

enum command : number {
    allocate = 1, // b bytes at address a; answer: the address, 0 where that cannot be
    release,      // the allocation at a; answer
    constant,     // c doubles follow, for the a-th constant from element b on
    upload,       // b bytes follow, for address a
    download,     // b bytes from address a; answer: the bytes
    zero,         // b bytes at address a
    launch,       // the a-th kernel, b blocks of c threads; its arguments follow
    wait,         // answer
    borrow,       // the b bytes at address a that another server of the device has allocated
    unborrow,     // those at a
};

static const shim_kernel *kernels;
static const shim_constant *constants;
static const char *running; // the kernel that runs

// ---- Answers -------------------------------------------------------------------------------------------------------

static char failure[4096]; // the first, or empty

static void fail(const char *format, ...) {
    if (failure[0] != 0) return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(failure, sizeof failure, format, arguments);
    va_end(arguments);
}

static void get(void *data, number bytes) {
    if (fread(data, 1, bytes, stdin) != bytes) _exit(0); // the client is gone
}

static void put(const void *data, number bytes) {
    if (fwrite(data, 1, bytes, stdout) != bytes) _exit(0);
}

static void put(number n) { put(&n, sizeof n); }

// answer begins an answer; its data follow where there is no failure.
static bool answer() {
    number length = strlen(failure);
    put(length);
    put(failure, length);
    return length == 0;
}

// ---- Memory --------------------------------------------------------------------------------------------------------

// A device's memory is at the same addresses in all of its servers, as on a GPU: each allocation is a file of the folder,
// by its address, that the client removes.
//
// Memory has guards before and behind it, which show whether a kernel wrote there. They are NaN too, as new memory is, so
// that what a kernel reads there shows.
static const number guard = 256;
static const unsigned char fresh = 0xff, guards[8] = {0xa5, 0x5a, 0xa5, 0x5a, 0xa5, 0x5a, 0xfd, 0xff};
static const char *folder;

struct memory {
    unsigned char *at;
    number bytes;
};

static memory *memories; // with what is borrowed
static size_t memory_count, memory_room;

// map makes memory and its guards, where create is set, or finds them. It gives 0 where that cannot be.
static number map(number address, number bytes, bool create) {
    if (memory_count == memory_room) {
        size_t room = 2 * memory_room + 16;
        void *more = realloc(memories, room * sizeof(memory));
        if (more == nullptr) return 0;
        memories = (memory *)more;
        memory_room = room;
    }
    char path[4096];
    snprintf(path, sizeof path, "%s/%llx", folder, address);
    int file = open(path, create ? O_RDWR | O_CREAT | O_EXCL : O_RDWR, 0600);
    if (file < 0) return 0;
    void *start = (void *)(address - guard), *got = MAP_FAILED;
    if (!create || ftruncate(file, (off_t)(bytes + 2 * guard)) == 0)
        got = mmap(start, bytes + 2 * guard, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (got == MAP_FAILED) return 0;
    if (got != start) {
        munmap(got, bytes + 2 * guard);
        return 0;
    }
    unsigned char *at = (unsigned char *)address;
    memories[memory_count++] = {at, bytes};
    if (create) {
        memset(at, fresh, bytes);
        for (number i = 0; i < guard; i++) (at - guard)[i] = at[bytes + i] = guards[i % sizeof guards];
    }
    return address;
}

static void unmap(number at) {
    for (size_t i = 0; i < memory_count; i++) {
        if ((number)memories[i].at != at) continue;
        munmap(memories[i].at - guard, memories[i].bytes + 2 * guard);
        memories[i] = memories[--memory_count];
        return;
    }
    fail("there is no memory at %#llx", at);
}

static void check_guards(const char *kernel) {
    for (size_t i = 0; i < memory_count; i++) {
        memory m = memories[i];
        for (number k = 0; k < guard; k++) {
            unsigned char intact = guards[k % sizeof guards];
            if ((m.at - guard)[k] != intact)
                fail("kernel %s wrote %llu bytes before the %llu bytes at %p", kernel, guard - k, m.bytes, (void *)m.at);
            if (m.at[m.bytes + k] != intact)
                fail("kernel %s wrote %llu bytes behind the end of the %llu bytes at %p", kernel, k, m.bytes, (void *)m.at);
        }
    }
}

// ---- Signals -------------------------------------------------------------------------------------------------------

// crashed says which thread touched memory that is not there, and ends the process.
static void crashed(int signal, siginfo_t *info, void *) {
    char text[512];
    int n = snprintf(text, sizeof text, "kernel %s, block %u, thread %u: signal %d (%s) at address %p\n",
                     running != nullptr ? running : "(none)", blockIdx.x, threadIdx.x, signal,
                     signal == SIGFPE ? "a whole number divided by 0" : "memory that is not there", info->si_addr);
    if (write(2, text, (size_t)n) != n) _exit(4);
    _exit(3);
}

static pid_t parent;

// orphaned ends a kernel that runs on and on after its client was killed.
static void orphaned(int) {
    if (getppid() != parent) _exit(0);
}

static void watch() {
    static char stack[64 << 10]; // a lane's may be what overflowed
    stack_t other = {};
    other.ss_sp = stack;
    other.ss_size = sizeof stack;
    sigaltstack(&other, nullptr);
    struct sigaction crash = {}, alarm = {};
    crash.sa_sigaction = crashed;
    crash.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigaction(SIGSEGV, &crash, nullptr);
    sigaction(SIGBUS, &crash, nullptr);
    sigaction(SIGFPE, &crash, nullptr);
    sigaction(SIGILL, &crash, nullptr);
    parent = getppid();
    alarm.sa_handler = orphaned;
    alarm.sa_flags = SA_RESTART | SA_ONSTACK;
    sigaction(SIGALRM, &alarm, nullptr);
    itimerval second = {{1, 0}, {1, 0}};
    setitimer(ITIMER_REAL, &second, nullptr);
    signal(SIGINT, SIG_IGN); // of a terminal, for the client
}

// ---- Commands ------------------------------------------------------------------------------------------------------

// load answers with the number of arguments of every kernel and the length of every constant.
static void load(const char *path) {
    void *text = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (text != nullptr) {
        kernels = (const shim_kernel *)dlsym(text, "shim_kernels");
        constants = (const shim_constant *)dlsym(text, "shim_constants");
    }
    if (kernels == nullptr || constants == nullptr) {
        const char *why = dlerror();
        fail("%s", why != nullptr ? why : "the text has no tables");
    }
    if (answer()) {
        for (const shim_kernel *k = kernels; k->name != nullptr; k++) put(k->arguments);
        for (const shim_constant *c = constants; c->name != nullptr; c++) put(c->count);
    }
    fflush(stdout);
}

static void run(const shim_kernel &k, number blocks, number threads) {
    number arguments[4096 / 8]; // the size of parameters that CUDA guarantees
    get(arguments, k.arguments * sizeof(number));
    if (failure[0] != 0) return;
    running = k.name;
    shim_run(k.run, arguments, (unsigned)blocks, (unsigned)threads);
    running = nullptr;
    check_guards(k.name);
}

static void serve(number what, number a, number b, number c) {
    switch (what) {
    case allocate: {
        number at = failure[0] == 0 ? map(a, b, true) : 0;
        if (answer()) put(at); // 0 where there is no memory
        break;
    }
    case release:
        unmap(a);
        answer();
        break;
    case constant:
        get(constants[a].at + b, c * sizeof(double));
        break;
    case upload:
        get((void *)a, b);
        break;
    case download:
        if (answer()) put((const void *)a, b);
        break;
    case zero:
        memset((void *)a, 0, b);
        break;
    case launch:
        run(kernels[a], b, c);
        break;
    case wait:
        answer();
        break;
    case borrow:
        if (map(a, b, false) == 0) fail("there are no %llu bytes at %#llx any more", b, a);
        break;
    case unborrow:
        unmap(a);
        break;
    default:
        fprintf(stderr, "there is no command %llu\n", what);
        _exit(4);
    }
}

int main(int count, char **arguments) {
    if (count != 3) {
        fprintf(stderr, "two arguments, the shared object of a text and the folder of the memory, are needed\n");
        return 4;
    }
    folder = arguments[2];
    watch();
    load(arguments[1]);
    for (;;) {
        number command[4];
        get(command, sizeof command);
        serve(command[0], command[1], command[2], command[3]);
        if (command[0] == allocate || command[0] == release || command[0] == download || command[0] == wait) fflush(stdout);
    }
}
