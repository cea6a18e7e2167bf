#pragma once

#include <chrono>
#include <functional>

namespace layerwise {

// Asks whether to stop, but not more often than every 20 ms.
class Interruption {
  public:
    explicit Interruption(const std::function<bool()>& asks) : asks_(asks) {}

    bool after(double operations) {
        pending_ += operations;
        if (pending_ < 1e6 || !asks_) return false;  // the clock is not worth reading after less
        pending_ = 0;
        const auto now = std::chrono::steady_clock::now();
        if (now - last_ < std::chrono::milliseconds(20)) return false;
        last_ = now;
        return asks_();
    }

  private:
    const std::function<bool()>& asks_;
    double pending_ = 0;
    std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

}  // namespace layerwise
