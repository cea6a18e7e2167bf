#include <nanobind/stl/array.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/variant.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <optional>
#include <variant>

#include "arrays.hpp"

namespace layerwise {
namespace {

template <class T>
using Weights = std::optional<Vector<T>>;

// A sparse X: its numbers row by row, their columns, and where each row begins, one entry more than there are rows.
template <class T>
using Sparse = std::tuple<Vector<T>, Vector<std::int32_t>, Vector<std::int64_t>>;

template <class T>
using Inputs = std::variant<Table<T>, Sparse<T>>;

// Refuses what would be read or written outside of an array.
template <class T>
void check_sparse(const Sparse<T>& X, std::int64_t n_x) {
    const auto& [numbers, columns, starts] = X;
    const auto wrong = [](const char* what) { throw nb::value_error(what); };
    if (starts.shape(0) < 2 || numbers.shape(0) != columns.shape(0)) wrong("X must have a column for every number");
    if (starts(0) != 0 || starts(starts.shape(0) - 1) != std::int64_t(numbers.shape(0)))
        wrong("the rows of X must begin at its first number and end after its last");
    for (std::size_t i = 1; i < starts.shape(0); ++i)
        if (starts(i) < starts(i - 1)) wrong("the rows of X must follow each other");
    for (std::size_t k = 0; k < columns.shape(0); ++k)
        if (columns(k) < 0 || columns(k) >= n_x) wrong("X must have a column for each input of the network");
}

// Arrays of one set of examples, held as long as the run needs their memory.
template <class T>
struct Held {
    Inputs<T> X;
    Table<T> Y;
    Weights<T> weights;
    std::optional<Vector<std::uint32_t>> subset{};
    std::array<bool, 3> mapped{};  // X, Y, weights

    Examples<T> examples(const Network& net) const {
        const Table<T>* dense = std::get_if<Table<T>>(&X);
        const Sparse<T>* sparse = std::get_if<Sparse<T>>(&X);
        if (sparse && !net.embeddings.empty()) throw nb::value_error("a network with embeddings takes a dense X");
        if (sparse) check_sparse(*sparse, net.n(0));
        const std::size_t m = dense ? dense->shape(0) : std::get<2>(*sparse).shape(0) - 1;
        if (m < 1 || m != Y.shape(0) || (weights && weights->shape(0) != m))
            throw nb::value_error("X, Y and the weights must have the same number of examples, at least one");
        if (m >= (std::size_t(1) << 31)) throw nb::value_error("there must be fewer than 2**31 examples");
        if ((dense && std::int64_t(dense->shape(1)) != net.n_x()) || std::int64_t(Y.shape(1)) != net.n(net.L()))
            throw nb::value_error("X and Y must have a column for each input and each output of the network");
        if (!net.embeddings.empty() && !inputs_fit(net, dense->data(), std::int64_t(m), mapped[0]))
            throw nb::value_error("X must hold finite numbers, and positions that the embeddings have");
        Examples<T> found{nullptr, Y.data(), weights ? weights->data() : nullptr, std::int64_t(m)};
        found.subset = rows_of_subset(m), found.mapped = {mapped[0], mapped[1], mapped[2]};
        if (dense) {
            found.X = dense->data();
        } else {
            const auto& [numbers, columns, starts] = *sparse;
            found.X = numbers.data(), found.columns = columns.data(), found.starts = starts.data();
        }
        return found;
    }

  private:
    std::span<const std::uint32_t> rows_of_subset(std::size_t m) const {
        if (!subset) return {};
        const std::span<const std::uint32_t> rows(subset->data(), subset->shape(0));
        if (rows.empty() || rows.size() >= (std::size_t(1) << 31) || *std::max_element(rows.begin(), rows.end()) >= m)
            throw nb::value_error("a subset must name examples that there are, at least one and fewer than 2**31");
        return rows;
    }
};

template <class T>
using Data = std::tuple<Inputs<T>, Table<T>, Weights<T>>;

template <class T>
void check_size(const Network& net, const std::vector<T>& vector) {
    if (std::int64_t(vector.size()) != net.parameters())
        throw nb::value_error("a vector must have as many numbers as the network has parameters");
}

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

const char* const kStopped[] = {"epochs", "early_stopping", "callback", "interrupted", "diverged"};

template <class T>
class PyRun {
  public:
    PyRun(const Plan& plan, Held<T> training, std::optional<Held<T>> validation, Progress<T> start)
        : training_(std::move(training)), validation_(std::move(validation)) {
        check(plan);
        const Examples<T> examples = training_.examples(plan.network);
        check_start(plan, examples, start);
        n_parameters_ = std::size_t(plan.network.parameters()), n_y_ = std::size_t(plan.network.n(plan.network.L()));
        const WithoutGil release;
        run_ = std::make_unique<Run<T>>(
            plan, examples, validation_ ? validation_->examples(plan.network) : Examples<T>{}, std::move(start));
    }

    const char* go(const nb::object& schedule, const nb::object& report, const nb::object& dropout,
                   const nb::object& decay, const nb::object& metrics) {
        Signals signals;
        Hooks hooks;
        hooks.schedule = factors_of(schedule), hooks.dropout = factors_of(dropout), hooks.decay = factors_of(decay);
        if (!report.is_none()) hooks.report = [&](const EpochReport& told) { return answer(report, told); };
        if (!metrics.is_none()) hooks.metrics = [&](std::span<double> values) { compute(metrics, values); };
        hooks.interrupted = [&] { return signals(); };
        Stopped stopped = Stopped::interrupted;
        try {
            const WithoutGil release;
            stopped = run_->go(hooks);
        } catch (nb::python_error& error) {
            if (!error.matches(PyExc_KeyboardInterrupt)) throw;
        }
        if (stopped != Stopped::diverged && signals()) stopped = Stopped::interrupted;  // since the core last asked
        signals.settle();
        return kStopped[int(stopped)];
    }

    NewVector<T> parameters() const {
        std::vector<T> theta(n_parameters_);
        run_->parameters(theta.data());
        return to_numpy(std::move(theta));
    }

    nb::tuple failed() const {
        std::vector<T> theta(n_parameters_);
        std::vector<std::vector<T>> averages;
        run_->failed(theta.data(), averages);
        return nb::make_tuple(to_numpy(std::move(theta)), listed(std::move(averages)));
    }

    nb::dict history() const {
        const History& history = run_->history();
        nb::dict noted;
        noted["cost"] = history.cost, noted["validation_cost"] = history.validation_cost;
        noted["learning_rate"] = history.learning_rate, noted["metrics"] = history.metrics;
        return noted;
    }

    nb::dict progress() const {
        Progress<T> at = run_->progress();
        nb::dict noted;
        noted["epochs"] = at.epochs, noted["step"] = at.step, noted["t"] = at.t;
        noted["summed_cost"] = at.summed_cost, noted["learning_rate"] = at.learning_rate;
        noted["base_learning_rate"] = at.base_learning_rate;
        noted["best"] = nb::make_tuple(at.best.epoch, at.best.cost, at.best.to_beat, at.best.improved_at);
        noted["parameters"] = to_numpy(std::move(at.parameters));
        noted["averages"] = listed(std::move(at.averages));
        noted["best_parameters"] =
            at.best_parameters.empty() ? nb::none() : nb::cast(to_numpy(std::move(at.best_parameters)));
        noted["averaged"] = at.averaged.empty() ? nb::none() : nb::cast(to_numpy(std::move(at.averaged)));
        return noted;
    }

    int threads() const { return run_->threads(); }

  private:
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

    static Directive answer(const nb::object& report, const EpochReport& told) {
        const WithGil acquire;
        const auto [stop, learning_rate] = in_python([&] {
            return nb::cast<std::pair<bool, double>>(
                report(told.epoch, told.cost, told.validation_cost, told.metrics, told.base_learning_rate));
        });
        return {stop, learning_rate};
    }

    void compute(const nb::object& metrics, std::span<double> values) const {
        const WithGil acquire;
        const std::vector<double> found = in_python([&] {
            const std::size_t m = validation_->Y.shape(0);
            const T* const Y_hat = run_->outputs();
            NewTable<T> rows = to_numpy(std::vector<T>(Y_hat, Y_hat + m * n_y_), {m, n_y_});
            return nb::cast<std::vector<double>>(metrics(rows));
        });
        if (found.size() != values.size()) throw nb::value_error("there must be a value for each metric");
        std::copy(found.begin(), found.end(), values.begin());
    }

    Held<T> training_;
    std::optional<Held<T>> validation_;
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
    nb::class_<PyRun<T>>(m, run)
        .def(
            "__init__",
            [](PyRun<T>* self, const Plan& plan, Data<T> training, std::optional<Data<T>> validation,
               std::optional<Vector<std::uint32_t>> subset, std::array<bool, 3> mapped, std::int64_t epochs,
               std::int64_t step, std::int64_t t, double summed_cost, double learning_rate, double base_learning_rate,
               std::tuple<std::int64_t, double, double, std::int64_t> best, const Vector<T>& parameters,
               const std::vector<Vector<T>>& averages, const std::optional<Vector<T>>& best_parameters,
               const std::optional<Vector<T>>& averaged) {
                std::optional<Rows> looked_at;
                if (validation) looked_at = std::make_from_tuple<Rows>(std::move(*validation));
                Rows learnt = std::make_from_tuple<Rows>(std::move(training));
                learnt.subset = std::move(subset), learnt.mapped = mapped;
                new (self) PyRun<T>(plan, std::move(learnt), std::move(looked_at),
                                    progress_of<T>(epochs, step, t, summed_cost, learning_rate, base_learning_rate,
                                                   best, parameters, averages, best_parameters, averaged));
            },
            nb::arg("plan"), nb::arg("training"), nb::arg("validation").none(), nb::kw_only(),
            nb::arg("subset").none() = nb::none(), nb::arg("mapped") = std::array<bool, 3>{}, nb::arg("epochs"),
            nb::arg("step"), nb::arg("t"), nb::arg("summed_cost"), nb::arg("learning_rate"),
            nb::arg("base_learning_rate"), nb::arg("best"), nb::arg("parameters"), nb::arg("averages"),
            nb::arg("best_parameters").none(), nb::arg("averaged").none() = nb::none())
        .def("go", &PyRun<T>::go, nb::arg("schedule").none(), nb::arg("report").none(), nb::kw_only(),
             nb::arg("dropout").none() = nb::none(), nb::arg("decay").none() = nb::none(),
             nb::arg("metrics").none() = nb::none())
        .def("parameters", &PyRun<T>::parameters)
        .def("failed", &PyRun<T>::failed)
        .def("history", &PyRun<T>::history)
        .def("progress", &PyRun<T>::progress)
        .def_prop_ro("threads", &PyRun<T>::threads);
    nb::class_<PyObjective<T>>(m, objective)
        .def("__init__",
             [](PyObjective<T>* self, const Plan& plan, Data<T> examples) {
                 new (self) PyObjective<T>(plan, std::make_from_tuple<Rows>(std::move(examples)));
             })
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
