#include "order.hpp"

#include <algorithm>
#include <numeric>

namespace layerwise {
namespace {

// The shuffled orders of a thread's latest run, up to 256 KB of them: the runs of a search have their seed and the
// number of their examples in common, and begin with the same epochs.
class LatestOrders {
  public:
    // shuffle(order) makes what is not kept.
    template <class Shuffle>
    void copy(std::int64_t m, std::uint64_t seed, std::int64_t epoch, std::uint32_t* order, Shuffle&& shuffle) {
        if (m != m_ || seed != seed_) m_ = m, seed_ = seed, orders_.clear();
        const std::int64_t kept = std::int64_t(orders_.size()) / m;
        if (epoch < kept) {
            std::copy_n(orders_.data() + epoch * m, m, order);
            return;
        }
        shuffle(order);
        if (epoch == kept && (kept + 1) * m <= kMost) orders_.insert(orders_.end(), order, order + m);
    }

  private:
    static constexpr std::int64_t kMost = 1 << 16;
    std::int64_t m_ = 0;
    std::uint64_t seed_ = 0;
    std::vector<std::uint32_t> orders_;
};

thread_local LatestOrders latest_orders;

}  // namespace

template <class T>
Order<T>::Order(const Plan& plan, const Kernels<T>& kernels, const Examples<T>& examples, std::int64_t batch_rows)
    : plan_(plan),
      kernels_(kernels),
      subset_(examples.subset),
      m_(examples.count()),
      block_(plan.block ? std::min(plan.block, m_) : m_),
      blocks_at_once_(plan.block && plan.buffer < m_ ? plan.buffer / plan.block : (m_ + block_ - 1) / block_) {
    const std::int64_t blocks = (m_ + block_ - 1) / block_;
    blocks_at_once_ = std::min(blocks_at_once_, blocks);
    buffers_ = (blocks + blocks_at_once_ - 1) / blocks_at_once_;
    const std::int64_t most = std::min(m_, blocks_at_once_ * block_);
    blocks_ = Buffer<std::uint32_t>(blocks), rows_ = Buffer<std::uint32_t>(most + batch_rows);
    scratch_ = Buffer<std::uint64_t>(2 * std::max(most, blocks));
    if (buffers_ > 1 || !subset_.empty()) ranks_ = Buffer<std::uint32_t>(most);
    if (buffers_ > 1 && std::is_sorted(subset_.begin(), subset_.end())) page(examples);
}

template <class T>
void Order<T>::page(const Examples<T>& examples) {
    std::vector<Paging::Table> tables;
    const auto add = [&](bool mapped, const T* table, std::int64_t n) {
        const auto* const first = reinterpret_cast<const char*>(table);
        if (mapped) tables.push_back({first, examples.m, n * std::int64_t(sizeof(T))});
    };
    add(examples.mapped.X, examples.X, plan_.network.n_x());
    add(examples.mapped.Y, examples.Y, plan_.network.n(plan_.network.L()));
    add(examples.mapped.weights, examples.weights, 1);
    if (!tables.empty()) paging_.emplace(std::move(tables));
}

template <class T>
void Order<T>::open(std::int64_t epoch) {
    if (paging_ && buffer_ > 0) {  // of the epoch before
        if (holds_older_) paging_->let_go(rows_of(buffer_ - 2));
        paging_->let_go(rows_of(buffer_ - 1));
    }
    holds_older_ = false;
    epoch_ = epoch;
    buffer_ = start_ = end_ = newest_ = 0;
    if (!plan_.block)
        std::iota(blocks_.get(), blocks_.get() + (m_ + block_ - 1) / block_, 0u);
    else
        kernels_.shuffle_blocks((m_ + block_ - 1) / block_, plan_.seed, std::uint32_t(epoch), blocks_.get(),
                                scratch_.get());
    for (std::int64_t buffer = 0; buffer < buffers_; ++buffer) {
        std::uint32_t* const first = blocks_.get() + buffer * blocks_at_once_;
        std::sort(first, first + blocks_of(buffer).size());
    }
    if (paging_) paging_->read(rows_of(0));
}

template <class T>
const std::uint32_t* Order<T>::rows(std::int64_t first, std::int64_t count) {
    while (end_ < first + count) {
        const std::int64_t kept = std::max<std::int64_t>(0, end_ - first);
        std::copy_n(rows_.get() + (end_ - kept - start_), kept, rows_.get());
        start_ = end_ - kept;
        append_buffer();
    }
    if (paging_ && holds_older_ && first >= newest_) {
        paging_->let_go(rows_of(buffer_ - 2));
        holds_older_ = false;
    }
    return rows_.get() + (first - start_);
}

template <class T>
void Order<T>::append_buffer() {
    std::uint32_t* const to = rows_.get() + (end_ - start_);
    std::int64_t count = 0;
    for (const std::uint32_t block : blocks_of(buffer_)) count += block_end(block) - block * block_;
    const auto shuffle = [&](std::uint32_t* order) {
        kernels_.shuffle(count, plan_.seed, std::uint32_t(epoch_), std::uint32_t(buffer_), order, scratch_.get());
    };
    if (plan_.shuffles && buffers_ == 1)
        latest_orders.copy(count, plan_.seed, epoch_, to, shuffle);
    else if (plan_.shuffles)
        shuffle(to);
    else
        std::iota(to, to + count, 0u);
    if (ranks_) {  // of the buffer's examples, in their order, among all
        std::uint32_t* rank = ranks_.get();
        for (const std::uint32_t block : blocks_of(buffer_))
            for (std::int64_t i = block * block_; i < block_end(block); ++i)
                *rank++ = subset_.empty() ? std::uint32_t(i) : subset_[std::size_t(i)];
        for (std::int64_t i = 0; i < count; ++i) to[i] = ranks_[to[i]];
    }
    if (paging_ && holds_older_) paging_->let_go(rows_of(buffer_ - 2));
    holds_older_ = buffer_ > 0;
    newest_ = end_, end_ += count;
    if (++buffer_ < buffers_ && paging_) paging_->read(rows_of(buffer_));
}

template <class T>
std::span<const std::uint32_t> Order<T>::blocks_of(std::int64_t buffer) const {
    const std::int64_t first = buffer * blocks_at_once_, blocks = (m_ + block_ - 1) / block_;
    return {blocks_.get() + first, std::size_t(std::min(blocks_at_once_, blocks - first))};
}

template <class T>
std::vector<Paging::Rows> Order<T>::rows_of(std::int64_t buffer) const {
    std::vector<Paging::Rows> found;
    for (const std::uint32_t block : blocks_of(buffer)) {
        const std::int64_t first = block * block_, end = block_end(block);
        if (subset_.empty()) {
            found.push_back({first, end});
            continue;
        }
        found.push_back({subset_[std::size_t(first)], subset_[std::size_t(end - 1)] + std::int64_t(1)});
    }
    return found;
}

template <class T>
std::int64_t Order<T>::block_end(std::uint32_t block) const {
    return std::min(m_, (block + std::int64_t(1)) * block_);
}

template class Order<float>;
template class Order<double>;

}  // namespace layerwise
