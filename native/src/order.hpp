// The order in which an epoch takes the examples, made a buffer at a time; see equations/shuffling.py.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "buffer.hpp"
#include "kernels/table.hpp"
#include "layerwise/run.hpp"
#include "paging.hpp"

namespace layerwise {

template <class T>
class Order {
  public:
    // For batches of so many examples.
    Order(const Plan&, const Kernels<T>&, const Examples<T>&, std::int64_t batch_rows);

    void open(std::int64_t epoch);
    // The rows of the examples from place `first` of the epoch on, `count` of them; those before are forgotten.
    const std::uint32_t* rows(std::int64_t first, std::int64_t count);
    // How many more than `end` are known without another buffer.
    std::int64_t known_after(std::int64_t end) const { return end_ - end; }

  private:
    void page(const Examples<T>&);
    void append_buffer();
    std::span<const std::uint32_t> blocks_of(std::int64_t buffer) const;
    std::vector<Paging::Rows> rows_of(std::int64_t buffer) const;
    std::int64_t block_end(std::uint32_t block) const;

    const Plan& plan_;
    const Kernels<T>& kernels_;
    std::span<const std::uint32_t> subset_;
    std::int64_t m_, block_, blocks_at_once_, buffers_;
    Buffer<std::uint32_t> blocks_, rows_, ranks_;
    Buffer<std::uint64_t> scratch_;
    std::int64_t epoch_ = 0, buffer_ = 0;  // the next one to be appended
    std::int64_t start_ = 0, end_ = 0,
                 newest_ = 0;   // places of the epoch: what `rows_` holds; where the last buffer began
    bool holds_older_ = false;  // the memory of the buffer before the last one
    std::optional<Paging> paging_;
};

}  // namespace layerwise
