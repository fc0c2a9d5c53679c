# A fob reader on two GPIO lines: the kernel's edges and their times are what a number is put together from.
. /hil/lib.sh

new_gate
new_lane <<END
{name: fob, kind: wiegand, gap: 60ms, data0: {chip: board, line: 1, active-low: true}, data1: {chip: board, line: 2, active-low: true}}
END
pull 1 up
pull 2 up

send() { /hil/helpers/wiegand /run/lines/sim_gpio1/pull /run/lines/sim_gpio2/pull "$@"; }
send_in_time() {
    send "$1" && return
    [ $? != 3 ] || echo late >>/run/late
    return 1
}

# An emulated machine may stop in the middle of a message, which the gate has to drop. A person holds the fob there again.
shown() { # NUMBER COUNT
    level_is 0 0 || fail "the lock was open before"
    wait_for "a message without a pause" send_in_time "$1"
    wait_for "the lock's line going up" level_is 0 1
    wait_for "the lock's line going down" level_is 0 0
    ask /v1/status | grep -q "\"cards\":$2," || fail "it was not counted"
}

read_fob() {
    start_gate
    reader_becomes fob ready
    shown 7BB26E 1
}

cut() {
    send 7BB26E 13
    # Without a mandate the gate is a plain door, which opens for anything.
    wait_for "the lock's line going up" level_is 0 1
    wait_for "the lock's line going down" level_is 0 0
    reader_has fob unreadable '[1-9][0-9]*' || fail "it was not counted as unreadable"
}

next_fob() { shown 111111 2; }

outlives_kill() {
    stop_gate KILL
    start_gate
    reader_becomes fob ready
    shown 7BB26E 1
}

check read_fob "a fob opens the lock"
check cut "half a message is no fob"
check next_fob "the next fob opens it"
check outlives_kill "after SIGKILL the lines are taken again, and a fob opens the lock"
[ ! -e /run/late ] || echo "# the machine stood still in $(wc -l </run/late) messages, which were sent again"
