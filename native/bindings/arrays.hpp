// NumPy arrays in and out, and what the files of the module share.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <array>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "layerwise/run.hpp"

namespace layerwise {

namespace nb = nanobind;

template <class T>
using Table = nb::ndarray<const T, nb::ndim<2>, nb::c_contig, nb::device::cpu>;  // an example a row
template <class T>
using Vector = nb::ndarray<const T, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
template <class T>
using NewVector = nb::ndarray<nb::numpy, T, nb::ndim<1>>;
template <class T>
using NewTable = nb::ndarray<nb::numpy, T, nb::ndim<2>>;

template <class T>
std::vector<T> copied(const Vector<T>& from) {
    return {from.data(), from.data() + from.size()};
}

template <class T>
NewVector<T> to_numpy(std::vector<T> values) {
    auto owned = std::make_unique<std::vector<T>>(std::move(values));
    std::vector<T>* const held = owned.get();
    nb::capsule owner(owned.release(), [](void* pointer) noexcept { delete static_cast<std::vector<T>*>(pointer); });
    return NewVector<T>(held->data(), {held->size()}, owner);
}

// As rows of a table.
template <class T>
NewTable<T> to_numpy(std::vector<T> values, std::array<std::size_t, 2> shape) {
    auto owned = std::make_unique<std::vector<T>>(std::move(values));
    std::vector<T>* const held = owned.get();
    nb::capsule owner(owned.release(), [](void* pointer) noexcept { delete static_cast<std::vector<T>*>(pointer); });
    return NewTable<T>(held->data(), {shape[0], shape[1]}, owner);
}

// Throws a ValueError for numbers that would lead outside of the arrays.
void check(const Network&);
void check(const Plan&);

// Where Python is at its end, it ends every thread that asks for the GIL with pthread_exit (before 3.14), and so
// unwinds it through destructors that need the GIL or allow no exception. Such a thread stays in `call` until the
// process ends.
template <class Call>
auto in_python(Call&& call) {
    struct Stays {
        bool came_back = false;
        ~Stays() {
            while (!came_back) std::this_thread::sleep_for(std::chrono::seconds(1));
        }
    } stays;
    try {
        auto result = call();
        stays.came_back = true;
        return result;
    } catch (const std::exception&) {  // which an end of the thread is not
        stays.came_back = true;
        throw;
    }
}

// Lets other Python threads run while it lives. Where Python is at its end, nobody may come back to it: a thread that
// tried would be unwound through destructors that allow no exception, so it waits for the process to end instead.
class WithoutGil {
  public:
    WithoutGil() : state_(PyEval_SaveThread()) {}
    ~WithoutGil() {
        wait_if_over();
        in_python([this] { return PyEval_RestoreThread(state_), 0; });
    }
    WithoutGil(const WithoutGil&) = delete;

    static void wait_if_over() {
        while (is_over()) std::this_thread::sleep_for(std::chrono::seconds(1));
    }

    static bool is_over() {
#if PY_VERSION_HEX >= 0x030D0000
        return Py_IsFinalizing();
#else
        return _Py_IsFinalizing();
#endif
    }

  private:
    PyThreadState* state_;
};

// Has the GIL while it lives.
class WithGil {
  public:
    WithGil() : state_((WithoutGil::wait_if_over(), in_python(PyGILState_Ensure))) {}
    ~WithGil() { PyGILState_Release(state_); }
    WithGil(const WithGil&) = delete;

  private:
    PyGILState_STATE state_;
};

void bind_minimizers(nb::module_&);
void bind_plans(nb::module_&);
void bind_runs(nb::module_&);

}  // namespace layerwise
