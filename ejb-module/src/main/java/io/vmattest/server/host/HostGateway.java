// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.host;

import io.vmattest.hypervisor.api.CounterValue;
import io.vmattest.hypervisor.api.HypervisorConnection;
import io.vmattest.hypervisor.api.HypervisorConnectionFactory;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.MonotonicCounter;
import io.vmattest.hypervisor.api.VirtualMachine;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;
import java.util.List;
import java.util.UUID;

/** Lends a connection to the host for one piece of work and turns its failures into ours. */
@ApplicationScoped
public class HostGateway {
  @Inject HypervisorConnectionFactory factory;

  /** Work on a connection. */
  @FunctionalInterface
  public interface Work<T> {
    T on(HypervisorConnection connection) throws HypervisorException;
  }

  /**
   * Does the work on a connection of its own.
   *
   * @throws ServiceException with the kind that the connector's reason stands for
   */
  public <T> T call(Work<T> work) {
    try (HypervisorConnection connection = factory.getConnection()) {
      return work.on(connection);
    } catch (HypervisorException e) {
      throw new ServiceException(kind(e.reason()), message(e), e);
    }
  }

  public String hostId() {
    return call(HypervisorConnection::hostId);
  }

  public List<VirtualMachine> virtualMachines() {
    return call(HypervisorConnection::virtualMachines);
  }

  /**
   * The VM of an id.
   *
   * @throws ServiceException with NO_SUCH_VM
   */
  public VirtualMachine virtualMachine(UUID id) {
    return call(connection -> connection.virtualMachine(id));
  }

  /**
   * What the counter of the host's TPM stands at. In no transaction, so that no rollback's branch
   * has a part in it.
   *
   * @throws ServiceException with TEE_UNAVAILABLE
   */
  @Transactional(Transactional.TxType.NOT_SUPPORTED)
  public CounterValue counter() {
    return call(connection -> connection.counter().read());
  }

  /**
   * Increments the counter of the host's TPM, and gives what it stands at then. In no transaction:
   * it is not undone. To be done seldom, see {@link MonotonicCounter#increment()}.
   *
   * @throws ServiceException with TEE_UNAVAILABLE
   */
  @Transactional(Transactional.TxType.NOT_SUPPORTED)
  public CounterValue incrementCounter() {
    return call(connection -> connection.counter().increment());
  }

  private static String message(HypervisorException e) {
    String message = e.getMessage();
    return message == null ? e.reason().name() : message;
  }

  private static Problem kind(HypervisorException.Reason reason) {
    return switch (reason) {
      case NO_SUCH_VM -> Problem.NO_SUCH_VM;
      case VM_NOT_ACTIVE -> Problem.VM_NOT_ACTIVE;
      case CAPTURE_IN_PROGRESS -> Problem.CAPTURE_IN_PROGRESS;
      case MIGRATION_BLOCKED -> Problem.MIGRATION_BLOCKED;
      case DISK_NOT_SUPPORTED -> Problem.DISK_NOT_SUPPORTED;
      case DISK_CHAIN_TOO_LONG -> Problem.DISK_CHAIN_TOO_LONG;
      case DISK_CHAIN_DIFFERS -> Problem.DISK_CHAIN_DIFFERS;
      case CONFIDENTIAL_GUEST -> Problem.CONFIDENTIAL_GUEST;
      case NOT_CONVERGING -> Problem.NOT_CONVERGING;
      case MODE_UNAVAILABLE -> Problem.MODE_UNAVAILABLE;
      case CAPTURE_FAILED -> Problem.CAPTURE_FAILED;
      case NO_SUCH_ROLLBACK -> Problem.NO_SUCH_ROLLBACK;
      case ROLLBACK_NOT_IN_DOUBT -> Problem.ROLLBACK_NOT_IN_DOUBT;
      case NO_SUCH_SNAPSHOT -> Problem.NO_SUCH_SNAPSHOT;
      case SNAPSHOT_DAMAGED -> Problem.SNAPSHOT_DAMAGED;
      case SNAPSHOT_IN_USE -> Problem.SNAPSHOT_IN_USE;
      case CLONE_NOT_ISOLABLE -> Problem.CLONE_NOT_ISOLABLE;
      case NO_SUCH_CLONE -> Problem.NO_SUCH_CLONE;
      case KERNEL_MALFORMED -> Problem.KERNEL_MALFORMED;
      case DEFINITION_DIFFERS -> Problem.DEFINITION_DIFFERS;
      case RESTORE_FAILED -> Problem.RESTORE_FAILED;
      case STORAGE_FULL -> Problem.STORAGE_FULL;
      case HOST_MEMORY_LOW -> Problem.HOST_MEMORY_LOW;
      case HOST_BUSY -> Problem.BUSY;
      case TEE_UNAVAILABLE -> Problem.TEE_UNAVAILABLE;
      case HOST_UNAVAILABLE -> Problem.HOST_UNAVAILABLE;
    };
  }
}
