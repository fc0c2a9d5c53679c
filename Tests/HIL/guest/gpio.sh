# The lanes on a chip of the kernel's own simulator: the daemon's side is what a real board gives it.
. /hil/lib.sh

# A strike, energised to release. The simulated chip takes a bias for the world's hand on the line, so the lines that are
# moved here have none.
LOCK=0
BUTTON=1
CONTACT=2
FIRE=3
# A magnet, energised to lock by the low level; its board pulls the line up, where it lets go. It has a name, too.
MAGNET=4

new_chip 8 $MAGNET=RELAY || exit 1
new_gate
cat >>$GATE/gate.yaml <<END
chips: {board: {kind: gpiod, path: /dev/gate-io}}
fire: {chip: board, line: $FIRE}
lanes:
  - name: door
    site: community-gate
    door:
      lock: {chip: board, line: $LOCK}
      wiring: energise-to-release
      contact: {chip: board, line: $CONTACT, active-low: true, bias: pull-up}
      exit-button: {chip: board, line: $BUTTON, active-low: true}
      release-time: 2s
    access-points: []
  - name: side-door
    site: community-gate
    door: {lock: {chip: board, line: RELAY, active-low: true}, wiring: energise-to-lock}
    access-points: []
END
pull $MAGNET up
pull $BUTTON up

press() { pull $BUTTON down; }
let_go() { pull $BUTTON up; }
open() { level_is $LOCK 1; }
locked() { level_is $LOCK 0; }
opens() { wait_for "the lock's line going up" open; }
locks() { wait_for "the lock's line going down" locked; }
# A named person acts, as the attendant's screen would.
act() { # LANE ACT
    curl -sS --fail-with-body --max-time 30 --unix-socket $GATE/control.sock -H 'Content-Type: application/json' \
        -d '{"operator":"tester","reason":"a test"}' "http://gate/v1/lanes/$1/$2"
}
reset_fire() { wait_for "the reset of the fire" act door fire-reset; }
reset_side_door() {
    act side-door fire-reset || fail "no reset"
    wait_for "the magnet's line going down" level_is $MAGNET 0
}
persist() { echo "$1" >/sys/module/gpio_sim/parameters/persist; }
lane_fault() { ask /v1/status | grep -q '"fault":"[^"]*'"$1"; }
line_is_used() { gpioinfo /dev/gate-io | grep -q "line *$1:.*\"$2\" .*used"; }
lock_is_used() { line_is_used $LOCK "door lock"; }
lane_is_well() { ! lane_fault ''; }

# What a test that failed leaves behind is not the next one's trouble.
after_failure() {
    let_go
    pull $FIRE down
    persist 0
    kill "$(cat /run/holder)" 2>/dev/null
    [ -e /dev/gate-io ] || plug_chip
    gate_is_gone && start_gate
    sleep 3
    act door fire-reset
    act side-door fire-reset
}

starts() {
    start_gate
    locked || fail "the lock's line is up at the start"
    wait_for "the magnet's line going down" level_is $MAGNET 0
    lock_is_used || fail "the lock's line is not taken"
}

button_opens() {
    press
    opens
    let_go
    locks
}

button_held() {
    press
    opens
    stays 4 "the lock's line while the button is held" open
    let_go
    locks
}

bounce() {
    # Each too short to be a hand, and the last one is one.
    for _ in 1 2 3 4 5; do press; let_go; done
    press
    opens
    let_go
    locks
}

fire_releases() {
    pull $FIRE up
    opens
    # One lane after the other.
    wait_for "the magnet letting go" level_is $MAGNET 1
    stays 4 "the release in a fire" open
    act door fire-reset && fail "a fire was reset while it burns"
    pull $FIRE down
    stays 4 "the release after the panel is quiet" open
    reset_fire
    locks
    level_is $MAGNET 1 || fail "the other lane was reset, too"
    reset_side_door
}

fire_outlives_kill() {
    pull $FIRE up
    opens
    # The release does not wait for the disk.
    wait_for "the mark of the fire" test -e $GATE/state/fire-latched-door
    wait_for "the other lane's mark" test -e $GATE/state/fire-latched-side-door
    stop_gate KILL
    pull $FIRE down
    start_gate
    opens
    reset_fire
    locks
    reset_side_door
}

killed_drops() {
    press
    opens
    stop_gate KILL
    locked || fail "the line was still up"
    level_is $MAGNET 1 || fail "the magnet holds"
}

killed_stays() {
    persist 1
    press
    opens
    stop_gate KILL
    stays 2 "the level of the line" open
    let_go
}

restart_makes_safe() {
    open || fail "the line was not up before"
    start_gate
    locks
    button_opens
}

stopped_safe() {
    press
    opens
    stop_gate TERM
    locked || fail "the line was left up"
    level_is $MAGNET 1 || fail "the magnet was left energised"
    let_go
    persist 0
}

starts_again() {
    start_gate
    opens
    let_go
    locks
    button_opens
}

burst() {
    # The kernel keeps 16 edges of a line for one who does not read them, and drops those after them.
    kill -STOP "$(cat /run/gate.pid)"
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do press; let_go; done
    press
    kill -CONT "$(cat /run/gate.pid)"
    opens
    stays 4 "the lock's line while the button is held" open
    let_go
    locks
}

hold() { # LINE COMMAND...
    _line=$1
    shift
    "$@" </dev/null >/dev/null 2>&1 &
    echo $! >/run/holder
    wait_for "the other program on line $_line" line_is_used "$_line" "$1"
}

doctor_names() { # WORDS
    gatehouse doctor >/run/doctor && fail "the doctor finds nothing"
    grep -q "$1" /run/doctor || fail "the doctor says: $(grep -i 'fault' /run/doctor)"
}

lock_is_held() {
    hold $LOCK gpioset -m signal /dev/gate-io $LOCK=0
    start_gate
    wait_for "the lane's fault" lane_fault 'held by another'
    doctor_names 'Line 0 (door lock) of /dev/gate-io is held by another program'
    kill "$(cat /run/holder)"; rm /run/holder
    wait_for "the lane without a fault" lane_is_well
    button_opens
}

button_is_held() {
    stop_gate TERM
    hold $BUTTON gpiomon /dev/gate-io $BUTTON
    # The rest of the lane works.
    pull $FIRE up
    start_gate
    opens
    wait_for "the lane's fault" lane_fault 'held by another'
    doctor_names 'Line 1 (door exit button) of /dev/gate-io is held by another program'
    pull $FIRE down
    kill "$(cat /run/holder)"; rm /run/holder
    wait_for "the lane without a fault" lane_is_well
    reset_fire
    locks
    reset_side_door
    button_opens
}

name_is_wrong() {
    stop_gate TERM
    sed -i 's/line: RELAY/line: RELAIS/' $GATE/gate.yaml
    start_gate
    wait_for "the lane's fault" lane_fault "has no line 'RELAIS'"
    doctor_names "/dev/gate-io has no line 'RELAIS' (side-door lock)"
    button_opens
}

line_is_shared() {
    stop_gate TERM
    sed -i "s/line: RELAIS/line: $MAGNET/; s/line: $CONTACT,/line: RELAY,/" $GATE/gate.yaml
    start_gate
    wait_for "the lane's fault" lane_fault 'already the line of'
    doctor_names "Line 'RELAY' (door contact) of /dev/gate-io is already the line of side-door lock"
    stop_gate TERM
    sed -i "s/line: RELAY,/line: $CONTACT,/; s/line: $MAGNET,/line: RELAY,/" $GATE/gate.yaml
    start_gate
    wait_for "the lane without a fault" lane_is_well
    button_opens
}

chip_goes() {
    unplug_chip
    doctor_names 'device board.*there is no such device'
}

chip_is_missed() {
    wait_for "the lane's fault in the daemon's status" lane_fault '/dev/gate-io'
}

chip_comes_back() {
    [ -e /dev/gate-io ] || plug_chip
    wait_for "the lane without a fault" lane_is_well
    wait_for "the lock's line in use again" lock_is_used
    button_opens
}

chip_goes_in_use() {
    # The line that cannot be driven tells that the chip is gone.
    act door release || fail "no release"
    [ -e /dev/gate-io ] && unplug_chip
    wait_for "the lane's fault" lane_fault '/dev/gate-io'
    chip_comes_back
}

check starts "the daemon takes its lines: a strike at rest, a magnet energised"
check button_opens "the exit button moves the lock's line"
check button_held "the lock's line is up for as long as the button is held"
check bounce "a button that bounces opens all the same"
check fire_releases "the fire input releases, and latches until a person resets it"
check fire_outlives_kill "a fire release outlives SIGKILL"
check killed_drops "SIGKILL: the lines drop to their pulls"
check starts_again "the next start takes its lines again, and opens for a button that is held"
check burst "a button that is held after more edges than the kernel keeps is held"
check killed_stays "SIGKILL on a board that keeps its outputs: the lock's line stays up"
check restart_makes_safe "the next start drives that line safe"
check stopped_safe "SIGTERM on such a board: the lines are driven safe before they are given back"
check lock_is_held "the next start, with the lock's line held by another program: it is named, and taken when it is free"
check button_is_held "so is a button's; a fire that burned before the start releases all the same"
check name_is_wrong "a line by a name that the board does not have: the doctor names it, and the other lane works"
check line_is_shared "a line that is meant by its name and by its number has one user"
check chip_goes "a chip that is taken away while nothing moves: the doctor names it"
check chip_is_missed "the daemon misses it, too"
check chip_comes_back "it is used again when it is back"
check chip_goes_in_use "a chip that is taken away while the lane is released is missed, and used again when it is back"
