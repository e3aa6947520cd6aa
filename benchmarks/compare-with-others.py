#!/usr/bin/env python3
"""Speed of Ohmformer beside CrossSim 3 (analog products) and OpenBLAS (float products) on this machine, one thread each.

    python3 benchmarks/compare-with-others.py [--program PATH]

Both programs get the same weights [384, 1536] and inputs [., 384], the feed-forward layer of DeiT-S: 8-bit numbers in four
slices of 2 bits, pairs of cells whose currents are subtracted, 128 rows, 8-bit converters over the full range, inputs of sign
and 7 bits one by one. What is not installed is skipped.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "src/Ohmformer.Cli/bin/Release/net10.0/Ohmformer.Cli"
INPUTS, OUTPUTS, TOKENS, ROUNDS = 384, 1536, 197, 5
VECTORS = 20 * TOKENS  # For Ohmformer, which reports its fastest block of vectors.

DESIGN = """
base: rram-default
name: comparison
description: "The numeric model of CrossSim: balanced cells, signed input bits, symmetric converters."
reason: "the same work as CrossSim"
weights:
  device: {device}
  inputCoding: sign-magnitude-bipolar
  adc: {{ range: {{ kind: full }}, rounding: half-even }}
"""


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default=PROGRAM, type=pathlib.Path, help="the built command line of Ohmformer")
    return parser.parse_args()


def best(action):
    """Shortest time of some calls in seconds, after one that is not timed."""
    action()
    seconds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def ohmformer(options, folder, *arguments):
    """Runs a command and returns its JSON."""
    result = folder / "result.json"
    subprocess.run([options.program, *map(str, arguments), "--threads", "1", "--quiet", "--json", result], check=True)
    return json.loads(result.read_text())


def compare_floats(numpy, options, folder, x, w):
    a, b = x.astype(numpy.float32), w.astype(numpy.float32)
    other = INPUTS * OUTPUTS * TOKENS / best(lambda: a @ b) / 1e9
    measured = ohmformer(options, folder, "bench", "--quick")
    own = next(path["gmac_per_second"] for path in measured["paths"] if path["name"] == "float GEMM")
    print(f"float product: Ohmformer {own:.1f} GMAC/s, numpy {other:.1f} GMAC/s, ratio {own / other:.2f}")


def crosssim_core(w, write_noise):
    from simulator import AnalogCore, CrossSimParameters

    params = CrossSimParameters()
    params.core.style = "BITSLICED"
    params.core.bit_sliced.style = "BALANCED"
    params.core.bit_sliced.num_slices = 4
    params.core.balanced.style = "ONE_SIDED"
    params.core.balanced.subtract_current_in_xbar = True
    params.core.rows_max, params.core.cols_max = 128, OUTPUTS
    params.core.weight_bits = 8
    params.xbar.device.cell_bits = 2
    params.xbar.device.infinite_on_off_ratio = True
    params.xbar.dac.mvm.model, params.xbar.dac.mvm.bits, params.xbar.dac.mvm.signed = "SignMagnitudeDAC", 8, True
    params.xbar.dac.mvm.input_bitslicing, params.xbar.dac.mvm.slice_size = True, 1
    params.core.mapping.inputs.mvm.min, params.core.mapping.inputs.mvm.max = -127.0, 127.0
    params.xbar.adc.mvm.model, params.xbar.adc.mvm.bits, params.xbar.adc.mvm.signed = "SignMagnitudeADC", 8, True
    params.xbar.adc.mvm.adc_range_option = "MAX"
    params.xbar.adc.mvm.adc_per_ibit = True
    if write_noise:
        params.xbar.device.programming_error.enable = True
        params.xbar.device.programming_error.model = "NormalIndependentDevice"
        params.xbar.device.programming_error.magnitude = 0.05
    return AnalogCore(w.T.astype(float), params=params)


def compare_arrays(numpy, options, folder, x, w):
    numpy.save(folder / "W.npy", w)
    numpy.save(folder / "x.npy", numpy.tile(x, (VECTORS // TOKENS, 1)))
    for name, device, write_noise in [("ideal cells", "ideal", False), ("write noise", "{ base: rram-clipformer, readNoise: 0, reason: no reads }", True)]:
        core = crosssim_core(w, write_noise)
        columns = x.T.astype(float)
        other = best(lambda: core.matmat(columns)) / TOKENS
        (folder / "design.yaml").write_text(DESIGN.format(device=device))
        measured = ohmformer(
            options, folder, "array", "multiply", "--weights", folder / "W.npy", "--inputs", folder / "x.npy",
            "--design", folder / "design.yaml", "--output", folder / "y.npy")
        own = measured["second_per_vector"]
        print(f"arrays, {name}: Ohmformer {own * 1e6:.2f} us per vector, CrossSim {other * 1e6:.2f} us, ratio {other / own:.1f}")


def main():
    options = parse()
    if not options.program.exists():
        sys.exit(f"{options.program} is missing; run 'dotnet build -c Release' first.")
    for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ[variable] = "1"
    try:
        import numpy
    except ImportError:
        print("skipped: needs numpy (with OpenBLAS)")
        return
    random = numpy.random.default_rng(1)
    w = numpy.clip(numpy.rint(random.normal(0, 127 / 3.5, (INPUTS, OUTPUTS))), -127, 127).astype(numpy.int16)
    x = numpy.clip(numpy.rint(random.normal(0, 127 / 3.5, (TOKENS, INPUTS))), -127, 127).astype(numpy.int16)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        compare_floats(numpy, options, folder, x, w)
        try:
            import simulator  # noqa: F401
        except ImportError:
            print("skipped: needs CrossSim 3 (the Python package 'simulator')")
            return
        compare_arrays(numpy, options, folder, x, w)


if __name__ == "__main__":
    main()
