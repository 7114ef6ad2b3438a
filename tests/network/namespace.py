"""A network of its own for some of the test's sockets and processes: a Linux network namespace without a name.

It is held by a file descriptor, so it ends with the last socket and process in it, and a test that dies leaves nothing behind.
A thread that is inside makes its sockets there and starts its processes there; sockets made before stay where they are.
"""

import ctypes
import errno
import fcntl
import os
import shutil
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CLONE_NEWNET = 0x40000000
TUNSETIFF = 0x400454CA
IFF_TUN_NO_PI = 0x1001
"""IP packets and nothing around them."""
TUN = Path("/dev/net/tun")
DEVICE = "wire0"
_LIBC = ctypes.CDLL(None, use_errno=True)


class Namespace:
    """One network with its loopback up, and a TUN device that everything beyond goes through."""

    def __init__(self, address: str) -> None:
        with _kept():
            _call("unshare", CLONE_NEWNET)
            self._handle = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
            self.device = _open_tun()
            _ip("link", "set", "lo", "up")
            _ip("link", "set", DEVICE, "up")
            _ip("address", "add", f"{address}/32", "dev", DEVICE)
            _ip("route", "add", "default", "dev", DEVICE)
        self.address = address

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Make sockets and start processes in this network. The thread is inside until the block ends."""
        with _kept():
            _call("setns", self._handle, CLONE_NEWNET)
            yield

    def move(self, address: str) -> None:
        """Take another address and give up the one before, as a phone does that leaves one network for another."""
        with self.inside():
            _ip("address", "add", f"{address}/32", "dev", DEVICE)
            _ip("address", "delete", f"{self.address}/32", "dev", DEVICE)
        self.address = address

    def close(self) -> None:
        """Let go; the network ends when nothing in it lives any more."""
        os.close(self.device)
        os.close(self._handle)


def why_not() -> str | None:
    """What this machine lacks for networks of one's own; None if nothing."""
    if shutil.which("ip") is None:
        return "the network lab needs `ip` (Debian's iproute2)"
    try:
        Namespace("10.0.0.1").close()
    except OSError as error:
        return f"the network lab needs root with CAP_NET_ADMIN and CAP_SYS_ADMIN, and {TUN}: {error}"
    return None


@contextmanager
def _kept() -> Iterator[None]:
    """Whatever network the thread enters, it comes back."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield
    finally:
        _call("setns", home, CLONE_NEWNET)
        os.close(home)


def _open_tun() -> int:
    device = os.open(TUN, os.O_RDWR | os.O_CLOEXEC)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", DEVICE.encode(), IFF_TUN_NO_PI))
    return device


def _call(name: str, *arguments: int) -> None:
    if getattr(_LIBC, name)(*arguments) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)} ({errno.errorcode.get(code, code)})")


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)
