#include "columns.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "network.hpp"
#include "sparse.hpp"

namespace layerwise {
namespace {

template <class T>
constexpr std::int64_t kGroup = kLine / std::int64_t(sizeof(T));

constexpr double kBlockOperations = 1e6;         // worth another thread
constexpr std::int64_t kBlockBytes = 256 << 10;  // of A, Z and D: a part of the second-level cache
constexpr std::int64_t kMostBlocks = 64;         // of a chunk

// Examples of a block: all, unless they are worth several threads or do not fit the cache.
template <class T>
std::int64_t block_size(const Network& net, std::int64_t rows) {
    std::int64_t units = 0;
    for (const std::int64_t n : net.sizes) units += n;
    const auto blocks = std::int64_t(step_operations(net, rows) / kBlockOperations);
    const std::int64_t even = (rows + std::max<std::int64_t>(blocks, 1) - 1) / std::max<std::int64_t>(blocks, 1);
    const std::int64_t fitting = std::max<std::int64_t>(1, kBlockBytes / (3 * units * kLine)) * kGroup<T>;
    return std::min(round_up(std::max(even, 4 * kGroup<T>), kGroup<T>), fitting);
}

}  // namespace

template <class T>
Columns<T>::Columns(const PassOptions<T>& options)
    : options_(options),
      net_(options.network),
      kernels_(options.kernels),
      group_(kGroup<T>),
      block_(block_size<T>(net_, options.most_rows)) {
    this->chunk_rows_ = std::min(options_.most_rows, block_ * kMostBlocks);
    distance_ = std::min(block_, round_up(this->chunk_rows_, group_));
    if (distance_ % (16 * group_) == 0) distance_ += group_;  // rows a power of two apart would share cache sets
    this->losses_ = Buffer<T>(round_up(this->chunk_rows_, block_));
    plan_layers();
    blocks_.resize(std::size_t(example_tasks(this->chunk_rows_)));
    for (Block& block : blocks_) {
        block.X = Buffer<T>(net_.n(0) * distance_);
        block.Y = Buffer<T>(net_.n(net_.L()) * distance_);
        block.weights = Buffer<T>(distance_);
        if (options_.backward) block.sums = Buffer<T>(size_);
    }
}

template <class T>
void Columns<T>::plan_layers() {
    const int L = net_.L();
    layers_.push_back({net_.n(0), 0, 0, false});
    memory_.resize(std::size_t(options_.threads));
    for (Memory& memory : memory_) memory.A.resize(1), memory.Z.resize(1), memory.D.resize(1);
    for (int l = 1; l <= L; ++l) {
        const bool keeps_Z = l == L || kernels_.derivative_needs_z(net_.g(l));
        layers_.push_back({net_.n(l), size_, 0, keeps_Z});
        size_ += round_up(net_.n(l) * net_.n(l - 1), group_);
        for (Memory& memory : memory_) {
            memory.A.emplace_back(net_.n(l) * distance_);
            memory.Z.emplace_back(keeps_Z ? net_.n(l) * distance_ : 0);
            memory.D.emplace_back(options_.backward ? net_.n(l) * distance_ : 0);
        }
    }
    ranges_.push_back({0, size_, true});
    for (int l = 1; l <= L; ++l) layers_[std::size_t(l)].biases = size_, size_ += round_up(net_.n(l), group_);
    ranges_.push_back({ranges_[0].count, size_ - ranges_[0].count, false});
}

template <class T>
void Columns<T>::lay_in(const T* parameters, T* vector) const {
    std::memset(static_cast<void*>(vector), 0, std::size_t(size_) * sizeof(T));
    for (int l = 1; l <= net_.L(); parameters += layer(l).n * net_.n(l - 1), ++l)
        std::copy_n(parameters, layer(l).n * net_.n(l - 1), vector + layer(l).weights);
    for (int l = 1; l <= net_.L(); parameters += layer(l).n, ++l)
        std::copy_n(parameters, layer(l).n, vector + layer(l).biases);
}

template <class T>
void Columns<T>::lay_out(const T* vector, T* parameters) const {
    for (int l = 1; l <= net_.L(); parameters += layer(l).n * net_.n(l - 1), ++l)
        std::copy_n(vector + layer(l).weights, layer(l).n * net_.n(l - 1), parameters);
    for (int l = 1; l <= net_.L(); parameters += layer(l).n, ++l)
        std::copy_n(vector + layer(l).biases, layer(l).n, parameters);
}

template <class T>
double Columns<T>::squares(const T* vector, bool weights_only, T factor) const {
    const std::int64_t count = weights_only ? ranges_[0].count : size_;
    T sums[kGroup<T>] = {};
    kernels_.add_squares(vector, group_, count / group_, group_, factor, sums);
    double total = 0;
    for (const T sum : sums) total += double(sum);
    return total;
}

template <class T>
void Columns<T>::examples(std::int64_t task, int thread, const Batch<T>& batch, const Chunk& chunk, const T* vector) {
    const std::int64_t first = task * block_, real = std::min(block_, chunk.rows - first);
    const Span span{chunk.first + first, round_up(real, group_), real};
    Block& block = blocks_[std::size_t(task)];
    const Memory& memory = memory_[std::size_t(thread)];
    if (!holds(block, batch, chunk)) gather(block, batch, span);
    forward(memory, block, span, vector);
    output(memory, block, span, this->losses_.get() + first);
    if (!options_.backward) return;
    backward(memory, span, vector);
    sum(memory, block, span);
}

// Full batches in one chunk are gathered once.
template <class T>
bool Columns<T>::holds(Block& block, const Batch<T>& batch, const Chunk& chunk) const {
    const Examples<T>* whole = !batch.order && chunk.starts && chunk.ends ? batch.examples : nullptr;
    return std::exchange(block.held, whole) == whole && whole;
}

template <class T>
void Columns<T>::gather(Block& block, const Batch<T>& batch, Span span) {
    const Examples<T>& from = *batch.examples;
    const auto turn = [&](const T* table, std::int64_t n, T* to) {
        kernels_.gather_columns(batch.rows_of(table, n, span.first), span.real, to, distance_, span.columns);
    };
    if (from.starts) {
        std::memset(static_cast<void*>(block.X.get()), 0, std::size_t(net_.n(0) * distance_) * sizeof(T));
        scatter(batch, span.first, span.real, block.X.get(), 1, distance_);
    } else {
        turn(from.X, net_.n(0), block.X.get());
    }
    if (from.Y) turn(from.Y, net_.n(net_.L()), block.Y.get());
    for (std::int64_t k = 0; this->looks_ && k < net_.n(0); ++k)
        if (!kernels_.all_finite(block.X.get() + k * distance_, span.columns)) this->found_infinity_ = true;
    for (std::int64_t i = 0; i < span.columns; ++i) {
        const std::int64_t example = i >= span.real ? 0 : batch.order ? batch.order[span.first + i] : span.first + i;
        block.weights[i] = i >= span.real ? T(0) : from.weights ? from.weights[example] : T(1);
    }
}

template <class T>
void Columns<T>::forward(const Memory& memory, const Block& block, Span span, const T* vector) const {
    for (int l = 1; l <= net_.L(); ++l) {
        const Layer &before = layer(l - 1), &at = layer(l);
        T* const A = memory.A[std::size_t(l)].get();
        T* const Z = at.keeps_Z ? memory.Z[std::size_t(l)].get() : A;
        // the output and the loss are computed together
        const Activation g = l < net_.L() ? net_.g(l) : Activation::identity;
        kernels_.narrow_product({vector + at.weights, before.n, false, inputs(memory, block, l), distance_, before.n,
                                 at.n, span.columns, vector + at.biases, 1, true, Z, distance_},
                                {g, T(net_.setting(l)), nullptr, nullptr, l < net_.L() ? A : Z});
    }
}

template <class T>
void Columns<T>::output(const Memory& memory, const Block& block, Span span, T* losses) const {
    const auto L = std::size_t(net_.L());
    Output<T> o = output_of<T>(net_);
    o.by_columns = true;
    o.rows = span.columns;
    o.Z = memory.Z[L].get(), o.A = memory.A[L].get();
    if (options_.backward) o.dZ = memory.D[L].get();
    o.ldz = o.lda = o.ldd = o.ldy = distance_;
    o.Y = block.Y.get(), o.w = block.weights.get();
    o.losses = losses;
    kernels_.output(o);
    for (std::int64_t i = 0; this->outputs_ && i < span.real; ++i)
        for (std::int64_t j = 0; j < o.n_y; ++j) this->outputs_[(span.first + i) * o.n_y + j] = o.A[j * distance_ + i];
}

template <class T>
void Columns<T>::backward(const Memory& memory, Span span, const T* vector) const {
    for (int l = net_.L(); l > 1; --l) {
        const Layer &at = layer(l), &before = layer(l - 1);
        T* const D = memory.D[std::size_t(l - 1)].get();
        const T *A = memory.A[std::size_t(l - 1)].get(), *Z = memory.Z[std::size_t(l - 1)].get();
        kernels_.narrow_product({vector + at.weights, before.n, true, memory.D[std::size_t(l)].get(), distance_, at.n,
                                 before.n, span.columns, nullptr, 0, false, D, distance_},
                                {net_.g(l - 1), T(net_.setting(l - 1)), before.keeps_Z ? Z : nullptr, A, nullptr});
    }
}

template <class T>
void Columns<T>::sum(const Memory& memory, const Block& block, Span span) const {
    std::fill_n(block.sums.get(), size_, T(0));
    for (int l = 1; l <= net_.L(); ++l) {
        const T* const D = memory.D[std::size_t(l)].get();
        kernels_.add_dots(D, distance_, layer(l).n, inputs(memory, block, l), distance_, layer(l - 1).n, span.columns,
                          block.sums.get() + layer(l).weights);
        kernels_.add_sums(D, distance_, layer(l).n, span.columns, block.sums.get() + layer(l).biases);
    }
}

template <class T>
void Columns<T>::gradient(std::int64_t, const Batch<T>&, const Chunk& chunk, T* weights, T* biases, const Ahead*, int) {
    T* const sums[] = {weights, biases};
    for (std::size_t k = 0; k < 2; ++k) {
        if (chunk.starts) std::fill_n(sums[k], ranges_[k].count, T(0));
        for (std::int64_t task = 0; task < example_tasks(chunk.rows); ++task)
            kernels_.add_rows(blocks_[std::size_t(task)].sums.get() + ranges_[k].first, 0, 1, ranges_[k].count,
                              sums[k]);
    }
}

template <class T>
bool columns_are_faster(const Network& net, std::int64_t batch_rows, bool gathers) {
    // Vectors an example, a group being the width of one; 20 is about what an activation costs beside a multiply-add.
    constexpr double kActivation = 20, kGather = 0.5, kDot = 1.3;
    const double group = double(kGroup<T>);
    const auto vectors = [&](std::int64_t n) { return double((n + kGroup<T> - 1) / kGroup<T>); };
    double rows = 0, columns = gathers ? kGather * double(net.n(0)) : 0, parameters = 0;
    for (int l = 1; l <= net.L(); ++l) {
        const double n = double(net.n(l)), before = double(net.n(l - 1));
        rows += 2 * before * vectors(net.n(l)) + kActivation * vectors(net.n(l));
        columns += ((1 + kDot) * n * before + kActivation * n) / group;
        if (l > 1) rows += n * vectors(net.n(l - 1)), columns += n * before / group;
        parameters += n * (before + 1);
    }
    const double filled = double(batch_rows) / (vectors(batch_rows) * group);
    return parameters <= 4096 && columns < rows * filled;
}

template class Columns<float>;
template class Columns<double>;
template bool columns_are_faster<float>(const Network&, std::int64_t, bool);
template bool columns_are_faster<double>(const Network&, std::int64_t, bool);

}  // namespace layerwise
