#include "few_outputs.hpp"

#include <algorithm>

#include "network.hpp"

namespace layerwise {

constexpr std::int64_t kTurned = 64;  // units of the layer before at a time, so that they stay in the first-level cache
constexpr std::int64_t kTaskNumbers = 3072;  // weights whose gradient one task computes, at least

template <class T>
FewOutputs<T>::FewOutputs(const PassOptions<T>& options, std::int64_t chunk_rows, std::int64_t most_rows)
    : net_(options.network),
      kernels_(options.kernels),
      n_(net_.n(net_.L())),
      before_(net_.n(net_.L() - 1)),
      width_(round_up(before_, kernels_.lanes)),
      ld_(row_distance<T>(chunk_rows)),
      ld_turned_(row_distance<T>(std::min(chunk_rows, most_rows))),
      Z_(n_ * ld_),
      A_(n_ * ld_),
      D_(options.backward ? Buffer<T>(n_ * ld_) : Buffer<T>()),
      Y_(n_ * ld_),
      w_(ld_) {
    for (int thread = 0; thread < options.threads; ++thread)
        turned_.emplace_back(std::min(kTurned, before_) * ld_turned_);
}

template <class T>
const T* FewOutputs<T>::lay_in(const T* parameters, T* vector) const {
    for (std::int64_t j = 0; j < n_; ++j, parameters += before_) std::copy_n(parameters, before_, vector + j * width_);
    return parameters;
}

template <class T>
T* FewOutputs<T>::lay_out(const T* vector, T* parameters) const {
    for (std::int64_t j = 0; j < n_; ++j) parameters = std::copy_n(vector + j * width_, before_, parameters);
    return parameters;
}

template <class T>
void FewOutputs<T>::add_squares(const T* vector, T factor, T* sums) const {
    kernels_.add_squares(vector, width_, n_, width_, factor, sums);
}

template <class T>
void FewOutputs<T>::forward(int thread, const Hidden& A, Span span, const T* weights, const T* biases) {
    T *const turned = turned_[std::size_t(thread)].get(), *const Z = Z_.get() + span.first;
    for (std::int64_t k = 0; k < before_; k += kTurned) {
        const std::int64_t units = std::min(kTurned, before_ - k);
        kernels_.transpose(A.numbers + k, A.ld, span.rows, units, turned, ld_turned_);
        const T* const start = k ? Z : biases;
        kernels_.product({weights + k, width_, false, turned, ld_turned_, units, n_,
                          round_up(span.rows, kernels_.lanes), start, k ? ld_ : 1, k == 0, Z, ld_});
    }
}

template <class T>
void FewOutputs<T>::output(const Batch<T>& batch, const Chunk& chunk, Span span, T* losses, T* outputs) {
    const Examples<T>& from = *batch.examples;
    const std::int64_t i = chunk.first + span.first, columns = round_up(span.rows, kernels_.lanes);
    Output<T> o = output_of<T>(net_);
    o.by_columns = true;
    o.rows = columns;
    o.Z = Z_.get() + span.first, o.A = A_.get() + span.first;
    o.ldz = o.lda = o.ldd = o.ldy = ld_;
    if (D_) o.dZ = D_.get() + span.first;
    if (from.Y) {
        T *const Y = Y_.get() + span.first, *const w = w_.get() + span.first;
        kernels_.gather_columns(batch.rows_of(from.Y, n_, i), span.rows, Y, ld_, columns);
        for (std::int64_t k = 0; k < span.rows; ++k)
            w[k] = from.weights ? from.weights[batch.order ? batch.order[i + k] : i + k] : T(1);
        std::fill_n(w + span.rows, columns - span.rows, T(0));
        o.Y = Y, o.w = w, o.losses = losses + span.first;
    }
    kernels_.output(o);
    if (outputs) kernels_.transpose(o.A, ld_, n_, span.rows, outputs + i * n_, n_);
}

template <class T>
void FewOutputs<T>::backward(Span span, const T* weights, const Hidden& dA) const {
    kernels_.product({D_.get() + span.first, ld_, true, weights, width_, n_, span.rows, width_, nullptr, 0, false,
                      dA.numbers, dA.ld});
}

template <class T>
std::int64_t FewOutputs<T>::tasks() const {
    return std::clamp<std::int64_t>(weights() / kTaskNumbers, 1, n_);
}

template <class T>
typename FewOutputs<T>::Units FewOutputs<T>::units(std::int64_t task) const {
    const std::int64_t first = n_ * task / tasks();
    return {first, n_ * (task + 1) / tasks() - first};
}

template <class T>
void FewOutputs<T>::gradient(Units units, const Hidden& A, const Chunk& chunk, T* weights, const Ahead* ahead,
                             int aheads) const {
    kernels_.product({D_.get() + units.first * ld_, ld_, false, A.numbers, A.ld, chunk.rows, units.count, width_,
                      chunk.starts ? nullptr : weights, width_, false, weights, width_, ahead, aheads});
    // what lies beyond the units of the layer before is g(0), which need not be 0
    for (std::int64_t j = 0; j < units.count; ++j) std::fill_n(weights + j * width_ + before_, width_ - before_, T(0));
}

template <class T>
void FewOutputs<T>::add_biases(const Chunk& chunk, T* sums) const {
    kernels_.add_sums(D_.get(), ld_, n_, round_up(chunk.rows, kernels_.lanes), sums);
}

template class FewOutputs<float>;
template class FewOutputs<double>;

}  // namespace layerwise
