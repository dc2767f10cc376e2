// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.ra;

import io.vmattest.hypervisor.libvirt.HostLink;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.rollback.RollbackXaResource;
import jakarta.resource.NotSupportedException;
import jakarta.resource.ResourceException;
import jakarta.resource.spi.ConnectionEvent;
import jakarta.resource.spi.ConnectionEventListener;
import jakarta.resource.spi.ConnectionRequestInfo;
import jakarta.resource.spi.LocalTransaction;
import jakarta.resource.spi.ManagedConnection;
import jakarta.resource.spi.ManagedConnectionMetaData;
import java.io.PrintWriter;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.security.auth.Subject;
import javax.transaction.xa.XAResource;
import org.jspecify.annotations.Nullable;

/** A pooled connection to libvirt, and the handles that applications have on it. */
final class HypervisorManagedConnection implements ManagedConnection {
  private final HostServices services;
  private final HostLink link;
  private final HostOperations operations;
  private final RollbackXaResource xaResource;
  private final List<ConnectionEventListener> listeners = new CopyOnWriteArrayList<>();
  private final Set<ConnectionHandle> handles = ConcurrentHashMap.newKeySet();
  private @Nullable PrintWriter logWriter;

  HypervisorManagedConnection(HostServices services) throws LibvirtFailure {
    this.services = services;
    this.link = HostLink.open(services.uri());
    this.operations = new HostOperations(services, link);
    this.xaResource = new RollbackXaResource(services.rollbacks(), () -> link);
  }

  HostOperations operations() {
    return operations;
  }

  RollbackXaResource branch() {
    return xaResource;
  }

  boolean isAlive() {
    return link.answers();
  }

  @Override
  public Object getConnection(@Nullable Subject subject, @Nullable ConnectionRequestInfo info) {
    ConnectionHandle handle = new ConnectionHandle(this);
    handles.add(handle);
    return handle;
  }

  @Override
  public void associateConnection(Object connection) throws ResourceException {
    if (!(connection instanceof ConnectionHandle handle)) {
      throw new ResourceException("not a handle of this resource adapter");
    }
    handle.moveTo(this);
    handles.add(handle);
  }

  /** A handle has left for another connection. */
  void release(ConnectionHandle handle) {
    handles.remove(handle);
  }

  /** An application is done with a handle. */
  void closed(ConnectionHandle handle) {
    if (handles.remove(handle)) {
      ConnectionEvent event = new ConnectionEvent(this, ConnectionEvent.CONNECTION_CLOSED);
      event.setConnectionHandle(handle);
      listeners.forEach(listener -> listener.connectionClosed(event));
    }
  }

  /** Tells the pool if the link is gone, so that it is not handed out again. */
  void checkAfter(Exception failure) {
    if (!link.answers()) {
      ConnectionEvent event =
          new ConnectionEvent(this, ConnectionEvent.CONNECTION_ERROR_OCCURRED, failure);
      listeners.forEach(listener -> listener.connectionErrorOccurred(event));
    }
  }

  @Override
  public void cleanup() {
    handles.forEach(ConnectionHandle::invalidate);
    handles.clear();
  }

  @Override
  public void destroy() {
    cleanup();
    link.close();
  }

  @Override
  public void addConnectionEventListener(ConnectionEventListener listener) {
    listeners.add(listener);
  }

  @Override
  public void removeConnectionEventListener(ConnectionEventListener listener) {
    listeners.remove(listener);
  }

  @Override
  public XAResource getXAResource() {
    return xaResource;
  }

  @Override
  public LocalTransaction getLocalTransaction() throws ResourceException {
    throw new NotSupportedException("rollbacks take part in XA transactions only");
  }

  @Override
  public ManagedConnectionMetaData getMetaData() {
    return new HypervisorMetaData(services.hostId());
  }

  @Override
  public void setLogWriter(@Nullable PrintWriter out) {
    logWriter = out;
  }

  @Override
  public @Nullable PrintWriter getLogWriter() {
    return logWriter;
  }
}
