"""Native EZKL on one network, step by step, each step in a process of its own.

    python bench/prove/native.py NETWORK.onnx INPUT.json CALIBRATION.json [--scales 2,3 ...] [--until STEP]
    python bench/prove/native.py NETWORK.onnx INPUT.json CALIBRATION.json --circuit DIR

With --circuit the circuit is not EZKL's but the network.compiled and settings.json of DIR.
Prints a line a step and, last, one JSON object: rows, cells, logrows, scales, file sizes,
seconds and peak memory of each step. The Python that runs it must have the package ezkl.
The SRS is EZKL's own test string, so a proof made here shows speed and nothing else.
"""
import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile

ORACLE = os.path.join(os.path.dirname(__file__), "../../tests/hub/ezkl/native_oracle.py")
RUN_ARGS = {"input_visibility": "private", "param_visibility": "fixed", "output_visibility": "public"}
STEPS = ("settings", "calibrate", "compile", "witness", "setup", "prove", "verify")


class Failed(Exception):
    pass


def numbers(text):
    return [int(part) for part in text.split(",")]


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("network")
    parser.add_argument("input")
    parser.add_argument("calibration")
    parser.add_argument("--scales", type=numbers, help="scales to calibrate over; EZKL's own when absent")
    parser.add_argument("--multipliers", type=numbers, help="rebase multipliers; EZKL's own when absent")
    parser.add_argument("--target", default="resources")
    parser.add_argument("--max-logrows", type=int)
    parser.add_argument("--decomp", type=numbers, help="base,legs of the decomposition")
    parser.add_argument("--fixed-scale", type=int, help="no calibration of the scales: inputs and weights at this one")
    parser.add_argument("--circuit", help="folder of a network.compiled and its settings.json, taken as they are")
    parser.add_argument("--folder", help="where the files are left; a temporary folder when absent")
    parser.add_argument("--until", choices=STEPS, default=STEPS[-1])
    parser.add_argument("--minutes", type=float, default=20, help="a step that takes longer is stopped")
    return parser.parse_args()


def main():
    options = parse()
    steps = {}
    kept = options.folder and contextlib.nullcontext(options.folder)
    with kept or tempfile.TemporaryDirectory() as folder:
        path = {name: os.path.join(folder, name) for name in (
            "settings.json", "network.compiled", "witness.json", "key.vk", "key.pk", "test.pf", "kzg.unsafe.srs")}

        def step(name, command, **arguments):
            request = json.dumps({"command": command, **arguments})
            try:
                done = subprocess.run([sys.executable, ORACLE, request], capture_output=True, text=True,
                                      timeout=options.minutes * 60)
                lines = [line for line in done.stdout.splitlines() if line.startswith('{"ok"')]
                report = json.loads(lines[-1]) if lines else {
                    "ok": False, "error": f"ended with status {done.returncode}: {done.stderr[-300:]}"}
            except subprocess.TimeoutExpired:
                report = {"ok": False, "error": f"not done within {options.minutes} minutes"}
            if name == "verify" and report["ok"] and report["result"] is not True:
                report = {**report, "ok": False, "error": "the proof does not hold"}
            steps[name] = {key: report[key] for key in ("seconds", "peakMb", "error") if key in report}
            print(f"{name:10} {report.get('seconds', '-')} s, peak {report.get('peakMb', '-')} MB"
                  + ("" if report["ok"] else f", FAILED: {report['error'][:400]}"), flush=True)
            if not report["ok"]:
                raise Failed(name)
            if name == options.until:
                raise Failed("")

        try:
            if options.circuit:
                for name in ("settings.json", "network.compiled"):
                    shutil.copyfile(os.path.join(options.circuit, name), path[name])
            else:
                run_args = dict(RUN_ARGS)
                if options.decomp:
                    run_args["decomp_base"], run_args["decomp_legs"] = options.decomp
                if options.fixed_scale is not None:
                    run_args["input_scale"] = run_args["param_scale"] = options.fixed_scale
                step("settings", "gen_settings", model=options.network, output=path["settings.json"], run_args=run_args)
                extra = {"max_logrows": options.max_logrows, "scales": options.scales,
                         "scale_rebase_multiplier": options.multipliers}
                step("calibrate", "calibrate_settings", data=options.calibration, model=options.network,
                     settings=path["settings.json"], target=options.target,
                     **{name: value for name, value in extra.items() if value is not None})
                step("compile", "compile_circuit", model=options.network, compiled_circuit=path["network.compiled"],
                     settings_path=path["settings.json"])
            step("witness", "gen_witness", data=options.input, model=path["network.compiled"],
                 output=path["witness.json"])
            with open(path["settings.json"]) as file:
                logrows = json.load(file)["run_args"]["logrows"]
            step("srs", "gen_srs", srs_path=path["kzg.unsafe.srs"], logrows=logrows)
            srs = {"srs_path": path["kzg.unsafe.srs"]}
            step("setup", "setup", model=path["network.compiled"], vk_path=path["key.vk"], pk_path=path["key.pk"], **srs)
            step("prove", "prove", witness=path["witness.json"], model=path["network.compiled"],
                 pk_path=path["key.pk"], proof_path=path["test.pf"], **srs)
            step("verify", "verify", proof_path=path["test.pf"], settings_path=path["settings.json"],
                 vk_path=path["key.vk"], **srs)
        except Failed:
            pass
        result = {"name": "ezkl native", "steps": steps}
        if os.path.exists(path["settings.json"]):
            with open(path["settings.json"]) as file:
                settings = json.load(file)
            args = settings["run_args"]
            for name in ("logrows", "input_scale", "param_scale", "scale_rebase_multiplier", "lookup_range",
                         "decomp_base", "decomp_legs"):
                result[name] = args[name]
            for name in ("num_rows", "total_assignments", "total_const_size", "required_range_checks",
                         "required_lookups", "model_output_scales"):
                result[name] = settings[name]
        result["bytes"] = {name: os.path.getsize(file) for name, file in path.items() if os.path.exists(file)}
        if os.path.exists(path["witness.json"]):
            with open(path["witness.json"]) as file:
                result["outputs"] = json.load(file)["pretty_elements"]["rescaled_outputs"]
        print(json.dumps(result))


if __name__ == "__main__":
    main()
