// What people read beside the cost, as layerwise/equations/metrics.py defines it. Examples are rows.
#pragma once

#include <cstdint>

#include "layerwise/run.hpp"

namespace layerwise {

template <class T>
double metric(Metric, const T* Y_hat, const T* Y, const T* weights, std::int64_t m, std::int64_t n_y);

}  // namespace layerwise
