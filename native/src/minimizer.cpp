#include "layerwise/minimizer.hpp"

#include <algorithm>
#include <cmath>

#include "interruption.hpp"
#include "network.hpp"

namespace layerwise {
namespace {

struct Interrupted {};  // ends a step from wherever it is

// In double. The order of the sum depends on the length alone: eight sums side by side, then their halves.
template <class T>
double dot(const std::vector<T>& x, const std::vector<T>& y) {
    constexpr std::size_t kSums = 8;
    double sums[kSums] = {};
    const std::size_t n = x.size(), whole = n - n % kSums;
    for (std::size_t i = 0; i < whole; i += kSums)
        for (std::size_t k = 0; k < kSums; ++k) sums[k] += double(x[i + k]) * double(y[i + k]);
    for (std::size_t i = whole; i < n; ++i) sums[i - whole] += double(x[i]) * double(y[i]);
    for (std::size_t half = kSums / 2; half; half /= 2)
        for (std::size_t k = 0; k < half; ++k) sums[k] += sums[k + half];
    return sums[0];
}

// to = x + factor y; `to` may be x
template <class T>
void add(const std::vector<T>& x, double factor, const std::vector<T>& y, std::vector<T>& to) {
    to.resize(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) to[i] = x[i] + T(factor) * y[i];
}

template <class T>
bool is_finite(const Point<T>& point) {
    return std::isfinite(point.J) && std::all_of(point.g.begin(), point.g.end(), [](T x) { return std::isfinite(x); });
}

// math.isclose of Python.
bool is_close(double x, double y, double tolerance) {
    return std::isfinite(x) && std::isfinite(y) && std::abs(x - y) <= tolerance * std::max(std::abs(x), std::abs(y));
}

// A step length with phi(alpha) = J and phi'(alpha) along the direction.
struct Trial {
    double alpha, J, slope;
};

// The minimum of the parabola through phi(low), phi'(low), phi(high), kept away from both ends; else the middle.
double between(const Trial& low, const Trial& high) {
    const double width = high.alpha - low.alpha, curvature = high.J - low.J - low.slope * width;
    if (std::isfinite(curvature) && curvature > 0) {
        const double step = -low.slope * width * width / (2 * curvature);
        if (0.1 <= step / width && step / width <= 0.9) return low.alpha + step;
    }
    return low.alpha + 0.5 * width;
}

// What a run needs while it goes: the objective, and the memory of one step.
template <class T>
class Search {
  public:
    Search(const Plan& plan, const Examples<T>& examples, const std::function<bool()>& interrupted)
        : asks_([this, &interrupted] { return interrupted_ = interrupted && interrupted(); }),
          interruption_(asks_),
          operations_(step_operations(plan.network, examples.count())),
          objective_(plan, examples) {}
    Search(const Search&) = delete;

    void evaluate(Point<T>& at) {
        at.g.resize(at.vector.size());
        at.J = objective_(at.vector.data(), at.g.data(), asks_);
        if (interrupted_ || interruption_.after(operations_)) throw Interrupted();
    }

    // Sets `direction` to -H g by the two loops of algorithm 7.4.
    void turn(const Descent<T>& at) {
        const auto& pairs = at.pairs;
        std::vector<T>& q = direction;
        q = at.point.g;
        alphas_.resize(pairs.size()), curvatures_.resize(pairs.size());
        for (std::size_t k = pairs.size(); k-- > 0;) {
            const auto& [s, y] = pairs[k];
            curvatures_[k] = dot(y, s);
            alphas_[k] = dot(s, q) / curvatures_[k];
            add(q, -alphas_[k], y, q);
        }
        if (!pairs.empty()) {
            const T scale = T(curvatures_.back() / dot(pairs.back().second, pairs.back().second));
            for (T& number : q) number *= scale;
        }
        for (std::size_t k = 0; k < pairs.size(); ++k) {
            const auto& [s, y] = pairs[k];
            add(q, alphas_[k] - dot(y, q) / curvatures_[k], s, q);
        }
        for (T& number : q) number = -number;
    }

    // Algorithms 3.5 (bracket) and 3.6 (zoom) in one loop: a bracket [low, high] once there is one. False where no
    // trial lowers J; else the point is `found`.
    bool along_direction(const Point<T>& start, double first) {
        constexpr double c1 = 1e-4, c2 = 0.9;
        const Trial zero{0, start.J, dot(start.g, direction)};
        Trial low = zero;
        std::optional<Trial> high;
        double alpha = first;
        for (int trials = 0; trials < 25; ++trials) {
            const Trial now = trial(start, alpha);
            const double bound = start.J + c1 * alpha * zero.slope;
            if (!(now.J <= bound && now.J < low.J) || !std::isfinite(now.slope)) {
                high = now;
            } else if (std::abs(now.slope) <= -c2 * zero.slope) {
                return true;
            } else {
                if (high ? now.slope * (high->alpha - low.alpha) >= 0 : now.slope >= 0) high = low;
                low = now;
                std::swap(lowest_, found);
            }
            alpha = high ? between(low, *high) : 2 * alpha;
        }
        std::swap(lowest_, found);
        return low.J < start.J;
    }

    std::vector<T> direction;
    Point<T> found;
    std::pair<std::vector<T>, std::vector<T>> pair;  // the next one to be remembered
    std::int64_t evaluations = 0;                    // of line searches

  private:
    Trial trial(const Point<T>& start, double alpha) {
        add(start.vector, alpha, direction, found.vector);
        ++evaluations;
        evaluate(found);
        return {alpha, found.J, dot(found.g, direction)};
    }

    bool interrupted_ = false;
    std::function<bool()> asks_;
    Interruption interruption_;  // between evaluations, as the objective asks within them
    double operations_;
    Objective<T> objective_;
    Point<T> lowest_;
    std::vector<double> alphas_, curvatures_;
};

}  // namespace

template <class T>
class Minimizer<T>::Impl {
  public:
    Impl(Plan plan, const LBFGS& rule, Examples<T> examples, Descent<T> start)
        : plan_(std::move(plan)), rule_(rule), examples_(examples), at_(std::move(start)) {
        while (std::int64_t(at_.pairs.size()) > rule_.memory) at_.pairs.erase(at_.pairs.begin());
    }

    Stopped go(const Hooks& hooks);
    const std::vector<double>& costs() const { return costs_; }
    const std::vector<T>& parameters() const { return at_.point.vector; }
    Descent<T> progress() const {
        if (!is_fresh_) return at_;
        return {at_.epochs, at_.step, at_.summed_cost, {at_.point.vector}};
    }

  private:
    struct Step {
        std::optional<Stopped> arrived{};
        bool moves = false, forgets = false;  // the pairs, as rounding spoiled them
    };

    void begin(Search<T>&);
    std::optional<Stopped> take_step(Search<T>&);
    Step find_step(Search<T>&) const;
    void commit(const Step&, Search<T>&);
    void remember(Search<T>&);
    void close_epoch(const Hooks&);
    bool on_plateau() const { return plan_.plateau && plan_.plateau->ends(); }

    Plan plan_;
    LBFGS rule_;
    Examples<T> examples_;
    Descent<T> at_;
    std::vector<double> costs_;
    bool has_begun_ = false, is_fresh_ = false, told_to_stop_ = false;
};

template <class T>
Stopped Minimizer<T>::Impl::go(const Hooks& hooks) {
    Search<T> search(plan_, examples_, hooks.interrupted);
    try {
        while (!told_to_stop_ && !on_plateau() && at_.epochs < plan_.epochs) {
            if (at_.step == 0)
                if (const std::optional<Stopped> why = take_step(search)) return *why;
            close_epoch(hooks);
        }
    } catch (const Interrupted&) {
        return Stopped::interrupted;
    }
    return told_to_stop_ ? Stopped::callback : on_plateau() ? Stopped::plateau : Stopped::epochs;
}

// A resumed run goes on with what it remembers if that was said of these examples: if the cost is the same.
template <class T>
void Minimizer<T>::Impl::begin(Search<T>& search) {
    Point<T>& here = search.found;
    here.vector = at_.point.vector;
    search.evaluate(here);
    has_begun_ = true;
    if (!at_.point.g.empty() && is_close(here.J, at_.point.J, std::sqrt(double(std::numeric_limits<T>::epsilon()))))
        return;
    std::swap(at_.point, here);
    at_.pairs.clear(), at_.arrived.reset();
    at_.evaluations = 1;
    is_fresh_ = true;
}

// Returns why there is none, or nothing.
template <class T>
std::optional<Stopped> Minimizer<T>::Impl::take_step(Search<T>& search) {
    if (!has_begun_) begin(search);
    if (!is_finite(at_.point)) return Stopped::diverged;  // only at the start of a run: every step lowers J
    const Step step = find_step(search);
    if (at_.arrived && step.arrived) return step.arrived;  // the cost of the last epoch was that of these parameters
    at_.summed_cost = at_.point.J;
    commit(step, search);
    at_.step = 1;
    return {};
}

template <class T>
auto Minimizer<T>::Impl::find_step(Search<T>& search) const -> Step {
    const Point<T>& here = at_.point;
    const auto within = [this](T x) { return std::abs(double(x)) <= rule_.tolerance; };
    search.evaluations = 0;
    if (std::all_of(here.g.begin(), here.g.end(), within)) return {Stopped::converged};
    if (at_.arrived == Stopped::flat || at_.arrived == Stopped::stalled) return {at_.arrived};
    if (rule_.max_evaluations && at_.evaluations >= rule_.max_evaluations) return {Stopped::evaluations};
    Step step;
    search.turn(at_);
    if (dot(here.g, search.direction) >= 0) {
        step.forgets = true;
        std::transform(here.g.begin(), here.g.end(), search.direction.begin(), std::negate<T>());
    }
    const bool by_gradient = at_.pairs.empty() || step.forgets;
    const double first = by_gradient ? std::min(1.0, 1 / std::sqrt(dot(here.g, here.g))) : 1.0;
    step.moves = search.along_direction(here, first);
    if (!step.moves) return {Stopped::stalled};
    const double largest = std::max({std::abs(here.J), std::abs(search.found.J), 1.0});
    if (here.J - search.found.J < rule_.relative_decrease * largest) step.arrived = Stopped::flat;
    return step;
}

template <class T>
void Minimizer<T>::Impl::commit(const Step& step, Search<T>& search) {
    is_fresh_ = false;
    at_.arrived = step.arrived;
    at_.evaluations += search.evaluations;
    if (!step.moves) return;
    if (step.forgets) at_.pairs.clear();
    remember(search);
    std::swap(at_.point, search.found);
}

template <class T>
void Minimizer<T>::Impl::remember(Search<T>& search) {
    auto& [s, y] = search.pair;
    add(search.found.vector, -1, at_.point.vector, s);
    add(search.found.g, -1, at_.point.g, y);
    if (!(dot(s, y) > 1e-10 * dot(y, y))) return;  // positive curvature keeps H positive definite
    if (std::int64_t(at_.pairs.size()) < rule_.memory)
        at_.pairs.emplace_back();
    else
        std::rotate(at_.pairs.begin(), at_.pairs.begin() + 1, at_.pairs.end());
    std::swap(at_.pairs.back(), search.pair);
}

template <class T>
void Minimizer<T>::Impl::close_epoch(const Hooks& hooks) {
    costs_.push_back(at_.summed_cost);
    const std::int64_t epoch = at_.epochs++;
    at_.step = 0, at_.summed_cost = 0;
    if (plan_.plateau) plan_.plateau->note(costs_.back());
    if (hooks.report) told_to_stop_ = hooks.report({epoch, costs_.back(), std::nan(""), {}, 1}).stop;
}

template <class T>
Minimizer<T>::Minimizer(Plan plan, const LBFGS& rule, Examples<T> examples, Descent<T> start)
    : impl_(std::make_unique<Impl>(std::move(plan), rule, examples, std::move(start))) {}
template <class T>
Minimizer<T>::~Minimizer() = default;
template <class T>
Stopped Minimizer<T>::go(const Hooks& hooks) {
    return impl_->go(hooks);
}
template <class T>
const std::vector<double>& Minimizer<T>::costs() const {
    return impl_->costs();
}
template <class T>
Descent<T> Minimizer<T>::progress() const {
    return impl_->progress();
}
template <class T>
const std::vector<T>& Minimizer<T>::parameters() const {
    return impl_->parameters();
}

template class Minimizer<float>;
template class Minimizer<double>;

}  // namespace layerwise
