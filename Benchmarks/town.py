"""What the benchmarks of programs share: a central service and a gate in a folder of their own, on one machine."""
import http.client
import json
import os
import socket
import subprocess
import sys
import time


def placeholder(number):
    """A citizen number of region 000000, which nobody has; different for each number below 30 million."""
    sequence, date = number % 999 + 1, number // 999
    digits = f"000000{1900 + date // 336 % 120:04d}{date // 28 % 12 + 1:02d}{date % 28 + 1:02d}{sequence:03d}"
    total = 0
    for digit in digits:
        total = (total + int(digit)) * 2 % 11
    check = (12 - total) % 11
    return digits + ("X" if check == 10 else str(check))


def day(after):
    return time.strftime("%Y-%m-%d", time.gmtime(time.time() + after * 86_400))


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, max(0, -(-int(len(values) * share * 1000) // 1000) - 1))]


def say(name, value, unit, **more):
    print(json.dumps({"name": name, "value": round(value, 3 if value < 10 else 1), "unit": unit, **more}), flush=True)


def written(process):
    """Bytes that the process has made the kernel write to a disk."""
    with open(f"/proc/{process.pid}/io") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("write_bytes"))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Control(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("gate")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)


class Town:
    """A central service with a mandate, and one gate with a checkpoint."""

    def __init__(self, programs, folder):
        self.programs, self.folder = os.path.abspath(programs), os.path.abspath(folder)
        self.data = f"{self.folder}/central"
        self.port = free_port()
        # The path of a socket may not be long.
        self.control = f"/tmp/gatehouse-bench-{os.getpid()}.sock"
        self.connection = Control(self.control)
        self.central("init", "--deployment", "bench")
        with open(f"{self.folder}/token", "w") as file:
            file.write(self.central("gate", "add", "gate"))
        self.central("mandate", "--reference", "B", "--legal-basis", "benchmark", "--area", "nowhere", "--days", "1")
        with open(f"{self.folder}/gate.yaml", "w") as file:
            file.write(self.configuration())

    def configuration(self):
        return f"""
gate: gate
state-directory: state
control-socket: {self.control}
central:
  url: http://127.0.0.1:{self.port}
  token-file: token
  deployment: bench
  publisher-key-file: central/trusted.pub
  root-file: central/root.json
deployment-key: {{file: central/keys/deployment.key, epoch: 1}}
documents: {{accept-placeholders: true}}
presentations: {{repeat-window: 0ms}}
chips:
  main: {{kind: simulated, path: none.sock}}
lanes:
  - name: lane
    site: checkpoint
    door:
      lock: {{chip: main, line: 1}}
      wiring: energise-to-release
      exit-button: {{chip: main, line: 2}}
    access-points:
      - name: in
        direction: entry
        readers: [{{name: scanner, kind: qr-serial, device: none}}]
"""

    def central(self, *arguments):
        done = subprocess.run(
            [f"{self.programs}/gatehouse-central", *arguments, "--data", self.data], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{arguments}: {done.stdout}{done.stderr}")
        return done.stdout.strip()

    def import_orders(self, numbers):
        path = f"{self.folder}/orders.csv"
        begin, end = day(0), day(9)
        with open(path, "w") as file:
            file.write("document,kind,tier,reason,issued,ends,household,order\n")
            for number in numbers:
                file.write(
                    f"{placeholder(number)},isolation,,close-contact,{begin},{end},H{number // 3},{number + 1}\n")
        self.central("orders", "import", path, "--accept-placeholders", "--approve", self.second_key)
        os.unlink(path)

    @property
    def second_key(self):
        return f"{self.data}/keys/orders-bulk-2.key"

    def serve(self):
        return subprocess.Popen(
            [f"{self.programs}/gatehouse-central", "serve", "--data", self.data, "--port", str(self.port)],
            stderr=open(f"{self.folder}/central.log", "a"))

    def start_gate(self):
        return subprocess.Popen(
            [f"{self.programs}/gatehoused", "--config", f"{self.folder}/gate.yaml", "--log-level", "error"],
            stderr=open(f"{self.folder}/gate.log", "a"))

    def decision(self, document):
        """Asked over one connection that stays: what is measured is the gate, not the asking."""
        self.connection.request(
            "POST", "/v1/scan", json.dumps({"accessPoint": "in", "text": document}),
            {"Content-Type": "application/json"})
        return json.loads(self.connection.getresponse().read())["policyCase"]

    def wait_for(self, document, policy_case, seconds=120):
        until = time.monotonic() + seconds
        while True:
            try:
                if self.decision(document) == policy_case:
                    return
            except (OSError, http.client.HTTPException, KeyError):
                self.connection.close()
            if time.monotonic() > until:
                sys.exit(f"the gate does not decide {policy_case}: " + open(f"{self.folder}/gate.log").read()[-500:])
            time.sleep(0.02)


def stop(servers):
    for server in servers:
        server.terminate()
    for server in servers:
        server.wait()
