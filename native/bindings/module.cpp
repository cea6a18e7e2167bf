#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "arrays.hpp"
#include "kernels_for_tests.hpp"
#include "tasks.hpp"

namespace layerwise {
namespace {

double peak(double seconds, int threads, const std::string& dtype) {
    if (threads < 1) throw nb::value_error("threads must be at least 1");
    const WithoutGil release;
    return (dtype == "float64" ? fma_peak<double> : fma_peak<float>)(seconds, threads, {});
}

}  // namespace
}  // namespace layerwise

NB_MODULE(_native, m) {
    namespace nb = nanobind;
    nb::set_leak_warnings(false);  // a daemon thread that trains while Python ends leaves its run behind
    m.doc() = "The C++ core. Private: layerwise.engines.native_engine is the way in.";
    m.def("isas", &layerwise::isas,
          "The instruction sets that were compiled and that this processor runs, best first.");
    m.def("fma_peak", &layerwise::peak, nb::arg("seconds"), nb::arg("threads"), nb::arg("dtype") = "float32",
          "Operations a second of fused multiply-adds in registers.");
    layerwise::bind_plans(m);
    layerwise::bind_tasks(m);
    layerwise::bind_runs(m);
    layerwise::bind_minimizers(m);
    auto testing = m.def_submodule("testing", "Kernels of one instruction set, for tests alone.");
    layerwise::bind_kernels_for_tests(testing);
}
