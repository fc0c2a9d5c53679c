# A daemon that hangs: the kernel's watchdog starts the machine anew. So the machine has to end without a status, and with
# "the daemon hangs" as its last words (`run.py`).
. /hil/lib.sh

modprobe softdog soft_margin=60
wait_for "the watchdog" test -c /dev/watchdog
new_gate
: | new_lane
sed -i '/^    access-points:$/,$d' $GATE/gate.yaml
echo '    access-points: []' >>$GATE/gate.yaml
echo 'watchdog: {device: /dev/watchdog, timeout: 10s}' >>$GATE/gate.yaml

feeds() {
    start_gate
    wait_for "the watchdog in use" grep -q '^active' /sys/class/watchdog/watchdog0/state
    read -r _timeout </sys/class/watchdog/watchdog0/timeout
    [ "$_timeout" = 10 ] || fail "its timeout is $_timeout s"
    stays 15 "the machine" ask /v1/status
}

orderly() {
    stop_gate TERM
    grep -q inactive /sys/class/watchdog/watchdog0/state || fail "the watchdog still runs after an orderly stop"
}

check feeds "the daemon feeds the watchdog"
check orderly "an orderly stop ends the watch"
start_gate
kill -STOP "$(cat /run/gate.pid)"
echo "# the daemon hangs"
sleep 90
echo "not ok a daemon that hangs is started anew: the machine still runs"
