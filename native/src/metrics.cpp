#include "metrics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace layerwise {
namespace {

// The mean of value(row) over the examples.
template <class T, class Value>
double weighted_mean(const T* weights, std::int64_t m, Value value) {
    double total = 0, weight = 0;
    for (std::int64_t i = 0; i < m; ++i) {
        const double w = weights ? double(weights[i]) : 1.0;
        total += w * value(i), weight += w;
    }
    return total / weight;
}

template <class T>
bool are_distributions(const T* Y_hat, std::int64_t m, std::int64_t n_y) {
    for (std::int64_t i = 0; i < m; ++i) {
        double sum = 0;
        for (std::int64_t j = 0; j < n_y; ++j) sum += double(Y_hat[i * n_y + j]);
        if (!(std::abs(sum - 1) < 1e-3)) return false;
    }
    return n_y > 1;
}

template <class T>
double accuracy(const T* Y_hat, const T* Y, const T* weights, std::int64_t m, std::int64_t n_y) {
    if (are_distributions(Y_hat, m, n_y))
        return weighted_mean(weights, m, [&](std::int64_t i) {
            const T *row = Y_hat + i * n_y, *label = Y + i * n_y;
            return double(std::max_element(row, row + n_y) - row == std::max_element(label, label + n_y) - label);
        });
    if (std::any_of(Y_hat, Y_hat + m * n_y, [](T y) { return std::isnan(y); }))
        return std::numeric_limits<double>::quiet_NaN();
    return weighted_mean(weights, m, [&](std::int64_t i) {
        std::int64_t right = 0;
        for (std::int64_t k = i * n_y; k < (i + 1) * n_y; ++k) right += (Y_hat[k] >= T(0.5)) == (Y[k] >= T(0.5));
        return double(right) / double(n_y);
    });
}

template <class T, class Distance>
double mean_distance(const T* Y_hat, const T* Y, const T* weights, std::int64_t m, std::int64_t n_y,
                     Distance distance) {
    return weighted_mean(weights, m, [&](std::int64_t i) {
        double sum = 0;
        for (std::int64_t k = i * n_y; k < (i + 1) * n_y; ++k) sum += distance(double(Y_hat[k] - Y[k]));
        return sum / double(n_y);
    });
}

}  // namespace

template <class T>
double metric(Metric which, const T* Y_hat, const T* Y, const T* weights, std::int64_t m, std::int64_t n_y) {
    switch (which) {
        case Metric::accuracy:
            return accuracy(Y_hat, Y, weights, m, n_y);
        case Metric::rmse:
            return std::sqrt(mean_distance(Y_hat, Y, weights, m, n_y, [](double r) { return r * r; }));
        case Metric::mae:
            return mean_distance(Y_hat, Y, weights, m, n_y, [](double r) { return std::abs(r); });
        case Metric::elsewhere:
            break;
    }
    return std::numeric_limits<double>::quiet_NaN();
}

template double metric(Metric, const float*, const float*, const float*, std::int64_t, std::int64_t);
template double metric(Metric, const double*, const double*, const double*, std::int64_t, std::int64_t);

}  // namespace layerwise
