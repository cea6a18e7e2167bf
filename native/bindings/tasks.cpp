#include "tasks.hpp"

#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <exception>
#include <unordered_map>

#include "layerwise/crew.hpp"
#include "process.hpp"

namespace layerwise {
namespace {

// Tasks side by side, each on a thread of the crew. Nobody but the thread that made it may call it.
class PyCrew {
  public:
    explicit PyCrew(int threads) : state_(std::make_unique<State>(threads)) {}
    ~PyCrew() { leave(); }

    void add(std::int64_t number, double weight, nb::object task, PyHooks hooks) {
        auto job = std::make_unique<Job>();
        job->task = nb::cast<Task*>(task);
        job->held = std::move(task), job->hooks = std::move(hooks);
        State& state = here();
        if (state.stops) throw nb::value_error("the crew was stopped");
        {
            const std::lock_guard lock(state.mutex);
            if (!state.jobs.try_emplace(number, std::move(job)).second)
                throw nb::value_error("every task of a crew must have a number of its own");
        }
        state.crew.add(number, weight);
    }

    // How many were added and not returned.
    std::size_t left() {
        State& state = here();
        const std::lock_guard lock(state.mutex);
        return state.jobs.size();
    }

    // (number, how it stopped, its seconds, the exception it ended with) of a task that has ended; None where there is
    // none, without waiting or at all.
    nb::object ended(bool waits) {
        using namespace std::chrono_literals;
        Signals signals;
        State& state = here();
        std::optional<std::int64_t> number = state.crew.ended(0ms);
        bool interrupted = false;
        if (!number && waits) {
            const WithoutGil release;
            while (!number && !interrupted && left() > 0) {
                number = state.crew.ended(20ms);
                interrupted = !number && signals();
            }
        }
        signals.raise();
        if (!number) return nb::none();
        const std::unique_ptr<Job> job = state.taken(*number);
        return nb::make_tuple(*number, kStopped[int(job->stopped)], job->seconds, job->error);
    }

    // Those that run end after what they are at; those that wait do not begin, and are returned.
    std::vector<std::int64_t> stop() {
        State& state = here();
        state.stops = true;
        const std::vector<std::int64_t> unbegun = state.crew.stop();
        for (const std::int64_t number : unbegun) state.taken(number);
        return unbegun;
    }

    // Stops, and waits for those that run. Where Python is at its end, threads may wait for it without end, and after a
    // fork there are none: they, and what they use, stay.
    void leave() {
        if (!state_) return;
        if (WithoutGil::is_over() || state_->process != this_process()) return void(state_.release());
        stop();
        {
            const WithoutGil release;
            state_->crew.join();
        }
        state_.reset();
    }

  private:
    struct Job {
        nb::object held;
        Task* task = nullptr;
        PyHooks hooks{};
        Stopped stopped = Stopped::interrupted;
        double seconds = 0;
        nb::object error = nb::none();
    };

    // What the threads use.
    struct State {
        explicit State(int threads) : crew(checked(threads), [this](std::int64_t number) { carry_out(number); }) {}

        std::unique_ptr<Job> taken(std::int64_t number) {
            const std::lock_guard lock(mutex);
            std::unique_ptr<Job> job = std::move(jobs.at(number));
            jobs.erase(number);
            return job;
        }

        Job& job_of(std::int64_t number) {
            const std::lock_guard lock(mutex);
            return *jobs.at(number);
        }

        void carry_out(std::int64_t number) {
            Job& job = job_of(number);
            const auto began = std::chrono::steady_clock::now();
            try {
                job.stopped = job.task->carry_out(job.hooks, [this] { return stops.load(); });
            } catch (const std::exception& error) {
                const WithGil acquire;
                keep(error, job);
            }
            job.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
        }

        const int process = this_process();
        std::mutex mutex;
        std::unordered_map<std::int64_t, std::unique_ptr<Job>> jobs;  // whose objects are touched with the GIL alone
        std::atomic<bool> stops{false};
        Crew crew;  // the last one: its threads end before what they use
    };

    static int checked(int threads) {
        if (threads < 1) throw nb::value_error("a crew has at least one thread");
        return threads;
    }

    // Ctrl-C in a report ends a run in order.
    static void keep(const std::exception& error, Job& job) {
        if (const auto* raised = dynamic_cast<const nb::python_error*>(&error)) {
            if (!raised->matches(PyExc_KeyboardInterrupt)) job.error = nb::borrow(raised->value());
        } else {
            const bool is_memory = dynamic_cast<const std::bad_alloc*>(&error) != nullptr;
            job.error = nb::borrow(is_memory ? PyExc_MemoryError : PyExc_RuntimeError)(error.what());
        }
    }

    State& here() {
        if (!state_) throw nb::value_error("the crew has left");
        return *state_;
    }

    std::unique_ptr<State> state_;
};

}  // namespace

const char* go(Task& task, const PyHooks& hooks) {
    Signals signals;
    Stopped stopped = Stopped::interrupted;
    try {
        const WithoutGil release;
        stopped = task.carry_out(hooks, [&] { return signals(); });
    } catch (nb::python_error& error) {
        if (!error.matches(PyExc_KeyboardInterrupt)) throw;
    }
    if (stopped != Stopped::diverged && signals()) stopped = Stopped::interrupted;  // since the core last asked
    signals.settle();
    return kStopped[int(stopped)];
}

void bind_tasks(nb::module_& m) {
    const auto hooks = [](nb::object schedule, nb::object report, nb::object dropout, nb::object decay,
                          nb::object metrics) {
        return PyHooks{std::move(schedule), std::move(report), std::move(dropout), std::move(decay),
                       std::move(metrics)};
    };
    nb::class_<Task>(m, "Task").def(
        "go",
        [hooks](Task& task, nb::object schedule, nb::object report, nb::object dropout, nb::object decay,
                nb::object metrics) {
            return go(task, hooks(std::move(schedule), std::move(report), std::move(dropout), std::move(decay),
                                  std::move(metrics)));
        },
        nb::arg("schedule").none(), nb::arg("report").none(), nb::kw_only(), nb::arg("dropout").none() = nb::none(),
        nb::arg("decay").none() = nb::none(), nb::arg("metrics").none() = nb::none());
    nb::class_<PyCrew>(m, "Crew")
        .def(nb::init<int>(), nb::arg("threads"))
        .def(
            "add",
            [hooks](PyCrew& crew, std::int64_t number, double weight, nb::object task, nb::object schedule,
                    nb::object report, nb::object dropout, nb::object decay, nb::object metrics) {
                crew.add(number, weight, std::move(task),
                         hooks(std::move(schedule), std::move(report), std::move(dropout), std::move(decay),
                               std::move(metrics)));
            },
            nb::arg("number"), nb::arg("weight"), nb::arg("task"), nb::arg("schedule").none(), nb::arg("report").none(),
            nb::kw_only(), nb::arg("dropout").none() = nb::none(), nb::arg("decay").none() = nb::none(),
            nb::arg("metrics").none() = nb::none())
        .def_prop_ro("left", &PyCrew::left)
        .def("ended", &PyCrew::ended, nb::arg("waits"))
        .def("stop", &PyCrew::stop)
        .def("leave", &PyCrew::leave);
}

}  // namespace layerwise
