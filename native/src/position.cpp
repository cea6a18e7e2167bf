#include "position.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "network.hpp"

namespace layerwise {

namespace {

// xⁿ by squaring: multiplications alone, so that the bits are those of every machine
double power(double x, std::int64_t n) {
    double result = 1;
    for (; n; n /= 2, x *= x) result *= n % 2 ? x : 1;
    return result;
}

// Zero where the sign is not the one that is asked for.
template <class T>
void project(const T* signs, T* x, std::int64_t n) {
    for (std::int64_t i = 0; i < n; ++i) x[i] = signs[i] * x[i] < 0 ? T(0) : x[i];
}

}  // namespace

template <class T>
Position<T>::Position(const Plan& plan, const Kernels<T>& kernels, Pass<T>& pass)
    : plan_(plan), kernels_(kernels), pass_(pass) {
    const std::int64_t size = pass.size();
    for (Buffer<T>& theta : theta_) theta = Buffer<T>(size);
    for (int k = 0; k < averages_of(plan.rule); ++k) averages_[k] = Buffer<T>(size);
    for (Buffer<T>& averaged : averaged_)
        if (plan.averaging > 0) averaged = Buffer<T>(size);
    if (!plan.signs.empty()) signs_ = Buffer<T>(size);
    is_large_ = size * std::int64_t(sizeof(T)) * (2 + averages_of(plan.rule)) > kSecondLevel;
}

template <class T>
void Position<T>::start(const Progress<T>& at) {
    pass_.lay_in(at.parameters.data(), theta_[0].get());
    pass_.derive_all(theta_[0].get());
    for (std::size_t k = 0; k < at.averages.size(); ++k) pass_.lay_in(at.averages[k].data(), averages_[k].get());
    if (averaged_[0]) pass_.lay_in((at.averaged.empty() ? at.parameters : at.averaged).data(), averaged_[0].get());
    if (signs_) pass_.lay_in(std::vector<T>(plan_.signs.begin(), plan_.signs.end()).data(), signs_.get());
}

template <class T>
void Position<T>::write(Progress<T>& at) const {
    at.parameters = laid_out(theta_[0]);
    if (averaged_[0]) at.averaged = laid_out(averaged_[0]);
    at.averages = averages();
}

template <class T>
void Position<T>::prepare(double learning_rate, double decay_factor, std::int64_t t) {
    Update<T>& u = update_;
    u.rule = plan_.rule;
    double rate = learning_rate, epsilon = plan_.epsilon;
    if (averages_of(plan_.rule) == 2) {
        const double correction = std::sqrt(1 - power(plan_.beta2, t + 1));
        rate *= correction / (1 - power(plan_.beta1, t + 1)), epsilon *= correction;
    }
    u.rate = T(rate), u.decay = T(learning_rate * (plan_.weight_decay * decay_factor));
    u.beta1 = T(plan_.beta1), u.rest1 = T(1 - plan_.beta1);
    u.rest2 = T(1 - plan_.beta2);
    u.epsilon = std::max(T(epsilon), std::numeric_limits<T>::min());  // 0 / 0 would fill the padding with NaN
    if (!averaged_[0]) return;
    const double kept = std::min(plan_.averaging, double(t + 1) / double(t + 10));  // t counts from 1 in the equation
    kept_share_ = T(kept), new_share_ = T(1 - kept);
}

template <class T>
bool Position<T>::move(std::int64_t task, const T* weights, const T* biases) {
    bool finite = true;
    for (const Range& range : pass_.ranges(task)) {
        Update<T> u = update_;
        u.gradient = range.weights ? weights : biases;
        u.w = theta_[0].get() + range.first, u.next = theta_[1].get() + range.first;
        u.first = averages_[0] ? averages_[0].get() + range.first : nullptr;
        u.second = averages_[1] ? averages_[1].get() + range.first : nullptr;
        u.n = range.count;
        if (!range.weights) u.l2 = u.decay = 0;
        if (!kernels_.update(u))
            finite = false;  // and stays so: an infinity is not projected away
        else if (signs_)
            project(signs_.get() + range.first, u.next, u.n);
        if (averaged_[0])
            kernels_.scale_and_add(kept_share_, averaged_[0].get() + range.first, new_share_, u.next,
                                   averaged_[1].get() + range.first, u.n);
    }
    pass_.derive(task, theta_[1].get());
    return finite;
}

template <class T>
int Position<T>::list_ahead(const Range& range, Ahead* ahead) const {
    const std::int64_t bytes = range.count * std::int64_t(sizeof(T));
    int aheads = 0;
    for (const Buffer<T>* buffer : {&theta_[0], &theta_[1], &averages_[0], &averages_[1]})
        if (*buffer && is_large_) ahead[aheads++] = {buffer->get() + range.first, bytes};
    return aheads;
}

template <class T>
void Position<T>::advance() {
    std::swap(theta_[0], theta_[1]);
    if (averaged_[0]) std::swap(averaged_[0], averaged_[1]);
}

template <class T>
void Position<T>::lay_out_shown(T* parameters) const {
    pass_.lay_out((averaged_[0] ? averaged_ : theta_)[0].get(), parameters);
}

template <class T>
void Position<T>::lay_out_next(T* parameters) const {
    pass_.lay_out(theta_[1].get(), parameters);
}

template <class T>
std::vector<T> Position<T>::laid_out(const Buffer<T>& vector) const {
    std::vector<T> plain(std::size_t(plan_.network.parameters()));
    pass_.lay_out(vector.get(), plain.data());
    return plain;
}

template <class T>
std::vector<std::vector<T>> Position<T>::averages() const {
    std::vector<std::vector<T>> plain;
    for (int k = 0; k < averages_of(plan_.rule); ++k) plain.push_back(laid_out(averages_[k]));
    return plain;
}

template class Position<float>;
template class Position<double>;

}  // namespace layerwise
