// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.ra;

import io.vmattest.hypervisor.api.HypervisorConnection;
import io.vmattest.hypervisor.api.HypervisorConnectionFactory;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import jakarta.resource.ResourceException;
import jakarta.resource.spi.ConnectionManager;
import javax.naming.Reference;
import org.jspecify.annotations.Nullable;

/** What the application looks up. */
public final class ConnectionFactoryHandle implements HypervisorConnectionFactory {
  private static final long serialVersionUID = 1L;

  private final transient HypervisorManagedConnectionFactory factory;
  private final ConnectionManager manager;
  private @Nullable Reference reference;

  ConnectionFactoryHandle(HypervisorManagedConnectionFactory factory, ConnectionManager manager) {
    this.factory = factory;
    this.manager = manager;
  }

  @Override
  public HypervisorConnection getConnection() throws HypervisorException {
    try {
      return (HypervisorConnection) manager.allocateConnection(factory, null);
    } catch (ResourceException e) {
      throw new HypervisorException(
          Reason.HOST_UNAVAILABLE, "no connection to the host: " + e.getMessage(), e);
    }
  }

  @Override
  public void setReference(Reference reference) {
    this.reference = reference;
  }

  @Override
  public @Nullable Reference getReference() {
    return reference;
  }
}
