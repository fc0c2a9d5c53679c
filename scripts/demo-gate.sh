# The demonstration's gate, for the scripts that run it: a central service, simulated hardware and a daemon in a directory
# of their own. To be sourced from the top of the repository.

programs=${PROGRAMS:-$(swift build --show-bin-path)}
place=$(mktemp -d "${TMPDIR:-/tmp}/gatehouse-demo.XXXXXX")
jobs=()

cleanup() {
    trap - EXIT INT TERM
    # Watchers first, the central service last.
    for ((i = ${#jobs[@]} - 1; i >= 0; i--)); do
        kill "${jobs[i]}" 2>/dev/null && wait "${jobs[i]}" 2>/dev/null || true
    done
    rm -rf "$place"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

say() { printf '\n== %s\n' "$1"; }

# Waits until a command succeeds: wait_for SECONDS WHAT COMMAND...
wait_for() {
    local end=$((SECONDS + $1)) what=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        if [ "$SECONDS" -ge "$end" ]; then
            echo "demo: $what did not come; the last words of the programs:" >&2
            tail -n 5 "$place"/*.log >&2
            exit 1
        fi
        sleep 0.1
    done
}

central() { "$programs/gatehouse-central" "$@" --data "$place/central"; }
gatehouse() { "$programs/gatehouse" "$@" --config "$place/gate.yaml"; }

start_central() {
    cp Config/demo/gate.yaml Config/demo/scenario.yaml Config/policy.yaml "$place/"
    sed -e "s/@issued@/$(date -u +%F)/" -e "s/@ends@/$(date -u -d '+10 days' +%F)/" Config/demo/orders.csv \
        >"$place/orders.csv"
    central init --deployment demo-town >/dev/null
    central gate add demo-gate >"$place/central.token"
    central mandate --reference DEMO-1 --legal-basis "demonstration" --area "demo town" --days 30
    central orders import "$place/orders.csv" --accept-placeholders
    "$programs/gatehouse-central" serve --data "$place/central" --port 8090 >"$place/central.log" 2>&1 &
    jobs+=($!)
    wait_for 10 "the central service" curl -fsS http://127.0.0.1:8090/v1/health
}

# What is written to descriptor 3 is done to the hardware.
start_hardware() {
    mkdir "$place/hardware"
    # The scenario starts with the hardware, so the input is held open and the steps wait for the gate.
    mkfifo "$place/hardware.in"
    "$programs/gatehouse-mock" run --scenario "$place/scenario.yaml" --directory "$place/hardware" --wait \
        <"$place/hardware.in" >"$place/hardware.log" 2>&1 &
    jobs+=($!)
    exec 3>"$place/hardware.in"
    wait_for 10 "the simulated hardware" grep -q '^ready' "$place/hardware.log"
}

start_daemon() {
    "$programs/gatehoused" --config "$place/gate.yaml" --log-level warning 2>>"$place/gate.log" 3>&- &
    daemon=$!
    jobs+=("$daemon")
}

list_is_there() { gatehouse status | grep -q 'list .*version'; }
readers_are_ready() { [ "$(gatehouse status | grep -c ' ready ')" -ge 3 ]; }

wait_for_gate() {
    wait_for 20 "the gate's control socket" gatehouse status
    wait_for 20 "the list" list_is_there
    wait_for 20 "the readers" readers_are_ready
}
