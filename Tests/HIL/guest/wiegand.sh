# A fob reader on two GPIO lines: the kernel's edges and their times are what a number is put together from.
. /hil/lib.sh

new_gate
new_lane <<END
{name: fob, kind: wiegand, gap: 60ms, data0: {chip: board, line: 1, active-low: true}, data1: {chip: board, line: 2, active-low: true}}
END
pull 1 up
pull 2 up

# Only a Wiegand reader has these counters, and there is one.
count_of() { # COUNTER
    ask /v1/status | sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p" | grep . || fail "there is no count of $1"
}

count_before() {
    cards=$(count_of cards) || fail "$cards"
    lost=$(count_of lost-pulses) || fail "$lost"
}

# Without a mandate the gate is a plain door, which opens for anything: once it has closed again, what was sent is dealt with.
opens() {
    wait_for "the lock's line going up" level_is 0 1
    wait_for "the lock's line going down" level_is 0 0
}

spoiled() { # BY
    echo "$1" >>/run/spoiled
    [ "$(wc -l </run/spoiled)" -lt 30 ] || fail "the machine is too slow: $(sort /run/spoiled | uniq -c | tr '\n' ' ')"
}

# An emulated machine may stop in the middle of a message, which is told by status 3.
send() { # NUMBER [BITS]
    /hil/helpers/wiegand /run/lines/sim_gpio1/pull /run/lines/sim_gpio2/pull "$@"
    status=$?
    [ $status = 0 ] || [ $status = 3 ] || fail "the lines cannot be moved"
    return $status
}

# The gate may be too slow for the kernel's queue, which it has to notice. A person holds the fob there again.
shown() { # NUMBER
    level_is 0 0 || fail "the lock was open before"
    while true; do
        count_before
        send "$1"
        paused=$?
        opens
        if [ $paused = 0 ]; then
            if [ "$(count_of cards)" -gt "$cards" ]; then return 0; fi
            [ "$(count_of lost-pulses)" -gt "$lost" ] || fail "it was not counted: $(gatehouse readers --json)"
            spoiled loss
        else
            spoiled pause
        fi
    done
}

read_fob() {
    start_gate
    reader_becomes fob ready
    shown 7BB26E
}

cut() {
    before=$(count_of wrong-lengths) || fail "$before"
    send 7BB26E 13
    opens
    [ "$(count_of wrong-lengths)" -gt "$before" ] || fail "it was not counted"
}

next_fob() { shown 111111; }

# The daemon gets no processor while more pulses come than libgpiod 1 lets the kernel keep: no number is made of the rest.
stands_still() {
    while true; do
        count_before
        kill -STOP "$(cat /run/gate.pid)"
        send 7FFFFF
        paused=$?
        kill -CONT "$(cat /run/gate.pid)"
        opens
        [ $paused != 0 ] || break
        spoiled pause
    done
    [ "$(count_of cards)" -gt "$cards" ] || [ "$(count_of lost-pulses)" -gt "$lost" ] || fail "it was neither read nor noticed"
}

outlives_kill() {
    stop_gate KILL
    start_gate
    reader_becomes fob ready
    shown 7BB26E
}

check read_fob "a fob opens the lock"
check cut "half a message is no fob"
check next_fob "the next fob opens it"
check stands_still "where the daemon was too slow for the pulses, that is noticed"
check outlives_kill "after SIGKILL the lines are taken again, and a fob opens the lock"
[ ! -e /run/spoiled ] || sort /run/spoiled | uniq -c | sed 's/^/# messages that were sent again after a /'
