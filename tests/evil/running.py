"""Run a program with a limit to its time, and measure it.

SPDX-License-Identifier: BSD-2-Clause
"""
import collections
import os
import pwd
import signal
import subprocess
import tempfile
import time

Result = collections.namedtuple("Result", "status timed_out out err rss "
                                "seconds")
OUTPUT_MAX = 1 << 20


def user_ids(name):
    """Return (uid, gid) of a user, or None for who we are."""
    if name is None:
        return None
    entry = pwd.getpwnam(name)
    return entry.pw_uid, entry.pw_gid


def run(command, folder, timeout, ids=None, before=None):
    """Run a command in a folder, as the user ids if given.

    before is called in the child.  A process group that takes too long is
    killed.  rss, in KiB, is at least that of this process: the kernel counts
    from the fork on."""
    timed_out = []
    options = {"preexec_fn": before}
    if ids is not None:
        options.update(user=ids[0], group=ids[1], extra_groups=[])
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        begin = time.monotonic()
        child = subprocess.Popen(command, cwd=folder, stdout=out, stderr=err,
                                 stdin=subprocess.DEVNULL,
                                 start_new_session=True, **options)

        def too_late(_signal, _frame):
            timed_out.append(True)
            os.killpg(child.pid, signal.SIGKILL)

        old = signal.signal(signal.SIGALRM, too_late)
        signal.setitimer(signal.ITIMER_REAL, timeout)
        _, status, usage = os.wait4(child.pid, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)
        seconds = time.monotonic() - begin
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        return Result(child.returncode, bool(timed_out), out.read(OUTPUT_MAX),
                      err.read(OUTPUT_MAX), usage.ru_maxrss, seconds)
