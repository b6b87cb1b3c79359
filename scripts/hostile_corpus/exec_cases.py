"""Pickles that ask a reader to run something."""

from archives import checkpoint
from cases import *
from pickles import *


def exec_reject():
    sd = ("w", tensor("0", 6, [2, 3]))

    def ev(name, what, b, p=2, err="forbiddenGlobal"):
        reject(
            name,
            "exec",
            what,
            checkpoint(pickled(b, p), {"0": W}),
            err,
            policy="nothing is ever called; the file is refused because of what it asks for",
        )

    ev(
        "exec_os_system",
        "os.system by REDUCE",
        ordered(sd, ("x", call(global_("os", "system"), text("true")))),
    )
    ev("exec_posix_system", "posix.system as the root", call(global_("posix", "system"), text("true")))
    ev("exec_eval", "builtins.eval", ordered(sd, ("x", call(global_("builtins", "eval"), text("1")))))
    ev(
        "exec_py2_eval",
        "__builtin__.eval, the Python 2 spelling",
        ordered(sd, ("x", call(global_("__builtin__", "eval"), text("1")))),
    )
    ev(
        "exec_subprocess",
        "subprocess.Popen by NEWOBJ",
        ordered(sd, ("x", global_("subprocess", "Popen") + tuple_(list_(text("true"))) + NEWOBJ)),
    )
    ev(
        "exec_stack_global",
        "os.system by STACK_GLOBAL (protocol 4)",
        ordered(sd, ("x", short_text("os") + short_text("system") + b"\x93" + tuple_(text("true")) + REDUCE)),
        4,
    )
    ev(
        "exec_stack_global_memo",
        "os.system by STACK_GLOBAL, its strings taken from the memo",
        ordered(
            ("a", text("os") + put(1)),
            ("b", text("system") + put(2)),
            sd,
            ("x", get(1) + get(2) + b"\x93" + tuple_(text("true")) + REDUCE),
        ),
        4,
    )
    ev(
        "exec_dotted_global",
        "STACK_GLOBAL with a dotted name that walks attributes",
        ordered(
            sd, ("x", short_text("torch") + short_text("os.system") + b"\x93" + tuple_(text("true")) + REDUCE)
        ),
        4,
    )
    ev(
        "exec_inst",
        "os.system by INST",
        EMPTY_DICT + MARK + text("x") + MARK + text("true") + b"ios\nsystem\n" + b"u",
    )
    ev(
        "exec_obj",
        "os.system by OBJ",
        EMPTY_DICT + MARK + text("x") + MARK + global_("os", "system") + text("true") + b"o" + b"u",
    )
    ev(
        "exec_newobj_ex",
        "subprocess.Popen by NEWOBJ_EX",
        ordered(
            sd,
            (
                "x",
                global_("subprocess", "Popen")
                + EMPTY_TUPLE
                + dict_((text("args"), list_(text("true"))))
                + b"\x92",
            ),
        ),
        4,
    )
    ev(
        "exec_pip",
        "pip.main (CVE-2025-1716)",
        ordered(sd, ("x", call(global_("pip", "main"), list_(text("install"), text("x"))))),
    )
    ev(
        "exec_getattr",
        "getattr on a module got by importlib",
        ordered(
            sd,
            (
                "x",
                call(
                    global_("builtins", "getattr"),
                    call(global_("importlib", "import_module"), text("os")),
                    text("system"),
                ),
            ),
        ),
    )
    ev(
        "exec_runpy",
        "runpy._run_code",
        ordered(sd, ("x", call(global_("runpy", "_run_code"), text("1"), dict_()))),
    )
    ev(
        "exec_asyncio_subclass",
        "asyncio.unix_events._UnixSubprocessTransport._start (CVE-2025-10157)",
        ordered(
            sd,
            (
                "x",
                short_text("asyncio.unix_events")
                + short_text("_UnixSubprocessTransport._start")
                + b"\x93"
                + tuple_(text("true"))
                + REDUCE,
            ),
        ),
        4,
    )
    ev(
        "exec_torch_load",
        "torch.serialization.load: a nested unpickler",
        ordered(sd, ("x", call(global_("torch.serialization", "load"), text("x.pt")))),
    )
    ev(
        "exec_pickle_loads",
        "pickle.loads: a nested unpickler",
        ordered(sd, ("x", call(global_("pickle", "loads"), raw_bytes(b"N.")))),
    )
    ev(
        "exec_rebuild_type_func",
        "_rebuild_from_type_v2 given os.system as the function to call",
        ordered(
            (
                "w",
                call(
                    global_("torch._tensor", "_rebuild_from_type_v2"),
                    global_("os", "system"),
                    global_("torch", "Tensor"),
                    tuple_(text("true")),
                    dict_(),
                ),
            )
        ),
    )
    ev(
        "exec_broken_after",
        "the call comes first, the stream breaks after it (nullifAI)",
        call(global_("posix", "system"), text("true")) + b"0" + ordered(sd) + b"\xff\xff",
    )
    reject(
        "exec_after_stop",
        "exec",
        "a second pickle with os.system after STOP",
        checkpoint(BASE + pickled(call(global_("os", "system"), text("true"))), STORAGES),
        "trailingData",
    )
    for op, arg, n in ((b"\x82", b"\1", 1), (b"\x83", b"\1\0", 2), (b"\x84", b"\1\0\0\0", 4)):
        ev(
            f"exec_ext{n}",
            f"extension registry opcode EXT{n}",
            ordered(sd, ("x", op + arg)),
            2,
            "unsupportedOpcode",
        )
    ev("exec_next_buffer", "out-of-band buffer opcode", ordered(sd, ("x", b"\x97")), 5, "unsupportedOpcode")
    ev(
        "exec_persid_text",
        "PERSID (text persistent id)",
        ordered(sd, ("x", b"Pstorage\n")),
        2,
        "badPersistentId",
    )
    ev(
        "exec_persid_module",
        "persistent id ('module', cls, file, source), as legacy whole-module files have",
        ordered(
            sd,
            (
                "x",
                tuple_(text("module"), global_("mylib", "Net"), text("/etc/passwd"), text("code")) + PERSID,
            ),
        ),
        2,
        "badPersistentId",
    )
