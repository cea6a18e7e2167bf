// Threads that carry out whole jobs side by side, the heaviest of those that wait first.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <queue>
#include <thread>
#include <vector>

namespace layerwise {

class Crew {
  public:
    // A job gets its own number, and must not throw.
    using Job = std::function<void(std::int64_t number)>;

    Crew(int threads, Job job);
    ~Crew() { join(); }

    void add(std::int64_t number, double weight);
    // The number of a job that has ended and was not asked for yet, waiting for one as long as `most`.
    std::optional<std::int64_t> ended(std::chrono::milliseconds most);
    // No further job begins. Returns the numbers of those that waited.
    std::vector<std::int64_t> stop();
    // Stops, and waits for the jobs that run.
    void join();

  private:
    struct Waiting {
        double weight;
        std::int64_t number;
        bool operator<(const Waiting& other) const {  // the first of equals comes first
            return weight != other.weight ? weight < other.weight : number > other.number;
        }
    };

    void work();

    const Job job_;
    std::mutex mutex_;
    std::condition_variable has_jobs_, has_ended_;
    std::priority_queue<Waiting> waiting_;
    std::deque<std::int64_t> ended_;
    bool stops_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace layerwise
