// Transposition in registers, block by block.
#pragma once

#include <utility>

#include "simd.hpp"

namespace layerwise::LW_ISA {

// Lane k of the result is lane k of x where bit `kStep` of k is 0, and the lane kStep to its left in y where it is 1;
// or, for the second half, the lane kStep to its right in x where it is 0, and lane k of y where it is 1.
template <int kStep, bool kSecond, class V, int... k>
LW_INLINE V exchange(V x, V y, std::integer_sequence<int, k...>) {
    constexpr int n = int(sizeof...(k));
    if constexpr (kSecond)
        return __builtin_shufflevector(x, y, ((k & kStep) ? n + k : k + kStep)...);
    else
        return __builtin_shufflevector(x, y, ((k & kStep) ? n + k - kStep : k)...);
}

template <int kStep, class T>
LW_INLINE void exchange_all(Vec<T> (&row)[kLanes<T>]) {
    constexpr auto lanes = std::make_integer_sequence<int, kLanes<T>>{};
#pragma GCC unroll 16
    for (int r = 0; r < kLanes<T>; ++r) {
        if (r & kStep) continue;
        const Vec<T> x = row[r], y = row[r + kStep];
        row[r] = exchange<kStep, false>(x, y, lanes);
        row[r + kStep] = exchange<kStep, true>(x, y, lanes);
    }
}

template <class T>
LW_INLINE void transpose_registers(Vec<T> (&row)[kLanes<T>]) {
    if constexpr (kLanes<T> > 8) exchange_all<8, T>(row);
    if constexpr (kLanes<T> > 4) exchange_all<4, T>(row);
    if constexpr (kLanes<T> > 2) exchange_all<2, T>(row);
    exchange_all<1, T>(row);
}

template <class T>
LW_INLINE void transpose_square(const T* from, std::int64_t ld_from, T* to, std::int64_t ld_to) {
    Vec<T> row[kLanes<T>];
#pragma GCC unroll 16
    for (int r = 0; r < kLanes<T>; ++r) row[r] = load(from + r * ld_from);
    transpose_registers<T>(row);
#pragma GCC unroll 16
    for (int r = 0; r < kLanes<T>; ++r) store(to + r * ld_to, row[r]);
}

// to[c, r] = from[r, c]
template <class T>
void transpose(const T* from, std::int64_t ld_from, std::int64_t rows, std::int64_t columns, T* to,
               std::int64_t ld_to) {
    constexpr int L = kLanes<T>;
    const std::int64_t whole_rows = rows - rows % L, whole_columns = columns - columns % L;
    for (std::int64_t r = 0; r < whole_rows; r += L)
        for (std::int64_t c = 0; c < whole_columns; c += L)
            transpose_square(from + r * ld_from + c, ld_from, to + c * ld_to + r, ld_to);
    for (std::int64_t r = 0; r < rows; ++r)
        for (std::int64_t c = r < whole_rows ? whole_columns : 0; c < columns; ++c)
            to[c * ld_to + r] = from[r * ld_from + c];
}

}  // namespace layerwise::LW_ISA
