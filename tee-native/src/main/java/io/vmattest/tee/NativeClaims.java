// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

import com.sun.jna.Memory;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@link HostClaims} in native memory, which lives as long as this struct.
 *
 * <p>It is the struct itself, and not its owner, so that passing it to a call keeps all that it
 * points at: the names of the components stand only in native memory, where no collector sees them.
 */
final class NativeClaims extends VmteeLibrary.NativeHostClaims {
  private final List<Memory> kept = new ArrayList<>();

  /**
   * @throws IllegalArgumentException if a text contains NUL, which C would take for its end
   */
  NativeClaims(HostClaims claims) {
    vmUuid = NativeUuid.bytes(claims.vm());
    vmName = text(claims.vmName());
    hostId = text(claims.hostId());
    trigger = text(claims.trigger());
    byte[] nonceBytes = claims.nonce().map(HostClaims.Nonce::bytes).orElse(new byte[0]);
    // An empty nonce must reach the module as one that breaks the rules, not as none.
    nonce = claims.nonce().isPresent() ? copy(nonceBytes) : null;
    nonceSize = nonceBytes.length;
    pauseMicros = claims.pauseMicros();
    sequence = claims.sequence();
    previousDigest = claims.previousDigest().map(d -> copy(d.bytes())).orElse(null);
    components = components(claims.components());
    componentCount = claims.components().size();
  }

  private @Nullable Memory components(List<HostComponent> components) {
    if (components.isEmpty()) {
      return null;
    }
    VmteeLibrary.NativeHostComponent element = new VmteeLibrary.NativeHostComponent();
    int size = element.size();
    Memory array = keep(new Memory((long) size * components.size()));
    for (int i = 0; i < components.size(); i++) {
      HostComponent component = components.get(i);
      long base = (long) i * size;
      array.setPointer(base, text(component.name()));
      array.write(base + Long.BYTES, component.digest().bytes(), 0, Sha256Digest.SIZE);
      array.setLong(base + Long.BYTES + Sha256Digest.SIZE, component.size());
    }
    return array;
  }

  private Memory text(String text) {
    return keep(NativeText.copy(text));
  }

  /** A copy of the bytes; one unused byte if there are none. */
  private Memory copy(byte[] bytes) {
    Memory memory = keep(new Memory(Math.max(bytes.length, 1)));
    memory.write(0, bytes, 0, bytes.length);
    return memory;
  }

  private Memory keep(Memory memory) {
    kept.add(memory);
    return memory;
  }
}
