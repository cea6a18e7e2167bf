// Vectors of the widest registers of one instruction set, and the few operations that the kernels need.
//
// The arithmetic is GCC's and Clang's portable vector types. Intrinsics appear where those have no spelling: fused
// multiply-add and square root. Contraction is off, so that `fma` is fused on every instruction set that has it, `a * b
// + c` is on none, and the same source gives the same bits with 256 and with 512 bits a register.
#pragma once

#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#define LW_INLINE inline __attribute__((always_inline))

namespace layerwise::LW_ISA {

#if defined(__AVX512F__)
constexpr int kBytes = 64;
#elif defined(__AVX2__)
constexpr int kBytes = 32;
#else
constexpr int kBytes = 16;
#endif

// A group of lanes whose width no instruction set changes: sums that run over lanes are taken group by group.
constexpr int kGroupBytes = 64;

template <class T>
struct Types;
template <>
struct Types<float> {
    typedef float V __attribute__((vector_size(kBytes)));
    typedef std::int32_t I __attribute__((vector_size(kBytes)));
    using Int = std::int32_t;
};
template <>
struct Types<double> {
    typedef double V __attribute__((vector_size(kBytes)));
    typedef std::int64_t I __attribute__((vector_size(kBytes)));
    using Int = std::int64_t;
};

template <class T>
using Vec = typename Types<T>::V;  // kLanes<T> numbers
template <class T>
using Mask = typename Types<T>::I;  // -1 where a comparison holds, 0 elsewhere
template <class T>
constexpr int kLanes = kBytes / int(sizeof(T));
template <class T>
constexpr int kGroup = kGroupBytes / int(sizeof(T));

template <class T>
LW_INLINE Vec<T> load(const T* from) {
    Vec<T> v;
    __builtin_memcpy(&v, from, sizeof v);
    return v;
}
template <class T>
LW_INLINE void store(T* to, Vec<T> v) {
    __builtin_memcpy(to, &v, sizeof v);
}
template <class T>
LW_INLINE Vec<T> splat(T x) {
    return x - Vec<T>{};  // x - 0 is x, bit for bit, so that compilers leave a broadcast of it
}
template <class To, class From>
LW_INLINE To bits(From v) {
    static_assert(sizeof(To) == sizeof(From));
    To to;
    __builtin_memcpy(&to, &v, sizeof to);
    return to;
}

// x y + z, rounded once where the instruction set has FMA, twice on x86-64-v2.
LW_INLINE Vec<float> fma(Vec<float> x, Vec<float> y, Vec<float> z) {
#if defined(__AVX512F__)
    return (Vec<float>)_mm512_fmadd_ps((__m512)x, (__m512)y, (__m512)z);
#elif defined(__FMA__)
    return (Vec<float>)_mm256_fmadd_ps((__m256)x, (__m256)y, (__m256)z);
#elif defined(__aarch64__)
    return (Vec<float>)vfmaq_f32((float32x4_t)z, (float32x4_t)x, (float32x4_t)y);
#else
    return x * y + z;
#endif
}
LW_INLINE Vec<double> fma(Vec<double> x, Vec<double> y, Vec<double> z) {
#if defined(__AVX512F__)
    return (Vec<double>)_mm512_fmadd_pd((__m512d)x, (__m512d)y, (__m512d)z);
#elif defined(__FMA__)
    return (Vec<double>)_mm256_fmadd_pd((__m256d)x, (__m256d)y, (__m256d)z);
#elif defined(__aarch64__)
    return (Vec<double>)vfmaq_f64((float64x2_t)z, (float64x2_t)x, (float64x2_t)y);
#else
    return x * y + z;
#endif
}
LW_INLINE Vec<float> sqrt(Vec<float> x) {
#if defined(__AVX512F__)
    return (Vec<float>)_mm512_maskz_sqrt_ps(0xFFFF, (__m512)x);
#elif defined(__AVX__)
    return (Vec<float>)_mm256_sqrt_ps((__m256)x);
#elif defined(__x86_64__)
    return (Vec<float>)_mm_sqrt_ps((__m128)x);
#else
    for (int k = 0; k < kLanes<float>; ++k) x[k] = __builtin_sqrtf(x[k]);
    return x;
#endif
}
LW_INLINE Vec<double> sqrt(Vec<double> x) {
#if defined(__AVX512F__)
    return (Vec<double>)_mm512_maskz_sqrt_pd(0xFF, (__m512d)x);
#elif defined(__AVX__)
    return (Vec<double>)_mm256_sqrt_pd((__m256d)x);
#elif defined(__x86_64__)
    return (Vec<double>)_mm_sqrt_pd((__m128d)x);
#else
    for (int k = 0; k < kLanes<double>; ++k) x[k] = __builtin_sqrt(x[k]);
    return x;
#endif
}

// x where x > y, and y else: as of two zeros, and where one is NaN.
template <class V>
LW_INLINE V max(V x, V y) {
#if defined(__AVX512F__)  // GCC 12 sees no maximum in the comparison
    if constexpr (sizeof x[0] == 4)
        return (V)_mm512_maskz_max_ps(0xFFFF, (__m512)x, (__m512)y);
    else
        return (V)_mm512_maskz_max_pd(0xFF, (__m512d)x, (__m512d)y);
#elif defined(__AVX__)
    if constexpr (sizeof x[0] == 4)
        return (V)_mm256_max_ps((__m256)x, (__m256)y);
    else
        return (V)_mm256_max_pd((__m256d)x, (__m256d)y);
#else
    return x > y ? x : y;
#endif
}
template <class V>
LW_INLINE V min(V x, V y) {
#if defined(__AVX512F__)
    if constexpr (sizeof x[0] == 4)
        return (V)_mm512_maskz_min_ps(0xFFFF, (__m512)x, (__m512)y);
    else
        return (V)_mm512_maskz_min_pd(0xFF, (__m512d)x, (__m512d)y);
#elif defined(__AVX__)
    if constexpr (sizeof x[0] == 4)
        return (V)_mm256_min_ps((__m256)x, (__m256)y);
    else
        return (V)_mm256_min_pd((__m256d)x, (__m256d)y);
#else
    return x < y ? x : y;
#endif
}
template <class T>
LW_INLINE Vec<T> abs(Vec<T> x) {
    using Int = typename Types<T>::Int;
    return bits<Vec<T>>(bits<Mask<T>>(x) & ~(Int(1) << (8 * sizeof(T) - 1)));
}

}  // namespace layerwise::LW_ISA
