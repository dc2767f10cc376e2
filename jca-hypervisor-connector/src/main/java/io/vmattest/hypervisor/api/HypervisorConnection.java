// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.api;

import io.vmattest.core.appraisal.PageDifferences;
import io.vmattest.core.report.Digest;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.UUID;

/** A connection to one host: its libvirt, its measurement module and its snapshot store. */
public interface HypervisorConnection extends AutoCloseable {
  /** Identifier of the host, as reports carry it. */
  String hostId() throws HypervisorException;

  List<VirtualMachine> virtualMachines() throws HypervisorException;

  /**
   * @throws HypervisorException with reason NO_SUCH_VM
   */
  VirtualMachine virtualMachine(UUID id) throws HypervisorException;

  /** Captures, measures and signs. The guest's run state afterwards is its run state before. */
  CaptureResult capture(CaptureRequest request, ProgressListener progress)
      throws HypervisorException;

  /**
   * Must be called in a transaction, in which it takes part as an XA resource.
   *
   * @throws RollbackFailedException if it failed after a report was signed
   */
  RollbackResult rollBack(RollbackRequest request, ProgressListener progress)
      throws HypervisorException;

  /** Rollbacks that are not over, whoever began them, oldest phase first. */
  OpenRollbacks openRollbacks() throws HypervisorException;

  /**
   * Decides a rollback that the transaction manager never will, because its log is lost. Must not
   * be called in a transaction. Should the transaction manager ask for the branch after all, it is
   * told what was done (a heuristic outcome), until it says that it may be forgotten.
   *
   * @param id see {@link OpenRollback#id}
   * @throws HypervisorException with reason NO_SUCH_ROLLBACK; ROLLBACK_NOT_IN_DOUBT if a
   *     transaction of this server has it, or its recovery may still decide it
   */
  void resolveRollback(String id, RollbackOutcome outcome) throws HypervisorException;

  /**
   * Suspends a guest that runs; one that stands still stays so.
   *
   * @throws HypervisorException with reason VM_NOT_ACTIVE, or CAPTURE_IN_PROGRESS if somebody works
   *     on the VM
   */
  void suspend(UUID vm) throws HypervisorException;

  /**
   * Lets a guest go on that stands still; one that runs goes on.
   *
   * @throws HypervisorException as {@link #suspend} does
   */
  void resume(UUID vm) throws HypervisorException;

  /** The network interfaces of an active guest, in the order of its configuration. */
  List<NetworkLink> links(UUID vm) throws HypervisorException;

  /**
   * Gives the interfaces that are named these links. If one cannot be changed, those before it are.
   *
   * @throws HypervisorException as {@link #suspend} does
   */
  void setLinks(UUID vm, List<NetworkLink> links) throws HypervisorException;

  /** Digests of the snapshots that the store holds for a VM, oldest first. */
  List<Digest> snapshots(UUID vm) throws HypervisorException;

  /** The same snapshots with what lies beside them, as it is. */
  List<KeptSnapshot> keptSnapshots(UUID vm) throws HypervisorException;

  /**
   * Targets of a snapshot's disks whose images are not as they were when they were frozen, as far
   * as their length and time say.
   *
   * @throws HypervisorException with reason NO_SUCH_SNAPSHOT
   */
  List<String> touchedDisks(UUID vm, Digest snapshot) throws HypervisorException;

  /** Bytes that a VM's snapshots take on the host's disk together, without their disks. */
  long snapshotBytes(UUID vm) throws HypervisorException;

  /** The VMs that the store has snapshots of. */
  List<UUID> snapshotOwners() throws HypervisorException;

  /**
   * Reads and checks all snapshots of a VM, byte by byte.
   *
   * @param repair whether leftovers are removed; no snapshot ever is
   * @throws HypervisorException with reason CAPTURE_IN_PROGRESS if somebody works on the VM
   */
  SnapshotCheck checkSnapshots(UUID vm, boolean repair, ProgressListener progress)
      throws HypervisorException;

  /**
   * The pages in which two snapshots differ, by the digests of their pages.
   *
   * @param limit at most so many runs are listed
   */
  PageDifferences compare(UUID vm, Digest snapshot, Digest other, int limit)
      throws HypervisorException;

  /**
   * A snapshot's memory and vCPUs for a debugger; outlives the connection. All is read and checked
   * before it is given.
   *
   * @throws HypervisorException with reason NO_SUCH_SNAPSHOT, SNAPSHOT_DAMAGED, STORAGE_FULL,
   *     HOST_BUSY if too many are being fetched, CAPTURE_FAILED if the machine is no PC
   */
  GuestCore core(UUID vm, Digest snapshot) throws HypervisorException;

  /**
   * Starts a paused guest of a snapshot beside its original, cut off from everything outside, with
   * a stub for gdb on this host's loopback interface. Every page is checked on the way. It ends
   * with the server at the latest.
   *
   * @param life how long it lives if nobody ends it before
   * @throws HypervisorException with reason NO_SUCH_SNAPSHOT, SNAPSHOT_DAMAGED, SNAPSHOT_IN_USE if
   *     it has one, HOST_BUSY if there are too many, CLONE_NOT_ISOLABLE, CAPTURE_IN_PROGRESS,
   *     HOST_MEMORY_LOW, STORAGE_FULL, RESTORE_FAILED
   */
  DebugClone startClone(UUID vm, Digest snapshot, Duration life) throws HypervisorException;

  /** The debug clones of a VM's snapshots. */
  List<DebugClone> clones(UUID vm) throws HypervisorException;

  /**
   * Ends a debug clone, and removes all that it had.
   *
   * @throws HypervisorException with reason NO_SUCH_CLONE
   */
  void stopClone(UUID vm, UUID clone) throws HypervisorException;

  /**
   * Removes a snapshot and all of its disks that no other snapshot or domain needs; where others
   * rest on them, their content is merged into those, which may take as long as copying it does.
   *
   * @throws HypervisorException with reason SNAPSHOT_IN_USE if a debug clone stands on it
   */
  void dropSnapshot(UUID vm, Digest snapshot) throws HypervisorException;

  /**
   * Takes in a kernel that guests are compared with from then on.
   *
   * @param deb a distribution's package of it (Debian); read to its end
   * @throws HypervisorException with reason KERNEL_MALFORMED if it is none, STORAGE_FULL
   */
  ImportedKernel importKernel(InputStream deb) throws HypervisorException;

  /** The kernels that guests are compared with. */
  List<ImportedKernel> kernels() throws HypervisorException;

  /** KeyEvidence of the module's signing key (CBOR). */
  byte[] keyEvidence() throws HypervisorException;

  /**
   * Answers a credential challenge (TPM 2.0 part 3, 12.5).
   *
   * @param credential TPM2B_ID_OBJECT
   * @param secret TPM2B_ENCRYPTED_SECRET
   * @return the secret that was sealed in the challenge
   */
  byte[] activateCredential(byte[] credential, byte[] secret) throws HypervisorException;

  /** The counter of the module's TPM. */
  MonotonicCounter counter();

  @Override
  void close();
}
