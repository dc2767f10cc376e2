// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.result;

import com.upokecenter.cbor.CBORObject;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/** Writes a result's claims; what is too long or too much is cut. */
final class ResultEncoder {
  private static final String CUT = "…";

  private ResultEncoder() {}

  static byte[] encode(AttestationResult result) {
    CBORObject verifier =
        CBORObject.NewMap()
            .Add(ResultLabels.DEVELOPER, text(result.verifier().developer(), ResultLabels.MAX_NAME))
            .Add(ResultLabels.BUILD, text(result.verifier().build(), ResultLabels.MAX_NAME));
    return CBORObject.NewMap()
        .Add(ResultLabels.ISSUED_AT, result.issuedAt().getEpochSecond())
        .Add(ResultLabels.PROFILE, AttestationResult.PROFILE)
        .Add(ResultLabels.VERIFIER, verifier)
        .Add(ResultLabels.SUBMODULES, CBORObject.NewMap().Add(ResultLabels.VM, appraisal(result)))
        .EncodeToBytes();
  }

  private static CBORObject appraisal(AttestationResult result) {
    CBORObject vector = CBORObject.NewMap();
    result.vector().claims().forEach((claim, value) -> vector.Add(claim.label(), value));
    CBORObject appraisal =
        CBORObject.NewMap()
            .Add(ResultLabels.PROFILE, AttestationResult.VM_PROFILE)
            .Add(ResultLabels.STATUS, result.status().code())
            .Add(ResultLabels.VECTOR, vector)
            .Add(ResultLabels.VM_RESULT, vm(result.vm()));
    if (!result.policies().isEmpty()) {
      CBORObject policies = CBORObject.NewArray();
      result.policies().forEach(policies::Add);
      appraisal.Add(ResultLabels.POLICIES, policies);
    }
    return appraisal;
  }

  private static CBORObject vm(VmResult vm) {
    CBORObject components = CBORObject.NewArray();
    vm.components().forEach(components::Add);
    CBORObject map =
        CBORObject.NewMap()
            .Add(ResultLabels.ID, uuid(vm.id()))
            .Add(ResultLabels.VM_ID, uuid(vm.vm()))
            .Add(ResultLabels.VERDICT, vm.verdict().name())
            .Add(ResultLabels.AT, vm.at().toEpochMilli())
            .Add(ResultLabels.REASON, text(vm.reason(), ResultLabels.MAX_TEXT))
            .Add(ResultLabels.COMPONENTS, components)
            .Add(ResultLabels.PAGES, vm.differingPages())
            .Add(ResultLabels.FOUND, vm.found())
            .Add(ResultLabels.DISCREPANCIES, DiscrepancyCbor.encode(vm.discrepancies()));
    vm.baseline().ifPresent(digest -> map.Add(ResultLabels.BASELINE, digest.bytes()));
    vm.report()
        .ifPresent(
            report ->
                map.Add(
                    ResultLabels.REPORT,
                    CBORObject.NewArray().Add(report.digest().bytes()).Add(report.sequence())));
    return map;
  }

  private static CBORObject uuid(UUID uuid) {
    return CBORObject.FromObject(
        ByteBuffer.allocate(16)
            .putLong(uuid.getMostSignificantBits())
            .putLong(uuid.getLeastSignificantBits())
            .array());
  }

  /**
   * The text, or its beginning: a guest's strings may be of any length, and no Unicode.
   *
   * @param max bytes of UTF-8
   */
  static String text(String text, int max) {
    // Each character takes a byte at least; what is no Unicode becomes a question mark.
    String start = text.substring(0, Math.min(text.length(), max));
    String plain = new String(start.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    if (text.length() <= max && bytes(plain) <= max) {
      return plain;
    }
    int end = plain.length();
    while (bytes(plain.substring(0, end)) > max - bytes(CUT)) {
      end -= Math.max(1, (bytes(plain.substring(0, end)) - max + bytes(CUT)) / 3);
      if (end > 0 && Character.isHighSurrogate(plain.charAt(end - 1))) {
        end--;
      }
    }
    return plain.substring(0, end) + CUT;
  }

  private static int bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }
}
