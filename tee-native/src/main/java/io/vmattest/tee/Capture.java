// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.LongByReference;
import com.sun.jna.ptr.PointerByReference;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The complete state of a virtual machine at one instant: first captured, then measured, then
 * compared, kept or signed.
 *
 * <p>One thread at a time works on a capture, others wait. {@link #cancel()} and {@link #close()}
 * may come from any thread at any time; closing cancels what is going on and waits for it.
 */
public final class Capture implements AutoCloseable {
  private static final int CLAIMS_SIZE = 64 * 1024;

  /** VMTEE_PROOF_MAX: a leaf and its audit path. */
  private static final int MAX_PROOF = 65;

  /** Bytes that are copied out of the module at a time. */
  private static final int MAX_READ = 64 * 1024;

  /** Orders the locks of two captures that are compared. */
  private static final Object COMPARING = new Object();

  /** Guards the pointer against {@link #cancel()} while it is freed. */
  private final Object freeing = new Object();

  private final Pointer pointer;
  private boolean closed;

  private Capture(Pointer pointer) {
    this.pointer = pointer;
  }

  /** An empty capture with the module's default limits. */
  public static Capture create() throws TeeException {
    return create((VmteeLibrary.NativeLimits) null);
  }

  /** An empty capture. */
  public static Capture create(CaptureLimits limits) throws TeeException {
    VmteeLibrary.NativeLimits struct = new VmteeLibrary.NativeLimits();
    struct.ramBytes = limits.ramBytes();
    struct.blocks = limits.blocks();
    struct.tailBytes = limits.tailBytes();
    return create(struct);
  }

  private static Capture create(VmteeLibrary.@Nullable NativeLimits limits) throws TeeException {
    PointerByReference result = new PointerByReference();
    check(NativeLibrary.get().vmtee_capture_new(limits, result));
    return new Capture(result.getValue());
  }

  /**
   * Says, before anything is read, whose capture it will be. What the module keeps of the VM's last
   * capture, as long as the host has no other use for the memory, then makes this one faster.
   */
  public synchronized void ofVm(UUID vm) throws TeeException {
    check(NativeLibrary.get().vmtee_capture_of_vm(open(), NativeUuid.bytes(vm)));
  }

  static Capture ofPointer(Pointer pointer) {
    return new Capture(pointer);
  }

  /**
   * Reads one migration stream to its end and refuses the switchover, so that the hypervisor
   * resumes the guest by itself. Blocks.
   *
   * @param descriptor a connected stream socket, which stays the caller's
   * @throws MalformedStreamException if it is not a stream this module understands
   * @throws DeadlineException if the stream is not over by then
   * @throws CancelledException after {@link #cancel()}
   * @throws PeerClosedException if the hypervisor gave up
   * @throws RunStateException if the guest did not run
   */
  public synchronized void readStream(int descriptor, Duration deadline) throws TeeException {
    check(NativeLibrary.get().vmtee_capture_stream(open(), descriptor, Deadlines.millis(deadline)));
  }

  /**
   * Reads one migration stream of a guest that stands still, to its end, and refuses the
   * switchover. Blocks. The guest stands on, but the hypervisor makes no second stream of it before
   * it was resumed: this is for a guest that will be resumed, or ended.
   *
   * @param descriptor a connected stream socket, which stays the caller's
   * @throws MalformedStreamException if it is not a stream this module understands
   * @throws DeadlineException if the stream is not over by then
   * @throws CancelledException after {@link #cancel()}
   * @throws PeerClosedException if the hypervisor gave up
   * @throws RunStateException if the guest ran
   */
  public synchronized void readStanding(int descriptor, Duration deadline) throws TeeException {
    check(
        NativeLibrary.get().vmtee_capture_standing(open(), descriptor, Deadlines.millis(deadline)));
  }

  /**
   * Reads one migration stream that the hypervisor makes as a background snapshot, to its end.
   * Blocks; the guest waits for the reader wherever it writes. If this fails, the guest has to be
   * freed, see {@link Watchdog}.
   *
   * @param descriptor a connected stream socket, which stays the caller's
   * @throws MalformedStreamException if it is not a stream this module understands
   * @throws DeadlineException if the stream is not over by then
   * @throws CancelledException after {@link #cancel()}
   * @throws PeerClosedException if the hypervisor gave up
   * @throws RunStateException if the guest did not run
   */
  public synchronized void readBackground(int descriptor, Duration deadline) throws TeeException {
    check(
        NativeLibrary.get()
            .vmtee_capture_background(open(), descriptor, Deadlines.millis(deadline)));
  }

  /**
   * Reads the state of a stopped guest that the hypervisor has written into an image.
   *
   * @throws MalformedStreamException if it is not a state that this module understands
   * @throws DeadlineException if it is not read by then
   * @throws RunStateException if the guest ran when its state was written
   */
  public synchronized void readVmstate(VmstateImage image, Duration deadline) throws TeeException {
    check(
        NativeLibrary.get()
            .vmtee_capture_vmstate(open(), image.descriptor(), Deadlines.millis(deadline)));
  }

  /**
   * Has {@link #readStream} wait between the stream's end and the refusal, with the guest standing
   * still, until {@link #release()}; not released in time, it refuses all the same and fails with a
   * {@link DeadlineException}. The time is kept by the module: it needs neither this process's
   * other threads nor the hypervisor's management.
   */
  public synchronized void hold(Duration atMost) throws TeeException {
    check(NativeLibrary.get().vmtee_capture_hold(open(), Deadlines.millis(atMost)));
  }

  /**
   * Waits, on another thread than the reader's, until the guest is held. The caller closes the
   * capture only afterwards.
   *
   * @throws DeadlineException if it is not held by then
   * @throws CancelledException after {@link #cancel()}
   */
  public void awaitHeld(Duration deadline) throws TeeException {
    check(NativeLibrary.get().vmtee_capture_await_held(open(), Deadlines.millis(deadline)));
  }

  /** Lets a held guest go on, or one that is held later. */
  public void release() {
    synchronized (freeing) {
      if (!closed) {
        NativeLibrary.get().vmtee_capture_release(pointer);
      }
    }
  }

  /**
   * Makes a blocked {@link #readStream}, {@link #readStanding} or {@link #readBackground} end with
   * a {@link CancelledException}.
   */
  public void cancel() {
    synchronized (freeing) {
      if (!closed) {
        NativeLibrary.get().vmtee_capture_cancel(pointer);
      }
    }
  }

  /**
   * Hashes and decodes what was captured.
   *
   * @param threads 0 for one on each processor
   */
  public synchronized void measure(int threads) throws TeeException {
    check(NativeLibrary.get().vmtee_capture_measure(open(), threads));
  }

  /** What was measured. */
  public synchronized MeasuredClaims claims() throws TeeException {
    Pointer self = open();
    return new MeasuredClaims(
        SizedCall.result(
            CLAIMS_SIZE,
            TeeException::ofCapture,
            (buffer, size, needed) ->
                NativeLibrary.get().vmtee_capture_claims(self, buffer, size, needed)));
  }

  /**
   * The pages in which two measured captures differ.
   *
   * @param limit at most so many runs are listed
   * @throws IllegalArgumentException if the limit is negative
   */
  public PageDifferences differences(Capture other, int limit) throws TeeException {
    synchronized (COMPARING) {
      synchronized (this) {
        synchronized (other) {
          return compare(open(), other.open(), limit);
        }
      }
    }
  }

  private static PageDifferences compare(Pointer a, Pointer b, int limit) throws TeeException {
    if (limit < 0) {
      throw new IllegalArgumentException("a limit must not be negative: " + limit);
    }
    VmteeLibrary.NativePageRun[] runs = NativeArrays.pageRuns(Math.max(limit, 1));
    LongByReference total = new LongByReference();
    long count =
        check(NativeLibrary.get().vmtee_capture_diff(a, b, runs[0].getPointer(), limit, total));
    List<PageRun> result = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      runs[i].read();
      result.add(PageRun.of(runs[i]));
    }
    return new PageDifferences(result, total.getValue());
  }

  /**
   * Copies guest memory as it was captured.
   *
   * @param block name of a RAM block, such as pc.ram
   * @param offset in bytes, from the block's beginning
   * @param target into its remaining space
   * @return how many bytes were copied; fewer than there is space for where the block ends
   * @throws TeeException also if there is no such block, or nothing was measured
   * @throws IllegalArgumentException if the offset is negative
   */
  public synchronized int read(String block, long offset, ByteBuffer target) throws TeeException {
    if (offset < 0) {
      throw new IllegalArgumentException("an offset must not be negative: " + offset);
    }
    byte[] bytes = new byte[Math.min(target.remaining(), MAX_READ)];
    int done = 0;
    int count;
    do {
      int wanted = Math.min(target.remaining(), bytes.length);
      count =
          Math.toIntExact(
              check(
                  NativeLibrary.get()
                      .vmtee_capture_read(open(), block, offset + done, bytes, wanted)));
      target.put(bytes, 0, count);
      done += count;
    } while (count > 0 && target.hasRemaining());
    return done;
  }

  /**
   * Proves that a page belongs to the root of its RAM block.
   *
   * @param block name of a RAM block, such as pc.ram
   * @param page its number in the block, from 0
   * @return the page's leaf hash, then its audit path from the leaf's sibling up (RFC 6962, 2.1.1)
   * @throws TeeException also if there is no such block or page, or nothing was measured
   */
  public synchronized List<Sha256Digest> proof(String block, long page) throws TeeException {
    byte[] hashes = new byte[MAX_PROOF * Sha256Digest.SIZE];
    long count = check(NativeLibrary.get().vmtee_capture_proof(open(), block, page, hashes));
    List<Sha256Digest> result = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int from = i * Sha256Digest.SIZE;
      result.add(Sha256Digest.of(Arrays.copyOfRange(hashes, from, from + Sha256Digest.SIZE)));
    }
    return result;
  }

  /**
   * The native capture, for calls made while its monitor is held.
   *
   * @throws IllegalStateException if it is closed
   */
  Pointer open() {
    synchronized (freeing) {
      if (closed) {
        throw new IllegalStateException("the capture is closed");
      }
      return pointer;
    }
  }

  private static long check(long result) throws TeeException {
    if (result < 0) {
      throw TeeException.ofCapture(Math.toIntExact(-result), NativeLibrary.get().vmtee_detail());
    }
    return result;
  }

  /** Frees the captured memory. */
  @Override
  public void close() {
    cancel();
    synchronized (this) {
      synchronized (freeing) {
        if (!closed) {
          closed = true;
          NativeLibrary.get().vmtee_capture_free(pointer);
        }
      }
    }
  }
}
