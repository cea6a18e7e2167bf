// Rows of a sparse table, made dense a batch at a time.
#pragma once

#include "pass.hpp"

namespace layerwise {

// Example i of the batch, counted from `first`, to `to + i * by_example`; its number k from there at `k * by_input`.
// The zeros are there already.
template <class T>
void scatter(const Batch<T>& batch, std::int64_t first, std::int64_t count, T* to, std::int64_t by_example,
             std::int64_t by_input) {
    const Examples<T>& from = *batch.examples;
    for (std::int64_t i = 0; i < count; ++i, to += by_example) {
        const std::int64_t row = batch.order ? batch.order[first + i] : first + i;
        for (std::int64_t at = from.starts[row]; at < from.starts[row + 1]; ++at)
            to[from.columns[at] * by_input] = from.X[at];
    }
}

}  // namespace layerwise
