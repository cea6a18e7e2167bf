// Products of whole blocks, and the sums beside them.
#pragma once

#include "table.hpp"
#include "tiles.hpp"

namespace layerwise::LW_ISA {

template <class T, bool kTransposed>
void product_of_panels(const Product<T>& p) {
    for (std::int64_t column = 0; column < p.columns; column += kPanel<T>) {
        const bool wide = p.columns - column >= kPanel<T>;
        const std::int64_t width = wide ? kPanel<T> : kLanes<T>;
        const TileOperands<T> operands{
            p.P,
            p.ldp,
            p.Q + column * (p.ldq ? 1 : p.K),  // a packed panel has K rows of its own width
            p.ldq ? p.ldq : width,
            p.K,
            p.start && !p.start_by_row ? p.start + column : p.start,
            p.ld_start,
            p.start_by_row,
            p.C + column,
            p.ldc,
        };
        (wide ? panel_product<T, 2, kTransposed> : panel_product<T, 1, kTransposed>)(operands, p.rows, p.ahead,
                                                                                     column ? 0 : p.aheads);
    }
}

template <class T>
void product(const Product<T>& p) {
    (p.transposed ? product_of_panels<T, true> : product_of_panels<T, false>)(p);
}

template <class T>
void multiply(const T* x, const T* y, T* xy, std::int64_t n) {
    for (std::int64_t i = 0; i < n; i += kLanes<T>) store(xy + i, load(x + i) * load(y + i));
}

template <class T>
void scale_and_add(T factor, const T* x, T other_factor, const T* y, T* out, std::int64_t n) {
    const Vec<T> a = splat(factor), b = splat(other_factor);
    for (std::int64_t i = 0; i < n; i += kLanes<T>) store(out + i, fma(b, load(y + i), a * load(x + i)));
}

// C vectors of columns at a time, since the next addition of one waits for the one before it.
template <class T, int C>
LW_INLINE void add_rows_of(const T* D, std::int64_t ldd, std::int64_t rows, T* sum) {
    constexpr int L = kLanes<T>;
    Vec<T> total[C];
#pragma GCC unroll 4
    for (int c = 0; c < C; ++c) total[c] = load(sum + c * L);
    for (std::int64_t r = 0; r < rows; ++r, D += ldd)
#pragma GCC unroll 4
        for (int c = 0; c < C; ++c) total[c] = total[c] + load(D + c * L);
#pragma GCC unroll 4
    for (int c = 0; c < C; ++c) store(sum + c * L, total[c]);
}

template <class T>
void add_rows(const T* D, std::int64_t ldd, std::int64_t rows, std::int64_t columns, T* sum) {
    constexpr int L = kLanes<T>;
    std::int64_t c = 0;
    for (; c + 4 * L <= columns; c += 4 * L) add_rows_of<T, 4>(D + c, ldd, rows, sum + c);
    if (c + 2 * L <= columns) add_rows_of<T, 2>(D + c, ldd, rows, sum + c), c += 2 * L;
    if (c < columns) add_rows_of<T, 1>(D + c, ldd, rows, sum + c);
}

// C vectors of columns at a time, each in chains of every fourth row, to hide the latency of an addition.
template <class T, int C>
LW_INLINE void add_squares_of(const T* D, std::int64_t ldd, std::int64_t rows, Vec<T> scale, T* sum) {
    constexpr int kChains = 4, L = kLanes<T>;
    Vec<T> chain[kChains][C] = {};
#pragma GCC unroll 2
    for (int c = 0; c < C; ++c) chain[0][c] = load(sum + c * L);
    const auto add = [&](std::int64_t r, int k) {
#pragma GCC unroll 2
        for (int c = 0; c < C; ++c) {
            const Vec<T> x = scale * load(D + r * ldd + c * L);
            chain[k][c] = fma(x, x, chain[k][c]);
        }
    };
    std::int64_t r = 0;
    for (; r + kChains <= rows; r += kChains)
#pragma GCC unroll 4
        for (int k = 0; k < kChains; ++k) add(r + k, k);
    for (; r < rows; ++r) add(r, 0);
#pragma GCC unroll 2
    for (int c = 0; c < C; ++c) store(sum + c * L, (chain[0][c] + chain[1][c]) + (chain[2][c] + chain[3][c]));
}

template <class T>
void add_squares(const T* D, std::int64_t ldd, std::int64_t rows, std::int64_t columns, T factor, T* sum) {
    constexpr int L = kLanes<T>;
    const Vec<T> scale = splat(factor);
    std::int64_t c = 0;
    for (; c + 2 * L <= columns; c += 2 * L) add_squares_of<T, 2>(D + c, ldd, rows, scale, sum + c);
    if (c < columns) add_squares_of<T, 1>(D + c, ldd, rows, scale, sum + c);
}

// Eight chains in double precision, number by number in turn: an order that no vector width changes.
template <class T>
double sum(const T* x, std::int64_t n) {
    double chain[8] = {};
    std::int64_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (int k = 0; k < 8; ++k) chain[k] += double(x[i + k]);
    for (int k = 0; i < n; ++i, ++k) chain[k] += double(x[i]);
    for (int half = 4; half; half /= 2)
        for (int k = 0; k < half; ++k) chain[k] += chain[k + half];
    return chain[0];
}

template <class T>
bool all_finite(const T* x, std::int64_t n) {
    Vec<T> proof{};  // 0 x is NaN for an x that is not finite
    for (std::int64_t i = 0; i < n; i += kLanes<T>) proof = fma(load(x + i), Vec<T>{}, proof);
    T total = 0;
    for (int k = 0; k < kLanes<T>; ++k) total += proof[k];
    return total == 0;
}

template <class T>
T largest(const T* x, std::int64_t n) {
    Vec<T> most{}, proof{};
    for (std::int64_t i = 0; i < n; i += kLanes<T>) {
        const Vec<T> v = load(x + i);
        most = max(most, abs<T>(v));
        proof = fma(v, Vec<T>{}, proof);
    }
    T result = 0;
    for (int k = 0; k < kLanes<T>; ++k) result = most[k] > result ? most[k] : result;
    for (int k = 0; k < kLanes<T>; ++k) result += proof[k];
    return result;
}

template <class T>
double fused_multiply_adds(std::int64_t rounds) {
    constexpr int kChains = 12;  // enough to hide the latency of each
    Vec<T> x[kChains];
    for (int k = 0; k < kChains; ++k) x[k] = splat(T(k));
    const Vec<T> shrink = splat(T(0.99999)), add = splat(T(1e-5));
    for (std::int64_t round = 0; round < rounds; ++round)
#pragma GCC unroll 12
        for (int k = 0; k < kChains; ++k) x[k] = fma(x[k], shrink, add);
    T used = 0;
    for (int k = 0; k < kChains; ++k) used += x[k][0];
    asm volatile("" : : "r"(&used) : "memory");
    return 2.0 * kChains * kLanes<T> * double(rounds);
}

}  // namespace layerwise::LW_ISA
