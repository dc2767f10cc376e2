// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.result;

import io.vmattest.core.appraisal.Discrepancy;
import io.vmattest.core.appraisal.Severity;
import io.vmattest.core.appraisal.Verdict;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What a verdict is in the terms of draft-ietf-rats-ar4si, 2.3.4. Asserts what was checked and
 * nothing else: of file system, storage, sourced data and opacity nothing is ever said here.
 */
public final class TrustMapping {
  /** The components that say how a VM is set up; all others say what is loaded in it. */
  private static final Set<String> SETUP = Set.of("vm", "config", "cpu/control", "devices");

  /** "The Attesting Environment is recognized, and [...] not known to be compromised." */
  static final int RECOGNIZED = 2;

  /** "[...] verifications needed to demonstrate that these are genuine/supported." */
  static final int GENUINE = 2;

  /** "The configuration is a known and approved config": the Baseline's. */
  static final int APPROVED_CONFIGURATION = 2;

  /** "The configuration is unsupportable": not what the policy wants. */
  static final int UNSUPPORTABLE_CONFIGURATION = 96;

  /** "Only a recognized genuine set of approved [...] objects": memory is the Baseline's. */
  static final int APPROVED_EXECUTABLES = 2;

  /** Ours: the kernel's code is its Reference Values'; of the programs nothing is said. */
  static final int KERNEL_CODE_RECOGNIZED = -2;

  /** "Runtime memory includes [...] objects which are not recognized." */
  static final int UNRECOGNIZED_EXECUTABLES = 33;

  /** "Runtime memory includes [...] object which are contraindicated." */
  static final int CONTRAINDICATED_EXECUTABLES = 96;

  private TrustMapping() {}

  /** The vector that stands for what was checked and what was found. */
  public static TrustworthinessVector vector(
      Verdict verdict, Checked checked, List<Discrepancy> discrepancies) {
    Map<TrustClaim, Integer> claims = new EnumMap<>(TrustClaim.class);
    if (checked.evidence()) {
      claims.put(TrustClaim.INSTANCE_IDENTITY, RECOGNIZED);
    }
    if (checked.evidence() && checked.hardwareTpm()) {
      claims.put(TrustClaim.HARDWARE, GENUINE);
    }
    if (verdict == Verdict.VERIFIED || verdict == Verdict.DISCREPANT) {
      configuration(checked, discrepancies)
          .ifPresent(value -> claims.put(TrustClaim.CONFIGURATION, value));
      executables(checked, discrepancies)
          .ifPresent(value -> claims.put(TrustClaim.EXECUTABLES, value));
    } else {
      claims.put(TrustClaim.CONFIGURATION, TrustworthinessVector.NO_ASSERTION);
      claims.put(TrustClaim.EXECUTABLES, TrustworthinessVector.NO_ASSERTION);
    }
    if (claims.isEmpty()) {
      claims.put(TrustClaim.CONFIGURATION, TrustworthinessVector.NO_ASSERTION);
    }
    return new TrustworthinessVector(claims);
  }

  /** The verdict's tier, or the vector's worst where that is of less trust. */
  public static TrustTier status(Verdict verdict, TrustworthinessVector vector) {
    TrustTier tier =
        switch (verdict) {
          case VERIFIED -> TrustTier.AFFIRMING;
          case DISCREPANT -> TrustTier.CONTRAINDICATED;
          case UNVERIFIABLE -> TrustTier.NONE;
          case OVERDUE -> TrustTier.WARNING;
        };
    return tier.orWorse(vector.tier());
  }

  private static Optional<Integer> configuration(Checked checked, List<Discrepancy> all) {
    if (worst(all, TrustMapping::isSetup) == Severity.CRITICAL) {
      return Optional.of(UNSUPPORTABLE_CONFIGURATION);
    }
    return checked.components().contains("config")
        ? Optional.of(APPROVED_CONFIGURATION)
        : Optional.empty();
  }

  private static Optional<Integer> executables(Checked checked, List<Discrepancy> all) {
    Severity worst = worst(all, d -> !isSetup(d));
    if (worst == Severity.CRITICAL) {
      return Optional.of(CONTRAINDICATED_EXECUTABLES);
    }
    if (worst == Severity.WARNING) {
      return Optional.of(UNRECOGNIZED_EXECUTABLES);
    }
    if (checked.components().contains("memory")) {
      return Optional.of(APPROVED_EXECUTABLES);
    }
    return checked.kernelCode() ? Optional.of(KERNEL_CODE_RECOGNIZED) : Optional.empty();
  }

  private static boolean isSetup(Discrepancy discrepancy) {
    return SETUP.contains(discrepancy.component());
  }

  private static Severity worst(List<Discrepancy> all, Predicate<Discrepancy> part) {
    return all.stream()
        .filter(part)
        .map(Discrepancy::severity)
        .reduce(Severity.INFO, (a, b) -> a.compareTo(b) >= 0 ? a : b);
  }
}
