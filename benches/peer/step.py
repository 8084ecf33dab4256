"""One step of the peer, ezkl, in a process of its own: step.py STEP FOLDER.

FOLDER holds model.onnx, input.json and args.json, which models.py wrote; every step leaves its
files there. The SRS is made by the peer's own test-only generator: nothing is downloaded.
"""

import asyncio
import inspect
import json
import os
import sys

import ezkl


def read(name):
    with open(name, encoding="utf8") as file:
        return json.load(file)


def settings():
    """The peer's defaults but for what args.json says."""
    args = ezkl.PyRunArgs()
    args.variables = [("batch", 1)]
    for name, value in read("args.json").items():
        setattr(args, name, value)
    return ezkl.gen_settings("model.onnx", "settings.json", py_run_args=args)


def srs():
    """The SRS of this size, kept beside the folders of works."""
    return f"../kzg-{read('settings.json')['run_args']['logrows']}.srs"


def make_srs():
    if not os.path.exists(srs()):
        ezkl.gen_srs(f"{srs()}.part", read("settings.json")["run_args"]["logrows"])
        os.replace(f"{srs()}.part", srs())
    return True


async def contract():
    """Writes the Solidity. The ABI is not wanted: for it the peer looks for a compiler afterwards."""
    try:
        await ezkl.create_evm_verifier("vk.key", "settings.json", "verifier.sol", "verifier.abi", srs())
    except RuntimeError as error:
        print(error, file=sys.stderr)
    return os.path.exists("verifier.sol")


STEPS = {
    "settings": settings,
    "calibrate": lambda: ezkl.calibrate_settings(
        "input.json", "model.onnx", "settings.json", "resources", scales=[7]
    ),
    "compile": lambda: ezkl.compile_circuit("model.onnx", "model.compiled", "settings.json"),
    "srs": make_srs,
    "setup": lambda: ezkl.setup("model.compiled", "vk.key", "pk.key", srs_path=srs()),
    "witness": lambda: ezkl.gen_witness("input.json", "model.compiled", "witness.json"),
    "prove": lambda: ezkl.prove(
        "witness.json", "model.compiled", "pk.key", proof_path="proof.json", srs_path=srs()
    ),
    "verify": lambda: ezkl.verify("proof.json", "settings.json", "vk.key", srs_path=srs()),
    "contract": contract,
    "calldata": lambda: ezkl.encode_evm_calldata(proof="proof.json", calldata="calldata.bin"),
}


async def run(step, folder):
    """Runs a step; some of the peer's functions want a running event loop, and return a future."""
    os.chdir(folder)
    result = STEPS[step]()
    return await result if inspect.isawaitable(result) else result


if __name__ == "__main__":
    done = asyncio.run(run(*sys.argv[1:]))
    if done and sys.argv[1] == "contract":
        os._exit(0)  # the peer's threads outlive a failed search for a compiler, and crash at the end
    sys.exit(0 if done else "the peer did not succeed")
