// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.kernels;

import io.vmattest.hypervisor.api.HypervisorConnection;
import io.vmattest.server.host.HostGateway;
import io.vmattest.server.problem.ServiceException;
import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import java.io.InputStream;
import java.util.List;

/** The kernels that the host compares its guests with. */
@Stateless
@TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
public class Kernels {
  @Inject HostGateway host;
  @Inject KernelRecorder recorder;

  /**
   * Takes in a distribution's package, and records that.
   *
   * @throws ServiceException with KERNEL_MALFORMED, STORAGE_FULL
   */
  public Kernel add(InputStream deb) {
    Kernel kernel = Kernel.of(host.call(connection -> connection.importKernel(deb)));
    recorder.imported(kernel);
    return kernel;
  }

  /** All that there are. */
  public List<Kernel> all() {
    return host.call(HypervisorConnection::kernels).stream().map(Kernel::of).toList();
  }
}
