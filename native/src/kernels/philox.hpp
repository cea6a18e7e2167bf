// The Philox4x32-10 streams of `layerwise.equations.streams`, and what is made of them.
#pragma once

#include <utility>

#include "simd.hpp"

namespace layerwise::LW_ISA {

enum class Purpose : std::uint32_t { initialize = 1, shuffle = 2, dropout = 3, split = 4, embed = 5, blocks = 8 };

struct Stream {
    std::uint64_t seed;
    Purpose purpose;
    std::uint32_t index = 0, second = 0;
};

// One 32-bit word of a block in each 64-bit lane; of what is in the upper halves no product takes notice.
typedef std::uint64_t Words __attribute__((vector_size(kBytes)));
constexpr int kBlocks = kBytes / 8;  // computed at once
constexpr int kWordsAtOnce = 4 * kBlocks;

// The 64-bit product of the lower halves
LW_INLINE Words multiply_low(Words x, Words y) {
#if defined(__AVX512F__)
    return (Words)_mm512_maskz_mul_epu32(-1, (__m512i)x, (__m512i)y);
#elif defined(__AVX2__)
    return (Words)_mm256_mul_epu32((__m256i)x, (__m256i)y);
#elif defined(__x86_64__)
    return (Words)_mm_mul_epu32((__m128i)x, (__m128i)y);
#else
    return (x & 0xFFFFFFFF) * (y & 0xFFFFFFFF);
#endif
}

// Words 4 block, ..., 4 (block + kBlocks) - 1 of a stream
LW_INLINE void philox(const Stream& stream, std::int64_t block, std::uint32_t* to) {
    const Words zero{}, multiplier0 = zero + 0xD2511F53, multiplier1 = zero + 0xCD9E8D57;
    constexpr std::uint64_t numbers[] = {0, 1, 2, 3, 4, 5, 6, 7};
    Words c0;
    __builtin_memcpy(&c0, numbers, sizeof c0);
    c0 += std::uint64_t(block);
    Words c1 = zero + stream.index, c2 = zero + stream.second;
    Words c3 = zero + std::uint64_t(stream.purpose);
    auto key0 = std::uint32_t(stream.seed), key1 = std::uint32_t(stream.seed >> 32);
#pragma GCC unroll 10
    for (int round = 0; round < 10; ++round) {
        const Words product0 = multiply_low(c0, multiplier0), product1 = multiply_low(c2, multiplier1);
        c0 = (product1 >> 32) ^ c1 ^ (zero + key0);
        c2 = (product0 >> 32) ^ c3 ^ (zero + key1);
        c1 = product1;
        c3 = product0;
        key0 += 0x9E3779B9;
        key1 += 0xBB67AE85;
    }
    const Words first = (c0 & 0xFFFFFFFF) | (c1 << 32), last = (c2 & 0xFFFFFFFF) | (c3 << 32);
    Words pairs[2];
#if defined(__AVX512F__)
    pairs[0] = __builtin_shuffle(first, last, Words{0, 8, 1, 9, 2, 10, 3, 11});
    pairs[1] = __builtin_shuffle(first, last, Words{4, 12, 5, 13, 6, 14, 7, 15});
#elif defined(__AVX2__)
    pairs[0] = __builtin_shuffle(first, last, Words{0, 4, 1, 5});
    pairs[1] = __builtin_shuffle(first, last, Words{2, 6, 3, 7});
#else
    pairs[0] = Words{first[0], last[0]};
    pairs[1] = Words{first[1], last[1]};
#endif
    __builtin_memcpy(to, pairs, sizeof pairs);
}

// Words first, ..., first + count - 1 of a stream
inline void words(const Stream& stream, std::int64_t first, std::int64_t count, std::uint32_t* to) {
    const std::int64_t end = first + count;
    for (std::int64_t at = first & ~std::int64_t(3); at < end; at += kWordsAtOnce) {
        if (at >= first && at + kWordsAtOnce <= end) {
            philox(stream, at / 4, to + (at - first));
            continue;
        }
        std::uint32_t some[kWordsAtOnce];
        philox(stream, at / 4, some);
        const std::int64_t from = at < first ? first : at, until = at + kWordsAtOnce < end ? at + kWordsAtOnce : end;
        __builtin_memcpy(to + (from - first), some + (from - at), (until - from) * sizeof *to);
    }
}

// The least word that is kept: rate 2^32, rounded to even; 2^32 where all is dropped
LW_INLINE std::uint64_t dropout_threshold(double rate) {
    const double magic = 0x1p52;
    return std::uint64_t((rate * 0x1p32 + magic) - magic);
}

// The inverted-dropout mask of layer `layer` in step `step`, examples in rows: entry (i, j) of example
// first_example + i is 0 or 1 / (1 - rate), by word (first_example + i) units + j, and 0 from `units` up to `stride`.
template <class T>
inline void dropout_rows(std::uint64_t seed, std::uint32_t layer, std::uint32_t step, double rate,
                         std::int64_t first_example, std::int64_t examples, std::int64_t units, T* mask,
                         std::int64_t stride) {
    const Stream stream{seed, Purpose::dropout, layer, step};
    const std::uint64_t threshold = dropout_threshold(rate);
    const T kept = threshold >> 32 ? T(0) : T(1 / (1 - rate));
    const auto least = std::uint32_t(threshold);
    constexpr std::int64_t kSome = 1024;
    std::uint32_t some[kSome];
    const std::uint32_t *word = some, *last = some;
    std::int64_t at = first_example * units;
    const std::int64_t end = at + examples * units;
    for (std::int64_t i = 0; i < examples; ++i, mask += stride) {
        for (std::int64_t j = 0; j < units;) {
            if (word == last) {
                const std::int64_t count = at + kSome < end ? kSome : end - at;
                words(stream, at, count, some);
                at += count;
                word = some;
                last = some + count;
            }
            const std::int64_t count = last - word < units - j ? last - word : units - j;
            for (std::int64_t k = 0; k < count; ++k) mask[j + k] = word[k] >= least ? kept : T(0);
            j += count;
            word += count;
        }
        for (std::int64_t j = units; j < stride; ++j) mask[j] = 0;
    }
}

// Sorts the m words of `order` by their first digit and within it by insertion: there are more digits than entries.
inline void permutation_of_few(std::int64_t m, std::uint32_t* order, std::uint64_t* entries) {
    constexpr int kBits = 11;
    std::uint32_t starts[1 << kBits] = {};
    for (std::int64_t i = 0; i < m; ++i) ++starts[order[i] >> (32 - kBits)];
    std::uint32_t start = 0;
    for (std::uint32_t& bucket : starts) start += std::exchange(bucket, start);
    for (std::int64_t i = 0; i < m; ++i)
        entries[starts[order[i] >> (32 - kBits)]++] = std::uint64_t(order[i]) << 32 | std::uint64_t(i);
    for (std::int64_t i = 1; i < m; ++i) {
        const std::uint64_t entry = entries[i];
        std::int64_t at = i;
        for (; at > 0 && entries[at - 1] > entry; --at) entries[at] = entries[at - 1];
        entries[at] = entry;
    }
    for (std::int64_t i = 0; i < m; ++i) order[i] = std::uint32_t(entries[i]);
}

// The numbers 0, ..., m - 1 in the order of the first m words of a stream, ties by number: a radix sort from the last
// digit, where an entry is a word above its number. `scratch` has room for 2 m entries.
inline void permutation(std::int64_t m, const Stream& stream, std::uint32_t* order, std::uint64_t* scratch) {
    constexpr int kDigits = 3, kShift[kDigits] = {0, 11, 22}, kBuckets = 1 << 11;
    words(stream, 0, m, order);
    if (m <= kBuckets) return permutation_of_few(m, order, scratch);
    std::uint32_t starts[kDigits][kBuckets] = {};
    for (std::int64_t i = 0; i < m; ++i)
        for (int d = 0; d < kDigits; ++d) ++starts[d][order[i] >> kShift[d] & (kBuckets - 1)];
    for (int d = 0; d < kDigits; ++d) {
        std::uint32_t start = 0;
        for (std::uint32_t& bucket : starts[d]) {
            const std::uint32_t count = bucket;
            bucket = start;
            start += count;
        }
    }
    std::uint64_t *by_one = scratch, *by_two = scratch + m;
    for (std::int64_t i = 0; i < m; ++i)
        by_one[starts[0][order[i] & (kBuckets - 1)]++] = std::uint64_t(order[i]) << 32 | std::uint64_t(i);
    for (std::int64_t i = 0; i < m; ++i)
        by_two[starts[1][by_one[i] >> (32 + kShift[1]) & (kBuckets - 1)]++] = by_one[i];
    for (std::int64_t i = 0; i < m; ++i) order[starts[2][by_two[i] >> (32 + kShift[2])]++] = std::uint32_t(by_two[i]);
}

}  // namespace layerwise::LW_ISA
