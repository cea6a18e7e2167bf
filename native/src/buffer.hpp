// Zeroed memory that starts on a cache line.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace layerwise {

constexpr std::int64_t kLine = 64;
constexpr std::int64_t kSecondLevel = 512 << 10;  // bytes of cache that every processor of today has

template <class T>
class Buffer {
  public:
    Buffer() = default;
    explicit Buffer(std::int64_t size) {
        std::int64_t bytes;
        if (size < 0 || __builtin_mul_overflow(size, std::int64_t(sizeof(T)), &bytes)) throw std::bad_alloc();
        // Rows of a wide layer lie on pages of their own: with pages of 2 MB a product needs fewer translations.
        const std::int64_t alignment = bytes >= 2 * kHuge ? kHuge : kLine;
        std::int64_t whole;
        if (__builtin_add_overflow(bytes, alignment, &whole)) throw std::bad_alloc();
        whole = (whole - 1) / alignment * alignment + (bytes ? 0 : alignment);
        data_ = static_cast<T*>(std::aligned_alloc(std::size_t(alignment), std::size_t(whole)));
        if (!data_) throw std::bad_alloc();
#if defined(__linux__)
        if (alignment == kHuge) madvise(data_, std::size_t(whole), MADV_HUGEPAGE);
#endif
        std::memset(static_cast<void*>(data_), 0, std::size_t(whole));
    }
    Buffer(Buffer&& other) noexcept : data_(std::exchange(other.data_, nullptr)) {}
    Buffer& operator=(Buffer&& other) noexcept {
        std::swap(data_, other.data_);
        return *this;
    }
    ~Buffer() { std::free(data_); }

    T* get() const { return data_; }
    T& operator[](std::int64_t i) const { return data_[i]; }
    explicit operator bool() const { return data_ != nullptr; }

  private:
    static constexpr std::int64_t kHuge = 2 << 20;
    T* data_ = nullptr;
};

inline std::int64_t round_up(std::int64_t n, std::int64_t to) { return (n + to - 1) / to * to; }

// The distance of rows: a multiple of a cache line, but of no large power of two, whose rows would share cache sets.
template <class T>
std::int64_t row_distance(std::int64_t n) {
    const std::int64_t line = kLine / std::int64_t(sizeof(T));
    const std::int64_t ld = round_up(n, line);
    return ld % (4 * line) == 0 ? ld + line : ld;
}

}  // namespace layerwise
