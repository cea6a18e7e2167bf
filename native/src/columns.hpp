// Examples in columns, as on the page of the course: a row holds one unit's numbers for all examples, and the vectors
// run over examples. For networks too narrow to fill a vector with units, such as logistic regression or 2-4-1.
//
// A block of examples goes forward, backward and into sums of its own, in the memory of one thread. The gradient is the
// sum of the blocks' sums: there are few parameters here, and to add them takes less time than to hand the examples to
// another processor. How many blocks there are follows from the sizes alone.
#pragma once

#include "pass.hpp"

namespace layerwise {

template <class T>
class Columns final : public Pass<T> {
  public:
    explicit Columns(const PassOptions<T>&);

    std::int64_t size() const override { return size_; }
    void lay_in(const T* parameters, T* vector) const override;
    void lay_out(const T* vector, T* parameters) const override;
    double squares(const T* vector, bool weights_only, T factor) const override;
    void derive_all(const T*) override {}
    void derive(std::int64_t, const T*) override {}

    std::int64_t example_tasks(std::int64_t rows) const override { return (rows + block_ - 1) / block_; }
    void examples(std::int64_t task, int thread, const Batch<T>&, const Chunk&, const T* vector) override;
    std::int64_t gradient_tasks() const override { return options_.backward ? 1 : 0; }
    const std::vector<Range>& ranges(std::int64_t) const override { return ranges_; }
    void gradient(std::int64_t task, const Batch<T>&, const Chunk&, T* weights, T* biases, const Ahead* ahead,
                  int aheads) override;

  private:
    struct Layer {
        std::int64_t n, weights, biases;  // where they begin in the vector
        bool keeps_Z;
    };
    struct Memory {  // of one thread, by layer: (n, distance)
        std::vector<Buffer<T>> A, Z, D;
    };
    struct Block {  // its examples, as they stay where a full batch comes again
        Buffer<T> X, Y, weights;
        Buffer<T> sums;
        const Examples<T>* held = nullptr;
    };
    struct Span {
        std::int64_t first;    // in the batch
        std::int64_t columns;  // whole groups
        std::int64_t real;     // columns that are examples; the rest weigh nothing
    };

    const Layer& layer(int l) const { return layers_[std::size_t(l)]; }
    const T* inputs(const Memory& memory, const Block& block, int l) const {
        return l > 1 ? memory.A[std::size_t(l - 1)].get() : block.X.get();
    }
    void plan_layers();
    bool holds(Block&, const Batch<T>&, const Chunk&) const;
    void gather(Block&, const Batch<T>&, Span);
    void forward(const Memory&, const Block&, Span, const T* vector) const;
    void output(const Memory&, const Block&, Span, T* losses) const;
    void backward(const Memory&, Span, const T* vector) const;
    void sum(const Memory&, const Block&, Span) const;

    PassOptions<T> options_;
    const Network& net_;
    const Kernels<T>& kernels_;
    std::int64_t group_, block_, distance_, size_ = 0;
    std::vector<Layer> layers_;
    std::vector<Range> ranges_;
    std::vector<Memory> memory_;
    std::vector<Block> blocks_;
};

// Whether this layout is the faster one. Depends on the sizes alone: the layouts sum gradients in different orders.
template <class T>
bool columns_are_faster(const Network&, std::int64_t batch_rows, bool gathers);

}  // namespace layerwise
