// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.ra;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.api.ImportedKernel;
import io.vmattest.hypervisor.capture.Failures;
import io.vmattest.hypervisor.guest.KernelReferences;
import io.vmattest.introspection.image.MalformedImageException;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/** What a connection can do with the kernels that guests are compared with. */
final class KernelOperations {
  private final KernelReferences references;

  KernelOperations(KernelReferences references) {
    this.references = references;
  }

  ImportedKernel add(InputStream deb) throws HypervisorException {
    try {
      return references.add(deb);
    } catch (MalformedImageException e) {
      throw new HypervisorException(
          Reason.KERNEL_MALFORMED, "the file is no kernel package: " + e.getMessage(), e);
    } catch (IOException e) {
      throw Failures.of(Reason.KERNEL_MALFORMED, e);
    }
  }

  List<ImportedKernel> list() throws HypervisorException {
    try {
      return references.list();
    } catch (IOException e) {
      throw Failures.of(Reason.CAPTURE_FAILED, e);
    }
  }
}
