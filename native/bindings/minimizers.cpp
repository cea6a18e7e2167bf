#include <nanobind/stl/string.h>

#include <string_view>

#include "held.hpp"
#include "layerwise/minimizer.hpp"
#include "tasks.hpp"

namespace layerwise {
namespace {

template <class T>
using Pairs = std::vector<std::pair<Vector<T>, Vector<T>>>;

Stopped arrival_of(std::string_view name) {
    for (const Stopped why : {Stopped::converged, Stopped::flat, Stopped::stalled, Stopped::evaluations})
        if (name == kStopped[int(why)]) return why;
    throw nb::value_error("arrived must be converged, flat, stalled or evaluations");
}

void check(const LBFGS& rule) {
    if (rule.memory < 1 || rule.max_evaluations < 0)
        throw nb::value_error("memory must be at least 1, and max_evaluations a count");
}

template <class T>
void check_start(const Network& net, const Descent<T>& start) {
    check_size(net, start.point.vector);
    if (!start.point.g.empty()) check_size(net, start.point.g);
    for (const auto& [s, y] : start.pairs) check_size(net, s), check_size(net, y);
    if (start.epochs < 0 || start.step < 0 || start.step > 1 || start.evaluations < 0)
        throw nb::value_error("epochs, step and evaluations must be those of a run of this plan");
}

template <class T>
class PyMinimizer : public Task {
  public:
    PyMinimizer(const Plan& plan, const LBFGS& rule, Held<T> examples, Descent<T> start) : held_(std::move(examples)) {
        check(plan), check(rule);
        const Examples<T> all = held_.examples(plan.network);
        check_start(plan.network, start);
        minimizer_ = std::make_unique<Minimizer<T>>(plan, rule, all, std::move(start));
    }

    Stopped carry_out(const PyHooks& given, const std::function<bool()>& interrupted) override {
        Hooks hooks;
        if (!given.report.is_none()) hooks.report = [&](const EpochReport& told) { return answer(given.report, told); };
        hooks.interrupted = interrupted;
        return minimizer_->go(hooks);
    }

    std::vector<double> costs() const { return minimizer_->costs(); }
    NewVector<T> parameters() const { return to_numpy(std::vector<T>(minimizer_->parameters())); }

    // The pairs are the rows of one table: s and y in turn.
    nb::tuple progress() const {
        Descent<T> at = minimizer_->progress();
        const std::size_t n = at.point.vector.size(), rows = 2 * at.pairs.size();
        std::vector<T> pairs;
        pairs.reserve(rows * n);
        for (const auto& [s, y] : at.pairs)
            for (const std::vector<T>* of : {&s, &y}) pairs.insert(pairs.end(), of->begin(), of->end());
        return nb::make_tuple(at.epochs, at.step, at.summed_cost, to_numpy(std::move(at.point.vector)), at.point.J,
                              at.point.g.empty() ? nb::none() : nb::cast(to_numpy(std::move(at.point.g))),
                              to_numpy(std::move(pairs), {rows, n}),
                              at.arrived ? nb::cast(kStopped[int(*at.arrived)]) : nb::none(), at.evaluations);
    }

  private:
    Held<T> held_;
    std::unique_ptr<Minimizer<T>> minimizer_;
};

template <class T>
void bind(nb::module_& m, const char* name) {
    nb::class_<PyMinimizer<T>, Task>(m, name)
        .def(
            "__init__",
            [](PyMinimizer<T>* self, const Plan& plan, Data<T> examples, std::optional<Vector<std::uint32_t>> subset,
               std::int64_t memory, double tolerance, double relative_decrease, std::int64_t max_evaluations,
               std::int64_t epochs, std::int64_t step, double summed_cost, const Vector<T>& parameters, double J,
               const std::optional<Vector<T>>& g, const Pairs<T>& pairs, const std::optional<std::string>& arrived,
               std::int64_t evaluations) {
                Held<T> held = std::make_from_tuple<Held<T>>(std::move(examples));
                held.subset = std::move(subset);
                Descent<T> start{epochs, step, summed_cost, {copied(parameters), J}};
                if (g) start.point.g = copied(*g);
                for (const auto& [s, y] : pairs) start.pairs.emplace_back(copied(s), copied(y));
                if (arrived) start.arrived = arrival_of(*arrived);
                start.evaluations = evaluations;
                new (self) PyMinimizer<T>(plan, {memory, tolerance, relative_decrease, max_evaluations},
                                          std::move(held), std::move(start));
            },
            nb::arg("plan"), nb::arg("examples"), nb::kw_only(), nb::arg("subset").none() = nb::none(),
            nb::arg("memory"), nb::arg("tolerance"), nb::arg("relative_decrease"), nb::arg("max_evaluations"),
            nb::arg("epochs"), nb::arg("step"), nb::arg("summed_cost"), nb::arg("parameters"), nb::arg("J"),
            nb::arg("g").none(), nb::arg("pairs"), nb::arg("arrived").none(), nb::arg("evaluations"))
        .def("costs", &PyMinimizer<T>::costs)
        .def("parameters", &PyMinimizer<T>::parameters)
        .def("progress", &PyMinimizer<T>::progress);
}

}  // namespace

void bind_minimizers(nb::module_& m) {
    bind<float>(m, "Minimizer32");
    bind<double>(m, "Minimizer64");
}

}  // namespace layerwise
