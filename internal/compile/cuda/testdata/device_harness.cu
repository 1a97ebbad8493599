
// Kernels for tests of the functions above: thread i computes element i.

#define HARNESS_KERNEL(name)                                                                                         \
    struct name##_arguments {                                                                                        \
        long long n;                                                                                                 \
        const double *in, *far;                                                                                      \
        const unsigned char *present;                                                                                \
        double *out;                                                                                                 \
        unsigned long long *limbs;                                                                                   \
        long long a, b, c;                                                                                           \
    };                                                                                                               \
    static __device__ __forceinline__ void name##_of(const name##_arguments &a, long long i, const double *x);       \
    extern "C" __global__ void name(const name##_arguments a) {                                                      \
        const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;                                        \
        if (i < a.n) name##_of(a, i, a.in + i);                                                                      \
    }                                                                                                                \
    static __device__ __forceinline__ void name##_of(const name##_arguments &a, long long i, const double *x)

#define HARNESS_UNARY(name) \
    HARNESS_KERNEL(test_##name) { a.out[i] = nb_##name(*x); }
#define HARNESS_BINARY(name) \
    HARNESS_KERNEL(test_##name) { a.out[i] = nb_##name(x[0], x[a.n]); }

HARNESS_UNARY(sin)
HARNESS_UNARY(cos)
HARNESS_UNARY(exp)
HARNESS_UNARY(nearest)
HARNESS_UNARY(sign)
HARNESS_UNARY(cube)
HARNESS_UNARY(invsqrt)
HARNESS_UNARY(sigmoid)
HARNESS_UNARY(softplus)
HARNESS_BINARY(min)
HARNESS_BINARY(max)
HARNESS_KERNEL(test_sincos) { nb_sincos(*x, a.out + i, a.out + a.n + i); }

// The operands are d and N.
HARNESS_KERNEL(test_sinratio0) { nb_sinratio<0>(x[0], x[a.n], a.far, a.out + i, 0, 0); }
HARNESS_KERNEL(test_sinratio1) { nb_sinratio<1>(x[0], x[a.n], a.far, a.out + i, a.out + a.n + i, 0); }
HARNESS_KERNEL(test_sinratio2) { nb_sinratio<2>(x[0], x[a.n], a.far, a.out + i, a.out + a.n + i, a.out + 2 * a.n + i); }
HARNESS_KERNEL(test_sinratio_slow) { a.out[i] = nb_sinratio_slow(a.far, *x); }
HARNESS_KERNEL(test_xoversin) { a.out[i] = nb_xoversin(a.far, *x); }
HARNESS_KERNEL(test_sinc3) { a.out[i] = nb_sinc3(a.far, *x); }

// Tables: the operands are h, k, l and what is scattered; a, b, c the orders; far the table.
#define HARNESS_GRID const nb_grid g = {-3, 4, -2, 3, -6, 5, a.present}
HARNESS_KERNEL(test_cell) { HARNESS_GRID; a.out[i] = nb_cell(g, x[0], x[a.n], x[2 * a.n]); }
HARNESS_KERNEL(test_whole_cell) { HARNESS_GRID; a.out[i] = nb_cell<true>(g, x[0], x[a.n], x[2 * a.n]); }
#define HARNESS_TABLE(kind, tricubic)                                                                                \
    HARNESS_KERNEL(test_gather_##kind) {                                                                             \
        HARNESS_GRID;                                                                                                \
        a.out[i] = nb_gather<tricubic>(g, a.far, x[0], x[a.n], x[2 * a.n], (int)a.a, (int)a.b, (int)a.c);            \
    }                                                                                                                \
    HARNESS_KERNEL(test_share_##kind) {                                                                              \
        HARNESS_GRID;                                                                                                \
        a.out[i] = nb_share<tricubic>(g, x[0], x[a.n], x[2 * a.n], (int)a.a, (int)a.b, (int)a.c);                    \
    }                                                                                                                \
    HARNESS_KERNEL(test_scatter_##kind) {                                                                            \
        HARNESS_GRID;                                                                                                \
        nb_scatter<tricubic>(g, a.limbs, x[0], x[a.n], x[2 * a.n], (int)a.a, (int)a.b, (int)a.c, x[3 * a.n]);        \
    }
HARNESS_TABLE(nearest, false)
HARNESS_TABLE(tricubic, true)

// Element i goes to sum i % a.
HARNESS_KERNEL(test_accumulate) { nb_accumulate(a.limbs + i % a.a * (NB_LIMBS + 1), *x); }
HARNESS_KERNEL(test_total) { a.out[i] = nb_total(a.limbs + i * (NB_LIMBS + 1)); }

// Every sum of lanes: from = 1, 2, ... 32, then PARTS = 1, 2, ... 32. n is a multiple of 32.
HARNESS_KERNEL(test_warp) {
    for (int k = 0; k < 6; ++k) a.out[k * a.n + i] = nb_warp_sum(*x, 1 << k);
    a.out[6 * a.n + i] = nb_parts_sum<1>(*x);
    a.out[7 * a.n + i] = nb_parts_sum<2>(*x);
    a.out[8 * a.n + i] = nb_parts_sum<4>(*x);
    a.out[9 * a.n + i] = nb_parts_sum<8>(*x);
    a.out[10 * a.n + i] = nb_parts_sum<16>(*x);
    a.out[11 * a.n + i] = nb_parts_sum<32>(*x);
}
