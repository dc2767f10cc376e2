// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.libvirt;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * What one domain's monitor tells of stops, resumptions, migrations and jobs, in the order in which
 * QEMU told it.
 */
public final class MonitorEvents implements AutoCloseable {
  private static final int MOST_WAITING = 4096;

  private final MonitorFeed feed;
  private final BlockingQueue<MonitorEvent> queue = new LinkedBlockingQueue<>(MOST_WAITING);

  private MonitorEvents(MonitorFeed feed) {
    this.feed = feed;
  }

  /** From now on, until it is closed. */
  public static MonitorEvents subscribe(GuestDomain domain) throws LibvirtFailure {
    MonitorFeed feed = domain.link().monitorFeed();
    MonitorEvents events = new MonitorEvents(feed);
    feed.add(events, domain.id());
    return events;
  }

  /** The next event, if one comes in time. */
  public Optional<MonitorEvent> next(Duration atMost) throws InterruptedException {
    return Optional.ofNullable(queue.poll(atMost.toNanos(), TimeUnit.NANOSECONDS));
  }

  /**
   * One that nobody takes in time is lost; the listener notices that what he waits for is missing.
   */
  void add(MonitorEvent event) {
    boolean taken = queue.offer(event);
    assert taken || queue.size() == MOST_WAITING;
  }

  @Override
  public void close() {
    feed.remove(this);
  }
}
