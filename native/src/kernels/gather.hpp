// Examples out of a table, as a batch: rows copied, or turned into columns on the way.
#pragma once

#include <algorithm>

#include "table.hpp"
#include "transpose.hpp"

namespace layerwise::LW_ISA {

template <class T>
LW_INLINE const T* row_of(const TableRows<T>& from, std::int64_t i) {
    return from.table + (from.order ? std::int64_t(from.order[i]) : i) * from.n;
}

// The kLanes numbers at `at`, without a look past the end of the table; what comes after the row is of no account.
template <class T>
LW_INLINE Vec<T> load_before(const T* end, const T* at) {
    if (at + kLanes<T> <= end) return load(at);
    T some[kLanes<T>] = {};
    for (int k = 0; at + k < end; ++k) some[k] = at[k];
    return load(some);
}

// Row i to `to + i ld`, its padding of up to kLanes - 1 numbers with whatever follows in the table.
template <class T>
void gather_rows(const TableRows<T>& from, std::int64_t count, T* to, std::int64_t ld) {
    constexpr int L = kLanes<T>;
    const std::int64_t n = from.n, padded = (n + L - 1) / L * L;
    const T* const end = from.end;
    for (std::int64_t i = 0; i < count; ++i, to += ld) {
        const T* row = row_of(from, i);
        if (row + padded <= end)
            for (std::int64_t k = 0; k < n; k += L) store(to + k, load(row + k));
        else
            for (std::int64_t k = 0; k < n; k += L) store(to + k, load_before(end, row + k));
    }
}

// Into the second-level cache.
template <class T>
void prefetch_rows(const TableRows<T>& from, std::int64_t count) {
    constexpr std::int64_t kLine = 64 / sizeof(T);
    for (std::int64_t i = 0; i < count; ++i) {
        const T* row = row_of(from, i);
        for (std::int64_t k = 0; k < from.n; k += kLine) __builtin_prefetch(row + k, 0, 2);
    }
}

// Row i to column i of `to`. The last one goes on up to `columns`, a multiple of kLanes: what is filled up with is as
// finite in every layer as an example.
template <class T>
void gather_columns(const TableRows<T>& from, std::int64_t count, T* to, std::int64_t ld, std::int64_t columns) {
    constexpr int L = kLanes<T>;
    for (std::int64_t first = 0; first < columns; first += L) {
        const T *row[L], *last = from.table;
        for (int i = 0; i < L; ++i) {
            row[i] = row_of(from, first + i < count ? first + i : count - 1);
            last = std::max(last, row[i]);
        }
        for (std::int64_t k = 0; k < from.n; k += L) {
            Vec<T> square[L];
            if (last + k + L <= from.end)
#pragma GCC unroll 16
                for (int i = 0; i < L; ++i) square[i] = load(row[i] + k);
            else
                for (int i = 0; i < L; ++i) square[i] = load_before(from.end, row[i] + k);
            transpose_registers<T>(square);
            for (int j = 0; j < L && k + j < from.n; ++j) store(to + (k + j) * ld + first, square[j]);
        }
    }
}

// One example through one layer, from weights as the interface lays them out: squares of them are turned in registers.
template <class T>
void affine_row(const T* W, const T* end, const T* b, const T* x, std::int64_t n, std::int64_t K, T* z) {
    constexpr int L = kLanes<T>;
    for (std::int64_t j = 0; j < n; j += L) {
        Vec<T> sum = load_before(end, b + j);
        for (std::int64_t k = 0; k < K; k += L) {
            Vec<T> square[L];
#pragma GCC unroll 16
            for (int r = 0; r < L; ++r) square[r] = j + r < n ? load_before(end, W + (j + r) * K + k) : Vec<T>{};
            transpose_registers<T>(square);
            for (int t = 0; t < L && k + t < K; ++t) sum = fma(splat(x[k + t]), square[t], sum);
        }
        store(z + j, sum);
    }
}

}  // namespace layerwise::LW_ISA
