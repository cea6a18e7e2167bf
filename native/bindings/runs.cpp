#include <nanobind/stl/string.h>

#include "held.hpp"
#include "tasks.hpp"

namespace layerwise {
namespace {

template <class T>
void check_start(const Plan& plan, const Examples<T>& training, const Progress<T>& start) {
    check_size(plan.network, start.parameters);
    for (const std::vector<T>& average : start.averages) check_size(plan.network, average);
    for (const std::vector<T>* kept : {&start.best_parameters, &start.averaged})
        if (!kept->empty()) check_size(plan.network, *kept);
    if (!start.averages.empty() && start.averages.size() != std::size_t(averages_of(plan.rule)))
        throw nb::value_error("averages must be as many as the rule has");
    const std::int64_t m = training.count(), rows = plan.batch_size ? plan.batch_size : m;
    const std::int64_t least = std::min({start.epochs, start.step, start.t}), steps = (m + rows - 1) / rows;
    if (least < 0 || steps < start.step)
        throw nb::value_error("epochs, t and step must be those of a run of this plan");
}

template <class T>
class PyRun : public Task {
  public:
    PyRun(const Plan& plan, std::uint64_t seed, Held<T> training, std::optional<Held<T>> validation, Progress<T> start)
        : plan_(plan), training_(std::move(training)), validation_(std::move(validation)), start_(std::move(start)) {
        check(plan);
        plan_.seed = seed;
        examples_ = training_.examples(plan.network);
        check_start(plan, examples_, start_);
        if (validation_) looked_at_ = validation_->examples(plan.network);
        n_parameters_ = std::size_t(plan.network.parameters()), n_y_ = std::size_t(plan.network.n(plan.network.L()));
    }

    Stopped carry_out(const PyHooks& given, const std::function<bool()>& interrupted) override {
        Hooks hooks;
        hooks.schedule = factors_of(given.schedule), hooks.dropout = factors_of(given.dropout);
        hooks.decay = factors_of(given.decay);
        if (!given.report.is_none()) hooks.report = [&](const EpochReport& told) { return answer(given.report, told); };
        if (!given.metrics.is_none()) hooks.metrics = [&](std::span<double> values) { compute(given.metrics, values); };
        hooks.interrupted = interrupted;
        return run().go(hooks);
    }

    NewVector<T> parameters() {
        std::vector<T> theta(n_parameters_);
        run().parameters(theta.data());
        return to_numpy(std::move(theta));
    }

    nb::tuple failed() {
        std::vector<T> theta(n_parameters_);
        std::vector<std::vector<T>> averages;
        run().failed(theta.data(), averages);
        return nb::make_tuple(to_numpy(std::move(theta)), listed(std::move(averages)));
    }

    nb::tuple history() {
        const History& history = run().history();
        return nb::make_tuple(history.cost, history.validation_cost, history.learning_rate, history.metrics);
    }

    nb::tuple progress() {
        Progress<T> at = run().progress();
        const auto kept = [](std::vector<T>& vector) {
            return vector.empty() ? nb::none() : nb::cast(to_numpy(std::move(vector)));
        };
        return nb::make_tuple(at.epochs, at.step, at.t, at.summed_cost, at.learning_rate, at.base_learning_rate,
                              nb::make_tuple(at.best.epoch, at.best.cost, at.best.to_beat, at.best.improved_at),
                              to_numpy(std::move(at.parameters)), listed(std::move(at.averages)),
                              kept(at.best_parameters), kept(at.averaged));
    }

    int threads() { return run().threads(); }

  private:
    // Made when it begins: those that wait for their turn need little memory.
    Run<T>& run() {
        if (!run_) run_ = std::make_unique<Run<T>>(plan_, examples_, looked_at_, std::move(start_));
        return *run_;
    }

    static nb::list listed(std::vector<std::vector<T>> vectors) {
        nb::list arrays;
        for (std::vector<T>& vector : vectors) arrays.append(to_numpy(std::move(vector)));
        return arrays;
    }

    // Valid as long as `factor` is.
    static Schedule factors_of(const nb::object& factor) {
        if (factor.is_none()) return nullptr;
        return [&factor](std::int64_t epoch, std::int64_t first, std::span<double> factors) {
            const WithGil acquire;
            for (std::size_t step = std::size_t(first); step < factors.size(); ++step)
                factors[step] = in_python([&] { return nb::cast<double>(factor(epoch, step, factors.size())); });
        };
    }

    void compute(const nb::object& metrics, std::span<double> values) {
        const WithGil acquire;
        const std::vector<double> found = in_python([&] {
            const std::size_t m = std::size_t(looked_at_.count());
            const T* const Y_hat = run().outputs();
            NewTable<T> rows = to_numpy(std::vector<T>(Y_hat, Y_hat + m * n_y_), {m, n_y_});
            return nb::cast<std::vector<double>>(metrics(rows));
        });
        if (found.size() != values.size()) throw nb::value_error("there must be a value for each metric");
        std::copy(found.begin(), found.end(), values.begin());
    }

    Plan plan_;
    Held<T> training_;
    std::optional<Held<T>> validation_;
    Examples<T> examples_{}, looked_at_{};
    Progress<T> start_;
    std::size_t n_parameters_, n_y_;
    std::unique_ptr<Run<T>> run_;
};

template <class T>
Progress<T> progress_of(std::int64_t epochs, std::int64_t step, std::int64_t t, double summed_cost,
                        double learning_rate, double base_learning_rate,
                        std::tuple<std::int64_t, double, double, std::int64_t> best, const Vector<T>& parameters,
                        const std::vector<Vector<T>>& averages, const std::optional<Vector<T>>& best_parameters,
                        const std::optional<Vector<T>>& averaged) {
    Progress<T> at;
    at.epochs = epochs, at.step = step, at.t = t;
    at.summed_cost = summed_cost, at.learning_rate = learning_rate, at.base_learning_rate = base_learning_rate;
    std::tie(at.best.epoch, at.best.cost, at.best.to_beat, at.best.improved_at) = best;
    at.parameters = copied(parameters);
    for (const Vector<T>& average : averages) at.averages.push_back(copied(average));
    if (best_parameters) at.best_parameters = copied(*best_parameters);
    if (averaged) at.averaged = copied(*averaged);
    return at;
}

template <class T>
class PyObjective {
  public:
    PyObjective(const Plan& plan, Held<T> examples)
        : held_(std::move(examples)), n_parameters_(std::size_t(plan.network.parameters())) {
        check(plan);
        objective_ = std::make_unique<Objective<T>>(plan, held_.examples(plan.network));
    }

    nb::tuple operator()(const Vector<T>& theta) {
        if (theta.shape(0) != n_parameters_)
            throw nb::value_error("a vector must have as many numbers as the network has parameters");
        Signals signals;
        std::vector<T> gradient(n_parameters_);
        double cost;
        {
            const WithoutGil release;
            cost = (*objective_)(theta.data(), gradient.data(), [&] { return signals(); });
        }
        signals.raise();
        return nb::make_tuple(cost, to_numpy(std::move(gradient)));
    }

  private:
    Held<T> held_;
    std::size_t n_parameters_;
    std::unique_ptr<Objective<T>> objective_;
};

// False where the arrays do not fit the network or X is not finite: the caller has the words for it.
template <class T>
bool predict_into(const Network& net, const Vector<T>& theta,
                  const nb::ndarray<const T, nb::ndim<2>, nb::device::cpu>& X,
                  const nb::ndarray<T, nb::ndim<2>, nb::c_contig, nb::device::cpu>& Y_hat, int threads) {
    const std::int64_t n_x = net.n_x(), m = std::int64_t(X.shape(1));
    if (std::int64_t(X.shape(0)) != n_x || std::int64_t(theta.shape(0)) != net.parameters() ||
        std::int64_t(Y_hat.shape(0)) != m || std::int64_t(Y_hat.shape(1)) != net.n(net.L()))
        return false;
    std::vector<T> rows;
    const T* from = X.data();
    if (n_x > 1 && (X.stride(0) != 1 || (m > 1 && X.stride(1) != n_x))) {  // not the transposed view of a table
        rows.resize(std::size_t(n_x * m));
        for (std::int64_t i = 0; i < m; ++i)
            for (std::int64_t k = 0; k < n_x; ++k)
                rows[std::size_t(i * n_x + k)] = from[i * X.stride(1) + k * X.stride(0)];
        from = rows.data();
    }
    if (m <= 3) return predict(net, theta.data(), from, m, Y_hat.data(), threads);
    const WithoutGil release;
    return predict(net, theta.data(), from, m, Y_hat.data(), threads);
}

template <class T>
void bind(nb::module_& m, const char* run, const char* objective) {
    using Rows = Held<T>;
    nb::class_<PyRun<T>, Task>(m, run)
        .def(
            "__init__",
            [](PyRun<T>* self, const Plan& plan, Data<T> training, std::optional<Data<T>> validation,
               std::uint64_t seed, std::optional<Vector<std::uint32_t>> subset,
               std::optional<Vector<std::uint32_t>> validation_subset, std::array<bool, 3> mapped, std::int64_t epochs,
               std::int64_t step, std::int64_t t, double summed_cost, double learning_rate, double base_learning_rate,
               std::tuple<std::int64_t, double, double, std::int64_t> best, const Vector<T>& parameters,
               const std::vector<Vector<T>>& averages, const std::optional<Vector<T>>& best_parameters,
               const std::optional<Vector<T>>& averaged) {
                std::optional<Rows> looked_at;
                if (validation) looked_at = std::make_from_tuple<Rows>(std::move(*validation));
                if (validation) looked_at->subset = std::move(validation_subset);
                Rows learnt = std::make_from_tuple<Rows>(std::move(training));
                learnt.subset = std::move(subset), learnt.mapped = mapped;
                new (self) PyRun<T>(plan, seed, std::move(learnt), std::move(looked_at),
                                    progress_of<T>(epochs, step, t, summed_cost, learning_rate, base_learning_rate,
                                                   best, parameters, averages, best_parameters, averaged));
            },
            nb::arg("plan"), nb::arg("training"), nb::arg("validation").none(), nb::kw_only(), nb::arg("seed"),
            nb::arg("subset").none() = nb::none(), nb::arg("validation_subset").none() = nb::none(),
            nb::arg("mapped") = std::array<bool, 3>{}, nb::arg("epochs"), nb::arg("step"), nb::arg("t"),
            nb::arg("summed_cost"), nb::arg("learning_rate"), nb::arg("base_learning_rate"), nb::arg("best"),
            nb::arg("parameters"), nb::arg("averages"), nb::arg("best_parameters").none(),
            nb::arg("averaged").none() = nb::none())
        .def("parameters", &PyRun<T>::parameters)
        .def("failed", &PyRun<T>::failed)
        .def("history", &PyRun<T>::history)
        .def("progress", &PyRun<T>::progress)
        .def_prop_ro("threads", &PyRun<T>::threads);
    nb::class_<PyObjective<T>>(m, objective)
        .def(
            "__init__",
            [](PyObjective<T>* self, const Plan& plan, Data<T> examples, std::optional<Vector<std::uint32_t>> subset) {
                Rows learnt = std::make_from_tuple<Rows>(std::move(examples));
                learnt.subset = std::move(subset);
                new (self) PyObjective<T>(plan, std::move(learnt));
            },
            nb::arg("plan"), nb::arg("examples"), nb::kw_only(), nb::arg("subset").none() = nb::none())
        .def("__call__", &PyObjective<T>::operator());
    m.def("predict", &predict_into<T>, nb::arg("network"), nb::arg("theta").noconvert(), nb::arg("X").noconvert(),
          nb::arg("Y_hat").noconvert(), nb::arg("threads"));
}

}  // namespace

void bind_runs(nb::module_& m) {
    bind<float>(m, "Run32", "Objective32");
    bind<double>(m, "Run64", "Objective64");
}

}  // namespace layerwise
