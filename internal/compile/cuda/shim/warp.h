// warp.h runs grids of CUDA threads on one OS thread: the scheduler behind shim.h's built-in variables and shuffles. One
// file of a program includes it. It has no state but for its OS thread's, so several OS threads may run grids at once
// (but atomicAdd is atomic only among the threads of one grid).
//
//     void shim_run(void (*kernel)(const void *), const void *arguments, unsigned blocks, unsigned threads)
//
// calls kernel(arguments) for every thread of every block, blocks and warps in order. A warp's lanes are 32 fibers, each
// on a stack of its own that is kept for the next warp. They run one after another, and hand over to the next lane where
// they leave a value for a shuffle, come to __syncwarp or return: one switch a lane and shuffle, made by _setjmp and
// _longjmp, which do not call the kernel.
//
// Compile it without _FORTIFY_SOURCE, whose longjmp refuses to leave for another stack.
#ifndef GOBRAGG_WARP_H
#define GOBRAGG_WARP_H

#if defined(__APPLE__) && !defined(_XOPEN_SOURCE)
#define _XOPEN_SOURCE 700
#define _DARWIN_C_SOURCE
#endif
#undef _FORTIFY_SOURCE
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "shim.h"

extern "C" void shim_run(void (*kernel)(const void *), const void *arguments, unsigned blocks, unsigned threads);

__thread shim_index threadIdx, blockIdx, blockDim, gridDim;

namespace shim {

constexpr int lanes = 32;
constexpr size_t stack_bytes = 256 << 10; // taken as needed
constexpr size_t guard_bytes = 64 << 10;  // below each stack, not to be touched; a multiple of every system's pages

// warp is an OS thread's set of fibers, with what the present warp runs.
struct warp {
    void (*kernel)(const void *);
    const void *arguments;
    int lane;          // the one that runs
    unsigned first;    // the number in the block of lane 0's thread
    int returned;      // lanes that returned since lane 0 last went on: none, or all up to the present one
    int mask;          // of the present shuffle, as lane 0 gave it
    bool turn[lanes];  // which half of value each lane uses next
    // A lane may come to the next shuffle before others have read the present one's values, but not farther.
    unsigned long long value[2][lanes];
    jmp_buf at[lanes]; // where each lane goes on
    jmp_buf scheduler; // where shim_run goes on
    ucontext_t context[lanes], home;
};

inline __thread warp *own;

// enter makes a lane the one that runs, for _longjmp to its place.
inline void enter(warp *w, int lane) {
    w->lane = lane;
    threadIdx.x = w->first + (unsigned)lane;
}

// yield lets the next lane go on; it returns when this one's turn comes.
inline void yield(warp *w) {
    int lane = w->lane, next = (lane + 1) % lanes;
    if (_setjmp(w->at[lane]) == 0) {
        enter(w, next);
        _longjmp(w->at[next], 1);
    }
}

// meet is yield at a place where all lanes of the warp must come.
inline void meet(warp *w, int mask) {
    if (w->returned != 0) shim_stop("a lane is at a shuffle or __syncwarp, where lanes before it returned");
    if (w->lane == 0) w->mask = mask;
    if (w->mask != mask) shim_stop("a lane is at another shuffle or __syncwarp than lane 0");
    yield(w);
}

// fiber is a lane's life: first back to where it was made, then one thread after another.
inline void fiber() {
    warp *w = own;
    int lane = w->lane;
    if (_setjmp(w->at[lane]) == 0) _longjmp(w->scheduler, 1);
    for (;;) {
        w->kernel(w->arguments);
        if (w->returned != lane) shim_stop("a lane returned, where lanes before it are at a shuffle or __syncwarp");
        w->returned++;
        if (lane < lanes - 1) yield(w);
        else if (_setjmp(w->at[lane]) == 0) _longjmp(w->scheduler, 1);
    }
}

// fibers makes an OS thread's fibers. They stay until the process ends.
inline warp *fibers() {
    warp *w = (warp *)calloc(1, sizeof(warp));
    constexpr size_t size = guard_bytes + stack_bytes;
    void *stacks = mmap(nullptr, size * lanes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
    if (w == nullptr || stacks == MAP_FAILED) shim_stop("there is no memory for the stacks of a warp");
    own = w;
    for (w->lane = 0; w->lane < lanes; w->lane++) {
        char *low = (char *)stacks + size * (size_t)w->lane;
        ucontext_t *c = &w->context[w->lane];
        if (mprotect(low, guard_bytes, PROT_NONE) != 0 || getcontext(c) != 0) shim_stop("the stacks of a warp cannot be made");
        c->uc_stack.ss_sp = low + guard_bytes;
        c->uc_stack.ss_size = stack_bytes;
        c->uc_link = nullptr;
        makecontext(c, fiber, 0);
        if (_setjmp(w->scheduler) == 0) swapcontext(&w->home, c);
    }
    return w;
}

} // namespace shim

extern "C" unsigned long long shim_exchange(unsigned long long value, int mask) {
    shim::warp *w = shim::own;
    if (mask < 0 || mask >= shim::lanes) shim_stop("a shuffle's lane mask is outside 0 to 31");
    int lane = w->lane;
    unsigned long long *values = w->value[w->turn[lane]];
    w->turn[lane] = !w->turn[lane];
    values[lane] = value;
    shim::meet(w, mask);
    return values[lane ^ mask];
}

extern "C" void shim_meet(void) { shim::meet(shim::own, -1); }

extern "C" void shim_stop(const char *message) {
    fprintf(stderr, "block %u, thread %u: %s\n", blockIdx.x, threadIdx.x, message);
    fflush(stderr);
    _exit(3);
}

extern "C" void shim_run(void (*kernel)(const void *), const void *arguments, unsigned blocks, unsigned threads) {
    // volatile, since they are read after _longjmp comes back here
    shim::warp *volatile w = shim::own != nullptr ? shim::own : shim::fibers();
    volatile unsigned block, first;
    if (threads == 0 || threads % shim::lanes != 0) shim_stop("a block's threads are not a multiple of 32");
    w->kernel = kernel;
    w->arguments = arguments;
    blockDim = {threads, 1, 1};
    gridDim = {blocks, 1, 1};
    threadIdx = blockIdx = {0, 0, 0};
    for (block = 0; block < blocks; block = block + 1) {
        blockIdx.x = block;
        for (first = 0; first < threads; first = first + shim::lanes) {
            w->first = first;
            w->returned = 0;
            if (_setjmp(w->scheduler) == 0) {
                shim::enter(w, 0);
                _longjmp(w->at[0], 1);
            }
        }
    }
}

#endif
