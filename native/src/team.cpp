#include "team.hpp"

#include <algorithm>

#include "process.hpp"

namespace layerwise {
namespace {

// A ticket: the round in the upper bits, then the end of the stretch, then its next task.
constexpr int kBits = 24;
constexpr std::uint64_t kMask = (std::uint64_t(1) << kBits) - 1;

std::int64_t next_of(std::uint64_t ticket) { return std::int64_t(ticket & kMask); }
bool has_tasks(std::uint64_t ticket) { return (ticket & kMask) < (ticket >> kBits & kMask); }

inline void pause() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

int processors() { return std::max(1, int(std::thread::hardware_concurrency())); }

}  // namespace

Team::Team(int threads)
    // who spins while there are more threads than processors keeps somebody from running
    : spins_(threads <= processors() ? 4000 : 20), process_(this_process()), stretches_(std::size_t(threads)) {
    others_.reserve(std::size_t(threads - 1));
    try {
        for (int thread = 1; thread < threads; ++thread) others_.emplace_back([this, thread] { help(thread); });
    } catch (...) {
        stop();
        throw;
    }
}

Team::~Team() { stop(); }

void Team::stop() {
    stops_ = true;
    alarm_.fetch_add(1);
    alarm_.notify_all();
    for (std::thread& other : others_) process_ == this_process() ? other.join() : other.detach();  // a fork has none
    others_.clear();
}

void Team::share(std::int64_t tasks) {
    for (; tasks > std::int64_t(kMask) - size(); --tasks) call_(work_, tasks - 1, 0);  // more than a ticket can count
    tasks_ = tasks;
    ++round_;
    for (int thread = 0; thread < size(); ++thread) {
        const auto first = std::uint64_t(tasks * thread / size()), end = std::uint64_t(tasks * (thread + 1) / size());
        stretches_[std::size_t(thread)].ticket.store(round_ << 2 * kBits | end << kBits | first);
    }
    if (asleep_ > 0) {
        alarm_.fetch_add(1);
        alarm_.notify_all();
    }
    take_tasks(0);
    std::int64_t done = done_.load(std::memory_order_acquire);
    for (int k = 0; k < spins_ && done < tasks; ++k) {
        pause();
        done = done_.load(std::memory_order_acquire);
    }
    for (; done < tasks; done = done_.load(std::memory_order_acquire)) done_.wait(done, std::memory_order_acquire);
    done_.store(0, std::memory_order_relaxed);
}

void Team::take_tasks(int thread) {
    for (int k = 0; k < size(); ++k) take_stretch((thread + k) % size(), thread);
}

// A task that was taken keeps its round from ending, so that `work_` is the work of that round.
void Team::take_stretch(int of, int thread) {
    std::atomic<std::uint64_t>& ticket = stretches_[std::size_t(of)].ticket;
    while (has_tasks(ticket.load(std::memory_order_relaxed))) {
        const std::uint64_t taken = ticket.fetch_add(1, std::memory_order_acq_rel);
        if (!has_tasks(taken)) return;
        call_(work_, next_of(taken), thread);
        const std::int64_t tasks = tasks_;  // the next round has others
        const bool last = done_.fetch_add(1, std::memory_order_acq_rel) + 1 == tasks;
        if (last && thread != 0) done_.notify_one();
    }
}

bool Team::has_work() const {
    for (const Stretch& stretch : stretches_)
        if (has_tasks(stretch.ticket)) return true;
    return false;
}

void Team::help(int thread) {
    while (!stops_.load(std::memory_order_relaxed)) {
        if (has_work())
            take_tasks(thread);
        else
            wait_for_tasks();
    }
}

// Looks a while, then sleeps until the alarm.
void Team::wait_for_tasks() {
    const auto is_over = [&] { return has_work() || stops_; };
    for (int k = 0; k < spins_; ++k) {
        if (is_over()) return;
        pause();
    }
    const int alarm = alarm_;
    ++asleep_;
    if (!is_over()) alarm_.wait(alarm);
    --asleep_;
}

int threads_for(double operations, int asked) {
    if (asked > 0) return asked;
    constexpr double kWorthAThread = 1e6;  // about 10 µs of work, against about 1 µs to share it out
    return int(std::clamp(operations / kWorthAThread, 1.0, double(processors())));
}

}  // namespace layerwise
