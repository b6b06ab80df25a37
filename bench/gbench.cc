#include "bench/gbench.h"

#include <benchmark/benchmark.h>

#include <sstream>

#include "prims/platform.h"

namespace {

/* Keeps the one result and says nothing. */
class Silent : public benchmark::BenchmarkReporter {
  public:
    bool ReportContext(const Context &) override { return true; }
    void ReportRuns(const std::vector<Run> &runs) override {
        for (const Run &run : runs) {
            if (run.error_occurred || run.iterations <= 0) continue;
            wall_ns = run.real_accumulated_time * 1e9;
            cpu_ns = run.cpu_accumulated_time * 1e9;
            reported = true;
        }
    }
    double wall_ns = 0, cpu_ns = 0;
    bool reported = false;
};

} // namespace

extern "C" {

bool gbench_run(gbench_loop *loop, void *object, uint64_t n, double *wall_ns, double *cpu_ns) {
    const auto iterations = static_cast<benchmark::IterationCount>(n);
    benchmark::RegisterBenchmark("cell", [=](benchmark::State &state) {
        while (state.KeepRunningBatch(iterations)) loop(object, n);
    })->Iterations(iterations);
    Silent silent;
    benchmark::RunSpecifiedBenchmarks(&silent, "cell");
    benchmark::ClearRegisteredBenchmarks();
    *wall_ns = silent.wall_ns;
    *cpu_ns = silent.cpu_ns;
    return silent.reported;
}

uint64_t gbench_iterations(gbench_loop *loop, void *object, double seconds) {
    const double want_ns = seconds * 1e9;
    for (uint64_t n = 64;; n *= 4) {
        const uint64_t start = weir_now_ns();
        loop(object, n);
        const double took_ns = static_cast<double>(weir_now_ns() - start);
        if (took_ns < want_ns / 8 && n < UINT64_C(1) << 40) continue;
        const double right = static_cast<double>(n) * want_ns / (took_ns + 1);
        return right < 1 ? 1 : static_cast<uint64_t>(right);
    }
}

bool gbench_is_debug_build() {
    std::ostringstream text;
    benchmark::JSONReporter reporter; /* the only one that tells */
    reporter.SetOutputStream(&text);
    reporter.SetErrorStream(&text);
    reporter.ReportContext(benchmark::BenchmarkReporter::Context());
    return text.str().find("\"library_build_type\": \"debug\"") != std::string::npos;
}
}
