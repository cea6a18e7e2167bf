// What Python starts and waits for: tasks that run without the GIL, one by itself or many over a crew.
#pragma once

#include <functional>
#include <iterator>
#include <optional>

#include "arrays.hpp"

namespace layerwise {

// True where a signal's handler raised. It runs on Python's main thread only.
class Signals {
  public:
    bool operator()() {
        const WithGil acquire;
        if (PyErr_CheckSignals() == 0) return false;
        raised_.emplace();
        return true;
    }
    // KeyboardInterrupt ends a run in order; what else a handler raises is raised here.
    void settle() {
        if (raised_ && !raised_->matches(PyExc_KeyboardInterrupt)) raise();
    }
    void raise() {
        if (raised_) throw std::move(*raised_);
    }

  private:
    std::optional<nb::python_error> raised_;
};

// What a task asks and tells Python; each may be None.
struct PyHooks {
    nb::object schedule, report, dropout, decay, metrics;
};

class Task {
  public:
    virtual ~Task() = default;
    // To the end, without the GIL; throws what a hook throws.
    virtual Stopped carry_out(const PyHooks&, const std::function<bool()>& interrupted) = 0;
};

inline constexpr const char* kStopped[] = {"epochs",   "early_stopping", "plateau", "callback", "interrupted",
                                           "diverged", "converged",      "flat",    "stalled",  "evaluations"};
static_assert(std::size(kStopped) == std::size_t(Stopped::evaluations) + 1);
// Carries out a task on this thread; Ctrl-C ends it in order.
const char* go(Task&, const PyHooks&);

void bind_tasks(nb::module_&);

}  // namespace layerwise
