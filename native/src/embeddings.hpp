// The layer before the first: numbers that hold positions become vectors out of tables, or codes. What they mean is
// defined by layerwise/equations/embeddings.py.
//
// A table lies in the engine's vector as the interface has it, position after position. Of ordered positions the sums
// of the first k columns are kept beside it, so that an example costs two vectors and not one for every position; so do
// their derivatives, which are summed up once, after the last example.
#pragma once

#include <algorithm>

#include "pass.hpp"

namespace layerwise {

// Knot k below a position, and how far it is on the way to the next; of levels k itself, or -1.
template <class T>
struct Place {
    std::int32_t k;
    T t;
};

template <class T>
Place<T> place_of(const Embedding& e, T u) {
    if (!e.ordered) return {u < 0 ? -1 : std::int32_t(u), T(0)};
    const T last = T(e.positions - 1), inside = u > 0 ? u : T(0);
    if (!(inside < last)) return {std::int32_t(e.positions - 2), T(1)};
    const std::int32_t k = std::min(std::int32_t(inside), std::int32_t(e.positions - 2));
    return {k, inside - T(k)};
}

template <class T>
void write_code(const Embedding&, T u, T* code);

// A[0] of one example, from tables as the interface lays them out, with the bits that a batch gives it.
template <class T>
void embed_one(const Network&, const T* tables, const T* x, T* a);

template <class T>
class Embeddings {
  public:
    Embeddings() = default;  // of a network without any
    Embeddings(const Network&, const Kernels<T>&, std::int64_t chunk_rows, std::int64_t first, bool backward);

    std::int64_t size() const { return size_; }  // in the vector, from `first` on
    void lay_in(const T* parameters, T* vector) const;
    void lay_out(const T* vector, T* parameters) const;
    void derive_all(const T* vector);
    void derive(std::int64_t task, const T* vector);

    // Rows of X to rows of A[0], examples `first` to `first + count` of the chunk.
    void gather(const TableRows<T>& X, std::int64_t first, std::int64_t count, const T* vector, T* A, std::int64_t ld);

    // The rows of W[1] that a derivative goes back through, and which columns of dA they give.
    struct Stretch {
        std::int64_t first, rows, column;
    };
    const std::vector<Stretch>& learnt() const { return learnt_; }
    std::int64_t columns() const { return columns_; }  // rounded up to lanes
    T* dA(std::int64_t example) const { return dA_.get() + example * ld_; }
    std::int64_t ld() const { return ld_; }

    // One for each table, or for a part of its levels.
    std::int64_t tasks() const { return std::int64_t(tasks_.size()); }
    const std::vector<Range>& ranges(std::int64_t task) const { return tasks_[std::size_t(task)].ranges; }
    void gradient(std::int64_t task, const Chunk&, T* sums) const;

  private:
    struct Table {
        Embedding of;
        std::int64_t row, column;  // where it begins in A[0] and in dA
        std::int64_t vector;       // and in the engine's
        Buffer<T> sums;            // of the first k columns, for ordered positions
        Buffer<std::int32_t> index;
        Buffer<T> between;
    };
    struct Task {
        std::size_t table;
        std::int64_t first, end;  // positions
        std::vector<Range> ranges;
    };

    Positions<T> positions(const Table&, std::int64_t first, std::int64_t count) const;
    void plan_tasks(std::size_t table);
    void sum_up(Table&, const T* vector) const;

    const Kernels<T>* kernels_ = nullptr;
    std::int64_t plain_ = 0, size_ = 0, columns_ = 0, ld_ = 0;
    std::vector<Table> tables_;
    std::vector<Task> tasks_;
    std::vector<Stretch> learnt_;
    Buffer<T> dA_;
};

}  // namespace layerwise
