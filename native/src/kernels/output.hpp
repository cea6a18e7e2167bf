// The output layer of a block, whichever way its examples lie: the equations of losses.hpp have them in lanes.
#pragma once

#include "gather.hpp"
#include "losses.hpp"
#include "table.hpp"
#include "transpose.hpp"

namespace layerwise::LW_ISA {

template <class T>
OutputLayer<T> output_layer_of(const Output<T>& o) {
    OutputLayer<T> layer{};
    layer.activation = o.activation, layer.activation_setting = o.setting;
    layer.loss = o.loss, layer.loss_setting = o.loss_setting;
    layer.n_y = o.n_y;
    return layer;
}

template <class T>
void output_by_columns(const Output<T>& o) {
    OutputLayer<T> layer = output_layer_of(o);
    layer.examples = o.rows;
    layer.Z = o.Z, layer.A = o.A, layer.stride = o.ldz;
    layer.Y = o.Y, layer.stride_Y = o.ldy;
    layer.w = o.w, layer.losses = o.losses, layer.dZ = o.dZ;
    output_layer(layer);
}

// kLanes examples or fewer, by way of a square of scratch memory in which each is a column.
template <class T>
struct Turned {
    static constexpr int L = kLanes<T>;
    std::int64_t n_y, padded;
    T *Z, *A, *Y, *dZ, *w, *losses;

    Turned(std::int64_t n_y, T* scratch) : n_y(n_y), padded((n_y + L - 1) / L * L) {
        Z = scratch, A = Z + padded * L, Y = A + padded * L, dZ = Y + padded * L, w = dZ + padded * L, losses = w + L;
    }

    // Whole squares are transposed in registers; the padding of the rows that they reach into is there, and zero.
    void turn_in(const T* rows, std::int64_t ld, std::int64_t count) const {
        transpose(rows, ld, count, count == L ? padded : n_y, Z, std::int64_t(L));
    }
    void turn_out(const T* columns, T* rows, std::int64_t ld, std::int64_t count, bool is_padded) const {
        transpose(columns, std::int64_t(L), is_padded ? padded : n_y, count, rows, ld);
    }
    void take_labels(const Output<T>& o, std::int64_t first, std::int64_t count) const {
        const std::uint32_t* order = o.labels.order ? o.labels.order + first : nullptr;
        for (std::int64_t i = 0; i < L; ++i)
            w[i] = i >= count ? T(0) : !o.w ? T(1) : o.w[order ? std::int64_t(order[i]) : first + i];
        if (!o.labels.table) return;
        const std::int64_t skipped = order ? 0 : first * n_y;
        gather_columns<T>({o.labels.table + skipped, o.labels.end, n_y, order}, count, Y, L, L);
    }
};

template <class T>
void output_by_rows(const Output<T>& o) {
    constexpr int L = kLanes<T>;
    const Turned<T> turned(o.n_y, o.scratch);
    OutputLayer<T> layer = output_layer_of(o);
    layer.examples = L, layer.stride = layer.stride_Y = L;
    layer.Z = turned.Z, layer.A = turned.A, layer.Y = turned.Y, layer.w = turned.w;
    layer.losses = o.losses ? turned.losses : nullptr, layer.dZ = o.dZ ? turned.dZ : nullptr;
    for (std::int64_t first = 0; first < o.rows; first += L) {
        const std::int64_t count = o.rows - first < L ? o.rows - first : L;
        turned.turn_in(o.Z + first * o.ldz, o.ldz, count);
        turned.take_labels(o, first, count);
        output_layer(layer);
        for (std::int64_t i = 0; o.losses && i < count; ++i) o.losses[first + i] = turned.losses[i];
        if (o.dZ) turned.turn_out(turned.dZ, o.dZ + first * o.ldd, o.ldd, count, true);
        if (o.A) turned.turn_out(turned.A, o.A + first * o.lda, o.lda, count, false);
    }
}

template <class T>
void output(const Output<T>& o) {
    o.by_columns ? output_by_columns(o) : output_by_rows(o);
}

}  // namespace layerwise::LW_ISA
