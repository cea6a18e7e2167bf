// L-BFGS from the first step to the last. What its numbers have to be is defined by layerwise/equations/lbfgs.py, and
// what is noted of them by layerwise/engines/full_batch.py on the Python side.
#pragma once

#include <optional>
#include <utility>

#include "layerwise/run.hpp"

namespace layerwise {

struct LBFGS {
    std::int64_t memory = 10;
    double tolerance = 1e-6, relative_decrease = 0;
    std::int64_t max_evaluations = 0;  // 0: as many as it takes
};

// A position with the cost J there and its gradient g.
template <class T>
struct Point {
    std::vector<T> vector{};
    double J = 0;
    std::vector<T> g{};
};

// Where a minimization stands; see LBFGSState in equations/lbfgs.py, and Progress in contract.py.
template <class T>
struct Descent {
    std::int64_t epochs = 0, step = 0;
    double summed_cost = 0;
    Point<T> point{};  // g is empty where nothing is remembered; J and what follows then mean nothing
    std::vector<std::pair<std::vector<T>, std::vector<T>>> pairs{};  // (s, y), oldest first
    std::optional<Stopped> arrived{};
    std::int64_t evaluations = 0;
};

// One step is one epoch, and there are no validation examples. The memory that a run needs beside what it remembers is
// there while it goes, copies of the examples of a subset too.
template <class T>
class Minimizer {
  public:
    Minimizer(Plan plan, const LBFGS& rule, Examples<T> examples, Descent<T> start);
    ~Minimizer();

    // To the end; rethrows what a hook throws. A step in which it is interrupted is given up. Throws std::bad_alloc, or
    // std::invalid_argument for an instruction set that is not there.
    Stopped go(const Hooks& hooks);

    const std::vector<double>& costs() const;  // of the epochs that are finished, each before its step
    Descent<T> progress() const;
    const std::vector<T>& parameters() const;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace layerwise
