// The last layer of a network with hidden layers and few outputs: its units are rows and its examples columns, while
// the layers before it have it the other way round. No vector is filled up with units that are not there, the loss
// finds an example in each lane, and W[L] lies as the way back reads it.
#pragma once

#include "pass.hpp"

namespace layerwise {

template <class T>
class FewOutputs {
  public:
    // Some examples of a chunk; `first` is a multiple of `alignment`.
    struct Span {
        std::int64_t first, rows;
    };
    // Of the layer before: an example a row.
    struct Hidden {
        T* numbers;
        std::int64_t ld;
    };
    static constexpr std::int64_t alignment = kLine / std::int64_t(sizeof(T));

    static bool has(const Network& net) { return net.L() > 1 && net.n(net.L()) <= kMost; }
    FewOutputs(const PassOptions<T>&, std::int64_t chunk_rows, std::int64_t most_rows);  // of a chunk, of a span

    std::int64_t weights() const { return n_ * width_; }  // numbers in the vector, a unit a row
    // Both return where the parameters of the next layer are.
    const T* lay_in(const T* parameters, T* vector) const;
    T* lay_out(const T* vector, T* parameters) const;
    void add_squares(const T* vector, T factor, T* sums) const;  // one a column

    void forward(int thread, const Hidden& A, Span, const T* weights, const T* biases);
    void output(const Batch<T>&, const Chunk&, Span, T* losses, T* outputs);  // which may be null
    void backward(Span, const T* weights, const Hidden& dA) const;

    // Units whose gradient one task computes.
    struct Units {
        std::int64_t first, count;
    };
    std::int64_t tasks() const;
    Units units(std::int64_t task) const;
    std::int64_t width() const { return width_; }
    void gradient(Units, const Hidden& A, const Chunk&, T* weights, const Ahead* ahead, int aheads) const;
    void add_biases(const Chunk&, T* sums) const;

  private:
    static constexpr std::int64_t kMost = 12;  // from 13 on the padding to 16 costs less than turning the layer before

    const Network& net_;
    const Kernels<T>& kernels_;
    std::int64_t n_, before_, width_;  // units of the layer before, and their number rounded up to lanes
    std::int64_t ld_, ld_turned_;
    Buffer<T> Z_, A_, D_, Y_, w_;
    std::vector<Buffer<T>> turned_;  // one a thread: some units of the layer before, each a row
};

}  // namespace layerwise
