// SPDX-License-Identifier: Apache-2.0
package io.vmattest.scenarios;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A server of a scenario's own, with its token, PKI and database, on the testbed's libvirtd. It can
 * be stopped and started with other properties. On PostgreSQL its database is {@code
 * vmattest_NAME}, which {@code bin/test} makes.
 */
final class OwnServer implements AutoCloseable {
  private static final int HTTPS = 8443;

  private final Testbed shared = Testbed.get();
  private final String name;
  private final Path state;
  private final boolean hasTpm;
  private final String offset;

  private OwnServer(String name, boolean hasTpm) throws IOException {
    this.name = name;
    this.state = shared.state().resolveSibling(name);
    this.hasTpm = hasTpm;
    Files.createDirectories(state.resolve("tpm"));
    shared.script("pki.sh", "create", state.resolve("pki").toString());
    this.offset = shared.script("server.sh", "offset");
  }

  /** One that has a TPM and is not started yet. */
  static OwnServer prepared(String name) throws IOException {
    OwnServer server = new OwnServer(name, true);
    server.shared.script("tpm.sh", "start", server.tpm());
    return server;
  }

  /** One that has no TPM where it is told that its own were. */
  static OwnServer withoutTpm(String name) throws IOException {
    return new OwnServer(name, false);
  }

  Path state() {
    return state;
  }

  void start(String... properties) throws IOException {
    List<String> command = new ArrayList<>(List.of("start", state.toString()));
    command.add("jboss.socket.binding.port-offset=" + offset);
    command.add("vmattest.libvirt.uri=" + shared.libvirtUri());
    command.addAll(shared.otherDatabase("vmattest_" + name));
    command.addAll(List.of(properties));
    shared.script("server.sh", command.toArray(String[]::new));
  }

  void stop() {
    shared.script("server.sh", "stop", state.toString());
  }

  Api api(String role) {
    int port = HTTPS + Integer.parseInt(offset);
    return Api.of(shared.withServer(state, port), port, Optional.of(role));
  }

  @Override
  public void close() {
    stop();
    if (hasTpm) {
      shared.script("tpm.sh", "stop", tpm());
    }
  }

  private String tpm() {
    return state.resolve("tpm").toString();
  }
}
