# An ID-card reader over USB (libusb), found by its vendor and product.
. /hil/lib.sh

modprobe vhci-hcd
new_gate
new_lane <<END
{name: card, kind: sdt-usb}
END
CARD=/run/card

plug_reader() {
    /hil/helpers/idreader $CARD </dev/null >/dev/null 2>&1 &
    echo $! >/run/idreader
}
unplug_reader() { kill -9 "$(cat /run/idreader)"; }
lay_down() { printf %s "$1" >$CARD; }
take_away() { rm -f $CARD; }

absent() {
    start_gate
    reader_becomes card absent
    readers_show 'card .*absent'
}

plugged() {
    plug_reader
    reader_becomes card ready
    readers_show 'card .*ready'
}

read_once() {
    admits lay_down $PERSON
    stays 4 "the lock while the card lies there" level_is 0 0
    reader_has card reads 1 || fail "the card was not read just once"
    nothing_is_stored $PERSON
}

next_card() {
    take_away
    sleep 2
    admits lay_down $OTHER_PERSON
    reader_has card reads 2 || fail "it was not counted"
    take_away
}

unplugged() {
    unplug_reader
    reader_becomes card absent
    readers_show 'card .*absent'
}

replugged() {
    plug_reader
    reader_becomes card ready
    admits lay_down $PERSON
}

unplugged_with_card() {
    # Within the time in which a card that lies there is asked for.
    unplug_reader
    reader_becomes card absent
    take_away
    plug_reader
    reader_becomes card ready
    admits lay_down $OTHER_PERSON
}

check absent "a reader that is not plugged in is absent"
check plugged "plugged in, it is found by its numbers"
check read_once "a card opens the lock once, and its number is stored nowhere"
check next_card "the next card opens it again"
check unplugged "unplugged, it is absent"
check replugged "plugged in again, it reads"
check unplugged_with_card "unplugged while a card lies on it, and plugged in again, it reads the next"
