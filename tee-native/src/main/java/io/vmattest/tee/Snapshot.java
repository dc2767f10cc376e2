// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

import com.sun.jna.ptr.PointerByReference;
import java.time.Duration;
import java.util.Optional;

/** The restorable bytes of a capture, in a directory of their own. */
public final class Snapshot {
  private final NativeFile directory;

  /**
   * @param directory an open directory, which stays the caller's
   */
  public Snapshot(NativeFile directory) {
    this.directory = directory;
  }

  /**
   * Writes a measured capture into the directory, which must be empty. It is durable on return.
   *
   * @throws StorageException if there is no room, or the directory cannot be written
   */
  public void save(Capture capture) throws TeeException {
    synchronized (capture) {
      check(NativeLibrary.get().vmtee_snapshot_save(capture.open(), directory.descriptor()));
    }
  }

  /**
   * Opens the snapshot as a measured capture, to be compared with others; it is never signed.
   *
   * @param digest the snapshot digest that a report attests
   * @throws TamperedSnapshotException if the snapshot is not the attested one
   */
  public Capture open(Sha256Digest digest) throws TeeException {
    PointerByReference result = new PointerByReference();
    check(NativeLibrary.get().vmtee_snapshot_open(directory.descriptor(), digest.bytes(), result));
    return Capture.ofPointer(result.getValue());
  }

  /**
   * Writes a libvirt save image. Every page is checked before it is written, and the image stays
   * incomplete, so that libvirt refuses it, unless all are good.
   *
   * @param digest the snapshot digest that a report attests
   * @param domainXml what libvirt restores the machine with
   * @param output a file or FIFO open for writing, which stays the caller's
   * @throws TamperedSnapshotException if the snapshot is not the attested one; it names the first
   *     bad page
   */
  public void restore(Sha256Digest digest, String domainXml, NativeFile output, Duration deadline)
      throws TeeException {
    VmteeLibrary.NativePageRun bad = new VmteeLibrary.NativePageRun();
    int result =
        NativeLibrary.get()
            .vmtee_snapshot_restore(
                directory.descriptor(),
                digest.bytes(),
                domainXml,
                output.descriptor(),
                Deadlines.millis(deadline),
                bad);
    if (result == -Errno.EBADMSG) {
      throw tampered(bad);
    }
    check(result);
  }

  private static TamperedSnapshotException tampered(VmteeLibrary.NativePageRun bad) {
    PageRun run = PageRun.of(bad);
    return new TamperedSnapshotException(
        Errno.EBADMSG,
        NativeLibrary.get().vmtee_detail(),
        run.block().isEmpty() ? Optional.empty() : Optional.of(run));
  }

  private static void check(int result) throws TeeException {
    if (result < 0) {
      throw TeeException.ofCapture(-result, NativeLibrary.get().vmtee_detail());
    }
  }
}
