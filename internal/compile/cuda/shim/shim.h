// shim.h makes CUDA C compile as C++17 with g++ or clang++, on machines without a GPU:
//
//     g++ -std=c++17 -O1 -ffp-contract=off -include shim.h text.cc
//
// It has what emitted kernels use: the qualifiers, the built-in variables, the mathematical functions with CUDA's
// overloads, the roundings (to nearest), the bit casts, __shfl_xor_sync among all 32 lanes and atomicAdd on unsigned long
// long. It includes nothing, since <cmath> would take most of the time of compiling a small kernel. Functions whose names
// the C library has too are templates: where a program includes <cmath> or <cstdlib> as well, the library's are chosen.
//
// What runs the threads is in warp.h. A program that only calls __device__ functions needs neither.
#ifndef GOBRAGG_SHIM_H
#define GOBRAGG_SHIM_H

#define __global__
#define __device__
#define __host__
#define __constant__ // a plain array: every process, or every shared object, has its own
#define __forceinline__ inline __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __launch_bounds__(...)

typedef __SIZE_TYPE__ size_t;

// The built-in variables. One OS thread runs the CUDA threads of a grid one after another, and warp.h sets them.
struct shim_index {
    unsigned x, y, z;
};
extern __thread shim_index threadIdx, blockIdx, blockDim, gridDim;
const int warpSize = 32;

extern "C" {
// shim_exchange leaves a value and, when all lanes of the warp have left theirs, returns that of lane (own ^ mask).
unsigned long long shim_exchange(unsigned long long value, int mask);
// shim_meet lets a lane go on when all lanes of the warp have come.
void shim_meet(void);
// shim_stop ends the process with a message that says which thread found what.
void shim_stop(const char *message) __attribute__((noreturn));
}

// ---- Types ---------------------------------------------------------------------------------------------------------

template <class A, class B> struct shim_same { static constexpr bool is = false; };
template <class A> struct shim_same<A, A> { static constexpr bool is = true; };
template <class T> constexpr bool shim_float = shim_same<T, float>::is;
template <class T> constexpr bool shim_real = shim_float<T> || shim_same<T, double>::is;
// shim_result is float where all operands are, double otherwise.
template <bool FLOAT> struct shim_choice { typedef double type; };
template <> struct shim_choice<true> { typedef float type; };
template <class... T> using shim_result = typename shim_choice<(shim_float<T> && ...)>::type;

// shim_as copies bits.
template <class TO, class FROM> inline TO shim_as(FROM from) {
    static_assert(sizeof(TO) == sizeof(FROM), "bits are copied between types of one size");
    TO to;
    __builtin_memcpy(&to, &from, sizeof to);
    return to;
}

// ---- Mathematical functions ----------------------------------------------------------------------------------------

#define SHIM_UNARY(name)                                                            \
    template <class T> inline shim_result<T> name(T x) {                            \
        if constexpr (shim_float<T>) return __builtin_##name##f(x);                 \
        else return __builtin_##name((double)x);                                    \
    }                                                                               \
    template <class T> inline float name##f(T x) { return __builtin_##name##f((float)x); }
#define SHIM_BINARY(name)                                                           \
    template <class T, class U> inline shim_result<T, U> name(T x, U y) {           \
        if constexpr (shim_float<T> && shim_float<U>) return __builtin_##name##f(x, y); \
        else return __builtin_##name((double)x, (double)y);                         \
    }                                                                               \
    template <class T, class U> inline float name##f(T x, U y) { return __builtin_##name##f((float)x, (float)y); }

SHIM_UNARY(sin) SHIM_UNARY(cos) SHIM_UNARY(tan) SHIM_UNARY(asin) SHIM_UNARY(acos) SHIM_UNARY(atan)
SHIM_UNARY(sinh) SHIM_UNARY(cosh) SHIM_UNARY(tanh) SHIM_UNARY(asinh) SHIM_UNARY(acosh) SHIM_UNARY(atanh)
SHIM_UNARY(exp) SHIM_UNARY(exp2) SHIM_UNARY(expm1) SHIM_UNARY(log) SHIM_UNARY(log2) SHIM_UNARY(log10)
SHIM_UNARY(log1p) SHIM_UNARY(sqrt) SHIM_UNARY(cbrt) SHIM_UNARY(fabs) SHIM_UNARY(floor) SHIM_UNARY(ceil)
SHIM_UNARY(trunc) SHIM_UNARY(round) SHIM_UNARY(rint) SHIM_UNARY(nearbyint) SHIM_UNARY(erf) SHIM_UNARY(erfc)
SHIM_BINARY(pow) SHIM_BINARY(atan2) SHIM_BINARY(fmod) SHIM_BINARY(remainder) SHIM_BINARY(hypot)
SHIM_BINARY(copysign) SHIM_BINARY(nextafter)

template <class T, class U, class V> inline shim_result<T, U, V> fma(T x, U y, V z) {
    if constexpr (shim_same<shim_result<T, U, V>, float>::is) return __builtin_fmaf(x, y, z);
    else return __builtin_fma((double)x, (double)y, (double)z);
}
template <class T, class U, class V> inline float fmaf(T x, U y, V z) {
    return __builtin_fmaf((float)x, (float)y, (float)z);
}
template <class T> inline shim_result<T> rsqrt(T x) { return 1 / sqrt(x); }
template <class T> inline float rsqrtf(T x) { return 1 / __builtin_sqrtf((float)x); }
template <class T> inline shim_result<T> ldexp(T x, int e) {
    if constexpr (shim_float<T>) return __builtin_ldexpf(x, e);
    else return __builtin_ldexp((double)x, e);
}
template <class T> inline shim_result<T> scalbn(T x, int e) { return ldexp(x, e); }
template <class T> inline long long llrint(T x) { return __builtin_llrint((double)x); }
template <class T> inline long lrint(T x) { return __builtin_lrint((double)x); }
template <class T> inline void sincos(T x, T *s, T *c) {
    *s = sin(x);
    *c = cos(x);
}
template <class T> inline bool isnan(T x) { return __builtin_isnan(x); }
template <class T> inline bool isinf(T x) { return __builtin_isinf(x); }
template <class T> inline bool isfinite(T x) { return __builtin_isfinite(x); }
template <class T> inline bool signbit(T x) { return __builtin_signbit(x); }

// As CUDA's: the absolute value has the type of its argument, for floating-point numbers too.
template <class T> inline T abs(T x) {
    if constexpr (shim_real<T>) return fabs(x);
    else return x < 0 ? -x : x;
}
template <class T> inline T llabs(T x) { return x < 0 ? -x : x; }

// fmin and fmax, and min and max of floating-point numbers: a number rather than a NaN, and −0 is less than +0.
template <class T, class U> inline shim_result<T, U> fmin(T a, U b) {
    typedef shim_result<T, U> R;
    R x = a, y = b;
    if (x < y || y != y) return x;
    if (y < x || x != x) return y;
    return __builtin_signbit(x) ? x : y;
}
template <class T, class U> inline shim_result<T, U> fmax(T a, U b) {
    typedef shim_result<T, U> R;
    R x = a, y = b;
    if (x > y || y != y) return x;
    if (y > x || x != x) return y;
    return __builtin_signbit(x) ? y : x;
}
template <class T, class U> inline float fminf(T a, U b) { return fmin((float)a, (float)b); }
template <class T, class U> inline float fmaxf(T a, U b) { return fmax((float)a, (float)b); }

#define SHIM_LEAST(A, B, R)                                                         \
    inline R min(A a, B b) { return (R)a < (R)b ? (R)a : (R)b; }                    \
    inline R max(A a, B b) { return (R)a > (R)b ? (R)a : (R)b; }
SHIM_LEAST(int, int, int)
SHIM_LEAST(unsigned, unsigned, unsigned)
SHIM_LEAST(int, unsigned, unsigned)
SHIM_LEAST(unsigned, int, unsigned)
SHIM_LEAST(long, long, long)
SHIM_LEAST(unsigned long, unsigned long, unsigned long)
SHIM_LEAST(long, unsigned long, unsigned long)
SHIM_LEAST(unsigned long, long, unsigned long)
SHIM_LEAST(long long, long long, long long)
SHIM_LEAST(unsigned long long, unsigned long long, unsigned long long)
SHIM_LEAST(long long, unsigned long long, unsigned long long)
SHIM_LEAST(unsigned long long, long long, unsigned long long)
inline float min(float a, float b) { return fmin(a, b); }
inline float max(float a, float b) { return fmax(a, b); }
inline double min(double a, double b) { return fmin(a, b); }
inline double max(double a, double b) { return fmax(a, b); }
inline double min(float a, double b) { return fmin(a, b); }
inline double max(float a, double b) { return fmax(a, b); }
inline double min(double a, float b) { return fmin(a, b); }
inline double max(double a, float b) { return fmax(a, b); }

// ---- Intrinsics ----------------------------------------------------------------------------------------------------

inline double __dadd_rn(double a, double b) { return a + b; }
inline double __dsub_rn(double a, double b) { return a - b; }
inline double __dmul_rn(double a, double b) { return a * b; }
inline double __ddiv_rn(double a, double b) { return a / b; }
inline double __drcp_rn(double a) { return 1 / a; }
inline double __dsqrt_rn(double a) { return __builtin_sqrt(a); }
inline double __fma_rn(double a, double b, double c) { return __builtin_fma(a, b, c); }
inline float __fadd_rn(float a, float b) { return a + b; }
inline float __fsub_rn(float a, float b) { return a - b; }
inline float __fmul_rn(float a, float b) { return a * b; }
inline float __fdiv_rn(float a, float b) { return a / b; }
inline float __frcp_rn(float a) { return 1 / a; }
inline float __fsqrt_rn(float a) { return __builtin_sqrtf(a); }
inline float __fmaf_rn(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
inline float __fdividef(float a, float b) { return a / b; }

inline long long __double_as_longlong(double x) { return shim_as<long long>(x); }
inline double __longlong_as_double(long long x) { return shim_as<double>(x); }
inline int __float_as_int(float x) { return shim_as<int>(x); }
inline float __int_as_float(int x) { return shim_as<float>(x); }
inline unsigned __float_as_uint(float x) { return shim_as<unsigned>(x); }
inline float __uint_as_float(unsigned x) { return shim_as<float>(x); }
inline int __double2hiint(double x) { return (int)(shim_as<unsigned long long>(x) >> 32); }
inline int __double2loint(double x) { return (int)shim_as<unsigned long long>(x); }
inline double __hiloint2double(int high, int low) {
    return shim_as<double>((unsigned long long)(unsigned)high << 32 | (unsigned)low);
}

// Conversions to whole numbers go to the nearest that there is, as on the GPU: C++ leaves those out of range undefined,
// casts too. NaN becomes 0 as an int and −2⁶³ as a long long.
inline int shim_int(double x) {
    if (x != x) return 0;
    return x >= 2147483647.0 ? 2147483647 : x <= -2147483648.0 ? -2147483647 - 1 : (int)x;
}
inline long long shim_longlong(double x) {
    if (x >= 9223372036854775808.0) return 9223372036854775807LL;
    return x > -9223372036854775808.0 ? (long long)x : -9223372036854775807LL - 1;
}
inline int __double2int_rn(double x) { return shim_int(__builtin_rint(x)); }
inline int __double2int_rz(double x) { return shim_int(x); }
inline int __double2int_rd(double x) { return shim_int(__builtin_floor(x)); }
inline int __double2int_ru(double x) { return shim_int(__builtin_ceil(x)); }
inline long long __double2ll_rn(double x) { return shim_longlong(__builtin_rint(x)); }
inline long long __double2ll_rz(double x) { return shim_longlong(x); }
inline long long __double2ll_rd(double x) { return shim_longlong(__builtin_floor(x)); }
inline long long __double2ll_ru(double x) { return shim_longlong(__builtin_ceil(x)); }
inline int __float2int_rn(float x) { return shim_int(__builtin_rintf(x)); }
inline int __float2int_rz(float x) { return shim_int(x); }
inline float __double2float_rn(double x) { return (float)x; }
inline double __int2double_rn(int x) { return x; }
inline double __uint2double_rn(unsigned x) { return x; }
inline double __ll2double_rn(long long x) { return (double)x; }
inline double __ull2double_rn(unsigned long long x) { return (double)x; }
inline float __int2float_rn(int x) { return (float)x; }

inline int __clz(int x) { return x ? __builtin_clz((unsigned)x) : 32; }
inline int __clzll(long long x) { return x ? __builtin_clzll((unsigned long long)x) : 64; }
inline int __ffs(int x) { return __builtin_ffs(x); }
inline int __ffsll(long long x) { return __builtin_ffsll(x); }
inline int __popc(unsigned x) { return __builtin_popcount(x); }
inline int __popcll(unsigned long long x) { return __builtin_popcountll(x); }
inline unsigned __umulhi(unsigned a, unsigned b) { return (unsigned)((unsigned long long)a * b >> 32); }
inline unsigned long long __umul64hi(unsigned long long a, unsigned long long b) {
    return (unsigned long long)((unsigned __int128)a * b >> 64);
}
inline long long __mul64hi(long long a, long long b) { return (long long)((__int128)a * b >> 64); }

template <class T> inline T __ldg(const T *p) { return *p; }

// ---- Warps ---------------------------------------------------------------------------------------------------------

inline void shim_all(unsigned lanes) {
    if (lanes != 0xffffffffu) shim_stop("a warp function's mask is not all 32 lanes");
}
template <class T> inline T __shfl_xor_sync(unsigned lanes, T value, int mask) {
    static_assert(sizeof(T) == 4 || sizeof(T) == 8, "a shuffle moves 4 or 8 bytes");
    shim_all(lanes);
    if constexpr (sizeof(T) == 8) return shim_as<T>(shim_exchange(shim_as<unsigned long long>(value), mask));
    else return shim_as<T>((unsigned)shim_exchange(shim_as<unsigned>(value), mask));
}
inline void __syncwarp(unsigned lanes = 0xffffffffu) {
    shim_all(lanes);
    shim_meet();
}

// One OS thread runs all threads of a grid, so an addition is atomic by itself.
inline unsigned long long atomicAdd(unsigned long long *p, unsigned long long v) {
    unsigned long long before = *p;
    *p = before + v;
    return before;
}

#undef SHIM_UNARY
#undef SHIM_BINARY
#undef SHIM_LEAST
#endif
