// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.ra;

import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import jakarta.resource.NotSupportedException;
import jakarta.resource.ResourceException;
import jakarta.resource.spi.ConnectionManager;
import jakarta.resource.spi.ConnectionRequestInfo;
import jakarta.resource.spi.ManagedConnection;
import jakarta.resource.spi.ManagedConnectionFactory;
import jakarta.resource.spi.ResourceAdapter;
import jakarta.resource.spi.ResourceAdapterAssociation;
import jakarta.resource.spi.ResourceAllocationException;
import jakarta.resource.spi.ValidatingManagedConnectionFactory;
import java.io.PrintWriter;
import java.util.HashSet;
import java.util.Set;
import javax.security.auth.Subject;
import org.jspecify.annotations.Nullable;

/** Makes the connections that the server pools. */
public final class HypervisorManagedConnectionFactory
    implements ManagedConnectionFactory,
        ResourceAdapterAssociation,
        ValidatingManagedConnectionFactory {
  private static final long serialVersionUID = 1L;

  private @Nullable HypervisorResourceAdapter adapter;
  private transient @Nullable PrintWriter logWriter;

  @Override
  public Object createConnectionFactory(ConnectionManager manager) {
    return new ConnectionFactoryHandle(this, manager);
  }

  @Override
  public Object createConnectionFactory() throws ResourceException {
    throw new NotSupportedException("this resource adapter works in an application server only");
  }

  @Override
  public ManagedConnection createManagedConnection(
      @Nullable Subject subject, @Nullable ConnectionRequestInfo info) throws ResourceException {
    if (adapter == null) {
      throw new ResourceAllocationException("the resource adapter is not associated");
    }
    try {
      return new HypervisorManagedConnection(adapter.services());
    } catch (LibvirtFailure e) {
      throw new ResourceAllocationException(e.getMessage(), e);
    }
  }

  @Override
  public @Nullable ManagedConnection matchManagedConnections(
      @SuppressWarnings("rawtypes") Set connections,
      @Nullable Subject subject,
      @Nullable ConnectionRequestInfo info) {
    for (Object candidate : connections) {
      if (candidate instanceof HypervisorManagedConnection connection) {
        return connection;
      }
    }
    return null;
  }

  @Override
  @SuppressWarnings("rawtypes")
  public Set getInvalidConnections(Set connections) {
    Set<Object> invalid = new HashSet<>();
    for (Object candidate : connections) {
      if (candidate instanceof HypervisorManagedConnection connection && !connection.isAlive()) {
        invalid.add(candidate);
      }
    }
    return invalid;
  }

  @Override
  public @Nullable ResourceAdapter getResourceAdapter() {
    return adapter;
  }

  @Override
  public void setResourceAdapter(ResourceAdapter resourceAdapter) throws ResourceException {
    if (!(resourceAdapter instanceof HypervisorResourceAdapter ours)) {
      throw new ResourceException("another resource adapter: " + resourceAdapter);
    }
    adapter = ours;
  }

  @Override
  public void setLogWriter(@Nullable PrintWriter out) {
    logWriter = out;
  }

  @Override
  public @Nullable PrintWriter getLogWriter() {
    return logWriter;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof HypervisorManagedConnectionFactory factory
        && adapter == factory.adapter;
  }

  @Override
  public int hashCode() {
    return System.identityHashCode(adapter);
  }
}
