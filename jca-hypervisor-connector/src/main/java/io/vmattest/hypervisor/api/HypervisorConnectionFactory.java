// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.api;

import jakarta.resource.Referenceable;
import java.io.Serializable;

/** What the application looks up, under java:/eis/vmattest/Hypervisor. */
public interface HypervisorConnectionFactory extends Serializable, Referenceable {
  /**
   * @throws HypervisorException with reason HOST_UNAVAILABLE
   */
  HypervisorConnection getConnection() throws HypervisorException;
}
