#pragma once

#include <nanobind/nanobind.h>

namespace layerwise {

// Functions that only tests call; each writes into arrays that it is given.
void bind_kernels_for_tests(nanobind::module_& m);

}  // namespace layerwise
