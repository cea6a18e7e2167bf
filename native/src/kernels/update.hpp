// The optimizers' update rules: the equations of layerwise/equations/optimizers.py, on parameters in a row.
#pragma once

#include "simd.hpp"
#include "table.hpp"

namespace layerwise::LW_ISA {

template <class T>
struct Letters {
    Vec<T> minus_rate, minus_decay, beta1, rest1, rest2, epsilon, scale, l2;

    explicit Letters(const Update<T>& u)
        : minus_rate(splat(-u.rate)),
          minus_decay(splat(-u.decay)),
          beta1(splat(u.beta1)),
          rest1(splat(u.rest1)),
          rest2(splat(u.rest2)),
          epsilon(splat(u.epsilon)),
          scale(splat(u.gradient_scale)),
          l2(splat(u.l2)) {}
};

// Each rule returns the direction of its step for the gradient g, and moves its running averages on. An average
// s <- beta s + (1 - beta) x is moved by (1 - beta) (x - s): additions have units of their own beside the divider's.
struct GradientDescent {
    static constexpr int kSlots = 0;
    template <class T>
    LW_INLINE static Vec<T> step(const Letters<T>&, Vec<T> g, Vec<T>&, Vec<T>&) {
        return g;
    }
};
struct Momentum {  // v <- beta v + g
    static constexpr int kSlots = 1;
    template <class T>
    LW_INLINE static Vec<T> step(const Letters<T>& of, Vec<T> g, Vec<T>& v, Vec<T>&) {
        v = fma(of.beta1, v, g);
        return v;
    }
};
struct Nesterov {  // v <- beta v + g, along g + beta v
    static constexpr int kSlots = 1;
    template <class T>
    LW_INLINE static Vec<T> step(const Letters<T>& of, Vec<T> g, Vec<T>& v, Vec<T>&) {
        v = fma(of.beta1, v, g);
        return fma(of.beta1, v, g);
    }
};
struct RMSprop {  // s <- rho s + (1 - rho) g², along g / (√s + ε)
    static constexpr int kSlots = 1;
    template <class T>
    LW_INLINE static Vec<T> step(const Letters<T>& of, Vec<T> g, Vec<T>& s, Vec<T>&) {
        s = fma(of.rest2, g * g - s, s);
        return g / (sqrt(s) + of.epsilon);
    }
};
// m̂ / (√v̂ + ε) for m̂ = m / (1 - β₁ᵗ) and v̂ = v / (1 - β₂ᵗ), multiplied through by √(1 - β₂ᵗ): the rate and ε are
// those of this t.
struct Adam {
    static constexpr int kSlots = 2;
    template <class T>
    LW_INLINE static Vec<T> step(const Letters<T>& of, Vec<T> g, Vec<T>& m, Vec<T>& v) {
        m = fma(of.rest1, g - m, m);
        v = fma(of.rest2, g * g - v, v);
        return m / (sqrt(v) + of.epsilon);
    }
};

template <class T, class R, bool kDecays>
bool update_with(const Update<T>& u) {
    const Letters<T> of(u);
    // of their own, since what is stored could be a pointer of `u`
    const T *const from = u.w, *const gradient = u.gradient;
    T *const to = u.next, *const firsts = u.first, *const seconds = u.second;
    const std::int64_t n = u.n;
    Vec<T> proof{};
    for (std::int64_t i = 0; i < n; i += kLanes<T>) {
        const Vec<T> w = load(from + i);
        const Vec<T> g = fma(of.l2, w, of.scale * load(gradient + i));
        Vec<T> first{}, second{};
        if constexpr (R::kSlots > 0) first = load(firsts + i);
        if constexpr (R::kSlots > 1) second = load(seconds + i);
        const Vec<T> direction = R::template step<T>(of, g, first, second);
        const Vec<T> next = fma(of.minus_rate, direction, kDecays ? fma(of.minus_decay, w, w) : w);
        store(to + i, next);
        if constexpr (R::kSlots > 0) store(firsts + i, first);
        if constexpr (R::kSlots > 1) store(seconds + i, second);
        // x - x is NaN for an x that is not finite. An average can overflow while the parameters stay finite.
        proof = proof + (next - next);
        if constexpr (R::kSlots > 1)
            proof = proof + (second - second);
        else if constexpr (R::kSlots > 0)
            proof = proof + (first - first);
    }
    T total = 0;
    for (int k = 0; k < kLanes<T>; ++k) total += proof[k];
    return total == 0;
}

template <class T, class R>
bool update_with(const Update<T>& u) {
    return u.decay == 0 ? update_with<T, R, false>(u) : update_with<T, R, true>(u);
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
