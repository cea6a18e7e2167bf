// Products of few units, examples in columns, with the activation or its derivative in the same pass.
#pragma once

#include "activations.hpp"
#include "dense.hpp"

namespace layerwise::LW_ISA {

// C vectors of one row of the product, handed to finish(vector, offset in C): where there is too little to do for a
// tile to be worth its call.
template <class T, int C, class Finish>
LW_INLINE void strip(const Product<T>& p, std::int64_t row, std::int64_t column, Finish&& finish) {
    constexpr int L = kLanes<T>;
    const std::int64_t step = p.transposed ? p.ldp : 1;
    const T* P = p.P + row * (p.transposed ? 1 : p.ldp);
    const T* Q = p.Q + column;
    Vec<T> sum[C];
#pragma GCC unroll 4
    for (int c = 0; c < C; ++c) sum[c] = p.start ? splat(p.start[row]) : Vec<T>{};
    for (std::int64_t t = 0; t < p.K; ++t, P += step, Q += p.ldq) {
        const Vec<T> factor = splat(*P);
#pragma GCC unroll 4
        for (int c = 0; c < C; ++c) sum[c] = fma(factor, load(Q + c * L), sum[c]);
    }
#pragma GCC unroll 4
    for (int c = 0; c < C; ++c) finish(sum[c], row * p.ldc + column + c * L);
}

template <class T, class Finish>
LW_INLINE void product_of_strips(const Product<T>& p, Finish&& finish) {
    constexpr int L = kLanes<T>;
    for (std::int64_t row = 0; row < p.rows; ++row) {
        std::int64_t column = 0;
        for (; column + 4 * L <= p.columns; column += 4 * L) strip<T, 4>(p, row, column, finish);
        for (; column < p.columns; column += L) strip<T, 1>(p, row, column, finish);
    }
}

template <class T>
void activated_strips(const Product<T>& p, const Epilogue<T>& e) {
    with_activation(e.g, [&](auto g) {
        product_of_strips(p, [&](Vec<T> z, std::int64_t at) {
            if (p.C != e.activated) store(p.C + at, z);
            store(e.activated + at, g.value(z, e.setting));
        });
    });
}

template <class T>
void derived_strips(const Product<T>& p, const Epilogue<T>& e) {
    with_activation(e.g, [&](auto g) {
        product_of_strips(p, [&](Vec<T> d, std::int64_t at) {
            const Vec<T> z = g.needs_z ? load(e.Z + at) : Vec<T>{};
            store(p.C + at, d * g.derivative(z, load(e.A + at), e.setting));
        });
    });
}

template <class T>
void narrow_product(const Product<T>& p, const Epilogue<T>& e) {
    constexpr std::int64_t kSmall = 32;  // multiply-adds an example: more of them are worth a tile
    if (p.rows * p.K <= kSmall) return (e.A ? derived_strips<T> : activated_strips<T>)(p, e);
    product(p);
    for (std::int64_t at = 0; at < p.rows * p.ldc; at += p.ldc)
        if (e.A)
            multiply_derivative(e.g, e.setting, e.Z ? e.Z + at : nullptr, e.A + at, p.C + at, p.columns);
        else
            activate(e.g, e.setting, p.C + at, e.activated + at, p.columns);
}

}  // namespace layerwise::LW_ISA
