// Elementary functions of whole vectors, without branches, tables or calls.
//
// Polynomials are minimax (Remez exchange in 50 digits, on the intervals given, then rounded); arguments are reduced
// with ln 2 in two parts, the first with so few bits that its multiples are exact (Cody and Waite 1980). Bounds are the
// largest errors found, in units in the last place, over every 97th float and 160,000 doubles of all sizes: first with
// fused multiply-add, then without. Every function takes every number, infinities and NaN, and gives subnormal results
// as such; one whose domain is given may be passed vectors that leave it where the result is then selected away.
#pragma once

#include "simd.hpp"

namespace layerwise::LW_ISA {

template <class T>
struct Constants;

template <>
struct Constants<float> {
    typedef std::uint32_t Bits __attribute__((vector_size(kBytes)));
    static constexpr int mantissa = 23, bias = 127;
    static constexpr float magic = 0x1.8p23f;  // x + magic has the integer nearest to x in its last bits
    static constexpr float log2e = 0x1.715476p+0f, ln2_high = 0x1.62e4p-1f, ln2_low = 0x1.7f7d1cp-20f;
    static constexpr float exp_lowest = -104, exp_highest = 89, expm1_lowest = -30;
    // (e^r - 1 - r) / r^2 for |r| <= ln(2) / 2, relative error of e^r - 1 below 1.8e-8
    static constexpr float exp[] = {0.49999997f, 0.16666543f, 0.0416672f, 0.00836658f, 0.001388251f};
    // (log((1 + s) / (1 - s)) - 2 s) / s^3 in s^2 for 0 <= s <= 1/3, relative error of the logarithm below 5e-9
    static constexpr float log[] = {0.6666641f, 0.40021706f, 0.27999014f, 0.28025138f};
    // (1 + 2 x) e^(x^2) erfc(x) in (x - 2) / (x + 2) for 0 <= x <= 10.2, relative error below 3.7e-8
    static constexpr float erfc_center = 2, normal_highest = 14.5f;
    static constexpr float erfc[] = {1.2769784f,    -0.09276398f, -0.16603146f,  0.16405542f,    -0.054203883f,
                                     -0.008060142f, 0.008630094f, 0.0013133071f, -0.0012279989f, -3.994467e-04f};
};

template <>
struct Constants<double> {
    typedef std::uint64_t Bits __attribute__((vector_size(kBytes)));
    static constexpr int mantissa = 52, bias = 1023;
    static constexpr double magic = 0x1.8p52;
    static constexpr double log2e = 0x1.71547652b82fep+0, ln2_high = 0x1.62e42fefa38p-1, ln2_low = 0x1.ef35793c7673p-45;
    static constexpr double exp_lowest = -746, exp_highest = 710, expm1_lowest = -50;
    // as above; relative error below 3.2e-17
    static constexpr double exp[] = {0.5000000000000006,     0.16666666666666588,    0.04166666666657611,
                                     0.008333333333389955,   0.0013888888931795041,  0.00019841269718351057,
                                     2.4801504978833317e-05, 2.7557407856795895e-06, 2.7626161441136954e-07,
                                     2.505377909163417e-08};
    // as above; relative error below 5.2e-17
    static constexpr double log[] = {0.6666666666667789,  0.39999999995994345, 0.2857142906354266,
                                     0.22222192635988136, 0.18182821273527805, 0.15364183054311098,
                                     0.1358733319688995,  0.09897857995781816, 0.17749810240738162};
    // as above, in (x - 3) / (x + 3) for x >= 0: the coefficients of `layerwise.equations.stable`
    static constexpr double erfc_center = 3, normal_highest = 40;
    static constexpr double erfc[] = {
        1.2530080582697296,    -0.13562110612458317,   -0.04756229435340728,    0.12964515870294513,
        -0.1192736634172914,   0.06830802733898471,    -0.023770514883209568,   0.0025293918779920824,
        0.0018886900317066845, -0.0007798326958278281, -0.00010515801091299203, 0.00012510111217641632,
        4.943274014554109e-06, -2.010523282180941e-05, -7.172726808875594e-07,  3.4804717669381223e-06,
        3.349898455662125e-07, -6.256698875884449e-07, -1.193683457040942e-07,  1.0817438436678967e-07,
        2.739884273406898e-08, -1.582353754537028e-08, -3.1105357157579972e-09, 1.4161639570940838e-09};
};

template <class T, int N>
LW_INLINE Vec<T> polynomial(Vec<T> x, const T (&coefficients)[N]) {
    Vec<T> p = splat(coefficients[N - 1]);
#pragma GCC unroll 32
    for (int k = N - 2; k >= 0; --k) p = fma(p, x, splat(coefficients[k]));
    return p;
}

// x = n ln 2 + r with |r| <= ln(2) / 2; the last bits of `shifted` are n + offset.
template <class T>
struct Reduced {
    Vec<T> n, r, shifted;
};
template <class T>
LW_INLINE Reduced<T> reduce(Vec<T> x, T offset = 0) {
    using C = Constants<T>;
    const Vec<T> magic = splat(C::magic + offset);
    const Vec<T> shifted = fma(x, splat(C::log2e), magic), n = shifted - magic;
    return {n, fma(n, splat(-C::ln2_low), fma(n, splat(-C::ln2_high), x)), shifted};
}

// 2^n for the n in the last bits of `shifted`, which is in the range of normal numbers
template <class T>
LW_INLINE Vec<T> power_of_two(typename Constants<T>::Bits shifted) {
    using C = Constants<T>;
    return bits<Vec<T>>((shifted + C::bias) << C::mantissa);
}

// e^r for |r| <= ln(2) / 2
template <class T>
LW_INLINE Vec<T> exp_of_reduced(Vec<T> r) {
    const Vec<T> one = splat(T(1));
    return fma(fma(polynomial<T>(r, Constants<T>::exp), r, one), r, one);
}

#if defined(__AVX512F__)
// x 2^n, rounded once
LW_INLINE Vec<float> scale(Vec<float> x, Vec<float> n) {
    return (Vec<float>)_mm512_maskz_scalef_ps(-1, (__m512)x, (__m512)n);
}
LW_INLINE Vec<double> scale(Vec<double> x, Vec<double> n) {
    return (Vec<double>)_mm512_maskz_scalef_pd(-1, (__m512d)x, (__m512d)n);
}
#endif

// e^x; 0.93 and 1.18
template <class T>
LW_INLINE Vec<T> exp(Vec<T> x) {
    using C = Constants<T>;
    const auto [n, r, shifted] = reduce<T>(min(splat(C::exp_highest), max(splat(C::exp_lowest), x)));
    const Vec<T> e = exp_of_reduced<T>(r);
#if defined(__AVX512F__)
    return scale(e, n);
#else
    // in two factors, because 2^n may be subnormal or infinite where e^x is not
    const auto k = bits<typename C::Bits>(shifted), half = k >> 1;
    return e * power_of_two<T>(half) * power_of_two<T>(k - half);
#endif
}

// e^x for x <= 0; 0.93 and 1.18
template <class T>
LW_INLINE Vec<T> exp_nonpositive(Vec<T> x) {
    using C = Constants<T>;
    x = max(splat(C::exp_lowest), x);
#if defined(__AVX512F__)
    const auto [n, r, shifted] = reduce<T>(x);
    return scale(exp_of_reduced<T>(r), n);
#else
    // with an offset that keeps the power normal, so that e^x is rounded once, when it is taken back
    constexpr int offset = C::bias / 2 + 1;
    const auto [n, r, shifted] = reduce<T>(x, T(offset));
    const Vec<T> back = power_of_two<T>(typename C::Bits{} - offset);
    return exp_of_reduced<T>(r) * power_of_two<T>(bits<typename C::Bits>(shifted)) * back;
#endif
}

// e^x - 1 for x <= 0; 1.09 and 1.08
template <class T>
LW_INLINE Vec<T> expm1_nonpositive(Vec<T> x) {
    using C = Constants<T>;
    const auto [n, r, shifted] = reduce<T>(max(splat(C::expm1_lowest), x));
    const Vec<T> power = power_of_two<T>(bits<typename C::Bits>(shifted));
    const Vec<T> p = fma(r * r, polynomial<T>(r, C::exp), r);
    return fma(power, p, power - T(1));
}

// log(1 + f) for sqrt(1/2) - 1 <= f <= 1; 1.35 and 1.50.
// With s = f / (2 + f), it is 2 artanh(s) = f - s (f - s^2 (2/3 + 2/5 s^2 + ...)).
template <class T>
LW_INLINE Vec<T> log1p_of_fraction(Vec<T> f) {
    const Vec<T> s = f / (f + T(2)), square = s * s;
    return fma(s, fma(square, polynomial<T>(square, Constants<T>::log), -f), f);
}

// log(x); 1.30 and 1.33
template <class T>
LW_INLINE Vec<T> log(Vec<T> x) {
    using C = Constants<T>;
    using Bits = typename C::Bits;
    using Int = typename Types<T>::Int;
    constexpr Int unit = Int(1) << C::mantissa;                                   // of the exponent
    constexpr Int root = (C::bias - 1) * unit + Int(0.41421356237309515 * unit);  // sqrt(1/2)
    const Vec<T> smallest = bits<Vec<T>>(Bits{} + unit), power = splat(T(unit));
    const Mask<T> subnormal = x < smallest;
    // x = 2^e m with sqrt(1/2) <= m < sqrt(2); integers become numbers in the last bits of 2^mantissa
    const Bits i = bits<Bits>(subnormal ? x * (4 * power) : x) - root;
    const Vec<T> m = bits<Vec<T>>((i & (unit - 1)) + root);
    const Bits biased = (i + (C::bias + 1) * unit) >> C::mantissa;
    const Vec<T> bias = power + T(C::bias + 1);
    const Vec<T> e = bits<Vec<T>>(biased | bits<Bits>(power)) - (subnormal ? bias + T(C::mantissa + 2) : bias);
    const Vec<T> zero{}, infinity = splat(T(__builtin_inf())), nan = splat(T(__builtin_nan("")));
    const Vec<T> log = fma(e, splat(C::ln2_high), fma(e, splat(C::ln2_low), log1p_of_fraction<T>(m - T(1))));
    return x > zero ? (x < infinity ? log : x) : (x == zero ? -infinity : nan);
}

template <class T>
LW_INLINE Vec<T> copy_sign(Vec<T> magnitude, Vec<T> sign) {
    const Mask<T> top = Mask<T>{} + (typename Types<T>::Int(1) << (8 * sizeof(T) - 1));
    return bits<Vec<T>>((bits<Mask<T>>(magnitude) & ~top) | (bits<Mask<T>>(sign) & top));
}

// tanh(x) = -e / (e + 2) with e = e^(-2x) - 1 for x > 0; 2.49 and 2.49
template <class T>
LW_INLINE Vec<T> tanh(Vec<T> x) {
    const Vec<T> e = expm1_nonpositive<T>(T(-2) * abs<T>(x));
    return copy_sign<T>(e / (e + T(2)), x);
}

// 1 / (1 + e^-z), as e^z / (1 + e^z) where z < 0; 2.41 and 2.41
template <class T>
LW_INLINE Vec<T> sigmoid(Vec<T> z) {
    const Vec<T> e = exp_nonpositive<T>(-abs<T>(z)), one = splat(T(1));
    return (z < Vec<T>{} ? e : one) / (one + e);
}

// log(1 + e^z) = max(z, 0) + log(1 + e^-|z|); 1.82 and 2.12
template <class T>
LW_INLINE Vec<T> softplus(Vec<T> z) {
    return max(Vec<T>{}, z) + log1p_of_fraction<T>(exp_nonpositive<T>(-abs<T>(z)));
}

// e^(-z^2 / 2); 1.35 and 500, since without fused multiply-add nothing tells what was rounded off z^2
template <class T>
LW_INLINE Vec<T> gaussian(Vec<T> z) {
    const Vec<T> y = min(splat(Constants<T>::normal_highest), abs<T>(z)), half = T(0.5) * y, h = half * y;
    const Vec<T> e = exp_nonpositive<T>(-h);
    return fma(fma(half, y, -h), -e, e);  // e^-(h + l) is e^-h (1 - l) for the l that was rounded off h
}

// The distribution function of the standard normal distribution, its left tail in relation to itself; 5.7 and 510
template <class T>
LW_INLINE Vec<T> normal_cdf(Vec<T> z) {
    using C = Constants<T>;
    constexpr T root2 = T(1.4142135623730951);
    const Vec<T> y = min(splat(C::normal_highest), abs<T>(z)), center = splat(C::erfc_center * root2);
    const Vec<T> p = polynomial<T>((y - center) / (y + center), C::erfc);
    const Vec<T> tail = gaussian<T>(z) * p / fma(y, splat(2 * root2), splat(T(2)));
    return z < Vec<T>{} ? tail : T(1) - tail;
}

}  // namespace layerwise::LW_ISA
