// The probe returns 0 where a compiler takes C++17, the machine has the instructions that the compiler's flags allow, and
// the system has what warp.h and the server need.
#include "../warp.h"

#include <dlfcn.h>

struct probe_arguments {
    int *sum;
    double factor;
};

static void probe(const void *p) {
    const probe_arguments &a = *(const probe_arguments *)p;
    int sum = __shfl_xor_sync(0xffffffffu, (int)threadIdx.x, 1);
    *a.sum += sum + (fma(a.factor, 3.0, 1.0) == 4.0);
}

int main(int count, char **) {
    int sum = 0;
    probe_arguments a = {&sum, (double)count};
    shim_run(probe, &a, 2, 32);
    return sum == 2 * (31 * 32 / 2 + 32) && dlsym(RTLD_DEFAULT, "exit") != nullptr ? 0 : 1;
}
