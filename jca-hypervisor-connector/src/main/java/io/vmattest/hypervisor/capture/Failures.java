// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.config.MalformedDomainXmlException;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.tee.InvalidClaimsException;
import io.vmattest.tee.StorageException;
import io.vmattest.tee.TamperedSnapshotException;
import io.vmattest.tee.TeeException;
import io.vmattest.tee.TpmException;
import java.io.IOException;
import java.nio.file.FileSystemException;

/** What the failures of the layers below mean to the caller of the connector. */
public final class Failures {
  /** asm-generic/errno.h. */
  private static final int ENOSPC = 28;

  private static final int EDQUOT = 122;

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
    if (failure instanceof TpmException) {
      reason = Reason.TEE_UNAVAILABLE;
    } else if (failure instanceof TamperedSnapshotException) {
      reason = Reason.SNAPSHOT_DAMAGED;
    } else if (failure instanceof StorageException
        && (failure.errno() == ENOSPC || failure.errno() == EDQUOT)) {
      reason = Reason.STORAGE_FULL;
    } else if (failure instanceof InvalidClaimsException) {
      throw new IllegalArgumentException(message(failure), failure);
    }
    return new HypervisorException(reason, message(failure), failure);
  }

  public static HypervisorException of(Reason otherwise, IOException failure) {
    String text = message(failure);
    boolean full =
        text.contains("No space left on device")
            || (failure instanceof FileSystemException file
                && String.valueOf(file.getReason()).contains("Disk quota exceeded"));
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
