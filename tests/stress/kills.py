#!/usr/bin/python3
"""Kill extract and create at random times: the old state or the new.

usage: kills.py [--some] [--runs N] [--seed N] XZBUNDLE

SIGKILL, SIGTERM and SIGINT, to the program or to its confined process, over
the whole span of a run and with more weight on its end, where it publishes;
some of them are sent as soon as something has been published.
Afterwards no process is left, and the next run in the same place succeeds
and leaves no stage.

SPDX-License-Identifier: BSD-2-Clause
"""
import os
import shutil
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True
from common import STAGE, HANG, Stress, fill, gone, must, plain_bundle, remove, \
    run, tree

FULL = 500
SOME = 15
TOPS = 2000             # top-level names of the bundle for --into
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)


class Case:
    """One way to run the program, and the states its place may be in."""

    def __init__(self, s, name, args):
        self.s = s
        self.name = name
        self.place = s.path("place")
        self.dest = s.path("place", "out")
        self.args = [s.x] + [a.replace("DEST", self.dest) for a in args]
        self.old = self.new = None
        self.took = 0.0
        self.ended = {"old": 0, "new": 0, "part": 0}

    def reset(self):
        remove(self.place)
        os.mkdir(self.place)
        self.prepare()

    def measure(self):
        self.reset()
        self.old = self.look()
        times = []
        for _ in range(5):
            self.reset()
            begin = time.monotonic()
            must(self.args)
            times.append(time.monotonic() - begin)
        self.took = sorted(times)[2]
        self.new = self.look()

    def prepare(self):
        """What is there before."""

    def look(self):
        return tree(self.dest)

    def state(self):
        now = self.look()
        if now == self.new:
            return "new"
        return "old" if now == self.old else "half"

    def signs(self):
        """What changes as soon as anything is published."""
        try:
            return os.lstat(self.dest).st_ino
        except OSError:
            return None

    def room(self):
        """Make room for the next run, as a user would."""

    def strays(self):
        return sorted(n for n in os.listdir(self.place)
                      if n != os.path.basename(self.dest))


class New(Case):
    def room(self):
        remove(self.dest)


class Replace(Case):
    def prepare(self):
        shutil.copytree(self.s.path("former"), self.dest)


class Into(Case):
    """Each of the names is moved on its own: complete, or absent."""

    first = "t0000"

    def prepare(self):
        shutil.copytree(self.s.path("former"), self.dest)

    def look(self):
        return {n: tree(os.path.join(self.dest, n))
                for n in os.listdir(self.dest) if not n.startswith(STAGE)}

    def state(self):
        now = self.look()
        if now == self.new:
            return "new"
        if now == self.old:
            return "old"
        whole = all(self.new.get(n) == now[n] for n in now) and \
            all(n in now for n in self.old)
        return "part" if whole else "half"

    def signs(self):
        return os.path.lexists(os.path.join(self.dest, self.first))

    def room(self):
        for n in set(self.look()) - set(self.old):
            remove(os.path.join(self.dest, n))

    def strays(self):
        return sorted(n for n in os.listdir(self.dest)
                      if n.startswith(STAGE))


class Create(Case):
    pass


class Recreate(Case):
    def prepare(self):
        shutil.copy(self.s.path("former.tar.xz"), self.dest)


def worker_of(pid, until):
    """The confined process, once there is one; None: it never was."""
    name = "/proc/%d/task/%d/children" % (pid, pid)
    while time.monotonic() < until:
        try:
            with open(name) as f:
                children = f.read().split()
        except OSError:
            return None
        if children:
            return int(children[0])
        time.sleep(0.0005)
    return None


def when(s, took):
    """Seconds: over all of the run, half of them about its end."""
    if s.random.random() < 0.5:
        return took * s.random.uniform(0.0, 1.05)
    return took * s.random.uniform(0.8, 1.15)


def await_change(s, c, p, before):
    """Return when something gets or loses a name where c publishes."""
    end = time.monotonic() + 10 * c.took + 1
    while p.poll() is None and time.monotonic() < end:
        for _ in range(20):
            if c.signs() != before:
                time.sleep(s.random.choice((0, 0, 0.0001, 0.0005)))
                return


def kill_once(s, c, sig, victim):
    """Status and whether the signal was sent."""
    delay = when(s, c.took)
    watch = s.random.random() < 0.3
    before = c.signs()
    begin = time.monotonic()
    p = subprocess.Popen(c.args, stdin=subprocess.DEVNULL,
                         stdout=subprocess.DEVNULL,
                         stderr=subprocess.DEVNULL)
    pid = p.pid
    if victim == "worker":
        pid = worker_of(p.pid, begin + 2 * c.took + 0.1)
    left = begin + delay - time.monotonic()
    if watch:
        await_change(s, c, p, before)
    elif left > 0:
        time.sleep(left)
    sent = pid is not None and p.poll() is None
    if sent:
        try:
            os.kill(pid, sig)
        except ProcessLookupError:
            sent = False
    try:
        p.wait(HANG)
    except subprocess.TimeoutExpired:
        p.kill()
        p.wait()
        return None, sent
    return p.returncode, sent


def judge(s, c, what, status, killed):
    """Compare what is there with what may be; returns the stages left."""
    left = gone(s.dir)
    if left:
        s.violation("%s: processes %s are left" % (what, left))
    state = c.state()
    if state == "half":
        s.violation("%s: a half state" % what)
    else:
        c.ended[state] += 1
    if status is None:
        s.violation("%s: hangs" % what)
    if status == 0 and state != "new":
        s.violation("%s: status 0, but the state is %s" % (what, state))
    if status not in (0, None) and not killed and state != "old":
        s.violation("%s: status %d, but the state is %s" %
                    (what, status, state))
    strays = c.strays()
    if strays and not killed:
        s.violation("%s: leaves %s" % (what, strays))
    others = [n for n in strays if not n.startswith(STAGE)]
    if others:
        s.violation("%s: leaves %s" % (what, others))
    return len(strays)


def again(s, c, what):
    c.room()
    status, said = run(c.args)
    if status != 0:
        s.violation("%s: the next run has status %s: %s" %
                    (what, status, said))
    elif c.state() != "new":
        s.violation("%s: the next run's result is wrong" % what)
    if c.strays():
        s.violation("%s: the next run leaves %s" % (what, c.strays()))


def cases(s):
    fill(s.path("in"), s.random, 240, 24, 6000)
    fill(s.path("former", "kept"), s.random, 300, 100, 3000)
    fast = ["--chain", "*=lzma2:preset=0,dict=64KiB", "-T", "2"]
    bundle, tops = s.path("b.tar.xz"), s.path("tops.tar.xz")
    must([s.x, "create", *fast, "-C", s.dir, "-o", bundle, "in"])
    plain_bundle(tops, ["t%04d" % i for i in range(TOPS)])
    must([s.x, "create", *fast, "-C", s.path("former"), "-o",
          s.path("former.tar.xz"), "kept"])
    extract = ["extract", bundle, "-C", "DEST"]
    create = ["create", *fast, "-o", "DEST", "-C", s.dir, "in"]
    return [New(s, "new", extract),
            Into(s, "into", ["extract", tops, "-C", "DEST", "--into"]),
            Replace(s, "replace", extract + ["--replace"]),
            Create(s, "create", create),
            Recreate(s, "recreate", create)]


def more(parser):
    parser.add_argument("--runs", type=int)


def main():
    s = Stress("kills", tmpfs=True, more=more)
    runs = s.args.runs or (SOME if s.some else FULL)
    all_cases = cases(s)
    sent = stages = 0
    for c in all_cases:
        c.measure()
    for i in range(runs):
        c = all_cases[i % len(all_cases)]
        sig = SIGNALS[i // len(all_cases) % len(SIGNALS)]
        victim = "parent"
        if not isinstance(c, (Create, Recreate)) and s.random.random() < 0.4:
            victim = "worker"
        c.reset()
        status, hit = kill_once(s, c, sig, victim)
        sent += hit
        what = "%s, %s to the %s, run %d of seed %d" % (
            c.name, sig.name, victim, i, s.seed)
        killed = sig == signal.SIGKILL and victim == "parent" and hit
        stages += judge(s, c, what, status, killed)
        again(s, c, what)
    ends = "; ".join("%s %d ms: %d old, %d new%s" % (
        c.name, c.took * 1000, c.ended["old"], c.ended["new"],
        ", %d in part" % c.ended["part"] if isinstance(c, Into) else "")
        for c in all_cases)
    half = runs - sum(sum(c.ended.values()) for c in all_cases)
    if not s.some:
        for word in ("old", "new"):
            if sum(c.ended[word] for c in all_cases) < runs // 10:
                s.violation("too few ended %s to mean anything" % word)
    s.end("seed %d, %d runs, %d signals hit (%s), %d stages left and "
          "collected, %d half states" % (s.seed, runs, sent, ends, stages,
                                         half))


main()
