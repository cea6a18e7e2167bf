#include "paging.hpp"

#include <algorithm>

#if defined(__unix__) || defined(__APPLE__)
#include <sys/mman.h>
#include <unistd.h>
#define LW_PAGES 1
#endif

namespace layerwise {
namespace {

constexpr std::int64_t kAround = 1 << 18;   // bytes before and after rows that the system may have mapped with them
constexpr std::int64_t kStretch = 1 << 20;  // bytes that are read before the thread looks for other orders

std::int64_t page_size() {
#if defined(LW_PAGES)
    static const std::int64_t size = sysconf(_SC_PAGESIZE);
    return size;
#else
    return 4096;
#endif
}

// Reads a byte of every page; the system reads the pages.
void touch(const volatile char* first, std::int64_t bytes) {
    for (std::int64_t at = 0; at < bytes; at += page_size()) static_cast<void>(first[at]);
    if (bytes > 0) static_cast<void>(first[bytes - 1]);
}

}  // namespace

void let_go(const void* first, std::int64_t bytes) {
#if defined(LW_PAGES)
    const auto from =
        reinterpret_cast<std::uintptr_t>(first) / std::uintptr_t(page_size()) * std::uintptr_t(page_size());
    const auto end = reinterpret_cast<std::uintptr_t>(first) + std::uintptr_t(bytes);
    madvise(reinterpret_cast<void*>(from), end - from, MADV_DONTNEED);
#else
    static_cast<void>(first), static_cast<void>(bytes);
#endif
}

Paging::Paging(std::vector<Table> tables) : tables_(std::move(tables)), thread_([this] { work(); }) {}

Paging::~Paging() {
    {
        const std::lock_guard lock(mutex_);
        ended_ = changed_ = true;
    }
    asked_.notify_one();
    thread_.join();
    for (const Table& table : tables_) layerwise::let_go(table.first, table.bytes());
}

void Paging::read(std::vector<Rows> rows) {
    {
        const std::lock_guard lock(mutex_);
        wanted_ = std::move(rows), changed_ = true;
    }
    asked_.notify_one();
}

void Paging::let_go(const std::vector<Rows>& rows) const {
    for (const Rows& some : rows)
        for (const Table& table : tables_) {
            const std::int64_t first = std::max<std::int64_t>(0, some.first * table.row_bytes - kAround);
            const std::int64_t end = std::min(table.bytes(), some.end * table.row_bytes + kAround);
            layerwise::let_go(table.first + first, end - first);
        }
}

void Paging::work() {
    std::unique_lock lock(mutex_);
    for (;;) {
        asked_.wait(lock, [this] { return changed_; });
        if (ended_) return;
        const std::vector<Rows> wanted = std::move(wanted_);
        wanted_.clear(), changed_ = false;
        lock.unlock();
        for (const Rows& rows : wanted)
            if (!read_some(rows)) break;
        lock.lock();
    }
}

bool Paging::read_some(const Rows& rows) {
    for (const Table& table : tables_) {
        const std::int64_t end = rows.end * table.row_bytes;
        for (std::int64_t at = rows.first * table.row_bytes; at < end; at += kStretch) {
            touch(table.first + at, std::min(kStretch, end - at));
            const std::lock_guard lock(mutex_);
            if (changed_) return false;
        }
    }
    return true;
}

}  // namespace layerwise
