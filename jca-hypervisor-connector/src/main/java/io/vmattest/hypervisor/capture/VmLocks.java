// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * One at a time works on a VM: in this process by a set, among processes by a lock on a file, which
 * the kernel releases when a process dies.
 */
public final class VmLocks implements AutoCloseable {
  /** Releases. */
  public interface Held extends AutoCloseable {
    @Override
    void close();
  }

  private final Path folder;
  private final Map<UUID, Optional<FileChannel>> held = new ConcurrentHashMap<>();

  public VmLocks(Path folder) {
    this.folder = folder;
  }

  /**
   * @throws HypervisorException with reason CAPTURE_IN_PROGRESS if another has it
   */
  public Held acquire(UUID vm) throws HypervisorException {
    if (held.putIfAbsent(vm, Optional.empty()) != null) {
      throw busy(vm);
    }
    boolean acquired = false;
    try {
      FileChannel channel = lockFile(vm);
      held.put(vm, Optional.of(channel));
      acquired = true;
      return () -> release(vm, channel);
    } catch (IOException e) {
      throw Failures.of(Reason.CAPTURE_FAILED, e);
    } finally {
      if (!acquired) {
        held.remove(vm);
      }
    }
  }

  /** Whether this process works on the VM at the moment. */
  public boolean isHeld(UUID vm) {
    return held.containsKey(vm);
  }

  private FileChannel lockFile(UUID vm) throws IOException, HypervisorException {
    FileChannel channel =
        FileChannel.open(
            folder.resolve(vm.toString()), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    FileLock lock = null;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      // A former deployment in this process still works on it.
      throw busy(vm);
    } finally {
      if (lock == null) {
        channel.close();
      }
    }
    if (lock == null) {
      throw busy(vm);
    }
    return channel;
  }

  private void release(UUID vm, FileChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      // The descriptor is closed all the same, and the lock with it.
    } finally {
      held.remove(vm, Optional.of(channel));
    }
  }

  /** Releases everything, as the end of the process would. */
  @Override
  public void close() {
    held.forEach((vm, channel) -> channel.ifPresent(c -> release(vm, c)));
  }

  private static HypervisorException busy(UUID vm) {
    return new HypervisorException(
        Reason.CAPTURE_IN_PROGRESS, "VM " + vm + " is being captured or rolled back already");
  }
}
