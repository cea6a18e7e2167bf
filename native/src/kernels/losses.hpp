// The output layer: activation, loss and its derivative by Z, as in `layerwise.equations.losses` and `propagation`.
//
// Lanes are examples: row j of Z, A, Y and dZ holds output j of all of them, in multiples of kLanes<T>.
#pragma once

#include "activations.hpp"

namespace layerwise::LW_ISA {

template <class T>
struct OutputLayer {
    Activation activation;
    T activation_setting;
    Loss loss;
    T loss_setting;
    std::int64_t n_y, examples;  // a multiple of kLanes<T>
    const T* Z;
    T* A;
    std::int64_t stride;  // from row to row of Z, A and dZ
    const T* Y;
    std::int64_t stride_Y;
    const T* w;  // the weight of each example; where it is 0, so are the loss and dZ, whatever Z is
    T* losses;   // of each example, weighted; null where only A is wanted
    T* dZ;       // weighted; null where it is not wanted
};

// value(z, a, y, setting) of one output and derivative(a, y, setting) by a; of the losses that are computed from the
// logits, and come with one activation, the derivative by z is a - y.

struct SquaredError {
    template <class T>
    static LW_INLINE Vec<T> value(Vec<T>, Vec<T> a, Vec<T> y, T) {
        const Vec<T> r = a - y;
        return T(0.5) * (r * r);
    }
    template <class T>
    static LW_INLINE Vec<T> derivative(Vec<T> a, Vec<T> y, T) {
        return a - y;
    }
};

struct AbsoluteError {
    template <class T>
    static LW_INLINE Vec<T> value(Vec<T>, Vec<T> a, Vec<T> y, T) {
        return abs<T>(a - y);
    }
    template <class T>
    static LW_INLINE Vec<T> derivative(Vec<T> a, Vec<T> y, T) {
        const Vec<T> r = a - y, one = splat(T(1));
        return r > Vec<T>{} ? one : (r < Vec<T>{} ? -one : r);
    }
};

struct Huber {  // 1/2 r^2 for |r| <= delta, delta (|r| - 1/2 delta) beyond
    template <class T>
    static LW_INLINE Vec<T> value(Vec<T>, Vec<T> a, Vec<T> y, T delta) {
        const Vec<T> r = abs<T>(a - y), c = min(splat(delta), r);
        return c * (r - T(0.5) * c);
    }
    template <class T>
    static LW_INLINE Vec<T> derivative(Vec<T> a, Vec<T> y, T delta) {
        return min(splat(delta), max(splat(-delta), a - y));
    }
};

struct Quantile {
    template <class T>
    static LW_INLINE Vec<T> value(Vec<T>, Vec<T> a, Vec<T> y, T q) {
        const Vec<T> r = y - a;
        return max(q * r, (q - T(1)) * r);
    }
    template <class T>
    static LW_INLINE Vec<T> derivative(Vec<T> a, Vec<T> y, T q) {
        const Vec<T> r = y - a, zero{};
        return r > zero ? splat(-q) : (r < zero ? splat(T(1) - q) : zero);
    }
};

struct BinaryCrossEntropy {  // -y log a - (1 - y) log(1 - a) is log(1 + e^z) - y z
    template <class T>
    static LW_INLINE Vec<T> value(Vec<T> z, Vec<T>, Vec<T> y, T) {
        return softplus<T>(z) - y * z;
    }
    template <class T>
    static LW_INLINE Vec<T> derivative(Vec<T> a, Vec<T> y, T) {
        return a - y;
    }
};

struct CategoricalCrossEntropy {  // less log sum_k e^(z_k), which `softmax` has put in its place
    template <class T>
    static LW_INLINE Vec<T> value(Vec<T> z, Vec<T>, Vec<T> y, T) {
        return -(y * z);
    }
    template <class T>
    static LW_INLINE Vec<T> derivative(Vec<T> a, Vec<T> y, T) {
        return a - y;
    }
};

struct Poisson {
    template <class T>
    static LW_INLINE Vec<T> value(Vec<T> z, Vec<T> a, Vec<T> y, T) {
        return a - y * z;
    }
    template <class T>
    static LW_INLINE Vec<T> derivative(Vec<T> a, Vec<T> y, T) {
        return a - y;
    }
};

template <class F>
LW_INLINE void with_loss(Loss kind, F&& f) {
    switch (kind) {
        case Loss::binary_cross_entropy:
            return f(BinaryCrossEntropy{});
        case Loss::categorical_cross_entropy:
            return f(CategoricalCrossEntropy{});
        case Loss::squared_error:
            return f(SquaredError{});
        case Loss::absolute_error:
            return f(AbsoluteError{});
        case Loss::huber:
            return f(Huber{});
        case Loss::poisson:
            return f(Poisson{});
        case Loss::quantile:
            return f(Quantile{});
    }
}

LW_INLINE bool from_logits(Loss kind) {
    return kind == Loss::binary_cross_entropy || kind == Loss::categorical_cross_entropy || kind == Loss::poisson;
}

// Layers are passed by value: what is stored could be a member of one that lies elsewhere.

// A = softmax of the columns of Z, and log sum_k e^(z_k) of each unless `log_sums` is null
template <class T>
inline void softmax(const OutputLayer<T> o, T* log_sums) {
    for (std::int64_t i = 0; i < o.examples; i += kLanes<T>) {
        Vec<T> highest = load(o.Z + i), sum{};
        for (std::int64_t j = 1; j < o.n_y; ++j) highest = max(highest, load(o.Z + j * o.stride + i));
        for (std::int64_t j = 0; j < o.n_y; ++j) {
            const Vec<T> e = exp_nonpositive<T>(load(o.Z + j * o.stride + i) - highest);
            store<T>(o.A + j * o.stride + i, e);
            sum += e;
        }
        const Vec<T> factor = T(1) / sum;
        for (std::int64_t j = 0; j < o.n_y; ++j) {
            T* const a = o.A + j * o.stride + i;
            store<T>(a, load(a) * factor);
        }
        if (log_sums) store<T>(log_sums + i, highest + log<T>(sum));
    }
}

// dZ = A * (dA - sum_k a_k dA_k) for dA in the place of dZ
template <class T>
inline void multiply_softmax_derivative(const OutputLayer<T> o) {
    for (std::int64_t i = 0; i < o.examples; i += kLanes<T>) {
        Vec<T> sum{};
        for (std::int64_t j = 0; j < o.n_y; ++j) {
            const std::int64_t k = j * o.stride + i;
            sum = fma(load(o.A + k), load(o.dZ + k), sum);
        }
        for (std::int64_t j = 0; j < o.n_y; ++j) {
            const std::int64_t k = j * o.stride + i;
            store<T>(o.dZ + k, load(o.A + k) * (load(o.dZ + k) - sum));
        }
    }
}

template <class T, bool kDerivative, class L>
LW_INLINE void weighted_losses(const OutputLayer<T> o, L loss) {
    constexpr bool added = __is_same(L, CategoricalCrossEntropy);
    for (std::int64_t i = 0; i < o.examples; i += kLanes<T>) {
        const Vec<T> w = load(o.w + i), zero{};
        const Mask<T> counts = w != zero;
        Vec<T> sum = added ? load(o.losses + i) : zero;
        for (std::int64_t j = 0; j < o.n_y; ++j) {
            const std::int64_t k = j * o.stride + i;
            const Vec<T> a = load(o.A + k), y = load(o.Y + j * o.stride_Y + i);
            sum += loss.value(load(o.Z + k), a, y, o.loss_setting);
            if (kDerivative) store<T>(o.dZ + k, counts ? w * loss.derivative(a, y, o.loss_setting) : zero);
        }
        store<T>(o.losses + i, counts ? w * sum : zero);
    }
}

// One sigmoid and its cross-entropy, with the bits of `activate` and `weighted_losses`: e^-|z| once for both, and
// several vectors at a time, as each is one long chain of operations that wait for each other.
template <class T, int kVectors>
LW_INLINE void sigmoid_losses(const OutputLayer<T>& o, std::int64_t first) {
    const Vec<T> one = splat(T(1)), zero{};
    Vec<T> z[kVectors], e[kVectors], log[kVectors];
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) {
        z[v] = load(o.Z + first + v * kLanes<T>);
        e[v] = exp_nonpositive<T>(-abs<T>(z[v]));
    }
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) log[v] = log1p_of_fraction<T>(e[v]);
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) {
        const std::int64_t i = first + v * kLanes<T>;
        const Vec<T> a = (z[v] < zero ? e[v] : one) / (one + e[v]), y = load(o.Y + i), w = load(o.w + i);
        const Mask<T> counts = w != zero;
        store<T>(o.A + i, a);
        store<T>(o.losses + i, counts ? w * (max(zero, z[v]) + log[v] - y * z[v]) : zero);
        store<T>(o.dZ + i, counts ? w * (a - y) : zero);
    }
}

template <class T>
inline void sigmoid_losses(const OutputLayer<T>& o) {
    constexpr int kVectors = 4;
    std::int64_t i = 0;
    for (; i + kVectors * kLanes<T> <= o.examples; i += kVectors * kLanes<T>) sigmoid_losses<T, kVectors>(o, i);
    for (; i < o.examples; i += kLanes<T>) sigmoid_losses<T, 1>(o, i);
}

// A and, where dZ is wanted, the losses must be wanted too. A may be Z where it alone is.
template <class T>
inline void output_layer(const OutputLayer<T>& o) {
    if (o.loss == Loss::binary_cross_entropy && o.n_y == 1 && o.dZ) return sigmoid_losses(o);
    const bool is_softmax = o.activation == Activation::softmax, in_a_row = o.stride == o.examples;
    const std::int64_t rows = in_a_row ? 1 : o.n_y, count = in_a_row ? o.n_y * o.examples : o.examples;
    if (is_softmax) softmax(o, o.losses);
    for (std::int64_t j = 0; j < rows; ++j)
        activate(o.activation, o.activation_setting, o.Z + j * o.stride, o.A + j * o.stride, count);
    if (!o.losses) return;
    with_loss(o.loss, [&](auto loss) {
        if (o.dZ)
            weighted_losses<T, true>(o, loss);
        else
            weighted_losses<T, false>(o, loss);
    });
    if (!o.dZ || from_logits(o.loss)) return;
    if (is_softmax) multiply_softmax_derivative(o);
    for (std::int64_t j = 0; j < rows; ++j) {
        const std::int64_t k = j * o.stride;
        multiply_derivative(o.activation, o.activation_setting, o.Z + k, o.A + k, o.dZ + k, count);
    }
    for (std::int64_t i = 0; i < o.examples; i += kLanes<T>) {  // 0 times an infinite derivative is no 0
        const Mask<T> counts = load(o.w + i) != Vec<T>{};
        for (T* d = o.dZ + i; d < o.dZ + o.n_y * o.stride; d += o.stride) store<T>(d, counts ? load(d) : Vec<T>{});
    }
}

}  // namespace layerwise::LW_ISA
