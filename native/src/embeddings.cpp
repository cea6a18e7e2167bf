#include "embeddings.hpp"

#include <algorithm>
#include <cmath>

#include "network.hpp"
#include "paging.hpp"

namespace layerwise {
namespace {

constexpr std::int64_t kTaskNumbers = 1 << 14;  // of a table of levels in one gradient task

template <class T>
constexpr std::int64_t kGroup = kLine / std::int64_t(sizeof(T));  // what ranges are multiples of

}  // namespace

template <class T>
bool inputs_fit(const Network& net, const T* X, std::int64_t m, bool mapped) {
    constexpr std::int64_t kRows = 1 << 14;  // that are let go of together
    const std::int64_t n_x = net.n_x(), plain = n_x - std::int64_t(net.embeddings.size());
    bool wrong = false;
    for (std::int64_t i = 0; i < m; ++i, X += n_x) {
        if (mapped && i > 0 && i % kRows == 0) let_go(X - kRows * n_x, kRows * n_x * std::int64_t(sizeof(T)));
        for (std::int64_t k = 0; k < n_x; ++k) wrong |= !(X[k] - X[k] == 0);  // NaN for what is not finite
        for (std::size_t j = 0; j < net.embeddings.size(); ++j) {
            const Embedding& e = net.embeddings[j];
            const double u = double(X[std::size_t(plain) + j]);
            wrong |= !e.ordered && !(u >= -1 && u <= double(e.positions - 1) && u == std::floor(u));
        }
    }
    return !wrong;
}

template <class T>
void write_code(const Embedding& e, T u, T* code) {
    const Place<T> at = place_of(e, u);
    std::fill_n(code, e.width(), T(0));
    if (e.ordered) std::fill_n(code, at.k, T(1));
    if (at.k >= 0) code[at.k] = e.ordered ? at.t : T(1);
}

template <class T>
void embed_one(const Network& net, const T* tables, const T* x, T* a) {
    const std::int64_t plain = net.n_x() - std::int64_t(net.embeddings.size());
    a = std::copy_n(x, plain, a), x += plain;
    for (const Embedding& e : net.embeddings) {
        const Place<T> at = place_of(e, *x);
        const std::int64_t d = e.dimension;
        if (!d)
            write_code(e, *x, a);
        else if (!e.ordered && at.k < 0)
            std::fill_n(a, d, T(0));
        else
            for (std::int64_t c = 0; c < d; ++c) {
                const T* const here = tables + at.k * d + c;
                T sum = 0;
                for (std::int64_t k = 0; e.ordered && k < at.k; ++k) sum += tables[k * d + c];
                a[c] = e.ordered ? (1 - at.t) * sum + at.t * (sum + *here) : *here;
            }
        tables += e.parameters(), a += e.width(), ++x;
    }
}

template <class T>
Embeddings<T>::Embeddings(const Network& net, const Kernels<T>& kernels, std::int64_t chunk_rows, std::int64_t first,
                          bool backward)
    : kernels_(&kernels), plain_(net.n_x() - std::int64_t(net.embeddings.size())) {
    std::int64_t row = plain_, columns = 0;
    for (const Embedding& e : net.embeddings) {
        Table& table = tables_.emplace_back(Table{e, row, columns, first + size_, {}, {}, {}});
        if (e.dimension) {
            table.index = Buffer<std::int32_t>(chunk_rows);
            if (e.ordered) table.between = Buffer<T>(chunk_rows), table.sums = Buffer<T>(e.positions * e.dimension);
            if (!learnt_.empty() && learnt_.back().first + learnt_.back().rows == row)
                learnt_.back().rows += e.dimension;
            else
                learnt_.push_back({row, e.dimension, columns});
            columns += e.dimension, size_ += round_up(e.parameters(), kGroup<T>);
            if (backward) plan_tasks(tables_.size() - 1);
        }
        row += e.width();
    }
    columns_ = round_up(columns, kernels_->lanes), ld_ = round_up(columns, kGroup<T>);
    if (backward) dA_ = Buffer<T>(chunk_rows * ld_);
}

template <class T>
void Embeddings<T>::plan_tasks(std::size_t table) {
    const Table& of = tables_[table];
    const std::int64_t d = of.of.dimension, all = of.of.code_length();
    // sums over ordered positions run through the whole table
    const std::int64_t some = of.of.ordered ? all : round_up(std::max<std::int64_t>(1, kTaskNumbers / d), kGroup<T>);
    for (std::int64_t first = 0; first < all; first += some) {
        const std::int64_t end = std::min(all, first + some), begin = of.vector + first * d;
        const Range none{begin, 0, true}, numbers{begin, round_up((end - first) * d, kGroup<T>), false};
        tasks_.push_back({table, first, end, {none, numbers}});
    }
}

template <class T>
void Embeddings<T>::lay_in(const T* parameters, T* vector) const {
    for (const Table& table : tables_) {
        std::copy_n(parameters, table.of.parameters(), vector + table.vector);
        parameters += table.of.parameters();
    }
}

template <class T>
void Embeddings<T>::lay_out(const T* vector, T* parameters) const {
    for (const Table& table : tables_)
        parameters = std::copy_n(vector + table.vector, table.of.parameters(), parameters);
}

template <class T>
void Embeddings<T>::derive_all(const T* vector) {
    for (Table& table : tables_) sum_up(table, vector);
}

template <class T>
void Embeddings<T>::derive(std::int64_t task, const T* vector) {
    sum_up(tables_[tasks_[std::size_t(task)].table], vector);
}

template <class T>
void Embeddings<T>::sum_up(Table& table, const T* vector) const {
    if (!table.sums) return;
    const std::int64_t d = table.of.dimension, count = table.of.parameters();
    const T* const E = vector + table.vector;
    T* const sums = table.sums.get();
    for (std::int64_t c = 0; c < count; ++c) sums[d + c] = sums[c] + E[c];
}

template <class T>
Positions<T> Embeddings<T>::positions(const Table& table, std::int64_t first, std::int64_t count) const {
    const T* const between = table.between ? table.between.get() + first : nullptr;
    return {table.index.get() + first, between, count, table.of.dimension};
}

template <class T>
void Embeddings<T>::gather(const TableRows<T>& X, std::int64_t first, std::int64_t count, const T* vector, T* A,
                           std::int64_t ld) {
    for (std::int64_t i = 0; i < count; ++i) {
        const T* const x = X.table + (X.order ? std::int64_t(X.order[i]) : i) * X.n;
        std::copy_n(x, plain_, A + i * ld);
        const T* u = x + plain_;
        for (Table& table : tables_) {
            if (table.of.dimension) {
                const Place<T> at = place_of(table.of, *u);
                table.index[first + i] = at.k;
                if (table.between) table.between[first + i] = at.t;
            } else {
                write_code(table.of, *u, A + i * ld + table.row);
            }
            ++u;
        }
    }
    for (const Table& table : tables_)
        if (table.of.dimension)
            kernels_->look_up(positions(table, first, count), table.sums ? table.sums.get() : vector + table.vector,
                              A + table.row, ld);
}

template <class T>
void Embeddings<T>::gradient(std::int64_t task, const Chunk& chunk, T* sums) const {
    const Task& of = tasks_[std::size_t(task)];
    const Table& table = tables_[of.table];
    const std::int64_t d = table.of.dimension;
    if (chunk.starts) std::fill_n(sums, of.ranges[1].count, T(0));
    kernels_->add_up(positions(table, 0, chunk.rows), dA(0) + table.column, ld_, of.first, of.end, sums);
    for (std::int64_t c = (of.end - 1) * d - 1; chunk.ends && table.sums && c >= 0; --c) sums[c] += sums[d + c];
}

template bool inputs_fit(const Network&, const float*, std::int64_t, bool);
template bool inputs_fit(const Network&, const double*, std::int64_t, bool);
template void embed_one(const Network&, const float*, const float*, float*);
template void embed_one(const Network&, const double*, const double*, double*);
template class Embeddings<float>;
template class Embeddings<double>;

}  // namespace layerwise
