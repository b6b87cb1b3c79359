"""PyTorch's opinion of a file, asked in a child process with limits of memory and time."""

import json
import os
import sys

from cases import digest


def walk(torch, obj, path, out, seen, budget):
    """Collects the tensors in an object with their paths, as long as the budget lasts."""
    budget[0] -= 1
    if budget[0] < 0:
        raise OverflowError("walk budget")
    if isinstance(obj, torch.Tensor):
        out.append((list(path), obj))
    elif isinstance(obj, dict):
        if id(obj) in seen:
            raise OverflowError("cycle")
        for k, v in obj.items():
            walk(torch, v, path + [str(k)], out, seen | {id(obj)}, budget)
    elif isinstance(obj, (list, tuple)):
        if id(obj) in seen:
            raise OverflowError("cycle")
        for i, v in enumerate(obj):
            walk(torch, v, path + [str(i)], out, seen | {id(obj)}, budget)


def tensor_sha(torch, t):
    """The digest of a tensor as the manifest has it; None for one that is not compared."""
    if t.layout is not torch.strided or t.is_quantized or t.device.type == "meta":
        return None
    if t.numel() * t.element_size() > (64 << 20):
        return None
    t = t.detach().resolve_conj().resolve_neg().contiguous()
    n = t.numel() * t.element_size()
    raw = bytes(t.untyped_storage())
    off = t.storage_offset() * t.element_size()
    return digest(raw[off : off + n])


def judge(torch, path, case, mmap):
    """What torch.load makes of a file, in this process."""
    try:
        obj = torch.load(path, map_location="cpu", weights_only=True, mmap=mmap)
    except RecursionError as e:
        return {"outcome": "reject", "detail": f"RecursionError: {e}"[:160]}
    except MemoryError as e:
        return {"outcome": "oom", "detail": f"MemoryError: {e}"[:160]}
    except Exception as e:  # noqa: BLE001
        text = " ".join(str(e).split())
        if "WeightsUnpickler error:" in text:
            text = text.split("WeightsUnpickler error:", 1)[1].strip()
        kind = "oom" if "can't allocate memory" in text or "not enough memory" in text else "reject"
        return {"outcome": kind, "detail": f"{type(e).__name__}: {text}"[:160]}
    res = {"outcome": "accept", "values": "unchecked", "detail": ""}
    found = []
    sys.setrecursionlimit(5000)
    try:
        walk(torch, obj, [], found, frozenset(), [200_000])
        have = {}
        for p, t in found:
            have[tuple(p)] = (str(t.dtype).replace("torch.", ""), list(t.shape), tensor_sha(torch, t))
        if case["tensors"] is not None:
            ok = all(
                have.get(tuple(x["path"])) == (x["dtype"], x["shape"], x["sha256"]) for x in case["tensors"]
            )
            res["values"] = "match" if ok else "differ"
    except (OverflowError, RecursionError) as e:
        res["detail"] = f"loaded, but walking it: {e}"[:160]
    except Exception as e:  # noqa: BLE001
        res["detail"] = f"loaded, then {type(e).__name__}: {e}"[:160]
    return res


def ask(torch, path, case, mmap, seconds=20):
    """What torch.load makes of a file, in a process of its own."""
    import resource
    import signal
    import time

    r, w = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(r)
        try:
            import warnings

            warnings.simplefilter("ignore")
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, 2)
            vm = int(open("/proc/self/statm").read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
            resource.setrlimit(resource.RLIMIT_AS, (vm + (2 << 30), vm + (2 << 30)))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            out = judge(torch, path, case, mmap)
        except MemoryError:
            out = {"outcome": "oom", "detail": "MemoryError"}
        except BaseException as e:  # noqa: BLE001
            out = {"outcome": "reject", "detail": f"{type(e).__name__}: {e}"[:160]}
        os.write(w, json.dumps(out).encode()[:60000])
        os._exit(0)
    os.close(w)
    t0 = time.monotonic()
    status = None
    while time.monotonic() - t0 < seconds:
        p, st = os.waitpid(pid, os.WNOHANG)
        if p:
            status = st
            break
        time.sleep(0.003)
    if status is None:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(r)
        return {"outcome": "timeout", "detail": f"more than {seconds} s"}
    raw = b""
    while chunk := os.read(r, 65536):
        raw += chunk
    os.close(r)
    if os.WIFSIGNALED(status):
        return {"outcome": "crash", "detail": f"signal {os.WTERMSIG(status)}"}
    try:
        return json.loads(raw)
    except ValueError:
        return {"outcome": "crash", "detail": f"exit {os.WEXITSTATUS(status)} without a result"}
