# The daemon with its state on a disk of its own, releasing its lane again and again until the power goes.
#
# HIL_MOUNT: options of the file system. HIL_NOTE: where on the disk the confirmed releases are noted.
# HIL_PRELOAD: put before the daemon's libraries. HIL_AFTER: only look at what is left on the disk.
. /hil/lib.sh

modprobe -a virtio_blk ext4
wait_for "the disk" test -b /dev/vda
mkdir -p /mnt/disk
mount -t ext4 -o "${HIL_MOUNT:-defaults}" /dev/vda /mnt/disk || exit 1
mkdir -p /mnt/disk/state
new_gate
sed -i 's,^state-directory:.*,state-directory: /mnt/disk/state,' $GATE/gate.yaml
: | new_lane
sed -i '/^    access-points:$/,$d' $GATE/gate.yaml
echo '    access-points: []' >>$GATE/gate.yaml
[ -z "$HIL_PRELOAD" ] || export LD_PRELOAD="$HIL_PRELOAD"

starts_and_verifies() {
    start_gate
    wait_for "the ledger" ask /v1/verify
    gatehouse events verify >/run/verify || fail "$(cat /run/verify)"
    ls /mnt/disk/state | grep -q corrupt && fail "the ledger was set aside: $(ls /mnt/disk/state)"
    true
}

if [ -n "$HIL_AFTER" ]; then
    check starts_and_verifies "the daemon starts on what a power cut left, and its chain is whole"
    exit 0
fi
start_gate
wait_for "the ledger" ask /v1/verify
if [ -n "$HIL_PRELOAD" ]; then
    # With a ledger that is on the disk, it is the end of it that is at stake.
    stop_gate TERM
    start_gate
    wait_for "the ledger" ask /v1/verify
fi
unset LD_PRELOAD
/hil/helpers/witness $GATE/control.sock /dev/vda "$HIL_NOTE"
