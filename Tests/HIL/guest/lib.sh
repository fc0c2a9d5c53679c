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
        tail -n 2 /run/gate.log 2>/dev/null | sed 's/^/# gatehoused: /'
        ( after_failure ) >/dev/null 2>&1
    else
        echo "ok $2"
    fi
}

# Scripts whose tests leave something behind replace this.
after_failure() { :; }

fail() {
    echo "$*"
    exit 1
}

# Waits until a command succeeds, and ends the test if it does not. A minute is no claim about quickness: the machine is
# emulated and may share its processor. Time is read from the kernel, as what is asked may be slow.
wait_for() { # WHAT COMMAND...
    read -r _end _ </proc/uptime
    _end=$((${_end%.*} + 61))
    _what=$1
    shift
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
  root-file: central/root.json
  upload-every: 600s
deployment-key: {file: central/keys/deployment.key, epoch: 1}
documents: {accept-placeholders: true}
END
}

start_gate() {
    SWIFT_BACKTRACE=enable=no "$HIL_PROGRAMS/gatehoused" --config $GATE/gate.yaml </dev/null >>/run/gate.log 2>&1 &
    echo $! >/run/gate.pid
    wait_for "the daemon's control socket" ask /v1/status
}

gate_is_gone() { ! kill -0 "$(cat /run/gate.pid)"; }

stop_gate() { # SIGNAL
    kill -"$1" "$(cat /run/gate.pid)"
    wait_for "the end of the daemon" gate_is_gone
}

gatehouse() { "$HIL_PROGRAMS/gatehouse" "$@" --config $GATE/gate.yaml 2>&1; }

ask() { curl -fsS --max-time 30 --unix-socket $GATE/control.sock "http://gate$1"; }

# One line of `gatehouse readers`: its state, or its count of reads.
reader_is() { # NAME STATE
    gatehouse readers | grep "^$1 " | grep -q " $2 "
}

# --- GPIO

# A chip of gpio-sim; a stable name for it is what udev rules give on a real gate.
new_chip() { # LINES [LINE=NAME...]
    modprobe gpio-sim
    mountpoint -q /sys/kernel/config || mount -t configfs configfs /sys/kernel/config
    CHIP=/sys/kernel/config/gpio-sim/board
    mkdir $CHIP $CHIP/bank0
    echo gate-io >$CHIP/bank0/label
    echo "$1" >$CHIP/bank0/num_lines
    shift
    for _named in "$@"; do
        mkdir $CHIP/bank0/line"${_named%=*}"
        echo "${_named#*=}" >$CHIP/bank0/line"${_named%=*}"/name
    done
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

# --- USB: the device's side and the host's in one kernel

GADGETS=/sys/kernel/config/usb_gadget

# Host controllers without hardware; the first has the socket usb-port:1-1, the second 2-1.
new_usb() { # CONTROLLERS
    mountpoint -q /sys/kernel/config || { modprobe configfs && mount -t configfs configfs /sys/kernel/config; }
    modprobe dummy_hcd num="$1" is_super_speed=0 is_high_speed=1
    modprobe -a libcomposite usb_f_acm usb_f_hid usbhid hid-generic evdev cdc-acm
}

# A device that is not plugged in yet. Functions are added by the script.
new_gadget() { # NAME VENDOR PRODUCT SERIAL
    mkdir $GADGETS/"$1" && cd $GADGETS/"$1" || return 1
    echo "0x$2" >idVendor
    echo "0x$3" >idProduct
    mkdir strings/0x409 configs/c.1
    echo Example >strings/0x409/manufacturer
    echo "$1" >strings/0x409/product
    echo "$4" >strings/0x409/serialnumber
}

new_hid_gadget() { # NAME VENDOR PRODUCT SERIAL PROTOCOL REPORT-LENGTH DESCRIPTOR-IN-HEXADECIMAL
    new_gadget "$1" "$2" "$3" "$4" || return 1
    mkdir functions/hid.0
    echo "$5" >functions/hid.0/protocol
    echo "$5" >functions/hid.0/subclass
    echo "$6" >functions/hid.0/report_length
    printf "$(echo "$7" | tr -d ' \n' | sed 's/../\\x&/g')" >functions/hid.0/report_desc
    ln -s functions/hid.0 configs/c.1/
}

# The node through which a HID device sends its reports.
reports_of() { # NAME
    echo /dev/hidg"$(cut -d: -f2 $GADGETS/"$1"/functions/hid.0/dev)"
}

plug() { # NAME CONTROLLER
    echo "dummy_udc.$2" >$GADGETS/"$1"/UDC
}

unplug() { # NAME
    echo >$GADGETS/"$1"/UDC
}

# --- Readers

# A lane of which only the lock and the readers matter.
new_lane() {
    new_chip 4
    cat >>$GATE/gate.yaml <<END
chips: {board: {kind: gpiod, path: /dev/gate-io}}
lanes:
  - name: door
    site: community-gate
    door: {lock: {chip: board, line: 0}, wiring: energise-to-release, release-time: 1s}
    access-points:
      - name: out
        direction: exit
        readers:
END
    sed 's/^/          - /' >>$GATE/gate.yaml
}

# Nobody can have these numbers: they are of region 000000.
PERSON=000000190001010017
OTHER_PERSON=000000190001010025

reader_has() { # NAME KEY VALUE
    ask /v1/status | grep -q "\"reader\":\"$1\"[^}]*\"$2\":$3[,}]"
}

reader_becomes() { # NAME STATE
    wait_for "the state $2 of $1" reader_has "$1" state "\"$2\""
}

# As a technician sees it.
readers_show() { # WORDS
    gatehouse readers >/run/readers
    grep -q "$1" /run/readers || fail "gatehouse readers: $(sed 1d /run/readers)"
}

# A person shows something, and the lock opens and closes.
admits() { # COMMAND...
    level_is 0 0 || fail "the lock was open before"
    "$@" || fail "it could not be shown"
    wait_for "the lock's line going up" level_is 0 1
    wait_for "the lock's line going down" level_is 0 0
}

# Plugs in, several times after a while, and sees how soon the reader is used once the kernel has it. It is looked for at most
# every 5 s, so only one who is told of the device is as fast each time.
comes_at_once() { # NAME PLUG UNPLUG DEVICE
    for _ in 1 2; do
        $3
        reader_becomes "$1" absent
        sleep 6
        $2
        wait_for "the device" test -c "$4"
        _plugged=$(uptime_ms)
        reader_becomes "$1" ready
        _took=$(($(uptime_ms) - _plugged))
        [ $_took -lt 3000 ] || fail "it took $_took ms"
    done
}

nothing_is_stored() { # NUMBER
    sync
    grep -rl "$1" $GATE/state /run/gate.log && fail "the number stands there"
    true
}
