#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include "arrays.hpp"

namespace layerwise {
namespace {

void require(bool holds, const char* rule) {
    if (!holds) throw nb::value_error(rule);
}

// Positions, dimension and whether they are ordered, of each embedding.
using Tables = std::vector<std::tuple<std::int64_t, std::int64_t, bool>>;

Network network(std::vector<std::int64_t> sizes, const std::vector<int>& activations, std::vector<double> settings,
                int loss, double loss_setting, const Tables& tables) {
    Network net{std::move(sizes), {}, std::move(settings), Loss(loss), loss_setting};
    for (const auto& [positions, dimension, ordered] : tables)
        net.embeddings.push_back({positions, dimension, ordered});
    for (const int g : activations) net.activations.push_back(Activation(g));
    check(net);
    return net;
}

}  // namespace

void check(const Network& net) {
    require(net.L() >= 1 && net.sizes.size() == std::size_t(net.L() + 1), "sizes must be one more than activations");
    require(net.settings.size() == std::size_t(net.L()), "settings must be as many as activations");
    for (const std::int64_t n : net.sizes) require(n > 0 && n < (std::int64_t(1) << 40), "sizes must be positive");
    for (int l = 1; l <= net.L(); ++l) {
        const int g = int(net.g(l)), most = int(l < net.L() ? Activation::softplus : Activation::softmax);
        require(g >= 0 && g <= most, "an activation is not known, or not in a hidden layer");
    }
    std::int64_t width = 0;
    for (const Embedding& e : net.embeddings) {
        const std::int64_t most = (std::int64_t(1) << 31) - 1;
        require(e.positions >= 1 + e.ordered && e.positions <= most && e.dimension >= 0 && e.dimension <= most,
                "an embedding must have positions, and ordered ones at least two");
        require(e.dimension == 0 || e.code_length() < (std::int64_t(1) << 40) / e.dimension, "a table must fit memory");
        require((width += e.width()) <= net.n(0), "n[0] must be at least the widths of all embeddings");
    }
    require(int(net.loss) >= 0 && int(net.loss) <= int(Loss::quantile), "the loss is not known");
}

void check(const Plan& plan) {
    check(plan.network);
    require(int(plan.rule) >= 0 && int(plan.rule) <= int(Rule::adamw), "the rule is not known");
    require(plan.epochs > 0 && plan.batch_size >= 0 && plan.threads >= 0, "epochs, batch_size and threads are counts");
    require(plan.block >= 0 && (plan.block == 0 || plan.buffer >= plan.block), "a buffer must hold a block");
    require(plan.dropout.empty() || plan.dropout.size() + 1 == std::size_t(plan.network.L()),
            "dropout must have a rate for each hidden layer");
    require(plan.signs.empty() || std::int64_t(plan.signs.size()) == plan.network.parameters(),
            "signs must be as many as the network has parameters");
    const int monitor = plan.early_stopping.monitor;
    require(monitor >= -1 && monitor < std::int64_t(plan.metrics.size()),
            "what early stopping monitors must be one of the metrics");
    for (const Metric metric : plan.metrics)
        require(int(metric) >= 0 && int(metric) <= int(Metric::elsewhere), "a metric is not known");
}

void bind_plans(nb::module_& m) {
    nb::class_<Network>(m, "Network")
        .def(
            "__init__",
            [](Network* self, std::vector<std::int64_t> sizes, const std::vector<int>& activations,
               std::vector<double> settings, int loss, double loss_setting, const Tables& embeddings) {
                new (self) Network(
                    network(std::move(sizes), activations, std::move(settings), loss, loss_setting, embeddings));
            },
            nb::arg("sizes"), nb::arg("activations"), nb::arg("settings"), nb::arg("loss"), nb::arg("loss_setting"),
            nb::arg("embeddings") = Tables());
    nb::class_<Plan>(m, "Plan")
        .def(nb::init<>())
        .def_rw("network", &Plan::network)
        .def_prop_rw(
            "rule", [](const Plan& p) { return int(p.rule); }, [](Plan& p, int rule) { p.rule = Rule(rule); })
        .def_rw("beta1", &Plan::beta1)
        .def_rw("beta2", &Plan::beta2)
        .def_rw("epsilon", &Plan::epsilon)
        .def_rw("weight_decay", &Plan::weight_decay)
        .def_rw("epochs", &Plan::epochs)
        .def_rw("batch_size", &Plan::batch_size)
        .def_rw("shuffles", &Plan::shuffles)
        .def_rw("block", &Plan::block)
        .def_rw("buffer", &Plan::buffer)
        .def_rw("l2", &Plan::l2)
        .def_rw("l2_by_batch", &Plan::l2_by_batch)
        .def_rw("dropout", &Plan::dropout)
        .def_rw("clip_norm", &Plan::clip_norm)
        .def(
            "set_early_stopping",
            [](Plan& p, std::int64_t patience, double min_improvement, bool restore_best, int monitor,
               bool greater_is_better) {
                p.stops_early = true;
                p.early_stopping = {patience, min_improvement, restore_best, monitor, greater_is_better};
            },
            nb::arg("patience"), nb::arg("min_improvement"), nb::arg("restore_best"), nb::arg("monitor"),
            nb::arg("greater_is_better"))
        .def(
            "set_plateau",
            [](Plan& p, std::int64_t patience, double tolerance, double lowest, std::int64_t waited) {
                p.plateau = Plateau{patience, tolerance, lowest, waited};
            },
            nb::arg("patience"), nb::arg("tolerance"), nb::arg("lowest"), nb::arg("waited"))
        .def_prop_rw(
            "metrics",
            [](const Plan& p) {
                std::vector<int> numbers;
                for (const Metric metric : p.metrics) numbers.push_back(int(metric));
                return numbers;
            },
            [](Plan& p, const std::vector<int>& numbers) {
                p.metrics.clear();
                for (const int number : numbers) p.metrics.push_back(Metric(number));
            })
        .def_rw("averaging", &Plan::averaging)
        .def_prop_rw(
            "signs", [](const Plan& p) { return to_numpy(p.signs); },
            [](Plan& p, const Vector<std::int8_t>& signs) { p.signs = copied(signs); })
        .def_rw("threads", &Plan::threads)
        .def_prop_rw("isa", [](const Plan& p) { return p.isa; }, [](Plan& p, const std::string& isa) { p.isa = isa; });
}

}  // namespace layerwise
