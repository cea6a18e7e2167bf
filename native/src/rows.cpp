#include "rows.hpp"

#include <algorithm>
#include <cstring>

#include "network.hpp"
#include "sparse.hpp"

namespace layerwise {
namespace {

constexpr std::int64_t kMostBlock = 64;  // examples that go through all layers together
constexpr std::int64_t kTaskRows =
    96;  // rows of a panel in one gradient task: a multiple of every tile and of the lanes
constexpr std::int64_t kPanelBytes = 1 << 20;  // of dZ, from which on its lines lie on too many pages
constexpr std::int64_t kChunkBytes = 4 << 20;
constexpr std::int64_t kMostChunkBytes = 256 << 20;
constexpr std::int64_t kLeastChunk = 512;  // fewer would load and store the sums of the gradient too often

}  // namespace

template <class T>
Rows<T>::Rows(const PassOptions<T>& options) : options_(options), net_(options.network), kernels_(options.kernels) {
    plan_layers();
    if (options_.backward) plan_tasks();
    for (int thread = 0; !few_ && thread < options_.threads; ++thread)
        scratch_.emplace_back(output_scratch(net_, kernels_.lanes));
}

template <class T>
void Rows<T>::plan_layers() {
    const int L = net_.L();
    layers_.resize(std::size_t(L + 1));
    std::int64_t row_bytes = 0;
    for (int l = 0; l <= L; ++l) {
        layer(l).n = net_.n(l);
        layer(l).padded = round_up(net_.n(l), kernels_.lanes);
        layer(l).ld = row_distance<T>(net_.n(l));
        row_bytes += 2 * layer(l).ld * std::int64_t(sizeof(T));
    }
    const std::int64_t fitting = std::max(kLeastChunk, kChunkBytes / row_bytes / 64 * 64);
    this->chunk_rows_ = std::min({options_.most_rows, fitting, std::max<std::int64_t>(1, kMostChunkBytes / row_bytes)});
    const std::int64_t rows = this->chunk_rows_;
    this->losses_ = Buffer<T>(round_up(rows, kernels_.lanes));
    std::int64_t widest = kLine / std::int64_t(sizeof(T));
    for (int l = 1; l <= L; ++l) widest = std::max(widest, layer(l).padded);
    squares_ = Buffer<T>(widest);
    if (FewOutputs<T>::has(net_)) few_.emplace(options_, rows, kMostBlock + FewOutputs<T>::alignment);
    for (int l = 0; l <= L; ++l) {
        Layer& at = layer(l);
        at.drops = l > 0 && l < L && !options_.dropout.empty() && options_.dropout[std::size_t(l - 1)] > 0;
        if (l == L && few_) {
            at.weights = size_, size_ += few_->weights();
            break;
        }
        at.keeps_Z = l == L || (l > 0 && kernels_.derivative_needs_z(net_.g(l)));
        if (l < L) at.A = Buffer<T>(rows * at.ld);
        if (at.keeps_Z) at.Z = Buffer<T>(rows * at.ld);
        if (at.drops) at.mask = Buffer<T>(rows * at.ld), at.undropped = Buffer<T>(rows * at.ld);
        if (l > 0 && options_.backward) at.D = Buffer<T>(rows * at.ld);
        if (at.D && rows * at.ld * std::int64_t(sizeof(T)) >= kPanelBytes) at.panels = Buffer<T>(rows * at.padded);
        if (l > 0) at.weights = size_, size_ += layer(l - 1).n * at.padded;
        if (l > 1 && options_.backward) at.transposed = Buffer<T>(at.n * layer(l - 1).padded);
    }
    for (int l = 1; l <= L; ++l) layer(l).biases = size_, size_ += layer(l).padded;
    if (net_.embeddings.empty()) return;
    embeddings_ = Embeddings<T>(net_, kernels_, rows, size_, options_.backward);
    size_ += embeddings_.size();
    if (options_.backward) layer(1).transposed = Buffer<T>(layer(1).n * embeddings_.columns());
}

// visit(first column, width, where the panel begins in the vector)
template <class T>
template <class Visit>
void Rows<T>::for_each_panel(int l, Visit&& visit) const {
    const Layer& at = layer(l);
    for (std::int64_t column = 0; column < at.padded; column += kernels_.panel)
        visit(column, std::min(kernels_.panel, at.padded - column), at.weights + column * layer(l - 1).n);
}

template <class T>
void Rows<T>::plan_tasks() {
    for (int l = 1; l <= wide_layers(); ++l)
        for (std::int64_t row = 0; row < layer(l - 1).n; row += kTaskRows)
            for_each_panel(l, [&](std::int64_t column, std::int64_t width, std::int64_t begin) {
                const std::int64_t rows = std::min(kTaskRows, layer(l - 1).n - row);
                Task task{l, column / kernels_.panel, row, rows, width, {{begin + row * width, rows * width, true}}};
                if (row == 0) task.ranges.push_back({layer(l).biases + column, width, false});
                tasks_.push_back(std::move(task));
            });
    for (std::int64_t k = 0; few_ && k < few_->tasks(); ++k) {
        const auto [first, count] = few_->units(k);
        const Layer& at = layer(net_.L());
        const std::int64_t width = few_->width();
        Task task{net_.L(), 0, first, count, width, {{at.weights + first * width, count * width, true}}};
        if (k == 0) task.ranges.push_back({at.biases, at.padded, false});
        tasks_.push_back(std::move(task));
    }
}

template <class T>
void Rows<T>::lay_in(const T* parameters, T* vector) const {
    std::memset(static_cast<void*>(vector), 0, std::size_t(size_) * sizeof(T));
    for (int l = 1; l <= wide_layers(); ++l) {
        const std::int64_t n = layer(l).n, before = layer(l - 1).n;
        for_each_panel(l, [&](std::int64_t column, std::int64_t width, std::int64_t begin) {
            const std::int64_t units = std::min(width, n - column);
            kernels_.transpose(parameters + column * before, before, units, before, vector + begin, width);
        });
        parameters += n * before;
    }
    if (few_) parameters = few_->lay_in(parameters, vector + layer(net_.L()).weights);
    for (int l = 1; l <= net_.L(); parameters += layer(l).n, ++l)
        std::copy_n(parameters, layer(l).n, vector + layer(l).biases);
    embeddings_.lay_in(parameters, vector);
}

template <class T>
void Rows<T>::lay_out(const T* vector, T* parameters) const {
    for (int l = 1; l <= wide_layers(); ++l) {
        const std::int64_t n = layer(l).n, before = layer(l - 1).n;
        for_each_panel(l, [&](std::int64_t column, std::int64_t width, std::int64_t begin) {
            const std::int64_t units = std::min(width, n - column);
            kernels_.transpose(vector + begin, width, before, units, parameters + column * before, before);
        });
        parameters += n * before;
    }
    if (few_) parameters = few_->lay_out(vector + layer(net_.L()).weights, parameters);
    for (int l = 1; l <= net_.L(); parameters += layer(l).n, ++l)
        std::copy_n(vector + layer(l).biases, layer(l).n, parameters);
    embeddings_.lay_out(vector, parameters);
}

template <class T>
double Rows<T>::squares(const T* vector, bool weights_only, T factor) const {
    double total = 0;
    constexpr std::int64_t kGroup = kLine / std::int64_t(sizeof(T));
    T* const sums = squares_.get();
    // column by column, whatever the width of a panel
    const auto add = [&](std::int64_t columns, auto&& add_to_sums) {
        std::fill_n(sums, columns, T(0));
        add_to_sums();
        total += kernels_.sum(sums, columns);
    };
    for (int l = 1; l <= wide_layers(); ++l)
        add(layer(l).padded, [&] {
            for_each_panel(l, [&](std::int64_t column, std::int64_t width, std::int64_t begin) {
                kernels_.add_squares(vector + begin, width, layer(l - 1).n, width, factor, sums + column);
            });
        });
    if (few_) add(few_->width(), [&] { few_->add_squares(vector + layer(net_.L()).weights, factor, sums); });
    for (int l = 1; !weights_only && l <= net_.L(); ++l)
        add(layer(l).padded,
            [&] { kernels_.add_squares(vector + layer(l).biases, 0, 1, layer(l).padded, factor, sums); });
    const std::int64_t tables = embeddings_.size();
    if (!weights_only && tables)
        add(kGroup,
            [&] { kernels_.add_squares(vector + size_ - tables, kGroup, tables / kGroup, kGroup, factor, sums); });
    return total;
}

template <class T>
void Rows<T>::derive_all(const T* vector) {
    for (std::int64_t task = 0; task < std::int64_t(tasks_.size()); ++task) derive(task, vector);
    embeddings_.derive_all(vector);
}

template <class T>
void Rows<T>::derive(std::int64_t task, const T* vector) {
    if (of_embeddings(task) >= 0) return embeddings_.derive(of_embeddings(task), vector);
    const Task& of = tasks_[std::size_t(task)];
    if (of.l > wide_layers()) return;
    if (of.l > 1) return turn(of, {0, layer(of.l - 1).n, 0}, layer(of.l - 1).padded, vector);
    // nothing goes back beyond the first layer, but to what is learnt there
    for (const Stretch& rows : embeddings_.learnt()) turn(of, rows, embeddings_.columns(), vector);
}

// The task's block of those rows into the columns of `transposed` that are theirs.
template <class T>
void Rows<T>::turn(const Task& of, const Stretch& those, std::int64_t columns, const T* vector) {
    const Layer& at = layer(of.l);
    const std::int64_t first = of.panel * kernels_.panel, units = std::min(of.width, at.n - first);
    const T* const block = vector + of.ranges[0].first;
    const std::int64_t end = std::min(of.row + of.rows, those.first + those.rows);
    for (std::int64_t row = std::max(of.row, those.first), rows; row < end; row += rows) {  // up to a panel's end
        const std::int64_t column = those.column + row - those.first, panel = column / kernels_.panel;
        const std::int64_t width = std::min(kernels_.panel, columns - panel * kernels_.panel);
        const std::int64_t within = column % kernels_.panel;
        rows = std::min(end - row, width - within);
        T* const to = at.transposed.get() + panel * kernels_.panel * at.n + first * width + within;
        kernels_.transpose(block + (row - of.row) * of.width, of.width, rows, units, to, width);
    }
}

template <class T>
std::int64_t Rows<T>::example_tasks(std::int64_t rows) const {
    const std::int64_t blocks = (rows + kMostBlock - 1) / kMostBlock;
    return std::min(rows, round_up(blocks, options_.threads));
}

template <class T>
void Rows<T>::examples(std::int64_t task, int thread, const Batch<T>& batch, const Chunk& chunk, const T* vector) {
    const std::int64_t tasks = example_tasks(chunk.rows);
    const auto start = [&](std::int64_t k) {
        const std::int64_t row = chunk.rows * k / tasks;
        return few_ ? std::min(chunk.rows, round_up(row, FewOutputs<T>::alignment)) : row;
    };
    const Span span{start(task), start(task + 1) - start(task)};
    if (span.rows == 0) return;
    gather(batch, chunk, span, vector);
    forward(thread, batch, chunk, span, vector);
    output(thread, batch, chunk, span);
    if (options_.backward) backward(span, vector);
}

template <class T>
void Rows<T>::gather(const Batch<T>& batch, const Chunk& chunk, Span span, const T* vector) {
    const std::int64_t ld = layer(0).ld, first = chunk.first + span.first;
    T* const A = layer(0).A.get() + span.first * ld;
    if (!net_.embeddings.empty()) {
        const TableRows<T> X = batch.rows_of(batch.examples->X, net_.n_x(), first);
        return embeddings_.gather(X, span.first, span.rows, vector, A, ld);
    }
    if (batch.examples->starts) {
        std::memset(static_cast<void*>(A), 0, std::size_t(span.rows * ld) * sizeof(T));
        scatter(batch, first, span.rows, A, ld, 1);
    } else {
        kernels_.gather_rows(batch.rows_of(batch.examples->X, net_.n(0), first), span.rows, A, ld);
    }
    if (this->looks_ && !kernels_.all_finite(A, span.rows * ld)) this->found_infinity_ = true;
}

template <class T>
void Rows<T>::forward(int thread, const Batch<T>& batch, const Chunk& chunk, Span span, const T* vector) {
    const int L = net_.L();
    for (int l = 1; l <= L; ++l) {
        const Layer &before = layer(l - 1), &at = layer(l);
        if (l > wide_layers())
            return few_->forward(thread, {before.A.get() + span.first * before.ld, before.ld}, {span.first, span.rows},
                                 vector + at.weights, vector + at.biases);
        const std::int64_t offset = span.first * at.ld, count = span.rows * at.ld;
        T* const A = (at.drops ? at.undropped : at.A).get() + offset;
        T* const Z = at.keeps_Z ? at.Z.get() + offset : A;
        kernels_.product({before.A.get() + span.first * before.ld, before.ld, false, vector + at.weights, 0, before.n,
                          span.rows, at.padded, vector + at.biases, 0, false, Z, at.ld});
        if (l == L) return;  // the output and the loss are computed together
        kernels_.activate(net_.g(l), T(net_.setting(l)), Z, A, count);
        if (!at.drops) continue;
        T* const mask = at.mask.get() + offset;
        kernels_.dropout(options_.seed, std::uint32_t(l), batch.step,
                         batch.dropout * options_.dropout[std::size_t(l - 1)], chunk.first + span.first, span.rows,
                         at.n, mask, at.ld);
        kernels_.multiply(A, mask, at.A.get() + offset, count);
    }
}

template <class T>
void Rows<T>::output(int thread, const Batch<T>& batch, const Chunk& chunk, Span span) {
    if (few_) return few_->output(batch, chunk, {span.first, span.rows}, this->losses_.get(), this->outputs_);
    const Layer& at = layer(net_.L());
    const std::int64_t i = chunk.first + span.first;
    const Examples<T>& from = *batch.examples;
    Output<T> o = output_of<T>(net_);
    o.rows = span.rows;
    o.Z = at.Z.get() + span.first * at.ld, o.ldz = at.ld;
    if (from.Y) o.labels = batch.rows_of(from.Y, o.n_y, i);
    o.w = from.weights && !batch.order ? from.weights + i : from.weights;
    if (from.Y) o.losses = this->losses_.get() + span.first;
    if (this->outputs_) o.A = this->outputs_ + i * o.n_y, o.lda = o.n_y;
    if (options_.backward) o.dZ = at.D.get() + span.first * at.ld, o.ldd = at.ld;
    o.scratch = scratch_[std::size_t(thread)].get();
    kernels_.output(o);
}

template <class T>
void Rows<T>::pack(const Layer& at, Span span) const {
    for (std::int64_t i = span.first; at.panels && i < span.first + span.rows; ++i)
        for (std::int64_t column = 0; column < at.padded; column += kernels_.panel) {
            const std::int64_t width = std::min(kernels_.panel, at.padded - column);
            std::copy_n(at.D.get() + i * at.ld + column, width,
                        at.panels.get() + column * this->chunk_rows_ + i * width);
        }
}

template <class T>
void Rows<T>::backward(Span span, const T* vector) {
    pack(layer(net_.L()), span);
    for (int l = net_.L(); l > 1; --l) {
        const Layer &at = layer(l), &before = layer(l - 1);
        const std::int64_t offset = span.first * before.ld, count = span.rows * before.ld;
        T* const D = before.D.get() + offset;
        if (l > wide_layers())
            few_->backward({span.first, span.rows}, vector + at.weights, {D, before.ld});
        else
            kernels_.product({at.D.get() + span.first * at.ld, at.ld, false, at.transposed.get(), 0, at.n, span.rows,
                              before.padded, nullptr, 0, false, D, before.ld});
        if (before.drops) kernels_.multiply(D, before.mask.get() + offset, D, count);
        kernels_.multiply_derivative(net_.g(l - 1), T(net_.setting(l - 1)),
                                     before.keeps_Z ? before.Z.get() + offset : nullptr,
                                     (before.drops ? before.undropped : before.A).get() + offset, D, count);
        pack(before, span);
    }
    const Layer& at = layer(1);
    if (embeddings_.columns())
        kernels_.product({at.D.get() + span.first * at.ld, at.ld, false, at.transposed.get(), 0, at.n, span.rows,
                          embeddings_.columns(), nullptr, 0, false, embeddings_.dA(span.first), embeddings_.ld()});
}

// A share of the next batch's rows, so that they come from memory while there is something to compute.
template <class T>
void Rows<T>::fetch_ahead(std::int64_t task, const Batch<T>& batch) {
    const std::int64_t tasks = gradient_tasks();
    const std::int64_t first = batch.upcoming_rows * task / tasks, end = batch.upcoming_rows * (task + 1) / tasks;
    if (first == end || batch.examples->starts) return;
    const T* X = batch.examples->X;
    const std::int64_t n_x = net_.n_x(), numbers = batch.examples->m * n_x;
    if (numbers * std::int64_t(sizeof(T)) <= kSecondLevel) return;  // it is there
    kernels_.prefetch_rows({X, X + numbers, n_x, batch.upcoming + first}, end - first);
}

template <class T>
void Rows<T>::gradient(std::int64_t task, const Batch<T>& batch, const Chunk& chunk, T* weights, T* biases,
                       const Ahead* ahead, int aheads) {
    if (chunk.ends) fetch_ahead(task, batch);
    if (of_embeddings(task) >= 0) return embeddings_.gradient(of_embeddings(task), chunk, biases);
    const Task& of = tasks_[std::size_t(task)];
    const Layer &at = layer(of.l), &before = layer(of.l - 1);
    if (of.l > wide_layers()) {
        few_->gradient({of.row, of.rows}, {before.A.get(), before.ld}, chunk, weights, ahead, aheads);
        if (of.ranges.size() < 2) return;
        if (chunk.starts) std::fill_n(biases, at.padded, T(0));
        return few_->add_biases(chunk, biases);
    }
    const std::int64_t column = of.panel * kernels_.panel, ldd = at.panels ? of.width : at.ld;
    const T* D = at.panels ? at.panels.get() + column * this->chunk_rows_ : at.D.get() + column;
    kernels_.product({before.A.get() + of.row, before.ld, true, D, ldd, chunk.rows, of.rows, of.width,
                      chunk.starts ? nullptr : weights, of.width, false, weights, of.width, ahead, aheads});
    if (of.ranges.size() < 2) return;
    if (chunk.starts) std::fill_n(biases, of.width, T(0));
    kernels_.add_rows(D, ldd, chunk.rows, of.width, biases);
}

template class Rows<float>;
template class Rows<double>;

}  // namespace layerwise
