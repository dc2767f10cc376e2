// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

import com.sun.jna.Library;
import com.sun.jna.Pointer;
import com.sun.jna.Structure;
import com.sun.jna.ptr.LongByReference;
import com.sun.jna.ptr.PointerByReference;
import org.jspecify.annotations.Nullable;

/**
 * {@code vmtee.h}, line by line. {@code size_t} is {@code long}: the library exists for 64-bit
 * Linux only. Results are negative errno values on failure.
 */
interface VmteeLibrary extends Library {
  /** The VMTEE_VERSION this binding was written for. */
  int VERSION = 2;

  int NAME_SIZE = 256;

  /** {@code struct vmtee_limits}. */
  @Structure.FieldOrder({"ramBytes", "blocks", "tailBytes"})
  class NativeLimits extends Structure {
    public long ramBytes;
    public int blocks;
    public int tailBytes;
  }

  /** {@code struct vmtee_page_run}. */
  @Structure.FieldOrder({"block", "offset", "pages"})
  class NativePageRun extends Structure {
    public byte[] block = new byte[NAME_SIZE];
    public long offset;
    public long pages;
  }

  /** {@code struct vmtee_saved}. */
  @Structure.FieldOrder({"pages", "newPages", "bytes"})
  class NativeSaved extends Structure {
    public long pages;
    public long newPages;
    public long bytes;
  }

  /** {@code struct vmtee_counter}. */
  @Structure.FieldOrder({"value", "id", "nvName"})
  class NativeCounter extends Structure {
    public long value;
    public byte[] id = new byte[16];
    public byte[] nvName = new byte[34];
  }

  /** {@code struct vmtee_host_component}. */
  @Structure.FieldOrder({"name", "digest", "size"})
  class NativeHostComponent extends Structure {
    public @Nullable Pointer name;
    public byte[] digest = new byte[Sha256Digest.SIZE];
    public long size;
  }

  /** {@code struct vmtee_host_claims}. */
  @Structure.FieldOrder({
    "vmUuid",
    "vmName",
    "hostId",
    "trigger",
    "nonce",
    "nonceSize",
    "pauseMicros",
    "sequence",
    "previousDigest",
    "components",
    "componentCount"
  })
  class NativeHostClaims extends Structure {
    public byte[] vmUuid = new byte[16];
    public @Nullable Pointer vmName;
    public @Nullable Pointer hostId;
    public @Nullable Pointer trigger;
    public @Nullable Pointer nonce;
    public long nonceSize;
    public long pauseMicros;
    public long sequence;
    public @Nullable Pointer previousDigest;
    public @Nullable Pointer components;
    public long componentCount;
  }

  int vmtee_version();

  String vmtee_detail();

  int vmtee_capture_new(@Nullable NativeLimits limits, PointerByReference result);

  void vmtee_capture_free(Pointer capture);

  int vmtee_capture_of_vm(Pointer capture, byte[] vmUuid);

  int vmtee_socketpair(int[] descriptors);

  int vmtee_capture_stream(Pointer capture, int descriptor, int deadlineMillis);

  int vmtee_capture_standing(Pointer capture, int descriptor, int deadlineMillis);

  int vmtee_capture_background(Pointer capture, int descriptor, int deadlineMillis);

  int vmtee_capture_hold(Pointer capture, int millis);

  int vmtee_capture_await_held(Pointer capture, int deadlineMillis);

  void vmtee_capture_release(Pointer capture);

  void vmtee_capture_cancel(Pointer capture);

  int vmtee_vmstate_image(int[] descriptor);

  int vmtee_capture_vmstate(Pointer capture, int image, int deadlineMillis);

  int vmtee_capture_measure(Pointer capture, int threads);

  int vmtee_capture_claims(Pointer capture, byte[] buffer, long size, LongByReference needed);

  long vmtee_capture_diff(Pointer a, Pointer b, Pointer runs, long size, LongByReference total);

  long vmtee_capture_read(Pointer capture, String block, long offset, byte[] buffer, long size);

  long vmtee_capture_proof(Pointer capture, String block, long page, byte[] hashes);

  int vmtee_store_open(int directory, @Nullable Pointer key, PointerByReference result);

  void vmtee_store_close(Pointer store);

  int vmtee_store_collect(
      Pointer store, int[] directories, long count, int onlyCount, LongByReference bytes);

  int vmtee_snapshot_save(
      Pointer store, Pointer capture, int directory, int threads, NativeSaved saved);

  int vmtee_snapshot_open(Pointer store, int directory, byte[] digest, PointerByReference result);

  int vmtee_snapshot_restore(
      Pointer store,
      int directory,
      byte[] digest,
      String domainXml,
      int output,
      int deadlineMillis,
      NativePageRun bad);

  int vmtee_snapshot_verify(Pointer store, int directory, byte[] digest, NativePageRun bad);

  int vmtee_snapshot_ram(
      Pointer store, int directory, byte[] digest, String block, int output, NativePageRun bad);

  int vmtee_key_open(String tcti, String stateDirectory, PointerByReference result);

  void vmtee_key_close(Pointer key);

  int vmtee_key_evidence(Pointer key, byte[] buffer, long size, LongByReference needed);

  int vmtee_key_activate(
      Pointer key,
      byte[] credential,
      long credentialSize,
      byte[] secret,
      long secretSize,
      byte[] buffer,
      long size,
      LongByReference needed);

  int vmtee_counter_read(Pointer key, byte slot, NativeCounter counter);

  int vmtee_counter_increment(Pointer key, byte slot, NativeCounter counter);

  int vmtee_report_sign(
      Pointer key,
      Pointer capture,
      NativeHostClaims host,
      byte[] buffer,
      long size,
      LongByReference needed);
}
