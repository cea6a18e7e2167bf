// The parameters of a run and what moves with them: the rule's running averages, and the average over the steps.
#pragma once

#include "pass.hpp"

namespace layerwise {

template <class T>
class Position {
  public:
    Position(const Plan&, const Kernels<T>&, Pass<T>&);

    // Goes to where a run stands.
    void start(const Progress<T>&);
    void write(Progress<T>&) const;

    const T* theta() const { return theta_[0].get(); }
    // What a step has in common for all parameters; `t` counts those before it.
    void prepare(double learning_rate, double decay_factor, std::int64_t t);
    void scale(T gradient_scale, T l2) { update_.gradient_scale = gradient_scale, update_.l2 = l2; }
    const Update<T>& update() const { return update_; }
    // Moves the parameters of one task by the sums of their gradient; false where a number is not finite.
    bool move(std::int64_t task, const T* weights, const T* biases);
    // What `move` will touch, where it does not lie in the second-level cache anyway; at most 4.
    int list_ahead(const Range&, Ahead* ahead) const;
    void advance();  // the step has gone well

    // In the interface's layout.
    void lay_out_shown(T* parameters) const;  // averaged, if so planned
    void lay_out_next(T* parameters) const;   // after the step that is not finished
    std::vector<std::vector<T>> averages() const;

  private:
    std::vector<T> laid_out(const Buffer<T>& vector) const;

    const Plan& plan_;
    const Kernels<T>& kernels_;
    Pass<T>& pass_;
    bool is_large_;                     // all of it does not fit the second-level cache
    Buffer<T> theta_[2], averages_[2];  // theta: now, and after the step
    Buffer<T> averaged_[2], signs_;     // of theta: over the steps, now and after; null where not planned
    Update<T> update_{};
    T kept_share_ = 0, new_share_ = 0;  // of the averaged parameters, in this step
};

}  // namespace layerwise
