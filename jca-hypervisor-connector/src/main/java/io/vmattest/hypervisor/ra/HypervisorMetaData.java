// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.ra;

import jakarta.resource.spi.ManagedConnectionMetaData;

/** What a connection says of itself. */
record HypervisorMetaData(String hostId) implements ManagedConnectionMetaData {
  @Override
  public String getEISProductName() {
    return "libvirt on " + hostId;
  }

  @Override
  public String getEISProductVersion() {
    return "";
  }

  @Override
  public int getMaxConnections() {
    return 0;
  }

  @Override
  public String getUserName() {
    return "";
  }
}
