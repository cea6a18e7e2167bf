// Tables of embeddings: the vectors of positions looked up, and their derivatives added up. The loops over the d
// numbers of a vector are those that compilers turn into vectors; what d is, they know for the usual ones.
#pragma once

#include <type_traits>

#include "simd.hpp"
#include "table.hpp"

namespace layerwise::LW_ISA {

// Calls work(d) with a constant for the d that are common.
template <class Work>
LW_INLINE void for_dimension(std::int64_t d, Work&& work) {
    switch (d) {
        case 4:
            return work(std::integral_constant<std::int64_t, 4>{});
        case 8:
            return work(std::integral_constant<std::int64_t, 8>{});
        case 16:
            return work(std::integral_constant<std::int64_t, 16>{});
        case 32:
            return work(std::integral_constant<std::int64_t, 32>{});
        default:
            return work(d);
    }
}

// to[i] = table[k], 0 for no k, or (1 - t) table[k] + t table[k + 1] between two knots
template <class T>
void look_up(const Positions<T>& p, const T* table, T* to, std::int64_t ld) {
    for_dimension(p.d, [&](auto d) {
        for (std::int64_t i = 0; i < p.rows; ++i) {
            T* const __restrict e = to + i * ld;
            if (p.index[i] < 0) {
                for (std::int64_t c = 0; c < d; ++c) e[c] = 0;
                continue;
            }
            const T* const from = table + p.index[i] * d;
            if (p.between) {
                const T t = p.between[i], rest = 1 - t;
                for (std::int64_t c = 0; c < d; ++c) e[c] = rest * from[c] + t * from[d + c];
            } else {
                for (std::int64_t c = 0; c < d; ++c) e[c] = from[c];
            }
        }
    });
}

// sums[k - first] += D[i] for the k from first to end. Between two knots (1 - t) D[i] goes to sums[k - 1], which
// belongs to knot k, and t D[i] to sums[k]; the first knot, which is 0, has none.
template <class T>
void add_up(const Positions<T>& p, const T* D, std::int64_t ld, std::int64_t first, std::int64_t end, T* sums) {
    for_dimension(p.d, [&](auto d) {
        for (std::int64_t i = 0; i < p.rows; ++i) {
            const T* const __restrict e = D + i * ld;
            const std::int64_t k = p.index[i];
            if (p.between) {
                const T t = p.between[i], rest = 1 - t;
                T* const above = sums + k * d;
                if (k > 0)
                    for (std::int64_t c = 0; c < d; ++c) above[c - d] += rest * e[c];
                for (std::int64_t c = 0; c < d; ++c) above[c] += t * e[c];
            } else if (k >= first && k < end) {
                T* const sum = sums + (k - first) * d;
                for (std::int64_t c = 0; c < d; ++c) sum[c] += e[c];
            }
        }
    });
}

}  // namespace layerwise::LW_ISA
