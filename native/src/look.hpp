// The validation examples, looked at after an epoch: their cost, the metrics, and whether there was a better epoch.
#pragma once

#include "pass.hpp"
#include "team.hpp"

namespace layerwise {

template <class T>
class Look {
  public:
    // `options` are those of the training pass.
    Look(const Plan&, Team&, const Examples<T>&, PassOptions<T> options);

    // Passes the examples with parameters as the interface lays them out. goes_on(rows) follows each chunk; false, and
    // nothing of use, where it gave up.
    bool operator()(const T* parameters, const std::function<bool(std::int64_t)>& goes_on);

    double cost() const { return cost_; }
    const std::vector<double>& metrics() const { return metrics_; }
    const T* outputs() const { return outputs_.get(); }
    // Has the metrics that are elsewhere computed.
    void ask(const std::function<void(std::span<double>)>& elsewhere);

    // Compares the epoch with the best one; true where it is the new one.
    bool note(std::int64_t epoch, Best&) const;

  private:
    void gather_targets(std::int64_t n_y);
    double watched() const;

    const Plan& plan_;
    Team& team_;
    const Kernels<T>& kernels_;
    Examples<T> examples_;
    std::vector<T> Y_, weights_;  // those of a subset, where there are metrics
    std::unique_ptr<Pass<T>> pass_;
    Buffer<T> theta_, outputs_;  // the parameters as `pass_` lays them out; Y_hat where there are metrics
    double weight_, cost_ = 0;
    std::vector<double> metrics_;
};

}  // namespace layerwise
