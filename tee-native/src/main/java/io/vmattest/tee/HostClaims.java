// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * What the host says about a capture; the report marks it as the host's word. {@link
 * SigningKey#sign} checks the rules.
 *
 * @param vm libvirt's UUID of the virtual machine
 * @param vmName its name, 1 to 255 bytes
 * @param hostId the host, 1 to 255 bytes
 * @param trigger why it was captured, 1 to 63 bytes
 * @param nonce of the one who asked, 8 to 64 bytes
 * @param pauseMicros from STOP to RESUME as the hypervisor's events say; 0 if suspended
 * @param sequence number of this report among the machine's, from 1
 * @param previousDigest digest of the machine's previous report
 * @param components what the host measured, at most 64; kept in bytewise order of their names
 */
public record HostClaims(
    UUID vm,
    String vmName,
    String hostId,
    String trigger,
    Optional<Nonce> nonce,
    long pauseMicros,
    long sequence,
    Optional<Sha256Digest> previousDigest,
    List<HostComponent> components) {

  public HostClaims {
    components =
        components.stream()
            .sorted(Comparator.comparing(c -> utf8(c.name()), Arrays::compareUnsigned))
            .toList();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Claims to be completed; everything not set is absent, zero or, for the sequence number, 1. */
  public static Builder builder(UUID vm, String vmName, String hostId, String trigger) {
    return new Builder(vm, vmName, hostId, trigger);
  }

  /** Bytes of the one who asked, so that he sees that the report is fresh. */
  public static final class Nonce {
    private final byte[] bytes;

    public Nonce(byte[] bytes) {
      this.bytes = bytes.clone();
    }

    public byte[] bytes() {
      return bytes.clone();
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Nonce nonce && Arrays.equals(bytes, nonce.bytes);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(bytes);
    }
  }

  /** Collects claims. */
  public static final class Builder {
    private final UUID vm;
    private final String vmName;
    private final String hostId;
    private final String trigger;
    private Optional<Nonce> nonce = Optional.empty();
    private long pauseMicros;
    private long sequence = 1;
    private Optional<Sha256Digest> previousDigest = Optional.empty();
    private List<HostComponent> components = List.of();

    private Builder(UUID vm, String vmName, String hostId, String trigger) {
      this.vm = vm;
      this.vmName = vmName;
      this.hostId = hostId;
      this.trigger = trigger;
    }

    public Builder nonce(byte[] bytes) {
      nonce = Optional.of(new Nonce(bytes));
      return this;
    }

    public Builder pauseMicros(long micros) {
      pauseMicros = micros;
      return this;
    }

    public Builder sequence(long number) {
      sequence = number;
      return this;
    }

    public Builder previousDigest(Sha256Digest digest) {
      previousDigest = Optional.of(digest);
      return this;
    }

    /** In any order. */
    public Builder components(List<HostComponent> list) {
      components = List.copyOf(list);
      return this;
    }

    public HostClaims build() {
      return new HostClaims(
          vm, vmName, hostId, trigger, nonce, pauseMicros, sequence, previousDigest, components);
    }
  }
}
