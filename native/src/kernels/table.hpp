// What one instruction set offers: a table of functions on plain memory. The kernels are compiled once for each
// instruction set; everything else is compiled once and reaches them through this table.
#pragma once

#include <cstdint>

#include "layerwise/vocabulary.hpp"

namespace layerwise {

// Rows of a table, or those that `order` names.
template <class T>
struct TableRows {
    const T *table, *end;
    std::int64_t n;              // numbers a row
    const std::uint32_t* order;  // of row i; null for i itself
};

// Memory that is wanted soon.
struct Ahead {
    const void* from;
    std::int64_t bytes;
};

// C[r, c] = start[r, c] + sum over t of P(r, t) Q(t, c), t in order, one chain of fused multiply-adds for each entry.
template <class T>
struct Product {
    const T* P;
    std::int64_t ldp;
    bool transposed;  // P(r, t) is P[t * ldp + r] instead of P[r * ldp + t]
    const T* Q;
    std::int64_t ldq;               // 0: Q is packed in panels, one after the other
    std::int64_t K, rows, columns;  // columns are a multiple of `lanes`
    const T* start;                 // null for zeros
    std::int64_t ld_start;          // 0: one row for all rows
    bool start_by_row;              // start is one number a row
    T* C;
    std::int64_t ldc;
    const Ahead* ahead = nullptr;  // fetched into the second-level cache meanwhile
    int aheads = 0;
};

// What becomes of a product with few columns of units, row by row: g of it, or its product with g'(Z). Rows of A and Z
// are as far from each other as those of C.
template <class T>
struct Epilogue {
    Activation g;
    T setting;
    const T *Z, *A;  // for g'; A is null for g
    T* activated;    // for g; may be C
};

// A step of a rule on n parameters in a row. g = gradient_scale * gradient + l2 * w.
template <class T>
struct Update {
    Rule rule;
    T rate, decay;                   // decay is rate times the weight decay
    T beta1, rest1, rest2, epsilon;  // rest is 1 - beta, which would lose digits in single precision
    T gradient_scale, l2;
    const T *w, *gradient;
    T *next, *first, *second;  // the parameters after the step; the rule's running averages
    std::int64_t n;
};

// Where in a table of vectors with d numbers some examples are.
template <class T>
struct Positions {
    const std::int32_t* index;  // k; -1 is none
    const T* between;           // t, how far it is from knot k to the next; null for levels
    std::int64_t rows, d;
};

// The output layer and the loss of a block of examples, one example a row of Z.
template <class T>
struct Output {
    Activation activation;
    T setting;
    Loss loss;
    T loss_setting;
    std::int64_t n_y, rows;
    const T* Z;
    std::int64_t ldz;
    bool by_columns;      // Z, A and dZ hold an example in a column; rows is then a multiple of `lanes`
    TableRows<T> labels;  // the rows of a table; or Y and ldy, columns as Z
    const T* Y;
    std::int64_t ldy;
    const T* w;          // null for 1; by example of the labels' table
    T *A, *losses, *dZ;  // losses are weighted, one a row; each may be null, but dZ alone, and A by columns
    std::int64_t lda, ldd;
    T* scratch;  // 4 n_y lanes
};

template <class T>
struct Kernels {
    std::int64_t lanes, panel;

    void (*product)(const Product<T>&);
    // a product and what becomes of it, in one pass over memory where the product is small
    void (*narrow_product)(const Product<T>&, const Epilogue<T>&);
    // z[j] = b[j] + sum over k of W[j, k] x[k], in the order and with the bits of `product`; W ends at or before `end`,
    // and z has room for whole vectors
    void (*affine_row)(const T* W, const T* end, const T* b, const T* x, std::int64_t n, std::int64_t K, T* z);
    bool (*derivative_needs_z)(Activation);  // rather than a = g(z) alone
    void (*activate)(Activation, T setting, const T* z, T* a, std::int64_t n);
    void (*multiply_derivative)(Activation, T setting, const T* z, const T* a, T* d, std::int64_t n);
    void (*multiply)(const T* x, const T* y, T* xy, std::int64_t n);
    // out = factor x + other_factor y
    void (*scale_and_add)(T factor, const T* x, T other_factor, const T* y, T* out, std::int64_t n);
    void (*output)(const Output<T>&);
    bool (*update)(const Update<T>&);  // false where a number is not finite

    // sum[c] += sum over rows of D[row, c], in the order of the rows
    void (*add_rows)(const T* D, std::int64_t ldd, std::int64_t rows, std::int64_t columns, T* sum);
    // sum[c] += sum over rows of (factor D[row, c])², in four chains of every fourth row
    void (*add_squares)(const T* D, std::int64_t ldd, std::int64_t rows, std::int64_t columns, T factor, T* sum);
    bool (*all_finite)(const T* x, std::int64_t n);  // n is a multiple of lanes
    T (*largest)(const T* x, std::int64_t n);        // of the absolute values; NaN or infinite where one is
    // dots[j, k] += sum over i of x[j, i] y[k, i]; in 64-byte groups of lanes, then over the lanes in a fixed order
    void (*add_dots)(const T* x, std::int64_t ldx, std::int64_t n_x, const T* y, std::int64_t ldy, std::int64_t n_y,
                     std::int64_t columns, T* dots);
    // the same of one operand: sums[j] += sum over i of x[j, i]
    void (*add_sums)(const T* x, std::int64_t ldx, std::int64_t n_x, std::int64_t columns, T* sums);
    double (*sum)(const T* x, std::int64_t n);
    void (*gather_rows)(const TableRows<T>&, std::int64_t count, T* to, std::int64_t ld);
    void (*prefetch_rows)(const TableRows<T>&, std::int64_t count);
    void (*gather_columns)(const TableRows<T>&, std::int64_t count, T* to, std::int64_t ld, std::int64_t columns);
    // of embeddings; see kernels/embedding.hpp
    void (*look_up)(const Positions<T>&, const T* table, T* to, std::int64_t ld);
    void (*add_up)(const Positions<T>&, const T* D, std::int64_t ld, std::int64_t first, std::int64_t end, T* sums);
    void (*transpose)(const T* from, std::int64_t ld_from, std::int64_t rows, std::int64_t columns, T* to,
                      std::int64_t ld_to);
    void (*dropout)(std::uint64_t seed, std::uint32_t layer, std::uint32_t step, double rate, std::int64_t first,
                    std::int64_t rows, std::int64_t units, T* mask, std::int64_t stride);
    // the order of the blocks of an epoch, or of the examples of one of its buffers; `scratch` has room for 2 m
    void (*shuffle_blocks)(std::int64_t m, std::uint64_t seed, std::uint32_t epoch, std::uint32_t* order,
                           std::uint64_t* scratch);
    void (*shuffle)(std::int64_t m, std::uint64_t seed, std::uint32_t epoch, std::uint32_t buffer, std::uint32_t* order,
                    std::uint64_t* scratch);
    double (*fused_multiply_adds)(std::int64_t rounds);  // runs them; returns how many operations that were
};

// The kernels of an instruction set; null if there is none of that name here. Null asks for the one that LAYERWISE_ISA
// names, or else the best.
template <class T>
const Kernels<T>* kernels(const char* isa);

}  // namespace layerwise
