// Threads that share the tasks of one run. They live as long as the run: two runs share nothing.
//
// Thread 0 is the caller's. It hands out tasks, takes part, and waits for those that are under way, but never for a
// thread that has taken none: where the processors are busy with something else, it does the work alone.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

namespace layerwise {

class Team {
  public:
    explicit Team(int threads);
    ~Team();

    int size() const { return int(others_.size()) + 1; }

    // Calls work(task, thread) for every task, in any order; returns when all are done. Tasks must not throw.
    template <class Work>
    void for_each(std::int64_t tasks, const Work& work) {
        if (others_.empty() || tasks <= 1) {
            for (std::int64_t task = 0; task < tasks; ++task) work(task, 0);
            return;
        }
        work_ = &work;
        call_ = [](const void* of, std::int64_t task, int thread) { (*static_cast<const Work*>(of))(task, thread); };
        share(tasks);
    }

  private:
    void share(std::int64_t tasks);
    void take_tasks(int thread);
    void take_stretch(int of, int thread);
    bool has_work() const;
    void help(int thread);
    void wait_for_tasks();
    void stop();

    // On a line of its own: the round, where the stretch ends, and its next task, in one word.
    struct alignas(64) Stretch {
        std::atomic<std::uint64_t> ticket{0};
    };

    const void* work_ = nullptr;
    void (*call_)(const void* work, std::int64_t task, int thread) = nullptr;
    std::int64_t tasks_ = 0;
    std::uint64_t round_ = 0;
    int spins_, process_;
    std::vector<Stretch> stretches_;
    std::vector<std::thread> others_;
    alignas(64) std::atomic<std::int64_t> done_{0};
    alignas(64) std::atomic<int> asleep_{0};
    std::atomic<int> alarm_{0};
    std::atomic<bool> stops_{false};
};

// How many threads a step of so many floating-point operations is worth; `asked` is obeyed where it is not 0.
int threads_for(double operations, int asked);

}  // namespace layerwise
