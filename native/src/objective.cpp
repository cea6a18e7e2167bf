#include "interruption.hpp"
#include "network.hpp"
#include "own_rows.hpp"
#include "sweep.hpp"

namespace layerwise {

template <class T>
class Objective<T>::Impl {
  public:
    Impl(const Plan& plan, Examples<T> examples)
        : plan_(plan),
          rows_(plan_.network, examples),
          kernels_(kernels_named<T>(plan_.isa)),
          team_(threads_for(step_operations(plan_.network, examples.count()), plan_.threads)),
          pass_(make_pass<T>({plan_.network, kernels_, 0, {}, examples.count(), team_.size(), true, false})),
          vector_(pass_->size()),
          sums_(pass_->size()),
          weight_(total_weight(kernels_, rows_.examples())) {}

    double operator()(const T* theta, T* gradient, const std::function<bool()>& asks) {
        pass_->lay_in(theta, vector_.get());
        pass_->derive_all(vector_.get());
        const Batch<T> batch{&rows_.examples(), nullptr, nullptr, rows_.examples().m, 0, 0};
        Interruption interruption(asks);
        const double losses = Sweep<T>{*pass_, team_, kernels_}(
            batch, vector_.get(),
            [&](std::int64_t task, const Chunk& chunk, int) {
                const std::vector<Range>& ranges = pass_->ranges(task);
                pass_->gradient(task, batch, chunk, sums_.get() + ranges[0].first,
                                ranges.size() > 1 ? sums_.get() + ranges[1].first : nullptr, nullptr, 0);
            },
            [&](const Chunk& chunk) { return !interruption.after(step_operations(plan_.network, chunk.rows)); });
        const double penalty = plan_.l2 > 0 ? plan_.l2 / (2 * weight_) * pass_->squares(vector_.get(), true, T(1)) : 0;
        for (std::int64_t task = 0; task < pass_->gradient_tasks(); ++task)
            for (const Range& range : pass_->ranges(task)) {
                T* const g = sums_.get() + range.first;
                kernels_.scale_and_add(T(1 / weight_), g, T(range.weights ? plan_.l2 / weight_ : 0),
                                       vector_.get() + range.first, g, range.count);
            }
        pass_->lay_out(sums_.get(), gradient);
        return losses / weight_ + penalty;
    }

  private:
    Plan plan_;
    OwnRows<T> rows_;
    const Kernels<T>& kernels_;
    Team team_;
    std::unique_ptr<Pass<T>> pass_;
    Buffer<T> vector_, sums_;
    double weight_;
};

template <class T>
Objective<T>::Objective(const Plan& plan, Examples<T> examples) : impl_(std::make_unique<Impl>(plan, examples)) {}
template <class T>
Objective<T>::~Objective() = default;
template <class T>
double Objective<T>::operator()(const T* theta, T* gradient, const std::function<bool()>& interrupted) {
    return (*impl_)(theta, gradient, interrupted);
}

template class Objective<float>;
template class Objective<double>;

}  // namespace layerwise
