// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * The key in the TPM that signs reports. Thread-safe.
 *
 * <p>Where the TPM goes away, calls fail with a {@link TpmException}; once it is back the same
 * object works again.
 */
public final class SigningKey implements AutoCloseable {
  /** Counters that a TPM can have, {@code VMTEE_COUNTER_SLOTS}; they are counted from 0. */
  public static final int COUNTER_SLOTS = 16;

  private static final int EVIDENCE_SIZE = 8 * 1024;
  private static final int SECRET_SIZE = 64;
  private static final int REPORT_SIZE = 64 * 1024;

  /** Calls share it, closing excludes them. */
  private final ReadWriteLock use = new ReentrantReadWriteLock();

  private final Pointer pointer;
  private boolean closed;

  private SigningKey(Pointer pointer) {
    this.pointer = pointer;
  }

  /**
   * Opens the key, which is created on first use.
   *
   * @param tcti the TPM as tss2-tctildr names it, such as {@code device:/dev/tpmrm0} or {@code
   *     swtpm:path=/run/x}
   * @param stateDirectory an existing directory for what only this TPM can open; also the place of
   *     the optional file {@code ek-issuers.pem} with the issuers of the endorsement certificate
   * @throws TpmException if the TPM does not answer, holds no endorsement certificate, or the keys
   *     in the directory belong to another TPM
   * @throws StorageException if the directory cannot be used
   */
  public static SigningKey open(String tcti, Path stateDirectory) throws TeeException {
    PointerByReference result = new PointerByReference();
    check(NativeLibrary.get().vmtee_key_open(tcti, stateDirectory.toString(), result));
    return new SigningKey(result.getValue());
  }

  /**
   * The KeyEvidence as CBOR, {@code key-evidence} of docs/report-format.cddl. It stays the same
   * while this is open.
   */
  public byte[] evidence() throws TeeException {
    return sized(
        EVIDENCE_SIZE,
        (buffer, size, needed) ->
            NativeLibrary.get().vmtee_key_evidence(pointer, buffer, size, needed));
  }

  /**
   * Answers a credential challenge for the attestation key (TPM 2.0 part 3, 12.5).
   *
   * @param credential TPM2B_ID_OBJECT
   * @param secret TPM2B_ENCRYPTED_SECRET
   * @return the secret of the one who made the challenge
   */
  public byte[] activate(byte[] credential, byte[] secret) throws TeeException {
    return sized(
        SECRET_SIZE,
        (buffer, size, needed) ->
            NativeLibrary.get()
                .vmtee_key_activate(
                    pointer,
                    credential,
                    credential.length,
                    secret,
                    secret.length,
                    buffer,
                    size,
                    needed));
  }

  /**
   * A counter of the TPM, which is made where it is missing. It grows and never shrinks.
   *
   * @param slot which one, below {@link #COUNTER_SLOTS}
   * @throws TpmException also if something else has its place
   * @throws IllegalArgumentException if there is no such slot
   */
  public CounterReading counter(int slot) throws TeeException {
    return counted(NativeLibrary.get()::vmtee_counter_read, slot);
  }

  /**
   * Increments a counter, by one unless the TPM was gone for a moment. To be done seldom: a TPM's
   * memory wears out by being written.
   *
   * @param slot which one, below {@link #COUNTER_SLOTS}
   * @return what it is then; another process that counts can be given the same
   * @throws TpmException as {@link #counter}; the counter may have been incremented all the same
   * @throws IllegalArgumentException if there is no such slot
   */
  public CounterReading incrementCounter(int slot) throws TeeException {
    return counted(NativeLibrary.get()::vmtee_counter_increment, slot);
  }

  /** {@code vmtee_counter_read} or {@code vmtee_counter_increment}. */
  @FunctionalInterface
  private interface CounterCall {
    int on(Pointer key, byte slot, VmteeLibrary.NativeCounter counter);
  }

  private CounterReading counted(CounterCall call, int slot) throws TeeException {
    if (slot < 0 || slot >= COUNTER_SLOTS) {
      throw new IllegalArgumentException("no counter has the slot " + slot);
    }
    Lock lock = use.readLock();
    lock.lock();
    try {
      VmteeLibrary.NativeCounter counter = new VmteeLibrary.NativeCounter();
      check(call.on(open(), (byte) slot, counter));
      HexFormat hex = HexFormat.of();
      return new CounterReading(
          hex.formatHex(counter.id), hex.formatHex(counter.nvName), counter.value);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Signs what the capture measured, with the host's claims beside it.
   *
   * @return {@code signed-report} of docs/report-format.cddl
   * @throws InvalidClaimsException if the claims break a rule
   * @throws OpenedSnapshotException if the capture was opened from a snapshot
   * @throws NativeFailureException if the capture has not been measured
   */
  public byte[] sign(Capture capture, HostClaims claims) throws TeeException {
    NativeClaims host = new NativeClaims(claims);
    synchronized (capture) {
      Pointer captured = capture.open();
      return sized(
          REPORT_SIZE,
          (buffer, size, needed) ->
              NativeLibrary.get().vmtee_report_sign(pointer, captured, host, buffer, size, needed));
    }
  }

  /** Opens a store whose data key this key's TPM seals. */
  Pointer openStore(NativeFile directory) throws TeeException {
    Lock lock = use.readLock();
    lock.lock();
    try {
      Pointer key = open();
      PointerByReference result = new PointerByReference();
      check(NativeLibrary.get().vmtee_store_open(directory.descriptor(), key, result));
      return result.getValue();
    } finally {
      lock.unlock();
    }
  }

  private byte[] sized(int firstSize, SizedCall call) throws TeeException {
    Lock lock = use.readLock();
    lock.lock();
    try {
      open();
      return SizedCall.result(firstSize, TeeException::ofKey, call);
    } finally {
      lock.unlock();
    }
  }

  /** While the lock is held. */
  private Pointer open() {
    if (closed) {
      throw new IllegalStateException("the key is closed");
    }
    return pointer;
  }

  private static void check(int result) throws TeeException {
    if (result < 0) {
      throw TeeException.ofKey(-result, NativeLibrary.get().vmtee_detail());
    }
  }

  /** Waits for calls that are under way. */
  @Override
  public void close() {
    Lock lock = use.writeLock();
    lock.lock();
    try {
      if (!closed) {
        closed = true;
        NativeLibrary.get().vmtee_key_close(pointer);
      }
    } finally {
      lock.unlock();
    }
  }
}
