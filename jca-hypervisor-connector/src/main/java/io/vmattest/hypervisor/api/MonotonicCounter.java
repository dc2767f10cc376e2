// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.api;

/**
 * A counter in the host's TPM, which nobody can turn back: what was written down with a value of it
 * is older than the newest if the counter has gone on. Whoever may open the TPM can increment it.
 * Servers that share a TPM are configured to have different ones.
 *
 * <p>It belongs to the connection that it was got from, and to no transaction: an increment is not
 * undone.
 */
public interface MonotonicCounter {
  /**
   * What it stands at. Where the TPM has none yet, it is made, and begins above zero.
   *
   * @throws HypervisorException with reason TEE_UNAVAILABLE, also if the TPM has something else in
   *     its place
   */
  CounterValue read() throws HypervisorException;

  /**
   * Increments it, by one unless the TPM was gone for a moment. To be done seldom, as a TPM's
   * memory wears out by being written, and in one process, for two that do so at the same time can
   * be given the same value.
   *
   * @return what it stands at then
   * @throws HypervisorException as {@link #read()}; the counter may have been incremented all the
   *     same
   */
  CounterValue increment() throws HypervisorException;
}
