# SPDX-License-Identifier: Apache-2.0
"""Every fault of a request, at every step of every transport and signal, on the real services."""
import collections
import re
import subprocess
import sys
import threading

from deploying import born, credential, deployed, owner, script
from lab import PREHUP, Guest, Stack, filesystem, outputs, running, scenarios, wait, waiting_natively
from proxy import FAULTS, Proxy

# Faults that do not harm a kind of request.
HARMLESS = {"temp-get": {"304"}, "claim": {"cut-body-late", "cut-chunk-late", "oversize-late", "no-json-late"}}  # a 204 has no body
# The state that the log must name for each fault.
STATES = {"stall": "timeout", "stall-late": "timeout", "trickle-late": "timeout", "oversize-late": "too-large", "401": "denied", "403": "denied|forbidden",
          "429": "busy", "503": "busy", "500": "engine-down", "502": "engine-down", "504": "engine-down", "504-late": "engine-down",
          "301": "wrong-url", "302": "wrong-url", "reset": "unreachable", "reset-late": "unreachable", "close": "unreachable",
          "close-late": "unreachable", "cut-head-late": "unreachable", "cut-body-late": "unreachable", "cut-chunk-late": "unreachable",
          "not-http": "unreachable", "no-tls": "unreachable", "no-json-late": "garbled", "html": "garbled|wrong-url",
          "html-late": "garbled|wrong-url", "endless-head": "too-large"}


def behind(g, p, conf="interval = 300\ntimeout = 5\n"):
    """Sends all requests of the guest through the proxy; returns the guest."""
    g.no_proxy = ""
    g.put("etc/prehup/prehup.conf", g.get("etc/prehup/prehup.conf").replace("interval = 1\nmax-backoff = 2\n", conf, 1))
    g.configure("proxy = http://127.0.0.1:%d\n" % p.port, "heat")
    return g


def poll(g):
    return subprocess.run([PREHUP, "poll", "--sysroot", g.dir], capture_output=True, timeout=60).returncode


def all_at_once(jobs):
    """Runs each job in a thread; raises the failures of all."""
    wrong = []

    def one(f, args):
        try:
            f(*args)
        except Exception as e:
            wrong.append(AssertionError("%s: %s: %s" % (args[0], type(e).__name__, e)))
    threads = [threading.Thread(target=one, args=(f, args)) for f, *args in jobs]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    if wrong:
        raise AssertionError("; ".join(map(str, wrong)))


def begun(g):
    return [x for x in g.lines("log") if re.search(r"[Ss]erver: (?!answers|changed|first)[a-z-]+: ", x)]


def ended(g):
    return [x for x in g.lines("log") if "erver: answers again after" in x]


def fails_once(g, p, kind, fault):
    """Checks a fault that lasts for two polls, and the recovery."""
    if kind == "keystone":  # a token that is refused makes it log in again
        p.fault("claim" if "zaqar" in g.dir else "metadata", "401", 1)
    p.fault(kind, fault)
    before = len(begun(g)), len(ended(g))
    for _ in range(1 if STATES.get(fault) == "timeout" else 2):
        assert poll(g) == 1, "%s, %s: is not seen" % (kind, fault)
    s = g.source()
    assert re.fullmatch(STATES.get(fault, "[a-z-]+"), s["state"]) and s["last_error"], (kind, fault, s)
    p.lift()
    assert poll(g) == 0, "%s, %s: does not recover: %s" % (kind, fault, g.source())
    assert (len(begun(g)), len(ended(g))) == (before[0] + 1, before[1] + 1), (kind, fault, begun(g)[before[0]:], ended(g)[before[1]:])


def revision(transport, dir, rev):
    """A template whose deployment changes: Heat does not send changes of metadata alone to Zaqar or Swift."""
    return deployed(transport, resources={
        "Config": {"type": "OS::Heat::SoftwareConfig", "properties": {
            "group": "script", "config": "#!/bin/sh\necho $rev >> %s/ran\n" % dir, "inputs": [{"name": "rev"}]}},
        "Dep": {"type": "OS::Heat::SoftwareDeployment", "properties": {
            "server": {"get_resource": "Server"}, "config": {"get_resource": "Config"}, "signal_transport": "NO_SIGNAL", "input_values": {"rev": str(rev)}}}})


def polls_survive(name, transport, kinds):
    p, dir = Proxy(), Guest(name).dir
    stack = Stack.complete(name, revision(transport, dir, 1))
    g = behind(born(name, stack), p)
    with running(g):
        wait("a daemon", g.status)
        wait("metadata", lambda: poll(g) == 0 and g.lines("ran") == ["1"])
        for kind in kinds:
            for fault in FAULTS:
                if fault not in HARMLESS.get(kind, ()):
                    fails_once(g, p, kind, fault)
            assert p.failed[kind] >= len(FAULTS), p.failed
        p.refuse()
        assert poll(g) == 1 and g.source()["state"] == "unreachable", g.source()
        stack.update(revision(transport, dir, 2))
        p.listen()
        assert poll(g) == 0
        wait("the change", lambda: poll(g) == 0 and g.lines("ran") == ["1", "2"])
        text = g.get("log")
        for secret in stack.occ().get("heat", stack.occ().get("zaqar", {})).get("password"), "Signature=", "temp_url_sig=":
            assert not secret or secret not in text, "a secret in the log"


def test_poll_faults_lose_no_change_and_are_logged_once():
    all_at_once([
        (polls_survive, "faults-heat", "POLL_SERVER_HEAT", ["metadata", "keystone"]),
        (polls_survive, "faults-cfn", "POLL_SERVER_CFN", ["cfn"]),
        (polls_survive, "faults-temp", "POLL_TEMP_URL", ["temp-get"]),
        (polls_survive, "faults-zaqar", "ZAQAR_MESSAGE", ["claim", "keystone"])])


# The faults for each transport of a signal: gateways' answers, temporary refusals and broken connections.
FEW = ("307", "401", "403", "404", "409", "413", "429", "500", "503", "504-late", "reset", "reset-late", "close-late", "cut-head-late",
       "cut-body-late", "stall", "stall-late", "html", "not-http")


def signals_survive(name, transport, signal, kind, faults):
    """One deployment for each fault: each runs once and is signalled, even if the first try fails."""
    p = Proxy()
    had = p.each(kind, faults)
    dir, names = Guest(name).dir, ["Dep%d" % i for i in range(len(faults))]
    resources = {"Config": {"type": "OS::Heat::SoftwareConfig", "properties": {
        "group": "script", "config": "#!/bin/sh\necho $name >> %s/ran\necho \"hello $name\"\n" % dir, "inputs": [{"name": "name"}]}}}
    for n in names:
        resources[n] = {"type": "OS::Heat::SoftwareDeployment", "properties": {
            "server": {"get_resource": "Server"}, "config": {"get_resource": "Config"}, "signal_transport": signal, "name": n,
            "input_values": {"name": n}}}
    stack = Stack(name, deployed(transport, resources=resources, outputs=outputs(**{n: n + " deploy_stdout" for n in names})))
    g = behind(born(name, stack), p, "interval = 1\nmax-backoff = 2\ntimeout = 5\n")
    if signal == "HEAT_SIGNAL":
        p.series("keystone", [None, "503", "reset-late", "401", "cut-body-late"])
    with running(g):
        stack.reach("CREATE_COMPLETE", 150)
        s = wait("an empty spool", lambda: (lambda x: x if x["waiting"] == 0 else None)(g.status()["signals"]), 90)
        assert s["sent"] == len(names) and s["given_up"] == 0, s
    out = stack.outputs()
    assert out == {n: "hello %s\n" % n for n in names}, out
    assert sorted(g.lines("ran")) == sorted(names), g.lines("ran")
    assert len(had) == len(faults), "not all were tried: %s" % had
    told = collections.Counter(re.findall(r"signal deployment (Dep\d+): not accepted", g.get("log")))
    taken = collections.Counter(re.findall(r"signal deployment (Dep\d+): accepted", g.get("log")))
    # A token that is refused is renewed at once.
    assert set(told.values()) <= {1} and len(told) >= len(faults) - 1, told
    assert taken == {n: 1 for n in names}, taken
    with running(g):
        wait("a poll after the restart", lambda: g.status() and poll(g) == 0)
    assert len(g.lines("ran")) == len(names), "ran again after a restart"


def test_signal_faults_lose_no_signal_and_repeat_nothing():
    # URLs are one piece of code, tokens another: each of the two meets all of them.
    all_at_once([
        (signals_survive, "signal-cfn", "POLL_SERVER_CFN", "CFN_SIGNAL", "sig-cfn", FEW[1::2]),
        (signals_survive, "signal-zaqar", "ZAQAR_MESSAGE", "ZAQAR_SIGNAL", "sig-zaqar", FEW[1::2])])
    all_at_once([
        (signals_survive, "signal-heat", "POLL_SERVER_HEAT", "HEAT_SIGNAL", "sig-heat", FEW[::2]),
        (signals_survive, "signal-temp", "POLL_TEMP_URL", "TEMP_URL_SIGNAL", "temp-put", FEW[::2])])


def test_message_of_a_lost_claim_is_processed_once():
    p, name = Proxy(), "lost-claim"
    dir = Guest(name).dir
    stack = Stack.complete(name, revision("ZAQAR_MESSAGE", dir, 1))
    g = behind(born(name, stack), p)
    steps = [("claim", "reset-late"), ("claim", "504-late"), ("claim", "cut-body-late"), ("delete", "reset"), ("delete", "reset-late"), ("delete", "500"),
             ("delete", "stall")]
    revs = ["1"]
    with running(g):
        wait("a daemon", g.status)
        wait("metadata", lambda: poll(g) == 0 and g.lines("ran") == revs)
        for kind, fault in steps:
            revs.append(str(len(revs) + 1))
            stack.update(revision("ZAQAR_MESSAGE", dir, len(revs)))
            p.fault(kind, fault, 1)
            wait("%s, %s: the change" % (kind, fault), lambda: (poll(g), g.lines("ran") == revs)[1], 40)
            p.lift()
        assert p.failed["claim"] == 3 and p.failed["delete"] == 4, p.failed
        assert poll(g) == 0 and g.lines("ran") == revs, g.lines("ran")


def test_signal_that_heat_dropped_despite_200_is_resent():
    p, name = Proxy(), "swallowed"
    reader, secret, _ = credential("GET /v1/PROJECT/stacks/*/*/resources/*/metadata")
    metadata = {"prehup": {"collect": {"interval": 1, "collectors": ["filesystem"], "filesystems": "/data"}, "predict": {"warmup": 0},
                           "signals": {"tell": {"type": "wait-condition-native", "signal": {"get_attr": ["Handle", "signal"]}}}}}
    stack = Stack(name, deployed(metadata=metadata, resources=waiting_natively("HEAT_SIGNAL")))
    g = behind(born(name, stack), p, "interval = 1\nmax-backoff = 2\n")
    g.configure(owner(stack, reader, secret))
    with filesystem(g, "size=64k,nr_inodes=9"):
        p.fault("sig-heat", "200", 1)
        with running(g):
            g.has_settings()
            with open(g.path("data/full"), "wb") as f:
                f.write(b"x" * (64 << 10))
            wait("the first is not believed", lambda: any("the API has answered 200, but" in x for x in g.lines("log")), 40)
            stack.reach("CREATE_COMPLETE", 40)
            wait("confirmed", lambda: any("accepted" in x and "confirmed" in x for x in g.lines("log")), 20)
            assert p.failed["sig-heat"] == 1 and sum("metadata lacks the signal" in x for x in g.lines("log")) == 1


def clock_survives(name, transport, signal, shift):
    """Checks that no signature, token or URL depends on the guest's clock."""
    p = Proxy()
    dir = Guest(name).dir
    stack = Stack(name, deployed(transport, resources=script(dir, signal=signal)))
    g = behind(born(name, stack), p, "interval = 1\nmax-backoff = 2\n")
    with running(g, "faketime", "-f", shift):
        stack.reach("CREATE_COMPLETE", 60)
        for _ in range(5):
            assert poll(g) == 0, g.source()
        assert p.seen["keystone"] <= 2, "a login for each poll: %s" % p.seen
    assert g.lines("ran") == ["again"], g.lines("ran")


def test_wrong_clock_does_not_disturb_any_transport():
    all_at_once([(clock_survives, "clock-%d" % i, t, s, shift) for i, (t, s, shift) in enumerate((
        ("POLL_SERVER_HEAT", "HEAT_SIGNAL", "-10m"), ("POLL_SERVER_HEAT", "HEAT_SIGNAL", "+2h"), ("POLL_SERVER_CFN", "CFN_SIGNAL", "-10m"),
        ("POLL_TEMP_URL", "TEMP_URL_SIGNAL", "-10m"), ("ZAQAR_MESSAGE", "ZAQAR_SIGNAL", "-10m"), ("ZAQAR_MESSAGE", "ZAQAR_SIGNAL", "+2h")))])


sys.exit(scenarios(sys.modules[__name__]) > 0)
