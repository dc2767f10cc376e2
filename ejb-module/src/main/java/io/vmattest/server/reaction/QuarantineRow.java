// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.reaction;

import io.vmattest.hypervisor.api.NetworkLink;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;

/** A VM's quarantine; its links are a line each: MAC address, space, state. */
@Entity
@Table(name = "vm_quarantine")
public class QuarantineRow {
  @Id
  @Column(name = "vm_id")
  private String vmId;

  @Column(name = "kind")
  private String kind;

  @Column(name = "since")
  private long since;

  @Column(name = "ran")
  private boolean ran;

  @Column(name = "links")
  private String links;

  @SuppressWarnings("NullAway.Init")
  protected QuarantineRow() {}

  QuarantineRow(Quarantine quarantine) {
    this.vmId = quarantine.vm().toString();
    this.kind = quarantine.kind().name();
    this.since = quarantine.since().toEpochMilli();
    this.ran = quarantine.ran();
    this.links =
        quarantine.links().stream()
            .map(link -> link.mac() + ' ' + link.state())
            .collect(Collectors.joining("\n"));
  }

  /**
   * @throws ServiceException with LEDGER_DAMAGED if the row was not written by this application
   */
  Quarantine quarantine() {
    try {
      return new Quarantine(
          UUID.fromString(vmId),
          Quarantine.Kind.valueOf(kind),
          Instant.ofEpochMilli(since),
          ran,
          links.lines().map(QuarantineRow::link).toList());
    } catch (IllegalArgumentException e) {
      throw damaged(e);
    }
  }

  private static NetworkLink link(String line) {
    List<String> parts = List.of(line.split(" ", -1));
    if (parts.size() != 2) {
      throw new IllegalArgumentException("a link has an address and a state");
    }
    return new NetworkLink(parts.get(0), NetworkLink.State.valueOf(parts.get(1)));
  }

  private ServiceException damaged(RuntimeException cause) {
    return new ServiceException(
        Problem.LEDGER_DAMAGED, "the stored quarantine of VM " + vmId + " is malformed", cause);
  }
}
