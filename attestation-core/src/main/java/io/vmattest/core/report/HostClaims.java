// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.report;

import io.vmattest.core.cbor.CborItem;
import io.vmattest.core.cbor.CborMap;
import io.vmattest.core.cbor.MalformedCborException;
import io.vmattest.core.report.StateComponent.Origin;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** {@code host-claims} of docs/report-format.cddl. */
record HostClaims(
    UUID vmId,
    String vmName,
    String hostId,
    String trigger,
    long pauseMicros,
    long sequence,
    Optional<Digest> previous,
    List<StateComponent> components) {
  private static final long VM_ID = 1;
  private static final long VM_NAME = 2;
  private static final long HOST_ID = 3;
  private static final long TRIGGER = 4;
  private static final long PAUSE = 5;
  private static final long SEQUENCE = 6;
  private static final long PREVIOUS = 7;
  private static final long COMPONENTS = 8;

  private static final int MAX_NAME = 255;
  private static final int UUID_SIZE = 16;

  static HostClaims read(CborItem item) throws MalformedCborException {
    CborMap claims =
        item.map().only(VM_ID, VM_NAME, HOST_ID, TRIGGER, PAUSE, SEQUENCE, PREVIOUS, COMPONENTS);
    long sequence = claims.get(SEQUENCE).uint();
    if (sequence == 0) {
      throw claims.get(SEQUENCE).malformed("is 0; sequence numbers start at 1");
    }
    Optional<CborItem> previous = claims.find(PREVIOUS);
    return new HostClaims(
        readUuid(claims.get(VM_ID)),
        claims.get(VM_NAME).text(1, MAX_NAME),
        claims.get(HOST_ID).text(1, MAX_NAME),
        claims.get(TRIGGER).text(1, MAX_NAME),
        claims.get(PAUSE).uint(),
        sequence,
        previous.isPresent()
            ? Optional.of(MeasuredClaimsDecoder.readDigest(previous.get()))
            : Optional.empty(),
        Components.read(claims.get(COMPONENTS), 0, Origin.HOST));
  }

  private static UUID readUuid(CborItem item) throws MalformedCborException {
    ByteBuffer bytes = ByteBuffer.wrap(item.bytes(UUID_SIZE, UUID_SIZE));
    return new UUID(bytes.getLong(), bytes.getLong());
  }
}
