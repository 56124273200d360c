"""The locks that a process closes behind itself: limits, Landlock and seccomp. `sandboxed` and `confined` use them.

Landlock (Linux 5.13) takes away the files, seccomp the network, new processes and what Landlock leaves open (changing
the owner, mode or times of files), rlimits the rest. Numbers of system calls are those of the kernel's tables. Nothing
of panmath is imported: what uses it runs alone.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
from typing import Any

# x86_64 and aarch64: numbers of what a figure never needs.
DENIED = {
    "x86_64": (
        0xC000003E,
        """
        29 41 42 43 49 50 53 56 57 58 59 62 76 90 91 92 93 94 101 132 133 135 136 153 154 155 159 160 161
        163 164 165 166 167 168 169 170 171 172 173 175 176 188 189 190 197 198 199 200 206 235 240 246 248
        249 250 256 259 260 261 268 272 279 280 288 298 300 303 304 308 310 311 312 313 317 319 320 321 322
        323 325 424 425 426 427 428 429 430 431 432 433 434 435 438 442 447 452
        """,
    ),
    "aarch64": (
        0xC00000B7,
        """
        5 6 7 14 15 16 33 39 40 41 45 51 52 53 54 55 58 60 88 89 92 97 104 105 106 112 117 129 130 142 161
        162 170 171 180 194 198 199 200 201 202 203 217 218 219 220 221 224 225 239 241 242 262 264 265 266
        268 270 271 272 273 277 279 280 281 282 294 424 425 426 427 428 429 430 431 432 433 434 435 438 442
        447 452
        """,
    ),
}
CALLS = {
    "x86_64": {"execve": 59, "clone": 56, "clone3": 435},
    "aarch64": {"execve": 221, "clone": 220, "clone3": 435},
}
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP = 38, 22
LANDLOCK_CREATE, LANDLOCK_ADD, LANDLOCK_RESTRICT = 444, 445, 446
RUN, WRITE, READ, LIST = 1, 2, 4, 8
"""Rights of Landlock; what else there is concerns making and removing files."""
EPERM, ENOSYS = 1, 38
CLONE_THREAD = 0x10000


def lock(settings: dict[str, Any], start: bool = False, threads: bool = False) -> str:
    """Closes the locks of the level asked for; SystemExit where one does not close.

    Settings are `level`, `readable` and `writable` (folders), `memory` and `disk` in bytes (0 memory is without limit),
    `seconds` of the processor and `files` that may be open. Programs may be started only with `start`, threads only
    with `threads`, and other processes never.
    """
    limit(settings)
    level = str(settings["level"])
    if level == "landlock+seccomp":
        landlock(settings["readable"], settings["writable"], start)
    # bubblewrap takes away files and the network; new processes are for seccomp to forbid, where it is.
    if level == "landlock+seccomp" or (level == "bubblewrap" and platform.machine() in DENIED):
        seccomp(start, threads)
    return level


def limit(settings: dict[str, Any]) -> None:
    """Bounds the address space, the processor time, the size of files and how many are open; forbids core dumps."""
    try:
        import resource
    except ModuleNotFoundError:  # Windows has none of this; the parent's clock still ends the process
        return
    limits = [
        (resource.RLIMIT_CPU, settings["seconds"]),
        (resource.RLIMIT_FSIZE, settings["disk"]),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, settings["files"]),
    ]
    if settings["memory"]:
        limits.append((resource.RLIMIT_AS, settings["memory"]))
    for what, most in limits:
        _, hard = resource.getrlimit(what)
        value = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (value, value))


def landlock(readable: list[str], writable: list[str], start: bool) -> None:
    """Files may be read in the folders that are readable, and made and written in those that are writable."""
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(LANDLOCK_CREATE, None, 0, 1)
    if version < 1:
        raise SystemExit("Landlock is not there")
    rights = (1 << (13 if version == 1 else 14 if version == 2 else 15 if version < 5 else 16)) - 1
    net = 3 if version >= 4 else 0
    scope = 3 if version >= 6 else 0
    attributes = struct.pack("<QQQ", rights, net, scope)
    size = 8 if version < 4 else 16 if version < 6 else 24
    rules = libc.syscall(LANDLOCK_CREATE, attributes[:size], size, 0)
    if rules < 0:
        raise SystemExit("Landlock takes no rules")
    for folders, allowed in ((readable, READ | LIST | (RUN if start else 0)), (writable, rights & ~RUN)):
        for folder in folders:
            allow(libc, rules, folder, allowed)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 or libc.syscall(LANDLOCK_RESTRICT, rules, 0) != 0:
        raise SystemExit("Landlock could not be turned on")
    os.close(rules)


def allow(libc: Any, rules: int, path: str, rights: int) -> None:
    """Adds a rule for a folder, or for a file, which knows fewer rights."""
    try:
        at = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    if not os.path.isdir(path):
        rights &= RUN | WRITE | READ
    libc.syscall(LANDLOCK_ADD, rules, 1, struct.pack("<Qi", rights, at), 0)
    os.close(at)


def seccomp(start: bool, threads: bool) -> None:
    """System calls of the list fail with EPERM; those of another architecture end the process."""
    architecture, numbers = DENIED[platform.machine()]
    names = CALLS[platform.machine()]
    denied = {int(number) for number in numbers.split()}
    program = [(0x20, 0, 0, 4), (0x15, 1, 0, architecture), (0x06, 0, 0, 0x80000000), (0x20, 0, 0, 0)]
    # The x32 calls of x86_64 go around the list.
    program += [(0x35, 0, 1, 0x40000000), (0x06, 0, 0, 0x80000000)]
    if start:
        denied.remove(names["execve"])
    if threads:
        # The flags of clone3 lie in memory, where a filter cannot look; without it the C library calls clone.
        denied -= {names["clone"], names["clone3"]}
        program += [(0x15, 0, 1, names["clone3"]), (0x06, 0, 0, 0x00050000 | ENOSYS)]
        program += [(0x15, 0, 4, names["clone"]), (0x20, 0, 0, 16), (0x45, 1, 0, CLONE_THREAD)]
        program += [(0x06, 0, 0, 0x00050000 | EPERM), (0x06, 0, 0, 0x7FFF0000)]
    for call in sorted(denied):
        program += [(0x15, 0, 1, call), (0x06, 0, 0, 0x00050000 | EPERM)]
    program.append((0x06, 0, 0, 0x7FFF0000))
    code = b"".join(struct.pack("<HBBI", *line) for line in program)
    buffer = ctypes.create_string_buffer(code, len(code))
    header = struct.pack("<HxxxxxxQ", len(program), ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 or libc.prctl(PR_SET_SECCOMP, 2, header, 0, 0) != 0:
        raise SystemExit("seccomp could not be turned on")
