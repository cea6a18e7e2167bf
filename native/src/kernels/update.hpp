// The optimizers' update rules: the equations of layerwise/equations/optimizers.py, on parameters in a row.
#pragma once

#include "simd.hpp"
#include "table.hpp"

namespace layerwise::LW_ISA {

template <class T>
struct Letters {
    Vec<T> rate, decay, beta1, beta2, rest1, rest2, epsilon, correction1, correction2, scale, l2;

    explicit Letters(const Update<T>& u)
        : rate(splat(u.rate)),
          decay(splat(u.decay)),
          beta1(splat(u.beta1)),
          beta2(splat(u.beta2)),
          rest1(splat(u.rest1)),
          rest2(splat(u.rest2)),
          epsilon(splat(u.epsilon)),
          correction1(splat(u.correction1)),
          correction2(splat(u.correction2)),
          scale(splat(u.gradient_scale)),
          l2(splat(u.l2)) {}
};

// Each rule returns its direction for the gradient g, and moves its running averages on.
struct GradientDescent {
    static constexpr int kSlots = 0;
    template <class T>
    LW_INLINE static Vec<T> direction(const Letters<T>&, Vec<T> g, Vec<T>&, Vec<T>&) {
        return g;
    }
};
struct Momentum {  // v <- beta v + g
    static constexpr int kSlots = 1;
    template <class T>
    LW_INLINE static Vec<T> direction(const Letters<T>& of, Vec<T> g, Vec<T>& v, Vec<T>&) {
        return v = fma(of.beta1, v, g);
    }
};
struct Nesterov {  // v <- beta v + g, along g + beta v
    static constexpr int kSlots = 1;
    template <class T>
    LW_INLINE static Vec<T> direction(const Letters<T>& of, Vec<T> g, Vec<T>& v, Vec<T>&) {
        v = fma(of.beta1, v, g);
        return fma(of.beta1, v, g);
    }
};
struct RMSprop {  // s <- rho s + (1 - rho) g², along g / (√s + ε)
    static constexpr int kSlots = 1;
    template <class T>
    LW_INLINE static Vec<T> direction(const Letters<T>& of, Vec<T> g, Vec<T>& s, Vec<T>&) {
        s = fma(of.beta2, s, of.rest2 * (g * g));
        return g / (sqrt(s) + of.epsilon);
    }
};
struct Adam {
    static constexpr int kSlots = 2;
    template <class T>
    LW_INLINE static Vec<T> direction(const Letters<T>& of, Vec<T> g, Vec<T>& m, Vec<T>& v) {
        m = fma(of.beta1, m, of.rest1 * g);
        v = fma(of.beta2, v, of.rest2 * (g * g));
        return m * of.correction1 / (sqrt(v * of.correction2) + of.epsilon);
    }
};

template <class T, class R>
LW_INLINE Vec<T> update_vector(const Letters<T>& of, const Update<T>& u, std::int64_t i) {
    const Vec<T> w = load(u.w + i);
    const Vec<T> g = fma(of.l2, w, of.scale * load(u.gradient + i));
    Vec<T> first{}, second{};
    if constexpr (R::kSlots > 0) first = load(u.first + i);
    if constexpr (R::kSlots > 1) second = load(u.second + i);
    const Vec<T> delta = R::template direction<T>(of, g, first, second);
    const Vec<T> next = w - fma(of.decay, w, of.rate * delta);
    store(u.next + i, next);
    if constexpr (R::kSlots > 0) store(u.first + i, first);
    if constexpr (R::kSlots > 1) store(u.second + i, second);
    // 0 x is NaN for an x that is not finite. An average can overflow while the parameters stay finite.
    if constexpr (R::kSlots > 1) return fma(next, Vec<T>{}, second * Vec<T>{});
    if constexpr (R::kSlots > 0) return fma(next, Vec<T>{}, first * Vec<T>{});
    return next * Vec<T>{};
}

template <class T, class R>
bool update_with(const Update<T>& u) {
    const Letters<T> of(u);
    Vec<T> proof{};
    for (std::int64_t i = 0; i < u.n; i += kLanes<T>) proof = proof + update_vector<T, R>(of, u, i);
    T total = 0;
    for (int k = 0; k < kLanes<T>; ++k) total += proof[k];
    return total == 0;
}

template <class T>
bool update(const Update<T>& u) {
    switch (u.rule) {
        case Rule::gradient_descent:
            return update_with<T, GradientDescent>(u);
        case Rule::momentum:
            return update_with<T, Momentum>(u);
        case Rule::nesterov:
            return update_with<T, Nesterov>(u);
        case Rule::rmsprop:
            return update_with<T, RMSprop>(u);
        case Rule::adam:
        case Rule::adamw:
            return update_with<T, Adam>(u);
    }
    return false;
}

}  // namespace layerwise::LW_ISA
