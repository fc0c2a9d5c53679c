# A fob reader on two GPIO lines: the kernel's edges and their times are what a number is put together from.
. /hil/lib.sh

new_gate
new_lane <<END
{name: fob, kind: wiegand, gap: 60ms, data0: {chip: board, line: 1, active-low: true}, data1: {chip: board, line: 2, active-low: true}}
END
pull 1 up
pull 2 up

send() { /hil/helpers/wiegand /run/lines/sim_gpio1/pull /run/lines/sim_gpio2/pull "$@"; }

# An emulated machine may stop in the middle of a message, which the gate has to drop. A person holds the fob there again.
shown() { # NUMBER
    level_is 0 0 || fail "the lock was open before"
    for _ in 1 2 3 4 5; do
        send "$1" || fail "it could not be sent"
        for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
            level_is 0 1 && break 2
            usleep 50000
        done
    done
    level_is 0 1 || fail "the lock stays closed"
    wait_for 10 "the lock's line going down" level_is 0 0
}

read_fob() {
    start_gate
    reader_becomes 10 fob ready
    shown 7BB26E
    reader_has fob reads 1 || fail "it was not counted"
}

cut() {
    send 7BB26E 13
    wait_for 5 "the message as unreadable" reader_has fob unreadable '[1-9][0-9]*'
    # Without a mandate the gate is a plain door, which opens for anything.
    sleep 2
}

next_fob() { shown 111111; }

outlives_kill() {
    stop_gate KILL
    start_gate
    reader_becomes 10 fob ready
    shown 7BB26E
}

check read_fob "a fob opens the lock"
check cut "half a message is no fob"
check next_fob "the next fob opens it"
check outlives_kill "after SIGKILL the lines are taken again, and a fob opens the lock"
