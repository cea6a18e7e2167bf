// The register tile that every matrix product is made of.
//
//     C[r, c] = start[r, c] + sum over t = 0, 1, ..., K-1 of P(r, t) Q(t, c)
//
// A tile keeps R rows of C vectors in registers. Each entry is one chain of fused multiply-adds in the order of t: its
// bits depend on neither the size of the tile, nor the width of the registers, nor how many threads share the work.
#pragma once

#include <algorithm>
#include <utility>

#include "simd.hpp"
#include "table.hpp"

namespace layerwise::LW_ISA {

// Rows of a tile with one and with two vectors a row. Two vectors of the widest tile and Q(t) fill the registers: 32 of
// them with AVX-512 and NEON, else 16. One vector alone needs as many rows to hide the latency of its chain.
#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int kTileRows[3] = {0, 12, 12};
#else
constexpr int kTileRows[3] = {0, 12, 6};
#endif

template <class T>
constexpr int kPanel = 2 * kLanes<T>;  // columns of a panel: of the widest tile

template <class T>
struct TileOperands {
    const T* P;
    std::int64_t ldp;  // from row to row of P, or from column to column where P is read transposed
    const T* Q;
    std::int64_t ldq;  // from Q(t, .) to Q(t + 1, .)
    std::int64_t K;
    const T* start;  // null for zeros
    std::int64_t ld_start;
    bool start_by_row;
    T* C;
    std::int64_t ldc;
};

template <class T, int R, int C, bool kTransposed>
void tile(const TileOperands<T>& o) {
    constexpr int L = kLanes<T>;
    const T *Q = o.Q, *start = o.start;
    T* const result = o.C;
    const std::int64_t ldp = o.ldp, ldq = o.ldq, ldc = o.ldc, ld_start = o.ld_start, K = o.K;
    const bool by_row = o.start_by_row;
    Vec<T> sum[R][C];
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r)
#pragma GCC unroll 2
        for (int c = 0; c < C; ++c)
            sum[r][c] = !start ? Vec<T>{} : by_row ? splat(start[r]) : load(start + r * ld_start + c * L);
    // every third row has a pointer of its own, the two after it are reached with ldp and 2 ldp
    const T* P[(R + 2) / 3];
#pragma GCC unroll 16
    for (int g = 0; g < (R + 2) / 3; ++g) P[g] = o.P + 3 * g * (kTransposed ? 1 : ldp);
    for (std::int64_t t = 0; t < K; ++t) {
        Vec<T> q[C];
#pragma GCC unroll 2
        for (int c = 0; c < C; ++c) q[c] = load(Q + c * L);
#pragma GCC unroll 16
        for (int r = 0; r < R; ++r) {
            const Vec<T> p = splat<T>(kTransposed ? P[0][r] : P[r / 3][(r % 3) * ldp]);
#pragma GCC unroll 2
            for (int c = 0; c < C; ++c) sum[r][c] = fma(p, q[c], sum[r][c]);
        }
        Q += ldq;
#pragma GCC unroll 16
        for (int g = 0; g < (kTransposed ? 1 : (R + 2) / 3); ++g) P[g] += kTransposed ? ldp : 1;
    }
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r)
#pragma GCC unroll 2
        for (int c = 0; c < C; ++c) store(result + r * ldc + c * L, sum[r][c]);
}

template <class T>
using Tile = void (*)(const TileOperands<T>&);

// The tiles of 1, 2, ... rows, as high as they get with C vectors a row.
template <class T, int C, bool kTransposed, int... r>
LW_INLINE Tile<T> tile_of(int rows, std::integer_sequence<int, r...>) {
    static constexpr Tile<T> tiles[] = {tile<T, r + 1, C, kTransposed>...};
    return tiles[rows - 1];
}

// Part k of n of what lies ahead: a little with each tile, since too many lines at once would hold up the tile's own.
LW_INLINE void fetch(const Ahead* ahead, int aheads, std::int64_t k, std::int64_t n) {
    for (int a = 0; a < aheads; ++a) {
        const char* const from = static_cast<const char*>(ahead[a].from);
        const std::int64_t end = ahead[a].bytes * (k + 1) / n;
        for (std::int64_t byte = ahead[a].bytes * k / n / 64 * 64; byte < end; byte += 64)
            __builtin_prefetch(from + byte, 0, 2);
    }
}

// One panel of columns, all rows of a block: the block is cut into tiles of nearly equal height.
template <class T, int C, bool kTransposed>
void panel_of_tiles(TileOperands<T> o, std::int64_t rows, const Ahead* ahead, int aheads) {
    const std::int64_t tiles = (rows + kTileRows[C] - 1) / kTileRows[C];
    const std::int64_t least = tiles ? rows / tiles : 0, taller = rows - least * tiles;
    for (std::int64_t k = 0; k < tiles; ++k) {
        const int height = int(least + (k < taller));
        fetch(ahead, aheads, k, tiles);
        tile_of<T, C, kTransposed>(height, std::make_integer_sequence<int, kTileRows[C]>{})(o);
        o.P += height * (kTransposed ? 1 : o.ldp);
        o.C += height * o.ldc;
        if (o.start) o.start += height * (o.start_by_row ? 1 : o.ld_start);
    }
}

// Panel by panel as many t at a time as leave what every tile reads again in the first-level cache: Q, and of a
// transposed P the rest of its lines. The sums wait in C, and go on from there with the same bits.
template <class T, int C, bool kTransposed>
void panel_product(TileOperands<T> o, std::int64_t rows, const Ahead* ahead, int aheads) {
    constexpr std::int64_t kBytes = 24 << 10, kLine = 64;
    const std::int64_t bytes = std::int64_t(sizeof(T)) * (C * kLanes<T> + (kTransposed ? rows : 0)) + kLine;
    const std::int64_t blocks = std::max<std::int64_t>(1, (o.K * bytes + kBytes / 2) / kBytes), K = o.K;
    if (blocks == 1) return panel_of_tiles<T, C, kTransposed>(o, rows, ahead, aheads);
    for (std::int64_t block = 0; block < blocks; ++block) {
        const std::int64_t first = K * block / blocks;
        o.K = K * (block + 1) / blocks - first;
        panel_of_tiles<T, C, kTransposed>(o, rows, ahead, block ? 0 : aheads);
        o.P += o.K * (kTransposed ? o.ldp : 1);
        o.Q += o.K * o.ldq;
        o.start = o.C, o.ld_start = o.ldc, o.start_by_row = false;
    }
}

}  // namespace layerwise::LW_ISA
