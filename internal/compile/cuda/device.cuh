// The functions that compiled sweeps call, for NVRTC with --std=c++17 (hexadecimal numbers) and --fmad=false. Except in mixed
// precision, an operation that the processor's kernels have as well has their operations in their order, and so their bits.
//
// With NB_MIXED defined, exponentials and lattice sums reduce their arguments in double and go on in float. The
// constants (coefficients.cuh) are printed by the generator of the processor's kernels.

#define NB_DEVICE static __device__ __forceinline__
#define NB_SLOW static __device__ __noinline__ // rare cases, which shall not take the sweep's registers

// ---- Bits ----------------------------------------------------------------------------------------------------------

NB_DEVICE double nb_nan() { return __longlong_as_double(0x7ff8000000000001ll); }

// nb_flip changes the sign of v where the lowest bit of odd is set.
NB_DEVICE double nb_flip(double v, int odd) {
    return __hiloint2double((int)((unsigned)__double2hiint(v) ^ (unsigned)odd << 31), __double2loint(v));
}
NB_DEVICE float nb_flip(float v, int odd) { return __int_as_float((int)((unsigned)__float_as_int(v) ^ (unsigned)odd << 31)); }

// nb_size is |v| as bits, which numbers are compared by where the units for double are busy.
NB_DEVICE unsigned long long nb_size(double v) { return (unsigned long long)__double_as_longlong(v) & 0x7fffffffffffffffull; }

// nb_power is 2^n, -1023 < n < 1024.
NB_DEVICE double nb_power(int n) { return __hiloint2double((int)((unsigned)(n + 1023) << 20), 0); }

// ---- Choices and roundings -----------------------------------------------------------------------------------------

NB_DEVICE double nb_nearest(double x) { return ceil(x - 0.5); }

// nb_min and nb_max are NaN where an operand is, and take -0 for less than 0.
NB_DEVICE double nb_min(double a, double b) {
    double v = a < b || a != a ? a : b;
    return a == b ? __hiloint2double(__double2hiint(a) | __double2hiint(b), __double2loint(a)) : v;
}
NB_DEVICE double nb_max(double a, double b) {
    double v = a > b || a != a ? a : b;
    return a == b ? __hiloint2double(__double2hiint(a) & __double2hiint(b), __double2loint(a)) : v;
}
NB_DEVICE double nb_sign(double x) { return x > 0.0 ? 1.0 : x < 0.0 ? -1.0 : x; }
NB_DEVICE double nb_cube(double x) { return x * x * x; }
NB_DEVICE double nb_invsqrt(double x) { return 1.0 / sqrt(x); }

// Polynomials' coefficients, of the highest power first, lie in constant memory, where an fma reads them for nothing. As
// literals they took an eighth of a lattice sum's instructions. They are not const: the compiler would know them again.
template <int N> NB_DEVICE double nb_horner(const double (&coefficients)[N], double x) {
    double p = coefficients[0];
    _Pragma("unroll") for (int i = 1; i < N; ++i) p = fma(p, x, coefficients[i]);
    return p;
}

// ---- Sine and cosine -----------------------------------------------------------------------------------------------

// A number added to NB_MAGIC is rounded to a whole one, which its lowest bits then hold.

NB_SLOW double nb_sin_slow(double x) { return sin(x); }
NB_SLOW double nb_cos_slow(double x) { return cos(x); }

// nb_quarters takes quarter turns away from |x| <= 2^30: the angle left, and their number in the lowest bits of turns.
NB_DEVICE double nb_quarters(double x, int *turns) {
    double shifted = fma(x, NB_TWO_OVER_PI, NB_MAGIC);
    double n = shifted - NB_MAGIC;
    *turns = __double2loint(shifted);
    double r = fma(-n, NB_HALF_PI_1, x);
    r = fma(-n, NB_HALF_PI_2, r);
    r = fma(-n, NB_HALF_PI_3, r);
    return r;
}

// nb_sin_near and nb_cos_near are for |r| <= pi/4, u = r r.
NB_DEVICE double nb_sin_near(double r, double u) {
    double p = nb_horner(nb_sin_table, u);
    double s = fma(p, r * u, r);
    // The sum gives 0 where r is -0.
    return __hiloint2double(__double2hiint(s) | (__double2hiint(r) & (int)0x80000000), __double2loint(s));
}
NB_DEVICE double nb_cos_near(double u) {
    double p = nb_horner(nb_cos_table, u);
    double most = fma(-0.5, u, 1.0);
    double rest = fma(-0.5, u, 1.0 - most); // what rounding took
    return most + fma(p, u * u, rest);
}

NB_DEVICE void nb_sincos_near(double x, double *s, double *c) {
    int turns;
    double r = nb_quarters(x, &turns), u = r * r;
    double sine = nb_sin_near(r, u), cosine = nb_cos_near(u);
    *s = nb_flip(turns & 1 ? cosine : sine, turns >> 1);
    *c = nb_flip(turns & 1 ? sine : cosine, (turns + 1) >> 1);
}

// nb_sincos, nb_sin and nb_cos are below 1.5 ulp to |x| = 2^30, and the library's beyond. They are in double in mixed
// precision too: curved detectors place their pixels by them.
NB_DEVICE void nb_sincos(double x, double *s, double *c) {
    if (fabs(x) > NB_SIN_LIMIT) {
        *s = nb_sin_slow(x);
        *c = nb_cos_slow(x);
    } else {
        nb_sincos_near(x, s, c);
    }
}
NB_DEVICE double nb_sin(double x) {
    if (fabs(x) > NB_SIN_LIMIT) return nb_sin_slow(x);
    double s, c;
    nb_sincos_near(x, &s, &c);
    return s;
}
NB_DEVICE double nb_cos(double x) {
    if (fabs(x) > NB_SIN_LIMIT) return nb_cos_slow(x);
    double s, c;
    nb_sincos_near(x, &s, &c);
    return c;
}

// ---- Exponential ---------------------------------------------------------------------------------------------------

// nb_scaled is p 2^n: the first of the two products is exact, the second rounds, once, what is denormal or infinite.
NB_DEVICE double nb_scaled(double p, int n) { return p * nb_power(n >> 1) * nb_power(n - (n >> 1)); }

NB_DEVICE double nb_exp_range(double x) {
    x = x < NB_EXP_LOWEST ? NB_EXP_LOWEST : x; // a NaN is left
    return x > NB_EXP_HIGHEST ? NB_EXP_HIGHEST : x;
}

NB_DEVICE double nb_exp_exact(double x) {
    x = nb_exp_range(x);
    double shifted = fma(x, NB_LOG2E, NB_MAGIC);
    double n = shifted - NB_MAGIC;
    double r = fma(-n, NB_LN2_HIGH, x);
    r = fma(-n, NB_LN2_LOW, r);
    double p = nb_horner(nb_exp_table, r);
    p = 1.0 + fma(p, r * r, r);
    return nb_scaled(p, __double2loint(shifted));
}

// nb_exp is e^x over the whole range. Mixed: within 8e-8 of the value.
#ifndef NB_MIXED
NB_DEVICE double nb_exp(double x) { return nb_exp_exact(x); }
#else
NB_DEVICE double nb_exp(double x) {
    x = nb_exp_range(x);
    double shifted = fma(x, NB_LOG2E, NB_MAGIC);
    float r = (float)fma(-(shifted - NB_MAGIC), NB_LN2_HIGH, x);
    float p = NB_EXP_FLOAT_4;
    p = fmaf(p, r, NB_EXP_FLOAT_3);
    p = fmaf(p, r, NB_EXP_FLOAT_2);
    p = fmaf(p, r, NB_EXP_FLOAT_1);
    p = fmaf(p, r, NB_EXP_FLOAT_0);
    p = 1.0f + fmaf(p, r * r, r);
    return nb_scaled(p, __double2loint(shifted));
}
#endif

NB_DEVICE double nb_sigmoid(double x) { return 1.0 / (1.0 + nb_exp_exact(-x)); }
// nb_softplus is log(1 + e^x) without overflow.
NB_DEVICE double nb_softplus(double x) { return nb_max(x, 0.0) + log1p(nb_exp_exact(-fabs(x))); }

// ---- Special functions, as package special evaluates them ----------------------------------------------------------

// What package special prepares: its PreparedCells ... PreparedLen.
enum { NB_CELLS, NB_ORDER, NB_EDGE, NB_SCALE, NB_ODD, NB_FACTOR, NB_TERMS, NB_SERIES };
#define NB_PREPARED 87
#define NB_SINRATIO_SLOW NB_PREPARED
#define NB_JET 17 // derivatives of orders 0 to special.MaxOrder

NB_DEVICE double nb_series(const double *prepared, double t) {
    double v = 0.0;
#pragma unroll 1
    for (int i = (int)prepared[NB_TERMS] - 1; i >= 0; --i) v = v * t + prepared[NB_SERIES + i];
    return v;
}
// nb_even is a series in (scale d)^2, times scale d where the order is odd.
NB_DEVICE double nb_even(const double *prepared, double d) {
    double z = prepared[NB_SCALE] * d;
    double v = nb_series(prepared, z * z);
    return prepared[NB_ODD] != 0.0 ? v * z : v;
}

NB_DEVICE double nb_sin_quarter(double x) {
    const double f3 = 6.0, f5 = f3 * 4 * 5, f7 = f5 * 6 * 7, f9 = f7 * 8 * 9, f11 = f9 * 10 * 11;
    const double f13 = f11 * 12 * 13, f15 = f13 * 14 * 15, f17 = f15 * 16 * 17, f19 = f17 * 18 * 19, f21 = f19 * 20 * 21;
    double t = x * x, w = t * t;
    double even = 1 / f5 + w * (1 / f9 + w * (1 / f13 + w * (1 / f17 + w * (1 / f21))));
    double odd = 1 / f3 + w * (1 / f7 + w * (1 / f11 + w * (1 / f15 + w * (1 / f19))));
    return x + x * t * (t * even - odd);
}
// nb_sincos_pi is sin(pi y) and cos(pi y) for |y| < 2^51.
static __device__ void nb_sincos_pi(double y, double *s, double *c) {
    double shifted = y + NB_MAGIC;
    double r = y - (shifted - NB_MAGIC);
    *s = nb_flip(nb_sin_quarter(NB_PI * r), __double2loint(shifted));
    *c = nb_flip(nb_sin_quarter(NB_PI * (0.5 - fabs(r))), __double2loint(shifted));
}

// nb_wave fills a jet with the derivatives of a wave of frequency w whose value is v0 and whose derivative is w v1.
static __device__ void nb_wave(double *jet, int order, double w, double v0, double v1) {
    double power = 1.0;
#pragma unroll 1
    for (int k = 0; k <= order; ++k) {
        jet[k] = power * v0;
        power *= w;
        double next = -v0;
        v0 = v1;
        v1 = next;
    }
}
// nb_divide turns the jet of f into that of f/sin x by Leibniz' rule.
static __device__ void nb_divide(double *jet, int order, double s, double c) {
#pragma unroll 1
    for (int k = 0; k <= order; ++k) {
        double v = jet[k], binomial = 1.0;
#pragma unroll 1
        for (int j = 0; j < k; ++j) {
            double turned = (k - j) & 1 ? c : s;
            v -= binomial * jet[j] * ((k - j) & 2 ? -turned : turned);
            binomial = binomial * (k - j) / (j + 1);
        }
        jet[k] = v / s;
    }
}

static __device__ double nb_near_one(const double *prepared, double d) {
    int order = (int)prepared[NB_ORDER];
    double excess = prepared[NB_CELLS] - 1.0, sm, cm, s, c, jet[NB_JET], wave[NB_JET];
    nb_sincos_pi(excess * d, &sm, &cm);
    nb_sincos_pi(d, &s, &c);
    nb_wave(jet, order, excess, sm, cm);
    nb_divide(jet, order, s, c);
    nb_wave(wave, order, excess, cm, -sm);
    double v = wave[order], binomial = 1.0;
    nb_wave(wave, order, 1.0, c, -s);
#pragma unroll 1
    for (int j = 0; j <= order; ++j) {
        v += binomial * jet[j] * wave[order - j];
        binomial = binomial * (order - j) / (j + 1);
    }
    return prepared[NB_FACTOR] * v;
}

static __device__ double nb_recurrence(const double *prepared, double d) {
    int order = (int)prepared[NB_ORDER];
    double n = prepared[NB_CELLS], sn, cn, s, c;
    if (order > 0 && n < 1.5) return nb_near_one(prepared, d);
    nb_sincos_pi(n * d, &sn, &cn);
    nb_sincos_pi(d, &s, &c);
    if (order == 0) return sn / s;
    double inverse = 1.0 / s, value = sn * inverse;
    double first = (n * cn - value * c) * inverse;
    if (order == 1) return prepared[NB_FACTOR] * first;
    if (order == 2) return prepared[NB_FACTOR] * (value * (1.0 - n * n) - 2.0 * first * c * inverse);
    double jet[NB_JET];
    nb_wave(jet, order, n, sn, cn);
    nb_divide(jet, order, s, c);
    return prepared[NB_FACTOR] * jet[order];
}

// nb_sinratio_slow is special.SincRatio, for any d and order; NaN where the number of cells in prepared is none, as 0.
NB_SLOW double nb_sinratio_slow(const double *prepared, double d) {
    double n = prepared[NB_CELLS], edge = prepared[NB_EDGE];
    if (!(n >= 1.0)) return nb_nan();
    if (fabs(d) < edge) return nb_even(prepared, d);
    if (fabs(d) <= 0.5) return nb_recurrence(prepared, d);
    double m = round(d), e = d - m, sm, cm;
    nb_sincos_pi(fmod((n - 1.0) * m, 2.0), &sm, &cm);
    double v = (fabs(e) < edge ? nb_even(prepared, e) : nb_recurrence(prepared, e)) * cm;
    if (sm == 0.0) return v;
    if (e == 0.0) return __longlong_as_double(0x7ff0000000000000ll);
    int order = (int)prepared[NB_ORDER];
    double sn, cn, s, c, jet[NB_JET];
    nb_sincos_pi(n * e, &sn, &cn);
    nb_sincos_pi(e, &s, &c);
    nb_wave(jet, order, n, cn, -sn);
    nb_divide(jet, order, s, c);
    return v + sm * prepared[NB_FACTOR] * jet[order];
}

// nb_xoversin is special.XOverSin.
NB_SLOW double nb_xoversin(const double *prepared, double d) {
    if (fabs(d) < prepared[NB_EDGE]) return nb_even(prepared, d);
    double s, c;
    nb_sincos_pi(d, &s, &c);
    if (s == 0.0) return __longlong_as_double(0x7ff0000000000000ll);
    int order = (int)prepared[NB_ORDER];
    if (order == 0) return NB_PI * d / s;
    double jet[NB_JET];
#pragma unroll 1
    for (int k = 2; k <= order; ++k) jet[k] = 0.0;
    jet[0] = NB_PI * d;
    jet[1] = 1.0;
    nb_divide(jet, order, s, c);
    return prepared[NB_FACTOR] * jet[order];
}

// nb_sinc3 is special.Sinc3.
NB_SLOW double nb_sinc3(const double *prepared, double u) {
    if (fabs(u) < prepared[NB_EDGE]) return nb_series(prepared, u);
    if (u == __longlong_as_double(0x7ff0000000000000ll)) return 0.0;
    double x = sqrt(fabs(u)), s, c;
    if (u > 0.0) {
        s = sin(x);
        c = cos(x);
    } else {
        s = sinh(x);
        c = cosh(x);
    }
    double before = s / x, f = (s / x - c) / u;
#pragma unroll 1
    for (int n = 1; n <= (int)prepared[NB_ORDER]; ++n) {
        double next = ((double)(2 * n + 1) * f - before) / u;
        before = f;
        f = next;
    }
    return prepared[NB_FACTOR] * f;
}

// ---- The mean of a Gaussian ----------------------------------------------------------------------------------------

// nb_gauss_derivative is the n-th derivative of exp(-t^2/2).
__device__ __forceinline__ double nb_gauss_derivative(double t, int n) {
    double last = 0.0, he = 1.0;
    for (int m = 0; m < n; ++m) {
        double next = t * he - (double)m * last;
        last = he;
        he = next;
    }
    return (n & 1 ? -he : he) * exp(-t * t / 2.0);
}

__device__ __forceinline__ double nb_power(double x, int k) {
    double p = 1.0;
    for (int i = 0; i < k; ++i) p *= x;
    return p;
}

// nb_gaussmean is special.GaussMean.
NB_SLOW double nb_gaussmean(double o, double g, int by_o, int by_g) {
    const int n = by_o + by_g, k = by_g;
    if (fabs(g) < 1.5) {
        const double node[6] = {0.125233408511468915, 0.367831498998180194, 0.587317954286617447, 0.769902674194304687, 0.904117256370474857, 0.981560634246719251};
        const double weight[6] = {0.249147045813402785, 0.233492536538354809, 0.203167426723065922, 0.160078328543346226, 0.106939325995318431, 0.047175336386511827};
        double sum = 0.0;
        for (int i = 0; i < 6; ++i) {
            for (int side = -1; side <= 1; side += 2) {
                double x = side * node[i] / 2.0;
                sum += weight[i] / 2.0 * nb_power(x, k) * nb_gauss_derivative(o + g * x, n);
            }
        }
        return sum;
    }
    // By parts, from the error function up to the n-th derivative with the k-th power.
    const double low = o - g / 2.0, high = o + g / 2.0;
    double value;
    int order = n - k;
    if (order == 0) {
        double a = low, b = high;
        if (a + b < 0.0) {
            a = -high;
            b = -low;
        }
        a /= 1.4142135623730951;
        b /= 1.4142135623730951;
        value = 1.2533141373155003 / g * (fmin(a, b) > 0.0 ? erfc(a) - erfc(b) : erf(b) - erf(a));
    } else {
        value = (nb_gauss_derivative(high, order - 1) - nb_gauss_derivative(low, order - 1)) / g;
    }
    for (int j = 1; j <= k; ++j) {
        ++order;
        double ends = nb_power(0.5, j) * nb_gauss_derivative(high, order - 1) - nb_power(-0.5, j) * nb_gauss_derivative(low, order - 1);
        value = (ends - (double)j * value) / g;
    }
    return value;
}

// ---- Lattice sums --------------------------------------------------------------------------------------------------

// nb_distance is |d|, but not less than a power of 2.
NB_DEVICE double nb_distance(double d, double least) {
    int high = __double2hiint(d) & 0x7fffffff;
    bool near = high < __double2hiint(least);
    return __hiloint2double(near ? __double2hiint(least) : high, near ? 0 : __double2loint(d));
}

#ifndef NB_MIXED
// nb_reciprocal is 1/x, correctly rounded, for numbers far from overflow and underflow: the library's division without
// its branch for the others.
NB_DEVICE double nb_reciprocal(double x) {
#ifdef __CUDA_ARCH__
    double y;
    asm("rcp.approx.ftz.f64 %0, %1;" : "=d"(y) : "d"(x));
    y = __hiloint2double(__double2hiint(y), __double2hiint(x) + 0x300402); // the library's start: any low bits will do
    double e = fma(-x, y, 1.0);
    e = fma(e, e, e);
    y = fma(e, y, y);
    e = fma(-x, y, 1.0);
    return fma(e, y, y);
#else
    return 1.0 / x;
#endif
}

NB_DEVICE double nb_sinc_poly(double u) {
    return nb_horner(nb_sinc_table, u);
}
NB_DEVICE double nb_bend_poly(double u) {
    return nb_horner(nb_bend_table, u);
}

// nb_sinratio_near is package cpu's sinRatio, where the formulas stand.
template <int ORDER> NB_DEVICE void nb_sinratio_near(double d, double n, double *r0, double *r1, double *r2) {
    double x = nb_distance(d, NB_LEAST_DISTANCE);
    double phase = n * x, shifted = phase + NB_MAGIC, whole = shifted - NB_MAGIC;
    int turns = __double2loint(shifted); // whole, for NaN no matter what
    double fraction = phase - whole, rounded = fma(n, x, -phase);
    double r = fraction + rounded, tail = rounded - (r - fraction);
    double ur = r * r, ud = x * x, qr = nb_sinc_poly(ur), qd = nb_sinc_poly(ud);

    double cube = ur * r, sr = fma(cube, qr, r), low_r = fma(cube, qr, r - sr);
    cube = ud * x;
    double sd = fma(cube, qd, x), low_d = fma(cube, qd, x - sd);
    low_r = fma(tail, fma(-4.0, ur, 1.0), low_r);
    double inverse = nb_reciprocal(sd), value = sr * inverse;
    double rest = fma(-value, sd, sr) + fma(-value, low_d, low_r);
    value = nb_flip(fma(rest, inverse, value), turns);
    *r0 = value;
    if (ORDER == 0) return;

    double sinc_r = fma(ur, qr, 1.0), sinc_d = fma(ud, qd, 1.0);
    double bend_r = nb_bend_poly(ur), bend_d = nb_bend_poly(ud);
    double cos_r = fma(ur, bend_r, turns != 0 ? sinc_r : 0.0), cos_d = fma(ud, bend_d, turns != 0 ? sinc_d : 0.0);
    double quotient = fma(-value, cos_d, nb_flip(n * cos_r, turns)) * (inverse * inverse);
    *r1 = quotient * (d * sinc_d);
    if (ORDER == 1) return;

    double c = fma(ud, bend_d, sinc_d), curvature = (1.0 - n) * (1.0 + n) * NB_PI_SQUARED;
    *r2 = fma(-2.0 * c, quotient, curvature * value);
}
#else
NB_DEVICE float nb_reciprocal(float x) {
#ifdef __CUDA_ARCH__
    float y;
    asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
    return y;
#else
    return 1.0f / x;
#endif
}
NB_DEVICE float nb_sinc_poly(float u) {
    float p = NB_SINC_FLOAT_3;
    p = fmaf(p, u, NB_SINC_FLOAT_2);
    p = fmaf(p, u, NB_SINC_FLOAT_1);
    return fmaf(p, u, NB_SINC_FLOAT_0);
}
NB_DEVICE float nb_bend_poly(float u) {
    float p = NB_BEND_FLOAT_4;
    p = fmaf(p, u, NB_BEND_FLOAT_3);
    p = fmaf(p, u, NB_BEND_FLOAT_2);
    p = fmaf(p, u, NB_BEND_FLOAT_1);
    return fmaf(p, u, NB_BEND_FLOAT_0);
}

template <int ORDER> NB_DEVICE void nb_sinratio_near(double d, double n, double *r0, double *r1, double *r2) {
    double far = nb_distance(d, 0x1p-40); // R of N <= 10^6 is the same there in float, and no square underflows
    double phase = n * far, shifted = phase + NB_MAGIC, whole = shifted - NB_MAGIC;
    int turns = __double2loint(shifted); // whole, for NaN no matter what
    float x = (float)far, r = (float)(phase - whole);
    float ur = r * r, ud = x * x, qr = nb_sinc_poly(ur), qd = nb_sinc_poly(ud);
    float cube = ur * r, sr = fmaf(cube, qr, r), low_r = fmaf(cube, qr, r - sr);
    cube = ud * x;
    float sd = fmaf(cube, qd, x), low_d = fmaf(cube, qd, x - sd);
    float inverse = nb_reciprocal(sd), value = sr * inverse;
    float rest = fmaf(-value, sd, sr) + fmaf(-value, low_d, low_r);
    value = nb_flip(fmaf(rest, inverse, value), turns);
    *r0 = value;
    if (ORDER == 0) return;

    inverse = fmaf(fmaf(-low_d, inverse, fmaf(-sd, inverse, 1.0f)), inverse, inverse); // from the processor's estimate
    float sinc_r = fmaf(ur, qr, 1.0f), sinc_d = fmaf(ud, qd, 1.0f), cells = (float)n;
    float bend_r = nb_bend_poly(ur), bend_d = nb_bend_poly(ud);
    float cos_r = fmaf(ur, bend_r, turns != 0 ? sinc_r : 0.0f), cos_d = fmaf(ud, bend_d, turns != 0 ? sinc_d : 0.0f);
    float quotient = fmaf(-value, cos_d, nb_flip(cells * cos_r, turns)) * (inverse * inverse);
    *r1 = quotient * ((float)d * sinc_d);
    if (ORDER == 1) return;

    float c = fmaf(ud, bend_d, sinc_d), curvature = (float)((1.0 - n) * (1.0 + n) * NB_PI_SQUARED);
    *r2 = fmaf(-2.0f * c, quotient, curvature * value);
}
#endif

// nb_sinratio is R(d) = sin(pi N d)/sin(pi d) and its derivatives by d up to ORDER, 2 at most. slow is what package
// special prepares for order 0, then 1, ...; |d| > 1/2 and the derivatives for N close to 1 come from there. N outside
// [1, 10^6] gives NaN. Mixed: R is within 1.5e-7 N, R' within 4e-7 and R'' within 9e-7 of their largest values.
template <int ORDER>
NB_DEVICE void nb_sinratio(double d, double n, const double *slow, double *r0, double *r1, double *r2) {
    const unsigned long long one = 0x3ff0000000000000ull, excess = (unsigned long long)__double_as_longlong(n) - one;
    const bool cells = excess <= 0x412e848000000000ull - one; // 1 <= n <= 10^6
    if (cells && nb_size(d) <= 0x3fe0000000000000ull) {
        nb_sinratio_near<ORDER>(d, n, r0, r1, r2);
        if (ORDER > 0 && excess - 1 < 0x3ff8000000000000ull - one - 1) { // 1 < n < 1.5
            *r1 = nb_sinratio_slow(slow + NB_SINRATIO_SLOW, d);
            if (ORDER > 1) *r2 = nb_sinratio_slow(slow + 2 * NB_SINRATIO_SLOW, d);
        }
        return;
    }
    *r0 = cells ? nb_sinratio_slow(slow, d) : nb_nan();
    if (ORDER > 0) *r1 = cells ? nb_sinratio_slow(slow + NB_SINRATIO_SLOW, d) : nb_nan();
    if (ORDER > 1) *r2 = cells ? nb_sinratio_slow(slow + 2 * NB_SINRATIO_SLOW, d) : nb_nan();
}

// ---- Tables of structure factors -----------------------------------------------------------------------------------

// nb_grid is expr.Grid, of fewer than 2^31 cells; present is null where all are. channels is 0 where there is one.
struct nb_grid {
    int h0, h1, k0, k1, l0, l1;
    const unsigned char *present;
    int channels;
};

NB_DEVICE bool nb_present(const nb_grid &g, int cell) { return !g.present || __ldg(g.present + cell) != 0; }

// nb_place is ceil(x - 1/2) - first; what lies far from any table, and NaN, becomes more than any table's extent. Added
// to NB_MAGIC, a number y is rounded to a whole one in the bits of the sum, where y is small; bits grow with y elsewhere.
template <bool WHOLE> NB_DEVICE unsigned long long nb_place(double x, int first) {
    double y = WHOLE ? x : x - 0.5, shifted = y + NB_MAGIC;
    unsigned long long bits = (unsigned long long)__double_as_longlong(shifted) - 0x4338000000000000ull - (unsigned long long)(long long)first;
    return !WHOLE && shifted - NB_MAGIC < y ? bits + 1 : bits;
}

// nb_cell is the cell nearest to Miller indices, -1 where there is none that holds a number of its own. WHOLE: the
// indices are whole numbers.
template <bool WHOLE = false> NB_DEVICE int nb_cell(const nb_grid &g, double h, double k, double l) {
    double channel = 0.0;
    if (g.channels > 1) { // 2^20 is expr.ChannelStep
        channel = floor(h * 0x1p-20 + 0.5);
        h -= channel * 0x1p20;
        if (!(channel >= 0.0 && channel < (double)g.channels)) return -1;
    }
    unsigned nh = (unsigned)(g.h1 - g.h0 + 1), nk = (unsigned)(g.k1 - g.k0 + 1), nl = (unsigned)(g.l1 - g.l0 + 1);
    unsigned long long ih = nb_place<WHOLE>(h, g.h0), ik = nb_place<WHOLE>(k, g.k0), il = nb_place<WHOLE>(l, g.l0);
    if (!(ih < nh && ik < nk && il < nl)) return -1;
    int cell = (int)(((unsigned)ih * nk + (unsigned)ik) * nl + (unsigned)il);
    if (!nb_present(g, cell)) return -1;
    return g.channels > 1 ? cell + (int)channel * (int)(nh * nk * nl) : cell;
}

NB_DEVICE bool nb_inside(double x, int lo, int hi) { return x >= (double)lo + 2.0 && x <= (double)hi - 2.0; }

// nb_sixth is x/6, correctly rounded but for denormal numbers: no division's branch.
NB_DEVICE double nb_sixth(double x) {
    double q = x * 0x1.5555555555555p-3;
    return fma(fma(-6.0, q, x), 0x1.5555555555555p-3, q);
}

// nb_cubic are the weights of the points first ... first + 3 in Lagrange's cubic at x, or derivatives of them.
struct nb_cubic {
    int first;
    double a, b, c, d;
    __device__ __forceinline__ double weight(int i) const { return i == 0 ? a : i == 1 ? b : i == 2 ? c : d; }
};
NB_DEVICE nb_cubic nb_lagrange(double x, int order) {
    double f = floor(x), t = x - f;
    int first = (int)f - 1;
    if (order == 0)
        return nb_cubic{first, nb_sixth(-t * (t - 1) * (t - 2)), (t + 1) * (t - 1) * (t - 2) * 0.5, -(t + 1) * t * (t - 2) * 0.5,
                        nb_sixth((t + 1) * t * (t - 1))};
    if (order == 1)
        return nb_cubic{first, nb_sixth(-(3 * t * t - 6 * t + 2)), (3 * t * t - 4 * t - 1) * 0.5, -(3 * t * t - 2 * t - 2) * 0.5,
                        nb_sixth(3 * t * t - 1)};
    if (order == 2) return nb_cubic{first, 1 - t, 3 * t - 2, 1 - 3 * t, t};
    if (order == 3) return nb_cubic{first, -1, 3, -3, 1};
    return nb_cubic{first, 0, 0, 0, 0};
}

NB_DEVICE bool nb_cubic_at(const nb_grid &g, double h, double k, double l) {
    return nb_inside(h, g.h0, g.h1) && nb_inside(k, g.k0, g.k1) && nb_inside(l, g.l0, g.l1);
}

// nb_cells visits the 64 cells around a point with their weights, 16 at a time.
template <class VISIT>
NB_DEVICE void nb_cells(const nb_grid &g, double h, double k, double l, int oh, int ok, int ol, VISIT &visit) {
    const nb_cubic wh = nb_lagrange(h, oh), wk = nb_lagrange(k, ok), wl = nb_lagrange(l, ol);
    const int nk = g.k1 - g.k0 + 1, nl = g.l1 - g.l0 + 1;
    int plane = ((wh.first - g.h0) * nk + wk.first - g.k0) * nl + wl.first - g.l0;
#pragma unroll 1
    for (int i = 0; i < 4; ++i) {
        const double wi = wh.weight(i);
#pragma unroll VISIT::unrolled
        for (int j = 0; j < 4; ++j) {
            const double wij = wi * wk.weight(j);
#pragma unroll VISIT::unrolled
            for (int m = 0; m < 4; ++m) visit.cell(g, plane + j * nl + m, wij * wl.weight(m));
        }
        plane += nk * nl;
    }
}

struct nb_gathering {
    enum { unrolled = 4 };
    const double *table;
    double sum;
    __device__ __forceinline__ void cell(const nb_grid &g, int at, double weight) {
        if (nb_present(g, at)) sum += weight * __ldg(table + at);
    }
};
struct nb_sharing {
    enum { unrolled = 4 };
    double missing;
    __device__ __forceinline__ void cell(const nb_grid &g, int at, double weight) {
        if (!nb_present(g, at)) missing += weight;
    }
};

// nb_gather is a table at Miller indices, or a derivative by them; nb_share is the weight of absent cells there.
template <bool TRICUBIC>
NB_DEVICE double nb_gather(const nb_grid &g, const double *table, double h, double k, double l, int oh, int ok, int ol) {
    if (TRICUBIC && nb_cubic_at(g, h, k, l)) {
        nb_gathering sum = {table, 0.0};
        nb_cells(g, h, k, l, oh, ok, ol, sum);
        return sum.sum;
    }
    if (oh + ok + ol > 0) return 0.0; // locally constant
    int cell = nb_cell(g, h, k, l);
    if (cell < 0) return 0.0;
    return TRICUBIC ? 0.0 + __ldg(table + cell) : __ldg(table + cell); // as the rule: a sum makes -0 a 0
}
template <bool TRICUBIC>
NB_DEVICE double nb_share(const nb_grid &g, double h, double k, double l, int oh, int ok, int ol) {
    if (TRICUBIC && nb_cubic_at(g, h, k, l)) {
        nb_sharing share = {0.0};
        if (g.present) nb_cells(g, h, k, l, oh, ok, ol, share);
        return share.missing;
    }
    if (oh + ok + ol > 0) return 0.0;
    return nb_cell(g, h, k, l) < 0 ? 1.0 : 0.0;
}

// ---- Sums without an order -----------------------------------------------------------------------------------------

// A sum that many threads add to has NB_LIMBS + 1 counters of 64 bits. Counter i is worth 2^(32 i - 256) and wraps around
// as two's complement: a number is cut into pieces of 32 bits, each with the number's sign, and whole numbers add up to
// the same in any order. The last counter counts numbers that have no place. After 2^31 additions a counter may overflow.
#define NB_LIMBS 16

// nb_accumulate adds v; bits below 2^-256 are dropped, |v| >= 2^255 and NaN make the sum NaN.
NB_DEVICE void nb_accumulate(unsigned long long *limbs, double v) {
    const int high = __double2hiint(v), exponent = high >> 20 & 0x7ff;
    if (exponent >= 1023 + 255) {
        atomicAdd(limbs + NB_LIMBS, 1ull);
        return;
    }
    int place = exponent - 1075 + 256; // of the lowest bit
    if (place <= -53) return;
    unsigned long long m = ((unsigned long long)__double_as_longlong(v) & 0xfffffffffffffull) | 1ull << 52;
    if (place < 0) {
        m >>= -place;
        place = 0;
    }
    const int shift = place & 31;
    const unsigned long long low = m << shift;
    unsigned long long piece[3] = {low & 0xffffffffull, low >> 32, (m >> 32) >> (32 - shift)};
    limbs += place >> 5;
#pragma unroll
    for (int i = 0; i < 3; ++i)
        if (piece[i] != 0) atomicAdd(limbs + i, high < 0 ? 0 - piece[i] : piece[i]);
}

// nb_total is the sum, correctly rounded.
NB_DEVICE double nb_total(const unsigned long long *limbs) {
    if (limbs[NB_LIMBS] != 0) return nb_nan();
    // Digits of 32 bits; what is carried out of the last has the sign.
    unsigned digit[NB_LIMBS + 1];
    long long carry = 0;
    for (int i = 0; i < NB_LIMBS; ++i) {
        carry += (long long)limbs[i];
        digit[i] = (unsigned)carry;
        carry >>= 32;
    }
    digit[NB_LIMBS] = (unsigned)carry;
    const bool negative = carry < 0;
    int top = -1;
    unsigned borrow = 1;
    for (int i = 0; i <= NB_LIMBS; ++i) {
        if (negative) {
            digit[i] = ~digit[i] + borrow;
            borrow = borrow != 0 && digit[i] == 0;
        }
        if (digit[i] != 0) top = i;
    }
    if (top < 0) return 0.0;
    // The highest 64 bits from the first that is set; the lowest of them also stands for all below, for the rounding.
    const int shift = __clz((int)digit[top]);
    const unsigned long long next = top > 0 ? digit[top - 1] : 0, third = top > 1 ? digit[top - 2] : 0;
    unsigned long long m = ((unsigned long long)digit[top] << 32 | next) << shift;
    m |= third << shift >> 32;
    bool rest = (third << shift & 0xffffffffull) != 0;
    for (int i = 0; i < top - 2; ++i) rest = rest || digit[i] != 0;
    const double v = (double)(m | (rest ? 1ull : 0ull)) * nb_power(32 * (top - 1) - 256 - shift);
    return negative ? -v : v;
}

struct nb_scattering {
    enum { unrolled = 1 };
    unsigned long long *limbs;
    double value;
    __device__ __forceinline__ void cell(const nb_grid &g, int at, double weight) {
        if (nb_present(g, at)) nb_accumulate(limbs + (long long)at * (NB_LIMBS + 1), weight * value);
    }
};

// nb_scatter adds a value, times the cells' weights at Miller indices, to the sums of a table.
template <bool TRICUBIC>
NB_DEVICE void nb_scatter(const nb_grid &g, unsigned long long *limbs, double h, double k, double l, int oh, int ok, int ol, double value) {
    if (TRICUBIC && nb_cubic_at(g, h, k, l)) {
        nb_scattering add = {limbs, value};
        nb_cells(g, h, k, l, oh, ok, ol, add);
        return;
    }
    if (oh + ok + ol > 0) return;
    int cell = nb_cell(g, h, k, l);
    if (cell >= 0) nb_accumulate(limbs + (long long)cell * (NB_LIMBS + 1), value);
}

// ---- Warps ---------------------------------------------------------------------------------------------------------

// nb_warp_sum adds the values of lanes whose numbers differ in the bits from, 2 from, ... 16: of all 32 for from = 1, and
// v itself for 32. In each step two lanes exchange their values and add; a + b has the bits of b + a, so the two agree,
// and after the last step all do.
NB_DEVICE double nb_warp_sum(double v, int from) {
#pragma unroll
    for (int k = 1; k < 32; k *= 2)
        if (k >= from) v += __shfl_xor_sync(0xffffffffu, v, k);
    return v;
}
// nb_parts_sum adds the values of PARTS neighbouring lanes, a power of 2, in the same way.
template <int PARTS> NB_DEVICE double nb_parts_sum(double v) {
#pragma unroll
    for (int k = 1; k < PARTS; k *= 2) v += __shfl_xor_sync(0xffffffffu, v, k);
    return v;
}
