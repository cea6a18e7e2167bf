// Sums over columns, of a product or of one operand: the gradient of networks whose examples are columns.
//
// Column i goes to lane i mod kGroup of the sum, in its order; then the upper half of the lanes is added to the lower
// half, until one is left. A group is 64 bytes on every instruction set, in one register or in several.
#pragma once

#include <utility>

#include "simd.hpp"

namespace layerwise::LW_ISA {

constexpr int kParts = kGroupBytes / kBytes;  // registers of a group

// x's and y's next to each other, as many as their sums leave registers for.
#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int kDotRows = 4;
#else
constexpr int kDotRows = 2;
#endif
constexpr int kDotColumns = 4;

// The lower halves of each block of x and y in turn, or the upper halves.
template <int kBlock, bool kUpper, class V, int... k>
LW_INLINE V halves(V x, V y, std::integer_sequence<int, k...>) {
    constexpr int n = int(sizeof...(k)), half = kBlock / 2;
    return __builtin_shufflevector(x, y,
                                   ((k / half % 2 ? n : 0) + k / kBlock * kBlock + (kUpper ? half : 0) + k % half)...);
}

// The total of the lanes of sums[p] in lane p: two vectors at a time are halved and become one.
template <class T, int kBlock = kLanes<T>>
LW_INLINE Vec<T> totals(Vec<T>* sums) {
    constexpr auto lanes = std::make_integer_sequence<int, kLanes<T>>{};
    constexpr int kPairs = kBlock / 2;
#pragma GCC unroll 8
    for (int p = 0; p < kPairs; ++p) {
        const Vec<T> x = sums[p], y = sums[p + kPairs];
        sums[p] = halves<kBlock, false>(x, y, lanes) + halves<kBlock, true>(x, y, lanes);
    }
    if constexpr (kPairs > 1)
        return totals<T, kPairs>(sums);
    else
        return sums[0];
}

// `kCount` sums over groups of columns; add(part's first column, sums) adds one register's columns to each.
template <class T, int kCount, class Add>
LW_INLINE void group_sums(std::int64_t columns, T* results, Add&& add) {
    constexpr int L = kLanes<T>, kSets = (kCount + L - 1) / L;
    Vec<T> parts[kParts][kSets * L] = {};
#pragma GCC unroll 4
    for (int part = 0; part < kParts; ++part) {
        Vec<T> sums[kCount] = {};
        for (std::int64_t i = part * L; i < columns; i += kGroup<T>) add(i, sums);
#pragma GCC unroll 16
        for (int p = 0; p < kCount; ++p) parts[part][p] = sums[p];
    }
#pragma GCC unroll 2
    for (int half = kParts / 2; half; half /= 2)
        for (int part = 0; part < half; ++part)
            for (int p = 0; p < kCount; ++p) parts[part][p] = parts[part][p] + parts[part + half][p];
#pragma GCC unroll 16
    for (int set = 0; set < kSets; ++set) store(results + set * L, totals<T>(parts[0] + set * L));
}

template <class T, int R, int C>
void dots_tile(const T* x, std::int64_t ldx, const T* y, std::int64_t ldy, std::int64_t columns, T* dots,
               std::int64_t ld_dots) {
    T results[R * C + kLanes<T>];
    group_sums<T, R * C>(columns, results, [&](std::int64_t i, Vec<T>* sums) {
        Vec<T> of_y[C];
#pragma GCC unroll 4
        for (int c = 0; c < C; ++c) of_y[c] = load(y + c * ldy + i);
#pragma GCC unroll 4
        for (int r = 0; r < R; ++r) {
            const Vec<T> of_x = load(x + r * ldx + i);
#pragma GCC unroll 4
            for (int c = 0; c < C; ++c) sums[r * C + c] = fma(of_x, of_y[c], sums[r * C + c]);
        }
    });
    for (int r = 0; r < R; ++r)
        for (int c = 0; c < C; ++c) dots[r * ld_dots + c] += results[r * C + c];
}

template <class T, int R>
LW_INLINE void dots_rows(const T* x, std::int64_t ldx, const T* y, std::int64_t ldy, std::int64_t n_y,
                         std::int64_t columns, T* dots) {
    std::int64_t k = 0;
    for (; k + kDotColumns <= n_y; k += kDotColumns)
        dots_tile<T, R, kDotColumns>(x, ldx, y + k * ldy, ldy, columns, dots + k, n_y);
    if (k + 2 <= n_y) {
        dots_tile<T, R, 2>(x, ldx, y + k * ldy, ldy, columns, dots + k, n_y);
        k += 2;
    }
    if (k < n_y) dots_tile<T, R, 1>(x, ldx, y + k * ldy, ldy, columns, dots + k, n_y);
}

template <class T>
void add_dots(const T* x, std::int64_t ldx, std::int64_t n_x, const T* y, std::int64_t ldy, std::int64_t n_y,
              std::int64_t columns, T* dots) {
    std::int64_t j = 0;
    for (; j + kDotRows <= n_x; j += kDotRows)
        dots_rows<T, kDotRows>(x + j * ldx, ldx, y, ldy, n_y, columns, dots + j * n_y);
    for (; j < n_x; ++j) dots_rows<T, 1>(x + j * ldx, ldx, y, ldy, n_y, columns, dots + j * n_y);
}

template <class T, int R>
LW_INLINE void sums_of_rows(const T* x, std::int64_t ldx, std::int64_t columns, T* sums) {
    T results[R + kLanes<T>];
    group_sums<T, R>(columns, results, [&](std::int64_t i, Vec<T>* of) {
#pragma GCC unroll 4
        for (int r = 0; r < R; ++r) of[r] = of[r] + load(x + r * ldx + i);
    });
    for (int r = 0; r < R; ++r) sums[r] += results[r];
}

template <class T>
void add_sums(const T* x, std::int64_t ldx, std::int64_t n_x, std::int64_t columns, T* sums) {
    std::int64_t j = 0;
    for (; j + 4 <= n_x; j += 4) sums_of_rows<T, 4>(x + j * ldx, ldx, columns, sums + j);
    for (; j < n_x; ++j) sums_of_rows<T, 1>(x + j * ldx, ldx, columns, sums + j);
}

}  // namespace layerwise::LW_ISA
