// Activation functions g beside their derivatives g', as in `layerwise.equations.activations`.
#pragma once

#include "layerwise/vocabulary.hpp"
#include "math.hpp"

namespace layerwise::LW_ISA {

// Each has value(z, setting), derivative(z, a, setting) with a = g(z), and needs_z: whether g' needs z beside a.

struct Identity {
    static constexpr bool needs_z = false;
    template <class T>
    static LW_INLINE Vec<T> value(Vec<T> z, T) {
        return z;
    }
    template <class T>
    static LW_INLINE Vec<T> derivative(Vec<T>, Vec<T>, T) {
        return splat(T(1));
    }
};

struct Sigmoid {
    static constexpr bool needs_z = false;
    template <class T>
    static LW_INLINE Vec<T> value(Vec<T> z, T) {
        return sigmoid<T>(z);
    }
    template <class T>
    static LW_INLINE Vec<T> derivative(Vec<T>, Vec<T> a, T) {
        return a * (T(1) - a);
    }
};

struct Tanh {
    static constexpr bool needs_z = false;
    template <class T>
    static LW_INLINE Vec<T> value(Vec<T> z, T) {
        return tanh<T>(z);
    }
    template <class T>
    static LW_INLINE Vec<T> derivative(Vec<T>, Vec<T> a, T) {
        return T(1) - a * a;
    }
};

struct Relu {
    static constexpr bool needs_z = false;
    template <class T>
    static LW_INLINE Vec<T> value(Vec<T> z, T) {
        return max(Vec<T>{}, z);
    }
    template <class T>
    static LW_INLINE Vec<T> derivative(Vec<T>, Vec<T> a, T) {
        return a > Vec<T>{} ? splat(T(1)) : Vec<T>{};
    }
};

struct LeakyRelu {  // a > 0 where z > 0, since the slope is not negative
    static constexpr bool needs_z = false;
    template <class T>
    static LW_INLINE Vec<T> value(Vec<T> z, T slope) {
        return z > Vec<T>{} ? z : slope * z;
    }
    template <class T>
    static LW_INLINE Vec<T> derivative(Vec<T>, Vec<T> a, T slope) {
        return a > Vec<T>{} ? splat(T(1)) : splat(slope);
    }
};

struct Elu {
    static constexpr bool needs_z = true;  // a + alpha is alpha e^z, but inexact where e^z is small
    template <class T>
    static LW_INLINE Vec<T> value(Vec<T> z, T alpha, T scale = 1) {
        return scale * (z > Vec<T>{} ? z : alpha * expm1_nonpositive<T>(z));
    }
    template <class T>
    static LW_INLINE Vec<T> derivative(Vec<T> z, Vec<T>, T alpha, T scale = 1) {
        return z > Vec<T>{} ? splat(scale) : scale * alpha * exp_nonpositive<T>(z);
    }
};

struct Selu {
    static constexpr bool needs_z = true;
    static constexpr double alpha = 1.6732632423543772, scale = 1.0507009873554805;
    template <class T>
    static LW_INLINE Vec<T> value(Vec<T> z, T) {
        return Elu::value<T>(z, T(alpha), T(scale));
    }
    template <class T>
    static LW_INLINE Vec<T> derivative(Vec<T> z, Vec<T> a, T) {
        return Elu::derivative<T>(z, a, T(alpha), T(scale));
    }
};

struct Gelu {
    static constexpr bool needs_z = true;
    template <class T>
    static LW_INLINE Vec<T> value(Vec<T> z, T) {
        return z * normal_cdf<T>(z);
    }
    template <class T>
    static LW_INLINE Vec<T> derivative(Vec<T> z, Vec<T>, T) {
        constexpr T density = T(0.3989422804014327);  // 1 / sqrt(2 pi), at 0
        return fma(z, gaussian<T>(z) * density, normal_cdf<T>(z));
    }
};

struct Silu {
    static constexpr bool needs_z = true;
    template <class T>
    static LW_INLINE Vec<T> value(Vec<T> z, T) {
        return z * sigmoid<T>(z);
    }
    template <class T>
    static LW_INLINE Vec<T> derivative(Vec<T> z, Vec<T> a, T) {
        const Vec<T> s = sigmoid<T>(z);
        return fma(a, T(1) - s, s);
    }
};

struct Mish {
    static constexpr bool needs_z = true;
    // tanh(log(1 + x)) = (x^2 + 2 x) / (x^2 + 2 x + 2) for x = e^z; where z > 0, it is divided through by x^2
    template <class T>
    static LW_INLINE Vec<T> tanh_of_softplus(Vec<T> z, Vec<T> e) {
        const Vec<T> one = splat(T(1)), two = splat(T(2));
        const Vec<T> numerator = z > Vec<T>{} ? fma(two, e, one) : e * (e + two);
        return numerator / fma(two, z > Vec<T>{} ? e * e : one, numerator);
    }
    template <class T>
    static LW_INLINE Vec<T> value(Vec<T> z, T) {
        return z * tanh_of_softplus<T>(z, exp_nonpositive<T>(-abs<T>(z)));
    }
    template <class T>
    static LW_INLINE Vec<T> derivative(Vec<T> z, Vec<T>, T) {
        const Vec<T> t = tanh_of_softplus<T>(z, exp_nonpositive<T>(-abs<T>(z)));
        return fma(z, (T(1) - t * t) * sigmoid<T>(z), t);
    }
};

struct Softplus {
    static constexpr bool needs_z = true;
    template <class T>
    static LW_INLINE Vec<T> value(Vec<T> z, T) {
        return softplus<T>(z);
    }
    template <class T>
    static LW_INLINE Vec<T> derivative(Vec<T> z, Vec<T>, T) {
        return sigmoid<T>(z);
    }
};

struct Exp {
    static constexpr bool needs_z = false;
    template <class T>
    static LW_INLINE Vec<T> value(Vec<T> z, T) {
        return exp<T>(z);
    }
    template <class T>
    static LW_INLINE Vec<T> derivative(Vec<T>, Vec<T> a, T) {
        return a;
    }
};

// Calls f with the struct of an activation. Softmax is not elementwise, and left to losses.hpp.
template <class F>
LW_INLINE void with_activation(Activation kind, F&& f) {
    switch (kind) {
        case Activation::identity:
            return f(Identity{});
        case Activation::sigmoid:
            return f(Sigmoid{});
        case Activation::tanh:
            return f(Tanh{});
        case Activation::relu:
            return f(Relu{});
        case Activation::leaky_relu:
            return f(LeakyRelu{});
        case Activation::elu:
            return f(Elu{});
        case Activation::selu:
            return f(Selu{});
        case Activation::gelu:
            return f(Gelu{});
        case Activation::silu:
            return f(Silu{});
        case Activation::mish:
            return f(Mish{});
        case Activation::softplus:
            return f(Softplus{});
        case Activation::exp:
            return f(Exp{});
        case Activation::softmax:
            return;
    }
}

inline bool derivative_needs_z(Activation kind) {
    bool needed = false;
    with_activation(kind, [&](auto g) { needed = g.needs_z; });
    return needed;
}

// a = g(z) for n numbers, a multiple of kLanes<T>; a may be z.
template <class T>
inline void activate(Activation kind, T setting, const T* z, T* a, std::int64_t n) {
    if (kind == Activation::identity && z == a) return;
    with_activation(kind, [=](auto g) {
        for (std::int64_t i = 0; i < n; i += kLanes<T>) store<T>(a + i, g.value(load(z + i), setting));
    });
}

// d = d g'(z) for n numbers, a multiple of kLanes<T>; z may be null where g' does not need it.
template <class T>
inline void multiply_derivative(Activation kind, T setting, const T* z, const T* a, T* d, std::int64_t n) {
    if (kind == Activation::identity) return;
    with_activation(kind, [=](auto g) {
        for (std::int64_t i = 0; i < n; i += kLanes<T>) {
            const Vec<T> zi = g.needs_z ? load(z + i) : Vec<T>{};
            store<T>(d + i, load(d + i) * g.derivative(zi, load(a + i), setting));
        }
    });
}

}  // namespace layerwise::LW_ISA
