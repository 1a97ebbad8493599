// table.h is what a text's shared object tells the server of its kernels and constants. The text ends with both tables, in
// the order of cuda.Text, each ended by an entry without a name.
#ifndef GOBRAGG_TABLE_H
#define GOBRAGG_TABLE_H

#include "shim.h"

struct shim_kernel {
    const char *name;
    void (*run)(const void *arguments);
    unsigned long long arguments; // members of 8 bytes
};

struct shim_constant {
    const char *name;
    double *at;
    unsigned long long count;
};

// shim_members counts the members of 8 bytes of a parameter struct.
template <class A> constexpr unsigned long long shim_members() {
    static_assert(__is_empty(A) || sizeof(A) % 8 == 0, "a kernel's parameter is a struct of members of 8 bytes");
    static_assert(sizeof(A) <= 4096, "a kernel's parameter has at most 4096 bytes");
    return __is_empty(A) ? 0 : sizeof(A) / 8;
}

template <size_t N> constexpr shim_constant shim_array(const char *name, double (&array)[N]) {
    return {name, array, N};
}

#endif
