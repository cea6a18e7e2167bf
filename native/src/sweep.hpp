// A pass over one batch by a whole team: chunk by chunk, first the examples, then the gradient.
#pragma once

#include <algorithm>

#include "pass.hpp"
#include "team.hpp"

namespace layerwise {

template <class T>
struct Sweep {
    Pass<T>& pass;
    Team& team;
    const Kernels<T>& kernels;

    // on_task(task, chunk, thread) has the gradient of a task to compute; between(chunk) follows each chunk, and gives
    // the batch up with false. Returns the sum of the weighted losses.
    template <class OnTask, class Between>
    double operator()(const Batch<T>& batch, const T* vector, OnTask&& on_task, Between&& between) const {
        double losses = 0;
        for (std::int64_t first = 0; first < batch.rows; first += pass.chunk_rows()) {
            const std::int64_t count = std::min(pass.chunk_rows(), batch.rows - first);
            const Chunk chunk{first, count, first == 0, first + count == batch.rows};
            team.for_each(pass.example_tasks(count),
                          [&](std::int64_t task, int thread) { pass.examples(task, thread, batch, chunk, vector); });
            losses += kernels.sum(pass.losses(), count);
            team.for_each(pass.gradient_tasks(), [&](std::int64_t task, int thread) { on_task(task, chunk, thread); });
            if (!between(chunk)) break;
        }
        return losses;
    }
};

}  // namespace layerwise
