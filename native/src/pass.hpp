// One pass over a batch: forward, loss, backward, and the sums that are the gradient. Two layouts of the memory do it:
// examples in rows (`Rows`, for most networks) and examples in columns as in the course (`Columns`, for narrow ones).
//
// A batch is cut into chunks that fit the caches. The examples of a chunk are independent tasks; the gradient of a
// chunk is cut into tasks by parameters. Neither cut changes a bit: every sum over examples runs in their order, from
// chunk to chunk.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "buffer.hpp"
#include "kernels/table.hpp"
#include "layerwise/run.hpp"

namespace layerwise {

// The examples of a step.
template <class T>
struct Batch {
    const Examples<T>* examples;
    const std::uint32_t* order;     // of its examples; null for 0, 1, 2, ...
    const std::uint32_t* upcoming;  // of the examples after it, to be fetched from memory ahead of time
    std::int64_t rows, upcoming_rows;
    std::uint32_t step;  // of the dropout's stream
    double dropout = 1;  // a factor on its rates

    // From its row `first` on, out of a table of all examples.
    TableRows<T> rows_of(const T* table, std::int64_t n, std::int64_t first) const {
        return {table + (order ? 0 : first * n), table + examples->m * n, n, order ? order + first : nullptr};
    }
};

struct Chunk {
    std::int64_t first, rows;
    bool starts, ends;  // the batch
};

// Parameters in a row of the engine's vector, whose gradient one task computes.
struct Range {
    std::int64_t first, count;
    bool weights;  // what L2 and weight decay act on, and biases and tables are free of
};

template <class T>
struct PassOptions {
    const Network& network;
    const Kernels<T>& kernels;
    std::uint64_t seed;
    std::vector<double> dropout;  // empty where there is none, as when predicting
    std::int64_t most_rows;       // of a batch
    int threads;
    bool backward;
    bool gathers;  // batches are drawn from all examples
};

template <class T>
class Pass {
  public:
    virtual ~Pass() = default;

    // The engine's vector: a layout of its own, padded with zeros.
    virtual std::int64_t size() const = 0;
    virtual void lay_in(const T* parameters, T* vector) const = 0;
    virtual void lay_out(const T* vector, T* parameters) const = 0;
    // Σ (factor x)² over the vector or its weights, in an order that depends on the network alone
    virtual double squares(const T* vector, bool weights_only, T factor) const = 0;
    // To be called for new parameters before they are used; `derive` does it for one task's.
    virtual void derive_all(const T* vector) = 0;
    virtual void derive(std::int64_t task, const T* vector) = 0;

    std::int64_t chunk_rows() const { return chunk_rows_; }

    // Forward and backward for some examples of a chunk. Task k of `example_tasks(rows)`.
    virtual std::int64_t example_tasks(std::int64_t rows) const = 0;
    virtual void examples(std::int64_t task, int thread, const Batch<T>&, const Chunk&, const T* vector) = 0;

    // Adds the chunk's part to the sums of one task: Σ dZ Aᵀ for its first range, Σ dZ for its second where there is
    // one. Tables of embeddings are second ranges after an empty first one.
    virtual std::int64_t gradient_tasks() const = 0;
    virtual const std::vector<Range>& ranges(std::int64_t task) const = 0;
    virtual void gradient(std::int64_t task, const Batch<T>&, const Chunk&, T* weights, T* biases, const Ahead* ahead,
                          int aheads) = 0;

    // Of the chunk that was passed last.
    const T* losses() const { return losses_.get(); }
    // For passes without backward.
    void look_for_infinities() { looks_ = true; }
    bool found_infinity() const { return found_infinity_; }
    void keep_outputs(T* Y_hat) { outputs_ = Y_hat; }  // (examples, n_y)

  protected:
    std::int64_t chunk_rows_ = 0;
    Buffer<T> losses_;
    T* outputs_ = nullptr;
    bool looks_ = false;
    std::atomic<bool> found_infinity_{false};
};

template <class T>
std::unique_ptr<Pass<T>> make_pass(const PassOptions<T>&);

}  // namespace layerwise
