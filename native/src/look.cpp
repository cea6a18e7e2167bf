#include "look.hpp"

#include <algorithm>

#include "metrics.hpp"
#include "network.hpp"
#include "sweep.hpp"

namespace layerwise {

template <class T>
Look<T>::Look(const Plan& plan, Team& team, const Examples<T>& examples, PassOptions<T> options)
    : plan_(plan),
      team_(team),
      kernels_(options.kernels),
      examples_(examples),
      weight_(total_weight(options.kernels, examples)),
      metrics_(plan.metrics.size()) {
    options.dropout.clear();
    options.most_rows = examples.count(), options.backward = options.gathers = false;
    pass_ = make_pass(options);
    theta_ = Buffer<T>(pass_->size());
    if (plan.metrics.empty()) return;
    const std::int64_t n_y = plan.network.n(plan.network.L());
    outputs_ = Buffer<T>(examples.count() * n_y);
    pass_->keep_outputs(outputs_.get());
    gather_targets(n_y);
}

template <class T>
void Look<T>::gather_targets(std::int64_t n_y) {
    for (const std::uint32_t row : examples_.subset) {
        Y_.insert(Y_.end(), examples_.Y + row * n_y, examples_.Y + (row + std::int64_t(1)) * n_y);
        if (examples_.weights) weights_.push_back(examples_.weights[row]);
    }
}

template <class T>
bool Look<T>::operator()(const T* parameters, const std::function<bool(std::int64_t)>& goes_on) {
    bool went_on = true;
    pass_->lay_in(parameters, theta_.get());
    pass_->derive_all(theta_.get());
    const std::int64_t rows = examples_.count();
    const std::uint32_t* const order = examples_.subset.empty() ? nullptr : examples_.subset.data();
    const double losses = Sweep<T>{*pass_, team_, kernels_}(
        Batch<T>{&examples_, order, order ? order + rows : nullptr, rows, 0, 0}, theta_.get(),
        [](std::int64_t, const Chunk&, int) {}, [&](const Chunk& chunk) { return went_on = goes_on(chunk.rows); });
    if (!went_on) return false;
    const Network& net = plan_.network;
    cost_ = double(T(losses / weight_));
    for (std::size_t k = 0; k < metrics_.size(); ++k)
        metrics_[k] = metric(plan_.metrics[k], outputs_.get(), order ? Y_.data() : examples_.Y,
                             order && examples_.weights ? weights_.data() : examples_.weights, rows, net.n(net.L()));
    return true;
}

template <class T>
void Look<T>::ask(const std::function<void(std::span<double>)>& elsewhere) {
    std::vector<double> found(std::size_t(std::count(plan_.metrics.begin(), plan_.metrics.end(), Metric::elsewhere)));
    if (found.empty() || !elsewhere) return;
    elsewhere(found);
    auto value = found.begin();
    for (std::size_t k = 0; k < metrics_.size(); ++k)
        if (plan_.metrics[k] == Metric::elsewhere) metrics_[k] = *value++;
}

template <class T>
double Look<T>::watched() const {
    const EarlyStopping& rule = plan_.early_stopping;
    if (!plan_.stops_early || rule.monitor < 0) return cost_;
    const double value = metrics_[std::size_t(rule.monitor)];
    return rule.greater_is_better ? -value : value;
}

template <class T>
bool Look<T>::note(std::int64_t epoch, Best& best) const {
    const double cost = watched(), least = plan_.stops_early ? plan_.early_stopping.min_improvement : 0;
    if (cost < best.to_beat - least) best.to_beat = cost, best.improved_at = epoch;
    if (!(best.cost > cost)) return false;
    best.epoch = epoch, best.cost = cost;
    return true;
}

template class Look<float>;
template class Look<double>;

}  // namespace layerwise
