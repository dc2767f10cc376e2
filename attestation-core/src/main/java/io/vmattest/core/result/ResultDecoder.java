// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.result;

import io.vmattest.core.appraisal.Verdict;
import io.vmattest.core.cbor.CborItem;
import io.vmattest.core.cbor.CborMap;
import io.vmattest.core.cbor.MalformedCborException;
import io.vmattest.core.cbor.StrictCbor;
import io.vmattest.core.report.Digest;
import io.vmattest.core.result.VmResult.ReportName;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Reads a result's claims. "A receiver MUST ignore any unknown claim" (draft-ietf-rats-ear, 4): of
 * EAR and appraisal; our own claims are of a version that has no others.
 */
final class ResultDecoder {
  private static final int UUID_SIZE = 16;

  private ResultDecoder() {}

  static AttestationResult decode(byte[] payload) throws MalformedCborException {
    CborMap ear = StrictCbor.decode(payload, "claims", SignedResult.MAX_SIZE).map();
    requireText(ear.get(ResultLabels.PROFILE), AttestationResult.PROFILE);
    CborMap verifier = ear.get(ResultLabels.VERIFIER).map();
    Map<String, CborItem> submodules =
        ear.get(ResultLabels.SUBMODULES).map().textEntries(ResultLabels.MAX_NAME, item -> item);
    CborItem vm = submodules.get(ResultLabels.VM);
    if (vm == null || submodules.size() > ResultLabels.MAX_SUBMODULES) {
      throw ear.get(ResultLabels.SUBMODULES)
          .malformed("has no entry " + ResultLabels.VM + ", or too many");
    }
    CborMap appraisal = vm.map();
    requireText(appraisal.get(ResultLabels.PROFILE), AttestationResult.VM_PROFILE);
    return new AttestationResult(
        ear.get(ResultLabels.ISSUED_AT).epochSecond(),
        new VerifierId(
            verifier.get(ResultLabels.DEVELOPER).text(1, ResultLabels.MAX_NAME),
            verifier.get(ResultLabels.BUILD).text(1, ResultLabels.MAX_NAME)),
        tier(appraisal.get(ResultLabels.STATUS)),
        vector(appraisal.get(ResultLabels.VECTOR)),
        policies(appraisal.find(ResultLabels.POLICIES)),
        vm(appraisal.get(ResultLabels.VM_RESULT)));
  }

  private static void requireText(CborItem item, String wanted) throws MalformedCborException {
    if (!item.text(1, ResultLabels.MAX_NAME).equals(wanted)) {
      throw item.malformed("is not " + wanted);
    }
  }

  private static TrustTier tier(CborItem item) throws MalformedCborException {
    return TrustTier.ofCode(item.integer()).orElseThrow(() -> item.malformed("is no tier"));
  }

  private static TrustworthinessVector vector(CborItem item) throws MalformedCborException {
    CborMap map = item.map();
    Map<TrustClaim, Integer> claims = new EnumMap<>(TrustClaim.class);
    for (TrustClaim claim : TrustClaim.values()) {
      Optional<CborItem> value = map.find(claim.label());
      if (value.isPresent()) {
        claims.put(claim, claimValue(value.get()));
      }
    }
    if (claims.isEmpty() || map.size() != claims.size()) {
      throw item.malformed("has no claim, or one that is not known");
    }
    return new TrustworthinessVector(claims);
  }

  private static int claimValue(CborItem item) throws MalformedCborException {
    long value = item.integer();
    if (value < Byte.MIN_VALUE || value > Byte.MAX_VALUE) {
      throw item.malformed("has more than 8 bits");
    }
    return (int) value;
  }

  private static List<String> policies(Optional<CborItem> item) throws MalformedCborException {
    return item.isPresent() ? texts(item.get(), 1, ResultLabels.MAX_POLICIES) : List.of();
  }

  private static List<String> texts(CborItem item, int min, int max) throws MalformedCborException {
    List<String> texts = new ArrayList<>();
    for (CborItem one : item.array(min, max)) {
      texts.add(one.text(1, ResultLabels.MAX_NAME));
    }
    return texts;
  }

  private static VmResult vm(CborItem item) throws MalformedCborException {
    CborMap map =
        item.map()
            .only(
                ResultLabels.ID,
                ResultLabels.VM_ID,
                ResultLabels.VERDICT,
                ResultLabels.AT,
                ResultLabels.REASON,
                ResultLabels.BASELINE,
                ResultLabels.REPORT,
                ResultLabels.COMPONENTS,
                ResultLabels.PAGES,
                ResultLabels.FOUND,
                ResultLabels.DISCREPANCIES);
    Optional<CborItem> baseline = map.find(ResultLabels.BASELINE);
    Optional<CborItem> report = map.find(ResultLabels.REPORT);
    return new VmResult(
        uuid(map.get(ResultLabels.ID)),
        uuid(map.get(ResultLabels.VM_ID)),
        constant(Verdict.class, map.get(ResultLabels.VERDICT)),
        map.get(ResultLabels.AT).epochMilli(),
        map.get(ResultLabels.REASON).text(0, ResultLabels.MAX_TEXT),
        baseline.isPresent() ? Optional.of(digest(baseline.get())) : Optional.empty(),
        report.isPresent() ? Optional.of(report(report.get())) : Optional.empty(),
        texts(map.get(ResultLabels.COMPONENTS), 0, ResultLabels.MAX_COMPONENTS),
        map.get(ResultLabels.PAGES).uint(),
        map.get(ResultLabels.FOUND).uint(),
        DiscrepancyCbor.decode(map.get(ResultLabels.DISCREPANCIES)));
  }

  private static ReportName report(CborItem item) throws MalformedCborException {
    List<CborItem> parts = item.array(2, 2);
    return new ReportName(digest(parts.get(0)), parts.get(1).uint());
  }

  static Digest digest(CborItem item) throws MalformedCborException {
    return Digest.of(item.bytes(Digest.SIZE, Digest.SIZE));
  }

  private static UUID uuid(CborItem item) throws MalformedCborException {
    ByteBuffer bytes = ByteBuffer.wrap(item.bytes(UUID_SIZE, UUID_SIZE));
    return new UUID(bytes.getLong(), bytes.getLong());
  }

  static <E extends Enum<E>> E constant(Class<E> type, CborItem item)
      throws MalformedCborException {
    String name = item.text(1, ResultLabels.MAX_NAME);
    for (E constant : type.getEnumConstants()) {
      if (constant.name().equals(name)) {
        return constant;
      }
    }
    throw item.malformed("is no " + type.getSimpleName());
  }
}
