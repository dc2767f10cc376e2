// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.ra;

import jakarta.resource.spi.ActivationSpec;
import jakarta.resource.spi.InvalidPropertyException;
import jakarta.resource.spi.ResourceAdapter;
import java.io.Serializable;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/** Which events an endpoint wants. */
public final class LifecycleActivationSpec implements ActivationSpec, Serializable {
  private static final long serialVersionUID = 1L;

  private String vmFilter = "";
  private @Nullable ResourceAdapter adapter;

  /** A regular expression over VM names; every VM if empty. */
  public String getVmFilter() {
    return vmFilter;
  }

  public void setVmFilter(String vmFilter) {
    this.vmFilter = vmFilter;
  }

  boolean wants(String vmName) {
    return vmFilter.isEmpty() || Pattern.matches(vmFilter, vmName);
  }

  @Override
  public void validate() throws InvalidPropertyException {
    try {
      Pattern.compile(vmFilter);
    } catch (PatternSyntaxException e) {
      throw new InvalidPropertyException("vmFilter is no regular expression", e);
    }
  }

  @Override
  public @Nullable ResourceAdapter getResourceAdapter() {
    return adapter;
  }

  @Override
  public void setResourceAdapter(ResourceAdapter resourceAdapter) {
    adapter = resourceAdapter;
  }
}
