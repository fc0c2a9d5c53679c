# What the guest scripts share: tests and their results, a gate, and the hardware around it.
#
# HIL_PROGRAMS is the folder of the programs, HIL_TOWN that of the central service's keys.

# --- Tests

# Runs a function as one test and prints its result. Whatever it says before it fails is the reason.
check() { # FUNCTION WORDS
    rm -f /run/failed
    ( "$1" ) >/run/words 2>&1 || touch /run/failed
    if [ -e /run/failed ]; then
        echo "not ok $2: $(tail -n 3 /run/words | tr '\n' ' ')"
        tail -n 4 /run/gate.log 2>/dev/null | sed 's/^/# gatehoused: /'
    else
        echo "ok $2"
    fi
}

fail() {
    echo "$*"
    exit 1
}

# Waits until a command succeeds, and ends the test if it does not. Time is read from the kernel: what is asked may be slow.
wait_for() { # SECONDS WHAT COMMAND...
    read -r _end _ </proc/uptime
    _end=$((${_end%.*} + $1 + 1))
    _what=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        read -r _now _ </proc/uptime
        [ "${_now%.*}" -lt "$_end" ] || fail "$_what did not come"
        usleep 20000
    done
}

# Ends the test if a command ceases to succeed within a time.
stays() { # SECONDS WHAT COMMAND...
    read -r _end _ </proc/uptime
    _end=$((${_end%.*} + $1 + 1))
    _what=$2
    shift 2
    while read -r _now _ </proc/uptime && [ "${_now%.*}" -lt "$_end" ]; do
        "$@" >/dev/null 2>&1 || fail "$_what did not stay so"
        usleep 50000
    done
}

uptime_ms() {
    read -r _up _ </proc/uptime
    echo $((${_up%.*} * 1000 + 1${_up#*.}0 - 1000))
}

# --- The gate

GATE=/run/gate

# Makes the gate's folder. Lanes are added by the script, to $GATE/gate.yaml.
new_gate() {
    mkdir -p $GATE/state
    cp -r "$HIL_TOWN/." $GATE/
    cat >$GATE/gate.yaml <<END
gate: hil-gate
state-directory: state
control-socket: control.sock
central:
  url: http://127.0.0.1:1
  token-file: central.token
  deployment: hil-town
  publisher-key-file: central/trusted.pub
  upload-every: 600s
deployment-key: {file: central/keys/deployment.key, epoch: 1}
documents: {accept-placeholders: true}
END
}

start_gate() {
    SWIFT_BACKTRACE=enable=no "$HIL_PROGRAMS/gatehoused" --config $GATE/gate.yaml </dev/null >>/run/gate.log 2>&1 &
    echo $! >/run/gate.pid
    wait_for 60 "the daemon's control socket" ask /v1/status
}

gate_is_gone() { ! kill -0 "$(cat /run/gate.pid)"; }

stop_gate() { # SIGNAL
    kill -"$1" "$(cat /run/gate.pid)"
    wait_for 20 "the end of the daemon" gate_is_gone
}

gatehouse() { "$HIL_PROGRAMS/gatehouse" "$@" --config $GATE/gate.yaml 2>&1; }

ask() { curl -fsS --max-time 10 --unix-socket $GATE/control.sock "http://gate$1"; }

# One line of `gatehouse readers`: its state, or its count of reads.
reader_is() { # NAME STATE
    gatehouse readers | grep "^$1 " | grep -q " $2 "
}

# --- GPIO

# A chip of gpio-sim; a stable name for it is what udev rules give on a real gate.
new_chip() { # LINES
    modprobe gpio-sim
    mountpoint -q /sys/kernel/config || mount -t configfs configfs /sys/kernel/config
    CHIP=/sys/kernel/config/gpio-sim/board
    mkdir $CHIP $CHIP/bank0
    echo gate-io >$CHIP/bank0/label
    echo "$1" >$CHIP/bank0/num_lines
    plug_chip
}

plug_chip() {
    echo 1 >/sys/kernel/config/gpio-sim/board/live
    CHIP_NAME=$(cat /sys/kernel/config/gpio-sim/board/bank0/chip_name)
    ln -sfn "$CHIP_NAME" /dev/gate-io
    ln -sfn /sys/devices/platform/"$(cat /sys/kernel/config/gpio-sim/board/dev_name)/$CHIP_NAME" /run/lines
}

unplug_chip() {
    echo 0 >/sys/kernel/config/gpio-sim/board/live
    rm -f /dev/gate-io
}

# The level of a line as a voltmeter would show it.
level_is() { # LINE LEVEL
    read -r _level </run/lines/sim_gpio"$1"/value && [ "$_level" = "$2" ]
}

# What the world outside does with a line.
pull() { # LINE up|down
    echo "pull-$2" >/run/lines/sim_gpio"$1"/pull
}
