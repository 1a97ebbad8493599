//go:build nbcuda && cgo && linux && (amd64 || arm64)

// loader.c defines the functions of the CUDA driver and of NVRTC for the linker, so that a program starts where neither is
// installed: each is a jump to where a variable points, first to a function that returns an error, and to the library's
// when that has been loaded.
//
// The names are hidden: a library that is loaded later must find its own functions by them, not these.
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader.h"
#include "symbols.h"

enum { not_found = 500 }; // CUDA_ERROR_NOT_FOUND

static int missing(void) { return not_found; }

#define HIDDEN __attribute__((visibility("hidden")))

#if defined(__x86_64__)
#define JUMP(name) "    endbr64\n    jmp *gobragg_at_" #name "(%rip)\n"
#elif defined(__aarch64__)
#define JUMP(name)                                    \
    "    hint #34\n" /* bti c */                      \
    "    adrp x16, gobragg_at_" #name "\n"            \
    "    ldr x16, [x16, :lo12:gobragg_at_" #name "]\n" \
    "    br x16\n"
#endif

#define TRAMPOLINE(name)                               \
    HIDDEN void *gobragg_at_##name = (void *)missing;  \
    __asm__(".pushsection .text\n"                     \
            "    .balign 16\n"                         \
            "    .globl " #name "\n"                   \
            "    .hidden " #name "\n"                  \
            "    .type " #name ", %function\n"         \
            #name ":\n" JUMP(name)                     \
            "    .size " #name ", . - " #name "\n"     \
            ".popsection\n");

DRIVER_SYMBOLS(TRAMPOLINE)
COMPILER_SYMBOLS(TRAMPOLINE)

struct symbol {
    const char *name;
    void **at;
};

#define SYMBOL(name) {#name, &gobragg_at_##name},

static const struct symbol driver_symbols[] = {DRIVER_SYMBOLS(SYMBOL){NULL, NULL}};
static const struct symbol compiler_symbols[] = {COMPILER_SYMBOLS(SYMBOL){NULL, NULL}};

// fill points the symbols to a library's functions. Those that it does not have go on returning an error.
static void fill(void *library, const struct symbol *symbols) {
    for (; symbols->name != NULL; symbols++) {
        void *function = dlsym(library, symbols->name);
        if (function != NULL) *symbols->at = function;
    }
}

// gobragg_cuda_mend_signals gives handlers of signals the flag back without which Go's runtime ends the program when the signal
// comes: a library that puts back handlers by signal(2) loses it.
HIDDEN void gobragg_cuda_mend_signals(void) {
    for (int number = 1; number < 65; number++) {
        struct sigaction action;
        if (sigaction(number, NULL, &action) != 0 || action.sa_flags & SA_ONSTACK) continue;
        if (action.sa_handler == SIG_DFL || action.sa_handler == SIG_IGN) continue;
        action.sa_flags |= SA_ONSTACK;
        sigaction(number, &action, NULL); // one that cannot be changed stays as it is
    }
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int driver_result = -1;
static char driver_why[512];

static void load_driver(void) {
    // The second place is where Windows' subsystem for Linux has it.
    static const char *const names[] = {"libcuda.so.1", "/usr/lib/wsl/lib/libcuda.so.1"};
    void *library = NULL;
    for (size_t i = 0; library == NULL && i < sizeof names / sizeof *names; i++) {
        library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
        if (library == NULL && i == 0) snprintf(driver_why, sizeof driver_why, "%s", dlerror());
    }
    if (library == NULL) return;
    int (*init)(unsigned) = (int (*)(unsigned))dlsym(library, "cuInit");
    if (init == NULL) {
        snprintf(driver_why, sizeof driver_why, "%s", dlerror());
        return;
    }
    fill(library, driver_symbols);
    driver_result = init(0);
    gobragg_cuda_mend_signals();
}

// cuInit is called by gorgonia.org/cu when the program starts, which ends the program where the result is an error. So it
// is none; gobragg_cuda_init tells.
HIDDEN int cuInit(unsigned flags) {
    (void)flags; // must be 0
    pthread_once(&once, load_driver);
    return 0;
}

HIDDEN int gobragg_cuda_init(const char **why) {
    pthread_once(&once, load_driver);
    *why = driver_why;
    return driver_result;
}

HIDDEN char *gobragg_cuda_open_compiler(const char *name) {
    void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) return strdup(dlerror());
    for (const struct symbol *s = compiler_symbols; s->name != NULL; s++) {
        if (dlsym(library, s->name) != NULL) continue;
        char why[256];
        snprintf(why, sizeof why, "%s has no function %s", name, s->name);
        dlclose(library);
        return strdup(why);
    }
    fill(library, compiler_symbols);
    return NULL;
}

HIDDEN int gobragg_cuda_host_alloc(void **memory, size_t bytes) {
    return ((int (*)(void **, size_t, unsigned))gobragg_at_cuMemHostAlloc)(memory, bytes, 0);
}

HIDDEN const char *gobragg_cuda_error_name(int code) {
    const char *name = NULL;
    if (((int (*)(int, const char **))gobragg_at_cuGetErrorName)(code, &name) != 0) return NULL;
    return name;
}
