// SPDX-License-Identifier: Apache-2.0
package io.vmattest.scenarios;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A server of a scenario's own, with its TPM, token, PKI and database, on the testbed's libvirtd.
 * It can be stopped and started with other properties.
 */
final class OwnServer implements AutoCloseable {
  private final Testbed shared = Testbed.get();
  private final Path state;
  private final String database;
  private final String offset;

  private OwnServer(String name, String database) {
    this.state = shared.state().resolveSibling(name).resolve("state");
    this.database = database;
    this.offset = shared.script("server.sh", "offset");
  }

  /**
   * One that is not started yet.
   *
   * @param database on PostgreSQL; it has to be there
   */
  static OwnServer prepared(String name, String database) throws IOException {
    OwnServer server = new OwnServer(name, database);
    Files.createDirectories(server.state);
    server.shared.script("pki.sh", "create", server.state.resolve("pki").toString());
    server.shared.script("tpm.sh", "start", server.state.resolve("tpm").toString());
    return server;
  }

  Path state() {
    return state;
  }

  void start(String... properties) throws IOException {
    List<String> command = new ArrayList<>(List.of("start", state.toString()));
    command.add("jboss.socket.binding.port-offset=" + offset);
    command.add("vmattest.libvirt.uri=" + shared.libvirtUri());
    command.addAll(shared.otherDatabase(database));
    command.addAll(List.of(properties));
    shared.script("server.sh", command.toArray(String[]::new));
  }

  void stop() {
    shared.script("server.sh", "stop", state.toString());
  }

  Api api(String role) {
    int port = 8443 + Integer.parseInt(offset);
    return Api.of(shared.withServer(state, port), port, Optional.of(role));
  }

  @Override
  public void close() {
    stop();
    shared.script("tpm.sh", "stop", state.resolve("tpm").toString());
  }
}
