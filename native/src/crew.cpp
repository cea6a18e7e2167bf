#include "layerwise/crew.hpp"

namespace layerwise {

Crew::Crew(int threads, Job job) : job_(std::move(job)) {
    threads_.reserve(std::size_t(threads));
    try {
        for (int thread = 0; thread < threads; ++thread) threads_.emplace_back([this] { work(); });
    } catch (...) {
        join();
        throw;
    }
}

void Crew::join() {
    stop();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
}

void Crew::add(std::int64_t number, double weight) {
    {
        const std::lock_guard lock(mutex_);
        waiting_.push({weight, number});
    }
    has_jobs_.notify_one();
}

std::optional<std::int64_t> Crew::ended(std::chrono::milliseconds most) {
    std::unique_lock lock(mutex_);
    // a wait of no time is no look: it gives the processor away
    if (most.count() > 0) has_ended_.wait_for(lock, most, [this] { return !ended_.empty(); });
    if (ended_.empty()) return std::nullopt;
    const std::int64_t number = ended_.front();
    ended_.pop_front();
    return number;
}

std::vector<std::int64_t> Crew::stop() {
    std::vector<std::int64_t> unbegun;
    {
        const std::lock_guard lock(mutex_);
        stops_ = true;
        for (; !waiting_.empty(); waiting_.pop()) unbegun.push_back(waiting_.top().number);
    }
    has_jobs_.notify_all();
    return unbegun;
}

void Crew::work() {
    std::unique_lock lock(mutex_);
    while (true) {
        has_jobs_.wait(lock, [this] { return stops_ || !waiting_.empty(); });
        if (stops_) return;
        const std::int64_t number = waiting_.top().number;
        waiting_.pop();
        lock.unlock();
        job_(number);
        lock.lock();
        ended_.push_back(number);
        has_ended_.notify_one();
    }
}

}  // namespace layerwise
