// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.report;

import io.vmattest.core.cbor.CborItem;
import io.vmattest.core.cbor.CborMap;
import io.vmattest.core.cbor.MalformedCborException;
import io.vmattest.core.cbor.StrictCbor;
import io.vmattest.core.report.AttestationReport.TeeClock;
import java.util.List;
import java.util.Optional;

/** Reads {@code claims} of docs/report-format.cddl. */
final class ReportDecoder {
  static final String PROFILE = "tag:vmattest.io,2026:report/1";

  private static final long ISSUED_AT = 6;
  private static final long NONCE = 10;
  private static final long EAT_PROFILE = 265;
  private static final long MEASURED = -70000;
  private static final long HOST = -70001;
  private static final long STATE_HASH = -70002;
  private static final long TEE_CLOCK = -70003;

  private static final int MIN_NONCE = 8;
  private static final int MAX_NONCE = 64;

  private ReportDecoder() {}

  static AttestationReport decode(byte[] payload, Digest keyIdentifier)
      throws MalformedCborException {
    CborMap claims =
        StrictCbor.decode(payload, "claims", SignedReport.MAX_SIZE)
            .map()
            .only(ISSUED_AT, NONCE, EAT_PROFILE, MEASURED, HOST, STATE_HASH, TEE_CLOCK);
    if (!claims.get(EAT_PROFILE).text(1, 255).equals(PROFILE)) {
      throw claims.get(EAT_PROFILE).malformed("is not " + PROFILE);
    }
    MeasuredClaims measured = MeasuredClaimsDecoder.read(claims.get(MEASURED));
    HostClaims host = HostClaims.read(claims.get(HOST));
    Optional<CborItem> nonce = claims.find(NONCE);
    Optional<CborItem> clock = claims.find(TEE_CLOCK);
    return new AttestationReport(
        host.vmId(),
        host.vmName(),
        host.hostId(),
        host.trigger(),
        claims.get(ISSUED_AT).epochSecond(),
        measured.capturedAt(),
        nonce.isPresent() ? Optional.of(nonce.get().bytes(MIN_NONCE, MAX_NONCE)) : Optional.empty(),
        measured.mode(),
        host.pauseMicros(),
        measured.switchoverMicros(),
        measured.machineType(),
        Components.merge(measured.components(), host.components()),
        measured.vcpus(),
        measured.devices(),
        measured.ramBlocks(),
        MeasuredClaimsDecoder.readDigest(claims.get(STATE_HASH)),
        measured.snapshot(),
        host.sequence(),
        host.previous(),
        keyIdentifier,
        clock.isPresent() ? Optional.of(readClock(clock.get())) : Optional.empty());
  }

  private static TeeClock readClock(CborItem item) throws MalformedCborException {
    List<CborItem> fields = item.array(4, 4);
    return new TeeClock(
        fields.get(0).uint(), fields.get(1).uint(), fields.get(2).uint(), fields.get(3).bool());
  }
}
