#include "layerwise/run.hpp"

#include <cmath>

#include "interruption.hpp"
#include "look.hpp"
#include "network.hpp"
#include "order.hpp"
#include "position.hpp"
#include "sweep.hpp"

namespace layerwise {

template <class T>
class Run<T>::Impl {
  public:
    Impl(Plan plan, Examples<T> training, Examples<T> validation, Progress<T> start);

    Stopped go(const Hooks& hooks);
    const History& history() const { return history_; }
    Progress<T> progress() const;
    void lay_out_shown(T* parameters) const { position_->lay_out_shown(parameters); }
    const T* outputs() const { return look_->outputs(); }
    void failed(T* theta, std::vector<std::vector<T>>& averages) const;
    int threads() const { return team_.size(); }

  private:
    struct Spot {  // sums of one thread's gradient task
        Buffer<T> weights, biases;
    };

    void plan_memory();
    void open_epoch();
    void take_step();
    void prepare_step();
    void take_gradient(std::int64_t task, const Chunk& chunk, int thread);
    void move(std::int64_t task, const T* weights, const T* biases);
    void clip();
    void finish_step(double weighted_losses);
    bool look_at_validation();
    void close_epoch();
    bool ended();
    bool interrupted_after(std::int64_t rows);
    void end(Stopped how) { stopped_ = how, done_ = true; }
    void read(const Schedule& schedule, std::vector<double>& factors) const;
    double factor(const std::vector<double>& of) const { return of.empty() ? 1.0 : of[std::size_t(at_.step)]; }
    double step_cost(double weighted_losses) const;
    const std::uint32_t* all_of_subset() const { return training_.subset.empty() ? nullptr : training_.subset.data(); }
    double penalty_weight() const { return plan_.l2_by_batch ? batch_weight_ : total_weight_; }

    Plan plan_;
    Examples<T> training_;
    const std::int64_t m_;
    const Kernels<T>& kernels_;
    Team team_;
    std::int64_t steps_, batch_rows_;
    bool collects_;  // the sums of the whole gradient, before any parameter moves
    std::unique_ptr<Pass<T>> pass_;
    std::unique_ptr<Position<T>> position_;
    std::unique_ptr<Look<T>> look_;
    Batch<T> batch_{};
    Buffer<T> sums_;
    std::vector<Spot> spots_;
    std::unique_ptr<Order<T>> order_;  // null where a batch is all examples, in their order
    std::vector<double> rate_factors_, dropout_factors_, decay_factors_;  // of this epoch's steps; empty: all are 1

    Progress<T> at_;  // its vectors stay empty, but for the best parameters
    History history_;
    double total_weight_, batch_weight_ = 0, squared_weights_ = 0;
    std::atomic<bool> finite_{true};
    bool opened_ = false, interrupted_ = false, told_to_stop_ = false, done_ = false;
    Stopped stopped_ = Stopped::epochs;
    const Hooks* hooks_ = nullptr;
    std::unique_ptr<Interruption> interruption_;
};

template <class T>
Run<T>::Impl::Impl(Plan plan, Examples<T> training, Examples<T> validation, Progress<T> start)
    : plan_(std::move(plan)),
      training_(training),
      m_(training.count()),
      kernels_(kernels_named<T>(plan_.isa)),
      team_(threads_for(step_operations(plan_.network, plan_.batch_size ? plan_.batch_size : m_), plan_.threads)),
      batch_rows_(plan_.batch_size ? std::min(plan_.batch_size, m_) : m_),
      at_(std::move(start)) {
    steps_ = (m_ + batch_rows_ - 1) / batch_rows_;
    const bool drops = std::any_of(plan_.dropout.begin(), plan_.dropout.end(), [](double rate) { return rate > 0; });
    PassOptions<T> options{plan_.network, kernels_,     plan_.seed, drops ? plan_.dropout : std::vector<double>{},
                           batch_rows_,   team_.size(), true,       steps_ > 1};
    pass_ = make_pass(options);
    collects_ = plan_.clip_norm > 0 || batch_rows_ > pass_->chunk_rows();
    if (validation.m > 0) look_ = std::make_unique<Look<T>>(plan_, team_, validation, options);
    plan_memory();
    position_->start(at_);
    at_.parameters.clear(), at_.averages.clear(), at_.averaged.clear();
    if (plan_.l2 > 0) squared_weights_ = pass_->squares(position_->theta(), true, T(1));
    total_weight_ = total_weight(kernels_, training_);
    history_.metrics.resize(look_ ? plan_.metrics.size() : 0);
}

template <class T>
void Run<T>::Impl::plan_memory() {
    position_ = std::make_unique<Position<T>>(plan_, kernels_, *pass_);
    if (collects_) sums_ = Buffer<T>(pass_->size());
    std::int64_t most_weights = 0, most_biases = 0;
    for (std::int64_t task = 0; task < pass_->gradient_tasks(); ++task)
        for (const Range& range : pass_->ranges(task)) {
            std::int64_t& most = range.weights ? most_weights : most_biases;
            most = std::max(most, range.count);
        }
    for (int thread = 0; !collects_ && thread < team_.size(); ++thread)
        spots_.push_back({Buffer<T>(most_weights), Buffer<T>(most_biases)});
    if (steps_ > 1) order_ = std::make_unique<Order<T>>(plan_, kernels_, training_, batch_rows_);
}

template <class T>
Stopped Run<T>::Impl::go(const Hooks& hooks) {
    hooks_ = &hooks;
    interruption_ = std::make_unique<Interruption>(hooks.interrupted);
    done_ = interrupted_ = false;
    while (!done_ && !ended()) {
        if (at_.step < steps_) {
            if (!opened_) open_epoch();
            take_step();
        } else if (!look_ || look_at_validation()) {
            close_epoch();
        }
    }
    return stopped_;
}

template <class T>
bool Run<T>::Impl::interrupted_after(std::int64_t rows) {
    return interrupted_ = interruption_->after(step_operations(plan_.network, rows));
}

template <class T>
void Run<T>::Impl::take_step() {
    prepare_step();
    bool finished = false;
    const double losses = Sweep<T>{*pass_, team_, kernels_}(
        batch_, position_->theta(),
        [this](std::int64_t task, const Chunk& chunk, int thread) { take_gradient(task, chunk, thread); },
        // the parameters move with the last chunk: a batch is given up before that, or finished
        [this, &finished](const Chunk& chunk) {
            finished = chunk.ends;
            return !interrupted_after(chunk.rows);
        });
    if (!finished) return end(Stopped::interrupted);
    if (plan_.clip_norm > 0) clip();
    finish_step(losses);
}

template <class T>
void Run<T>::Impl::take_gradient(std::int64_t task, const Chunk& chunk, int thread) {
    const std::vector<Range>& ranges = pass_->ranges(task);
    T *weights, *biases;
    if (collects_) {
        weights = sums_.get() + ranges[0].first;
        biases = ranges.size() > 1 ? sums_.get() + ranges[1].first : nullptr;
    } else {
        weights = spots_[std::size_t(thread)].weights.get(), biases = spots_[std::size_t(thread)].biases.get();
    }
    Ahead ahead[4];
    const int aheads = chunk.ends ? position_->list_ahead(ranges[0], ahead) : 0;
    pass_->gradient(task, batch_, chunk, weights, biases, ahead, aheads);
    if (chunk.ends && plan_.clip_norm <= 0) move(task, weights, biases);
}

template <class T>
void Run<T>::Impl::move(std::int64_t task, const T* weights, const T* biases) {
    if (!position_->move(task, weights, biases)) finite_.store(false, std::memory_order_relaxed);
}

// The sums become the gradient, and its norm the factor that the update scales it by.
template <class T>
void Run<T>::Impl::clip() {
    team_.for_each(pass_->gradient_tasks(), [this](std::int64_t task, int) {
        for (const Range& range : pass_->ranges(task)) {
            T* const g = sums_.get() + range.first;
            kernels_.scale_and_add(position_->update().gradient_scale, g, range.weights ? position_->update().l2 : T(0),
                                   position_->theta() + range.first, g, range.count);
        }
    });
    // divided by the largest, but not by one so small that its inverse is infinite
    const double largest = double(kernels_.largest(sums_.get(), pass_->size()));
    const double divisor = std::max(largest, 4 * double(std::numeric_limits<T>::min()));
    const double norm = divisor * std::sqrt(pass_->squares(sums_.get(), false, T(1 / divisor)));
    position_->scale(T(norm <= plan_.clip_norm ? 1 : plan_.clip_norm / norm), 0);
    team_.for_each(pass_->gradient_tasks(), [this](std::int64_t task, int) {
        const std::vector<Range>& ranges = pass_->ranges(task);
        move(task, sums_.get() + ranges[0].first, ranges.size() > 1 ? sums_.get() + ranges[1].first : nullptr);
    });
}

template <class T>
bool Run<T>::Impl::ended() {
    if (opened_ || at_.step > 0) return false;
    if (told_to_stop_)
        end(Stopped::callback);
    else if (plan_.plateau && plan_.plateau->ends())
        end(Stopped::plateau);
    else if (look_ && plan_.stops_early && at_.epochs - 1 - at_.best.improved_at >= plan_.early_stopping.patience)
        end(Stopped::early_stopping);
    else if (at_.epochs >= plan_.epochs)
        end(Stopped::epochs);
    return done_;
}

template <class T>
void Run<T>::Impl::open_epoch() {
    opened_ = true;
    if (order_) order_->open(at_.epochs);
    read(hooks_->schedule, rate_factors_);
    read(hooks_->dropout, dropout_factors_);
    read(hooks_->decay, decay_factors_);
}

template <class T>
void Run<T>::Impl::read(const Schedule& schedule, std::vector<double>& factors) const {
    if (!schedule) return;
    factors.resize(std::size_t(steps_));
    schedule(at_.epochs, at_.step, std::span<double>(factors));
}

template <class T>
void Run<T>::Impl::prepare_step() {
    const std::int64_t first = at_.step * batch_rows_, rows = std::min(batch_rows_, m_ - first);
    const std::uint32_t* order = order_ ? order_->rows(first, rows) : all_of_subset();
    const std::int64_t upcoming = order_ ? std::min(batch_rows_, order_->known_after(first + rows)) : 0;
    const std::uint32_t number = std::uint32_t(at_.epochs * steps_ + at_.step);
    batch_ = {&training_, order, order ? order + rows : nullptr, rows, upcoming, number, factor(dropout_factors_)};
    batch_weight_ = double(rows);
    if (training_.weights) {
        batch_weight_ = order_ ? 0 : total_weight_;
        for (std::int64_t i = 0; order_ && i < rows; ++i) batch_weight_ += double(training_.weights[order[i]]);
    }
    at_.learning_rate = at_.base_learning_rate * factor(rate_factors_);
    position_->prepare(at_.learning_rate, factor(decay_factors_), at_.t);
    position_->scale(T(1 / batch_weight_), T(plan_.l2 / penalty_weight()));
}

template <class T>
double Run<T>::Impl::step_cost(double weighted_losses) const {
    const double penalty = plan_.l2 > 0 ? plan_.l2 / (2 * penalty_weight()) * squared_weights_ : 0;
    return double(T(weighted_losses / batch_weight_ + penalty));  // infinite where its type cannot hold it
}

template <class T>
void Run<T>::Impl::finish_step(double weighted_losses) {
    const double J = step_cost(weighted_losses);
    if (!std::isfinite(J) || !finite_) return end(Stopped::diverged);
    position_->advance();
    if (plan_.l2 > 0) squared_weights_ = pass_->squares(position_->theta(), true, T(1));
    at_.summed_cost += J * batch_weight_;
    ++at_.step, ++at_.t;
    if (interrupted_) end(Stopped::interrupted);
}

// Returns whether it got to the end.
template <class T>
bool Run<T>::Impl::look_at_validation() {
    // its layout may be another one: the parameters go over by way of the interface's
    std::vector<T> theta(std::size_t(plan_.network.parameters()));
    lay_out_shown(theta.data());
    if (!(*look_)(theta.data(), [this](std::int64_t rows) { return !interrupted_after(rows); }))
        return end(Stopped::interrupted), false;
    look_->ask(hooks_->metrics);
    history_.validation_cost.push_back(look_->cost());
    for (std::size_t k = 0; k < plan_.metrics.size(); ++k) history_.metrics[k].push_back(look_->metrics()[k]);
    if (look_->note(at_.epochs, at_.best) && plan_.stops_early && plan_.early_stopping.restore_best)
        at_.best_parameters = std::move(theta);
    return true;
}

template <class T>
void Run<T>::Impl::close_epoch() {
    history_.cost.push_back(at_.summed_cost / total_weight_);
    history_.learning_rate.push_back(at_.learning_rate);
    const std::int64_t epoch = at_.epochs++;
    at_.step = 0, at_.summed_cost = 0;
    opened_ = false;
    if (plan_.plateau) plan_.plateau->note(history_.cost.back());
    if (!hooks_->report) return;
    EpochReport told{epoch, history_.cost.back(), std::nan(""), {}, at_.base_learning_rate};
    if (look_) told.validation_cost = history_.validation_cost.back();
    for (const std::vector<double>& metric : history_.metrics) told.metrics.push_back(metric.back());
    const Directive answer = hooks_->report(told);
    if (answer.learning_rate > 0) at_.base_learning_rate = answer.learning_rate;
    told_to_stop_ = answer.stop;
}

template <class T>
Progress<T> Run<T>::Impl::progress() const {
    Progress<T> now = at_;
    position_->write(now);
    return now;
}

template <class T>
void Run<T>::Impl::failed(T* theta, std::vector<std::vector<T>>& averages) const {
    position_->lay_out_next(theta);
    averages = position_->averages();
}

template <class T>
Run<T>::Run(Plan plan, Examples<T> training, Examples<T> validation, Progress<T> start)
    : impl_(std::make_unique<Impl>(std::move(plan), training, validation, std::move(start))) {}
template <class T>
Run<T>::~Run() = default;
template <class T>
Stopped Run<T>::go(const Hooks& hooks) {
    return impl_->go(hooks);
}
template <class T>
const History& Run<T>::history() const {
    return impl_->history();
}
template <class T>
Progress<T> Run<T>::progress() const {
    return impl_->progress();
}
template <class T>
void Run<T>::parameters(T* theta) const {
    impl_->lay_out_shown(theta);
}
template <class T>
const T* Run<T>::outputs() const {
    return impl_->outputs();
}
template <class T>
void Run<T>::failed(T* theta, std::vector<std::vector<T>>& averages) const {
    impl_->failed(theta, averages);
}
template <class T>
int Run<T>::threads() const {
    return impl_->threads();
}

template class Run<float>;
template class Run<double>;

}  // namespace layerwise
