"""One command of native EZKL 21 in a process of its own.

    python native_oracle.py '{"command": "prove", "witness": ..., ...}'

Every other key of the JSON is an argument of the function of that name in the
Python package; "run_args" becomes its PyRunArgs. Prints one JSON line: ok, result or
error, seconds, peakMb. "batch" runs its "requests", one after another, in one process. Paths are always given, so that nothing is looked up in ~/.ezkl.
"""
import asyncio
import inspect
import json
import resource
import sys
import time

COMMANDS = (
    "gen_srs", "gen_settings", "calibrate_settings", "compile_circuit", "gen_witness",
    "setup", "prove", "verify", "mock", "float_to_felt",
)


def run_args(values):
    import ezkl
    args = ezkl.PyRunArgs()
    for name, value in values.items():
        if not hasattr(args, name):
            raise ValueError(f"run_args: {name} is not an argument of EZKL {ezkl.__version__}")
        if name == "variables":
            value = [tuple(pair) for pair in value]
        setattr(args, name, tuple(value) if name == "lookup_range" else value)
    return args


def report_of(command, arguments):
    begun, worked = time.perf_counter(), time.process_time()
    report = {"ok": True}
    try:
        result = asyncio.run(call(command, arguments))
        try:
            json.dumps(result)
            report["result"] = result
        except TypeError:
            report["result"] = str(result)
    except BaseException as error:  # a panic of the native code is no Exception
        report = {"ok": False, "error": f"{type(error).__name__}: {error}"}
    report["seconds"] = round(time.perf_counter() - begun, 3)
    report["cpu"] = round(time.process_time() - worked, 3)
    report["peakMb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    return report


async def call(command, arguments):
    import ezkl
    if "run_args" in arguments:
        arguments["py_run_args"] = run_args(arguments.pop("run_args"))
    # Some of the functions are coroutines, which ones depends on the version.
    result = getattr(ezkl, command)(**arguments)
    return await result if inspect.isawaitable(result) else result


def main():
    arguments = json.loads(sys.argv[1])
    command = arguments.pop("command")
    if command == "version":
        import ezkl
        print(json.dumps({"ok": True, "result": ezkl.__version__, "seconds": 0, "peakMb": 0}))
        return
    if command == "batch":
        requests = arguments["requests"]
        reports = [report_of(request.pop("command"), request) for request in requests]
        report = {"ok": True, "result": reports, "seconds": 0, "peakMb": 0}
    elif command in COMMANDS:
        report = report_of(command, arguments)
    else:
        raise SystemExit(f"{command} is none of {', '.join(COMMANDS)}")
    sys.stdout.flush()
    print("\n" + json.dumps(report))


if __name__ == "__main__":
    main()
