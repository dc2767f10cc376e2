// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.api;

/** What a message-driven bean implements to be told of the life of the host's VMs. */
public interface VirtualMachineListener {
  void onEvent(VirtualMachineEvent event);
}
