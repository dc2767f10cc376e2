// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.view;

import io.vmattest.introspection.finding.Finding;
import io.vmattest.introspection.kernel.Kernel;
import io.vmattest.introspection.memory.MalformedGuestException;
import io.vmattest.introspection.structure.Findings;
import io.vmattest.introspection.structure.Structures;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The sockets of a guest: those that tasks have open, of all families, and those of TCP and UDP
 * that packets find.
 *
 * @param findings structures that are malformed
 */
public record SocketView(List<OpenSocket> sockets, List<Finding> findings) {
  public SocketView {
    sockets = List.copyOf(sockets);
    findings = List.copyOf(findings);
  }

  public static SocketView read(Kernel kernel) {
    return read(Structures.of(kernel));
  }

  /** The same, for who reads more than one view. */
  public static SocketView read(Structures structures) {
    Findings findings = new Findings(structures.space());
    List<OpenSocket> sockets = new ArrayList<>();
    try {
      TaskFields fields = new TaskFields(structures);
      SocketReader reader = new SocketReader(structures);
      Map<Long, Set<Long>> owners =
          new LinkedHashMap<>(
              new SocketFiles(structures, fields, findings).owners(tasks(structures, fields)));
      Set<Long> networks = networks(structures, reader, owners.keySet());
      for (long sock : new SocketTables(structures, reader, findings).sockets(networks)) {
        owners.putIfAbsent(sock, Set.of());
      }
      owners.forEach((sock, pids) -> read(reader, sock, List.copyOf(pids), sockets, findings));
    } catch (MalformedGuestException e) {
      findings.malformed("sockets", e);
    }
    return new SocketView(sockets, findings.list());
  }

  /** Hidden ones too. That their lists may be malformed is for {@link TaskView} to say. */
  private static Set<Long> tasks(Structures structures, TaskFields fields)
      throws MalformedGuestException {
    Findings unused = new Findings(structures.space());
    TaskCensus census = TaskCensus.take(structures, fields, unused);
    TaskReader reader = new TaskReader(structures, fields, unused);
    Set<Long> tasks = new LinkedHashSet<>(census.listed());
    new HiddenTasks(fields, reader, census, unused).find().forEach(tasks::addAll);
    return tasks;
  }

  private static Set<Long> networks(Structures structures, SocketReader reader, Set<Long> sockets)
      throws MalformedGuestException {
    Set<Long> networks = new LinkedHashSet<>(List.of(structures.symbol("init_net")));
    for (long sock : sockets) {
      try {
        networks.add(reader.network.pointer(sock));
      } catch (MalformedGuestException e) {
        continue; // The socket itself will not be read either, and that is told.
      }
    }
    networks.remove(0L);
    return networks;
  }

  private static void read(
      SocketReader reader,
      long sock,
      List<Long> pids,
      List<OpenSocket> sockets,
      Findings findings) {
    try {
      sockets.add(reader.read(sock, pids));
    } catch (MalformedGuestException e) {
      findings.malformed("sock at 0x%x".formatted(sock), e);
    }
  }
}
