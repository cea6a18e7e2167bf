// The examples of a subset as a table of their own, for who comes back to them often.
#pragma once

#include <algorithm>
#include <vector>

#include "buffer.hpp"
#include "layerwise/run.hpp"

namespace layerwise {

template <class T>
class OwnRows {
  public:
    OwnRows(const Network& net, const Examples<T>& from) : examples_(from) {
        if (from.subset.empty()) return;
        examples_ = {};
        examples_.m = from.count();
        examples_.Y = copied(from.Y, net.n(net.L()), from.subset, Y_);
        if (from.weights) examples_.weights = copied(from.weights, 1, from.subset, weights_);
        if (from.starts)
            copy_sparse(from);
        else
            examples_.X = copied(from.X, net.n_x(), from.subset, X_);
    }
    OwnRows(const OwnRows&) = delete;

    const Examples<T>& examples() const { return examples_; }  // all of the caller's, where it asks for no subset

  private:
    static const T* copied(const T* table, std::int64_t n, std::span<const std::uint32_t> rows, Buffer<T>& to) {
        to = Buffer<T>(n * std::int64_t(rows.size()));
        T* next = to.get();
        for (const std::uint32_t row : rows) next = std::copy_n(table + row * n, n, next);
        return to.get();
    }

    void copy_sparse(const Examples<T>& from) {
        starts_.push_back(0);
        for (const std::uint32_t row : from.subset) {
            const std::int64_t first = from.starts[row], end = from.starts[row + std::int64_t(1)];
            numbers_.insert(numbers_.end(), from.X + first, from.X + end);
            columns_.insert(columns_.end(), from.columns + first, from.columns + end);
            starts_.push_back(std::int64_t(numbers_.size()));
        }
        examples_.X = numbers_.data(), examples_.columns = columns_.data(), examples_.starts = starts_.data();
    }

    Examples<T> examples_;
    Buffer<T> X_, Y_, weights_;
    std::vector<T> numbers_;
    std::vector<std::int32_t> columns_;
    std::vector<std::int64_t> starts_;
};

}  // namespace layerwise
