// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.ra;

import io.vmattest.hypervisor.capture.BudgetLimits;
import io.vmattest.hypervisor.capture.CaptureSettings;
import io.vmattest.hypervisor.capture.ModePolicy;
import io.vmattest.hypervisor.rollback.RollbackXaResource;
import io.vmattest.tee.MeasurementModule;
import jakarta.resource.ResourceException;
import jakarta.resource.spi.ActivationSpec;
import jakarta.resource.spi.BootstrapContext;
import jakarta.resource.spi.ResourceAdapter;
import jakarta.resource.spi.ResourceAdapterInternalException;
import jakarta.resource.spi.endpoint.MessageEndpointFactory;
import java.io.IOException;
import java.io.Serializable;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import javax.transaction.xa.XAResource;
import org.jspecify.annotations.Nullable;

/** One host: its libvirt, its measurement module, its snapshots. */
public final class HypervisorResourceAdapter implements ResourceAdapter, Serializable {
  private static final long serialVersionUID = 1L;

  /** Instead of a socket: the measurement module is loaded into this process. */
  private static final String EMBEDDED = "embedded";

  private String uri = "qemu:///system";
  private String stateDir = "/var/lib/vmattest";
  private String tcti = "device:/dev/tpmrm0";
  private int counterSlot;
  private String hostId = "";
  private String moduleSocket = EMBEDDED;
  private int maxCaptures;
  private int hashingThreads;
  private long captureBandwidth;
  private int captureQueueSeconds = 60;
  private int maxDiskLayers = CaptureSettings.DISK_LAYERS;
  private boolean encryptSnapshots;
  private boolean inspectGuests = true;
  private String captureMode = "live";

  private transient @Nullable HostServices services;
  private transient @Nullable HostWatch watch;

  @Override
  public synchronized void start(BootstrapContext context) throws ResourceAdapterInternalException {
    MeasurementModule.runsAt(
        moduleSocket.equals(EMBEDDED) || moduleSocket.isEmpty()
            ? Optional.empty()
            : Optional.of(Path.of(moduleSocket)));
    try {
      services = HostServices.open(settings());
    } catch (IllegalArgumentException e) {
      throw new ResourceAdapterInternalException(e.getMessage(), e);
    } catch (IOException e) {
      throw new ResourceAdapterInternalException("the state folder " + stateDir, e);
    }
    watch = new HostWatch(services, context.getWorkManager());
    watch.start();
  }

  private HostSettings settings() throws UnknownHostException {
    return HostSettings.of(uri, hostIdOrName(), Path.of(stateDir), tcti)
        .withCounterSlot(counterSlot)
        .withEncryptSnapshots(encryptSnapshots)
        .withCapture(
            CaptureSettings.defaults()
                .withModes(ModePolicy.of(captureMode))
                .withBudget(budget())
                .withMaxDiskLayers(maxDiskLayers)
                .withInspectGuests(inspectGuests));
  }

  private BudgetLimits budget() {
    return BudgetLimits.of(
        maxCaptures, hashingThreads, captureBandwidth, Duration.ofSeconds(captureQueueSeconds));
  }

  private String hostIdOrName() throws UnknownHostException {
    return hostId.isEmpty() ? InetAddress.getLocalHost().getHostName() : hostId;
  }

  @Override
  public synchronized void stop() {
    if (watch != null) {
      watch.stop();
    }
    if (services != null) {
      services.close();
    }
  }

  @Override
  public void endpointActivation(MessageEndpointFactory factory, ActivationSpec spec)
      throws ResourceException {
    if (!(spec instanceof LifecycleActivationSpec ours)) {
      throw new ResourceException("another activation spec: " + spec);
    }
    watch().add(factory, ours);
  }

  @Override
  public void endpointDeactivation(MessageEndpointFactory factory, ActivationSpec spec) {
    HostWatch current = watch;
    if (current != null) {
      current.remove(factory, spec);
    }
  }

  @Override
  public XAResource[] getXAResources(ActivationSpec[] specs) {
    HostServices current = services();
    return new XAResource[] {new RollbackXaResource(current.rollbacks(), watch()::link)};
  }

  synchronized HostServices services() {
    if (services == null) {
      throw new IllegalStateException("the resource adapter is not started");
    }
    return services;
  }

  private synchronized HostWatch watch() {
    if (watch == null) {
      throw new IllegalStateException("the resource adapter is not started");
    }
    return watch;
  }

  public String getUri() {
    return uri;
  }

  public void setUri(String uri) {
    this.uri = uri;
  }

  public String getStateDir() {
    return stateDir;
  }

  public void setStateDir(String stateDir) {
    this.stateDir = stateDir;
  }

  public String getTcti() {
    return tcti;
  }

  public void setTcti(String tcti) {
    this.tcti = tcti;
  }

  public Integer getCounterSlot() {
    return counterSlot;
  }

  public void setCounterSlot(Integer counterSlot) {
    this.counterSlot = counterSlot;
  }

  public String getModuleSocket() {
    return moduleSocket;
  }

  public void setModuleSocket(String moduleSocket) {
    this.moduleSocket = moduleSocket;
  }

  public String getHostId() {
    return hostId;
  }

  public void setHostId(String hostId) {
    this.hostId = hostId;
  }

  public Integer getMaxCaptures() {
    return maxCaptures;
  }

  public void setMaxCaptures(Integer maxCaptures) {
    this.maxCaptures = maxCaptures;
  }

  public Integer getHashingThreads() {
    return hashingThreads;
  }

  public void setHashingThreads(Integer hashingThreads) {
    this.hashingThreads = hashingThreads;
  }

  public Long getCaptureBandwidth() {
    return captureBandwidth;
  }

  public void setCaptureBandwidth(Long captureBandwidth) {
    this.captureBandwidth = captureBandwidth;
  }

  public Integer getCaptureQueueSeconds() {
    return captureQueueSeconds;
  }

  public void setCaptureQueueSeconds(Integer captureQueueSeconds) {
    this.captureQueueSeconds = captureQueueSeconds;
  }

  public Boolean getEncryptSnapshots() {
    return encryptSnapshots;
  }

  public void setEncryptSnapshots(Boolean encryptSnapshots) {
    this.encryptSnapshots = encryptSnapshots;
  }

  public String getCaptureMode() {
    return captureMode;
  }

  public void setCaptureMode(String captureMode) {
    this.captureMode = captureMode;
  }

  public Integer getMaxDiskLayers() {
    return maxDiskLayers;
  }

  public void setMaxDiskLayers(Integer maxDiskLayers) {
    this.maxDiskLayers = maxDiskLayers;
  }

  public Boolean getInspectGuests() {
    return inspectGuests;
  }

  public void setInspectGuests(Boolean inspectGuests) {
    this.inspectGuests = inspectGuests;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof HypervisorResourceAdapter adapter
        && uri.equals(adapter.uri)
        && stateDir.equals(adapter.stateDir);
  }

  @Override
  public int hashCode() {
    return uri.hashCode() * 31 + stateDir.hashCode();
  }
}
