# The shim over libgpiod, with each generation of the library on one chip. HIL_GPIOD is the folder of its programs.
. /hil/lib.sh

new_chip 8 7=RELAY || exit 1
ln -s gate-io /dev/gpiochip-by-link

# A second chip, of the same make where a test wants it. Its line of that name is another.
OTHER=/sys/kernel/config/gpio-sim/other
mkdir $OTHER $OTHER/bank0 $OTHER/bank0/line2
echo 4 >$OTHER/bank0/num_lines
echo RELAY >$OTHER/bank0/line2/name
other_chip() { # LABEL
    echo "$1" >$OTHER/bank0/label
    echo 1 >$OTHER/live
}

# Every level to which an output is driven.
mount -t tracefs tracefs /sys/kernel/tracing
echo 'get == 0' >/sys/kernel/tracing/events/gpio/gpio_value/filter
echo 1 >/sys/kernel/tracing/events/gpio/gpio_value/enable

drive() { "$PROGRAM" "$WORD" "$CHIP_NAME" || fail "status $?"; }
try() { # WORD CLAIM
    WORD=$1
    check drive "libgpiod ${PROGRAM##*-}: $2"
}

for PROGRAM in "$HIL_GPIOD"/drive-*; do
    other_chip other-io
    try opening "a chip is opened by its path, its name, a link and its label"
    try names "a line is found by its name, and no other for one that the chip does not have"
    try outputs "an output has its first value from the first moment, and then what is set, active-low too"
    try levels "an input has its level, active-low too"
    try biases "an input has its bias"
    try edges "each edge is told, with its direction and the kernel's time"
    try pulses "a pulse is told once, at its beginning, where that is all that was asked for"
    try losses "more edges than the kernel keeps are noticed, and the level that is read then is right"
    try consumers "a line in use is shown with what it is for"
    try held "a line that another process holds is busy, and is taken when it is free"
    try beyond "a line beyond the chip is none"
    try releases "a line that is given back is free, and the others stay as they are"
    echo 0 >$OTHER/live
    other_chip gate-io
    try twins "a label that two chips have opens neither"
    echo 0 >$OTHER/live
    try gone "a chip that is taken away is told for each line, which can be given back"
    # A chip that is still there cannot be plugged in.
    plug_chip 2>/dev/null
done
