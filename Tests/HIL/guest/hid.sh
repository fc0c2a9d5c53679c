# Scanners that pose as a keyboard (evdev) and scanners in HID POS mode (hidraw).
. /hil/lib.sh

# Boot keyboard: modifiers, a byte of padding, six keys.
KEYBOARD='05010906a101 050719e029e71500250175019508 8102 75089501 8101 050719002965150026650075089506 8100 c0'
# Bar code scanner (page 8C), report 2: count, AIM identifier, 56 bytes, maker's code, reserved, "goes on" as one bit.
POS='058c0902a101 0912a102 8502 150026ff007508
    9501 0501093b8102
    9503 058c09fb09fc09fd8102
    9538 09fe82020195 01 0666ff09048102 8103
    058c09ff 250175018102 75078103
    c0c0'

# An emulated machine may stop for longer than a scanner pauses between two keys: this is the longest pause that may be set.
new_usb 2
new_gate
new_lane <<END
{name: typed, kind: keyboard-wedge, device: "usb-port:1-1", idle-gap: 2s}
{name: code, kind: hid-pos, device: "usb-port:2-1"}
END
new_hid_gadget wedge 0c2e 0b61 0001 1 8 "$KEYBOARD" || exit 1
new_hid_gadget pos 0c2e 0b6a 0002 0 64 "$POS" || exit 1
cd /

plug_wedge() { plug wedge 0; }
plug_pos() { plug pos 1; }
type_text() { timeout 60 /hil/helpers/keyboard "$(reports_of wedge)" "$1"; }
event_node() { echo /dev/input/"$(ls /sys/class/input | grep -m 1 '^event')"; }

# One report with the AIM identifier of a QR code.
scan_pos() {
    printf '\002\022]Q1%s' "$1" >/run/report
    truncate -s 64 /run/report
    timeout 60 dd if=/run/report of="$(reports_of pos)" bs=64 2>/dev/null
}

absent() {
    start_gate
    reader_becomes typed absent
    reader_becomes code absent
    readers_show 'typed .*absent'
}

wedge_plugged() {
    plug_wedge
    reader_becomes typed ready
    readers_show 'typed .*ready'
    admits type_text $PERSON
    reader_has typed reads 1 || fail "it was not counted"
    nothing_is_stored $PERSON
}

wedge_is_grabbed() {
    /hil/helpers/grab "$(event_node)"
    [ $? = 3 ] || fail "another program could have the keyboard"
}

wedge_replugged() {
    unplug wedge
    reader_becomes typed absent
    plug_wedge
    reader_becomes typed ready
    admits type_text $OTHER_PERSON
    wedge_is_grabbed
}

wedge_of_another() {
    stop_gate TERM
    /hil/helpers/grab "$(event_node)" 600 >/run/grabbed &
    echo $! >/run/holder
    wait_for "the other program's grab" test -s /run/grabbed
    start_gate
    reader_becomes typed failed
    readers_show 'could not be grabbed'
    kill "$(cat /run/holder)"
    reader_becomes typed ready
    admits type_text $PERSON
}

pos_plugged() {
    plug_pos
    reader_becomes code ready
    readers_show 'code .*ready'
    admits scan_pos $PERSON
    reader_has code reads 1 || fail "it was not counted"
    nothing_is_stored $PERSON
}

pos_replugged() {
    unplug pos
    reader_becomes code absent
    plug_pos
    reader_becomes code ready
    admits scan_pos $OTHER_PERSON
}


check absent "scanners that are not plugged in are absent"
check wedge_plugged "a scanner that types opens the lock, and the number is stored nowhere"
check wedge_is_grabbed "its keyboard is nobody else's"
check wedge_replugged "unplugged and plugged in again, it types, and is nobody else's"
check wedge_of_another "one that another program has grabbed is not used, and taken when it is free"
check pos_plugged "a scanner in HID POS mode opens the lock, and the number is stored nowhere"
check pos_replugged "unplugged and plugged in again, it scans"
