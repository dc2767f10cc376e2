// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.config.MalformedDomainXmlException;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.tee.InvalidClaimsException;
import io.vmattest.tee.ModuleGoneException;
import io.vmattest.tee.StorageException;
import io.vmattest.tee.TamperedSnapshotException;
import io.vmattest.tee.TeeException;
import io.vmattest.tee.TpmException;
import java.io.IOException;
import java.util.List;

/** What the failures of the layers below mean to the caller of the connector. */
public final class Failures {
  /** What Java says of ENOSPC, EDQUOT and EFBIG. */
  private static final List<String> NO_SPACE =
      List.of("No space left on device", "Disk quota exceeded", "File too large");

  private Failures() {}

  /**
   * @param otherwise the reason if the failure itself does not tell one
   */
  public static HypervisorException of(Reason otherwise, LibvirtFailure failure) {
    Reason reason = failure.isNoDomain() ? Reason.NO_SUCH_VM : otherwise;
    return new HypervisorException(reason, message(failure), failure);
  }

  public static HypervisorException of(Reason otherwise, TeeException failure) {
    Reason reason = otherwise;
    if (failure instanceof TpmException || failure instanceof ModuleGoneException) {
      reason = Reason.TEE_UNAVAILABLE;
    } else if (failure instanceof TamperedSnapshotException) {
      reason = Reason.SNAPSHOT_DAMAGED;
    } else if (failure instanceof StorageException storage && storage.noSpace()) {
      reason = Reason.STORAGE_FULL;
    } else if (failure instanceof InvalidClaimsException) {
      throw new IllegalArgumentException(message(failure), failure);
    }
    return new HypervisorException(reason, message(failure), failure);
  }

  public static HypervisorException of(Reason otherwise, IOException failure) {
    String text = message(failure);
    boolean full = NO_SPACE.stream().anyMatch(text::contains);
    return new HypervisorException(full ? Reason.STORAGE_FULL : otherwise, text, failure);
  }

  public static HypervisorException of(MalformedDomainXmlException failure) {
    return new HypervisorException(Reason.CAPTURE_FAILED, message(failure), failure);
  }

  public static HypervisorException interrupted(InterruptedException failure) {
    Thread.currentThread().interrupt();
    return new HypervisorException(Reason.CAPTURE_FAILED, "interrupted", failure);
  }

  private static String message(Exception failure) {
    return failure.getMessage() == null ? failure.toString() : failure.getMessage();
  }
}
