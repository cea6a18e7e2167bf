// The memory of tables in mapped files: read ahead of its use by a thread of its own, and let go of after it.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

namespace layerwise {

// Lets go of memory in a mapped file: what is in it is read again when it is used.
void let_go(const void* first, std::int64_t bytes);

class Paging {
  public:
    struct Table {
        const char* first;
        std::int64_t rows, row_bytes;

        std::int64_t bytes() const { return rows * row_bytes; }
    };
    struct Rows {
        std::int64_t first, end;
    };

    explicit Paging(std::vector<Table> tables);
    ~Paging();  // lets go of all

    void read(std::vector<Rows> rows);  // in the background; what an earlier call has asked for is left unread
    void let_go(const std::vector<Rows>& rows) const;

  private:
    void work();
    bool read_some(const Rows& rows);  // false if other rows have been asked for meanwhile

    const std::vector<Table> tables_;
    std::mutex mutex_;
    std::condition_variable asked_;
    std::vector<Rows> wanted_;
    bool changed_ = false, ended_ = false;
    std::thread thread_;
};

}  // namespace layerwise
