// Crews without runs: which jobs they do, in which order, and what is left when they stop or go away.
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "layerwise/crew.hpp"
#include "tests.hpp"

namespace layerwise::tests {

using namespace std::chrono_literals;

namespace {

// Each of many jobs once, whatever the number of threads, and none that nobody has added.
void test_crew_of_many_jobs() {
    for (const int threads : {1, 2, 5}) {
        const std::string where = "crew of " + std::to_string(threads);
        constexpr std::int64_t kJobs = 2000;
        std::vector<int> done(kJobs);  // each entry is a job's own: handed over by the crew, without atomics
        Crew crew(threads, [&](std::int64_t number) { done[std::size_t(number)] += 1; });
        std::set<std::int64_t> returned;
        for (std::int64_t number = 0; number < kJobs; ++number) {
            crew.add(number, double(number % 7));
            if (const auto ended = crew.ended(0ms)) returned.insert(*ended);
        }
        while (returned.size() < kJobs)
            if (const auto ended = crew.ended(20ms))
                expect(done[std::size_t(*ended)] == 1 && returned.insert(*ended).second, "a job was done twice", where);
        expect(!crew.ended(0ms), "a job ended that nobody has added", where);
    }
}

// Holds a job until it is let go on.
class Gate {
  public:
    void open() {
        const std::lock_guard lock(mutex_);
        is_open_ = true;
        changed_.notify_all();
    }
    void pass() {
        std::unique_lock lock(mutex_);
        reached_ = true;
        changed_.notify_all();
        changed_.wait(lock, [this] { return is_open_; });
    }
    void wait_until_reached() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return reached_; });
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool is_open_ = false, reached_ = false;
};

void test_crew_takes_the_heaviest_first() {
    Gate gate;
    Crew crew(1, [&](std::int64_t number) {
        if (number == 0) gate.pass();
    });
    crew.add(0, 0.0);
    gate.wait_until_reached();
    const double weights[] = {0, 1, 5, 3, 5, 0, 9};
    for (std::int64_t number = 1; number < 7; ++number) crew.add(number, weights[number]);
    gate.open();
    std::vector<std::int64_t> order;
    while (order.size() < 7)
        if (const auto ended = crew.ended(20ms)) order.push_back(*ended);
    expect(order == std::vector<std::int64_t>{0, 6, 2, 4, 3, 1, 5}, "not the heaviest first", "crew of one");
}

void test_crew_that_stops() {
    Gate gate;
    std::atomic<int> begun{0};
    Crew crew(2, [&](std::int64_t) {
        begun += 1;
        gate.pass();
    });
    crew.add(0, 9.0);
    gate.wait_until_reached();
    crew.add(1, 9.0);
    while (begun < 2) std::this_thread::yield();
    for (std::int64_t number = 2; number < 6; ++number) crew.add(number, double(number));
    expect(crew.stop() == std::vector<std::int64_t>{5, 4, 3, 2}, "stop told of other jobs", "crew of two");
    expect(crew.stop().empty(), "a second stop told of jobs", "crew of two");
    gate.open();
    std::set<std::int64_t> ended;
    while (ended.size() < 2)
        if (const auto number = crew.ended(20ms)) ended.insert(*number);
    expect(ended == std::set<std::int64_t>{0, 1} && begun == 2, "a job began after stop", "crew of two");
}

// Those that run come to their end, those that wait do not begin, and what the jobs use is still there.
void test_crew_that_goes_away() {
    for (const int threads : {1, 3}) {
        const auto gate = std::make_unique<Gate>();
        const auto begun = std::make_unique<std::atomic<int>>(0), over = std::make_unique<std::atomic<int>>(0);
        {
            Crew crew(threads, [&](std::int64_t) {
                *begun += 1;
                gate->pass();
                *over += 1;
            });
            for (std::int64_t number = 0; number < 50; ++number) crew.add(number, 1.0);
            while (*begun < threads) std::this_thread::yield();
            expect(crew.stop().size() == std::size_t(50 - threads), "other jobs waited", "crew that goes away");
            gate->open();
        }
        expect(*begun == threads && *over == threads, "jobs that began are not over", "crew that goes away");
    }
    std::atomic<int> done{0};
    {
        Crew crew(2, [&](std::int64_t) { done += 1; });
    }
    expect(done == 0, "a crew without jobs had one", "crew that goes away");
    for (int time = 0; time < 50; ++time) {
        Crew crew(3, [&](std::int64_t) { done += 1; });
        for (std::int64_t number = 0; number < 20; ++number) crew.add(number, 1.0);
    }
    expect(done <= 50 * 20, "a job was done twice", "crew that goes away");
}

}  // namespace

void test_crews() {
    test_crew_of_many_jobs();
    test_crew_takes_the_heaviest_first();
    test_crew_that_stops();
    test_crew_that_goes_away();
}

}  // namespace layerwise::tests
