// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.LongByReference;
import com.sun.jna.ptr.PointerByReference;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The pages of one VM's snapshots, each page once however many snapshots have it. A snapshot itself
 * is a directory that refers to them. One thread at a time uses a store, others wait; nobody else
 * may write to it meanwhile.
 */
public final class PageStore implements AutoCloseable {
  private final Pointer pointer;
  private boolean closed;

  private PageStore(Pointer pointer) {
    this.pointer = pointer;
  }

  /**
   * Opens a store that is not encrypted.
   *
   * @param directory an open directory, which stays the caller's
   * @throws NativeFailureException if it is encrypted
   */
  public static PageStore open(NativeFile directory) throws TeeException {
    PointerByReference result = new PointerByReference();
    check(NativeLibrary.get().vmtee_store_open(directory.descriptor(), null, result));
    return new PageStore(result.getValue());
  }

  /**
   * Opens a store whose packs are encrypted from now on, with a data key that only the TPM of this
   * key opens.
   *
   * @throws TpmException if the TPM does not open it
   */
  public static PageStore open(NativeFile directory, SigningKey key) throws TeeException {
    return new PageStore(key.openStore(directory));
  }

  /**
   * Keeps a measured capture; durable on return.
   *
   * @param snapshot an empty directory
   * @param threads that compress; 0 for one on each processor
   * @throws StorageException if there is no room, or a directory cannot be written
   */
  public synchronized SavedPages save(Capture capture, NativeFile snapshot, int threads)
      throws TeeException {
    VmteeLibrary.NativeSaved saved = new VmteeLibrary.NativeSaved();
    synchronized (capture) {
      check(
          NativeLibrary.get()
              .vmtee_snapshot_save(
                  opened(), capture.open(), snapshot.descriptor(), threads, saved));
    }
    return new SavedPages(saved.pages, saved.newPages, saved.bytes);
  }

  /**
   * Opens a snapshot as a measured capture, to be compared with others; it is never signed, and
   * does not need the store any more.
   *
   * @param digest the snapshot digest that a report attests
   * @throws TamperedSnapshotException if the snapshot is not the attested one
   */
  public synchronized Capture open(NativeFile snapshot, Sha256Digest digest) throws TeeException {
    PointerByReference result = new PointerByReference();
    check(
        NativeLibrary.get()
            .vmtee_snapshot_open(opened(), snapshot.descriptor(), digest.bytes(), result));
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
  public synchronized void restore(
      NativeFile snapshot,
      Sha256Digest digest,
      String domainXml,
      NativeFile output,
      Duration deadline)
      throws TeeException {
    VmteeLibrary.NativePageRun bad = new VmteeLibrary.NativePageRun();
    checkPages(
        NativeLibrary.get()
            .vmtee_snapshot_restore(
                opened(),
                snapshot.descriptor(),
                digest.bytes(),
                domainXml,
                output.descriptor(),
                Deadlines.millis(deadline),
                bad),
        bad);
  }

  /**
   * Reads and checks all of a snapshot. Pages found good once are not read again by this store.
   *
   * @throws TamperedSnapshotException if it is not the attested one; it names the first bad page
   */
  public synchronized void verify(NativeFile snapshot, Sha256Digest digest) throws TeeException {
    VmteeLibrary.NativePageRun bad = new VmteeLibrary.NativePageRun();
    checkPages(
        NativeLibrary.get()
            .vmtee_snapshot_verify(opened(), snapshot.descriptor(), digest.bytes(), bad),
        bad);
  }

  /**
   * Writes a RAM block of a snapshot into a file. Every page is checked before it is written; the
   * file is empty again unless all are good.
   *
   * @param digest the snapshot digest that a report attests
   * @param output an empty regular file open for writing, which stays the caller's
   * @throws TamperedSnapshotException if the snapshot is not the attested one; it names the first
   *     bad page
   * @throws StorageException if there is no room
   */
  public synchronized void writeRam(
      NativeFile snapshot, Sha256Digest digest, String block, NativeFile output)
      throws TeeException {
    VmteeLibrary.NativePageRun bad = new VmteeLibrary.NativePageRun();
    checkPages(
        NativeLibrary.get()
            .vmtee_snapshot_ram(
                opened(), snapshot.descriptor(), digest.bytes(), block, output.descriptor(), bad),
        bad);
  }

  /**
   * Gives back the room of pages that no snapshot has.
   *
   * @param snapshots all that the VM still has
   * @return bytes given back
   * @throws TamperedSnapshotException if one of them cannot be read; then nothing was removed
   */
  public long collect(List<NativeFile> snapshots) throws TeeException {
    return collect(snapshots, 0);
  }

  /** How many bytes of files that no snapshot needs {@link #collect} would give back at least. */
  public long unneededBytes(List<NativeFile> snapshots) throws TeeException {
    return collect(snapshots, 1);
  }

  private synchronized long collect(List<NativeFile> snapshots, int onlyCount) throws TeeException {
    int[] descriptors = snapshots.stream().mapToInt(NativeFile::descriptor).toArray();
    LongByReference bytes = new LongByReference();
    check(
        NativeLibrary.get()
            .vmtee_store_collect(opened(), descriptors, descriptors.length, onlyCount, bytes));
    return bytes.getValue();
  }

  private Pointer opened() {
    if (closed) {
      throw new IllegalStateException("the store is closed");
    }
    return pointer;
  }

  private static void checkPages(int result, VmteeLibrary.NativePageRun bad) throws TeeException {
    if (result == -Errno.EBADMSG) {
      PageRun run = PageRun.of(bad);
      throw new TamperedSnapshotException(
          Errno.EBADMSG,
          NativeLibrary.get().vmtee_detail(),
          run.block().isEmpty() ? Optional.empty() : Optional.of(run));
    }
    check(result);
  }

  private static void check(int result) throws TeeException {
    if (result < 0) {
      throw TeeException.ofCapture(-result, NativeLibrary.get().vmtee_detail());
    }
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      NativeLibrary.get().vmtee_store_close(pointer);
    }
  }
}
