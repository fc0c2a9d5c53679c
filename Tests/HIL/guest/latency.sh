# How long an exit button takes to the lock, beside a C program that does nothing else on the same chip. Emulation is slow:
# the ratio says more than the times.
. /hil/lib.sh

# Each release lasts half a second, so that many lanes take turns.
LANES=16

new_chip $((4 * LANES)) || exit 1
new_gate
{
    echo 'chips: {board: {kind: gpiod, path: /dev/gate-io}}'
    echo 'lanes:'
    for lane in $(seq 0 $((LANES - 1))); do
        cat <<END_OF_LANE
  - name: door-$lane
    site: community-gate
    door:
      lock: {chip: board, line: $lane}
      wiring: energise-to-release
      exit-button: {chip: board, line: $((LANES + lane))}
      release-time: 500ms
    access-points: []
END_OF_LANE
    done
} >>$GATE/gate.yaml
mount -t tracefs tracefs /sys/kernel/tracing
echo mono >/sys/kernel/tracing/trace_clock
echo 'get == 0 && value == 1' >/sys/kernel/tracing/events/gpio/gpio_value/filter
echo 1 >/sys/kernel/tracing/events/gpio/gpio_value/enable

floor_is_ready() { gpioinfo /dev/gate-io | grep -q "line *$((4 * LANES - 1)):.*\"floor\" .*used"; }

measure() {
    start_gate
    /hil/helpers/floor /dev/gate-io $((2 * LANES)) $((3 * LANES)) $LANES &
    wait_for "the floor's lines" floor_is_ready
    /hil/helpers/presses /run/lines $LANES >/run/figures || fail "status $?: $(cat /run/figures)"
}

check measure "exit buttons open the locks within limits, beside a C program with the same lines"
sed 's/^/# exit button to lock, /' /run/figures
