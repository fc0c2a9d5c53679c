# A scanner on a serial line of its own (CDC-ACM), named by its USB socket.
. /hil/lib.sh

new_usb 1
new_gate
new_lane <<END
{name: code, kind: qr-serial, device: "usb-port:1-1", rate: 9600, suffix: cr}
END
new_gadget scanner 0c2e 0b61 0001 || exit 1
mkdir functions/acm.0
ln -s functions/acm.0 configs/c.1/
cd /

plug_scanner() {
    plug scanner 0
    wait_for "the scanner's end of the line" test -c /dev/ttyGS0
    stty -F /dev/ttyGS0 raw -echo
}
unplug_scanner() { unplug scanner; }
scan() { printf '%s\r' "$1" >/dev/ttyGS0; }

absent() {
    start_gate
    reader_becomes code absent
    readers_show 'code .*absent'
    gatehouse doctor >/run/doctor && fail "the doctor finds nothing"
    grep -q 'no serial line usb-port:1-1' /run/doctor || fail "the doctor says: $(grep FAULT /run/doctor)"
}

plugged() {
    plug_scanner
    reader_becomes code ready
    readers_show 'code .*ready'
}

scanned() {
    admits scan $PERSON
    reader_has code reads 1 || fail "it was not counted"
    nothing_is_stored $PERSON
}

unplugged() {
    unplug_scanner
    reader_becomes code absent
    readers_show 'code .*absent'
    readers_show 'usb-port:1-1'
}

replugged() {
    plug_scanner
    reader_becomes code ready
    admits scan $OTHER_PERSON
    reader_has code reads 2 || fail "it was not counted"
}

half() {
    # What came before the cable was pulled is not joined with what comes after.
    printf 00000019000101 >/dev/ttyGS0
    unplug_scanner
    reader_becomes code absent
    plug_scanner
    reader_becomes code ready
    scan 0017
    wait_for "the rest as unreadable" reader_has code unreadable '[1-9]'
}

check absent "a scanner that is not plugged in is absent, and the doctor says where it should be"
check plugged "plugged in, it is ready by the name of its socket"
check scanned "a scan opens the lock, and the number is stored nowhere"
check unplugged "unplugged, it is absent"
check replugged "plugged in again, it scans"
check half "half a scan before the cable was pulled is not joined with what comes after"
comes() { comes_at_once code plug_scanner unplug_scanner /dev/ttyACM0; }
check comes "it is ready within moments, however long it was away"
