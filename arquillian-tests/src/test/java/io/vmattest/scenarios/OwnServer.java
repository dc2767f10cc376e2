// SPDX-License-Identifier: Apache-2.0
package io.vmattest.scenarios;

import jakarta.jms.JMSConsumer;
import jakarta.jms.JMSContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A server of a scenario's own, with its token, PKI and database, on the testbed's libvirtd. It can
 * be stopped and started with other properties. On PostgreSQL its database is {@code
 * vmattest_NAME}, which {@code bin/test} makes, unless it shares another server's.
 */
final class OwnServer implements AutoCloseable {
  private static final int HTTPS = 8443;
  private static final int MANAGEMENT = 9990;
  private static final int ARTEMIS = 61617;
  private static final String EVENTS = "jms.topic.vmattest.events";
  private static final String KEPT_EVENTS = "kept-events";
  private static final Duration SIGNED = Duration.ofSeconds(60);
  private static final Duration NO_MORE = Duration.ofMillis(300);
  private static final Duration GONE = Duration.ofSeconds(20);

  private final Testbed shared = Testbed.get();
  private final String database;
  private final Path state;
  private final boolean hasTpm;
  private final String offset;

  private OwnServer(String name, String database, boolean hasTpm) throws IOException {
    this.database = "vmattest_" + database;
    this.state = shared.state().resolveSibling(name);
    this.hasTpm = hasTpm;
    Files.createDirectories(state.resolve("tpm"));
    this.offset = shared.script("server.sh", "offset");
  }

  /** One that has a TPM and is not started yet. */
  static OwnServer prepared(String name) throws IOException {
    OwnServer server = new OwnServer(name, name, true);
    server.makePki();
    server.shared.script("tpm.sh", "start", server.tpm());
    return server;
  }

  /**
   * One with another's database, token and PKI, and a TPM of its own; the other one has started.
   */
  static OwnServer beside(OwnServer other, String name) throws IOException {
    OwnServer server = new OwnServer(name, other.name(), true);
    for (String common : List.of("pki", "hsm")) {
      Files.createSymbolicLink(server.state.resolve(common), other.state.resolve(common));
    }
    server.shared.script("tpm.sh", "start", server.tpm());
    return server;
  }

  /** One that has no TPM where it is told that its own were. */
  static OwnServer withoutTpm(String name) throws IOException {
    OwnServer server = new OwnServer(name, name, false);
    server.makePki();
    return server;
  }

  private void makePki() {
    shared.script("pki.sh", "create", state.resolve("pki").toString());
  }

  private String name() {
    return state.getFileName().toString();
  }

  Path state() {
    return state;
  }

  void start(String... properties) throws IOException {
    startWith(List.of(), properties);
  }

  /** With more options for its JVM. */
  void startWith(List<String> javaOptions, String... properties) throws IOException {
    List<String> command = new ArrayList<>(List.of("start", state.toString()));
    command.add("jboss.socket.binding.port-offset=" + offset);
    command.add("vmattest.libvirt.uri=" + shared.libvirtUri());
    command.addAll(shared.otherDatabase(database));
    command.addAll(List.of(properties));
    shared.scriptWithJavaOptions(javaOptions, "server.sh", command.toArray(String[]::new));
  }

  /** Ends it at once, as a crash would. */
  void kill() throws IOException {
    ProcessHandle.of(process()).orElseThrow().destroyForcibly();
    awaitDeath(GONE);
  }

  /** Waits until it has ended by itself. */
  void awaitDeath(Duration within) throws IOException {
    long pid = process();
    Await.until(
        "the server's end",
        within,
        () -> !ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false));
  }

  private long process() throws IOException {
    return Long.parseLong(Files.readString(state.resolve("server.pid")).strip());
  }

  /**
   * From now on events are kept, over its death too, until {@link #keptEvents}: an administrator's
   * durable queue.
   */
  void keepEvents() {
    shared.command(
        shared.server().resolve("bin/jboss-cli.sh").toString(),
        "--connect",
        "--controller=127.0.0.1:" + (MANAGEMENT + Integer.parseInt(offset)),
        "--commands=/subsystem=messaging-activemq/server=default/queue="
            + KEPT_EVENTS
            + ":add(queue-address="
            + EVENTS
            + ",routing-type=MULTICAST,durable=true)");
  }

  /** Those that were kept since the last call. */
  List<String> keptEvents() {
    List<String> events = new ArrayList<>();
    try (JMSContext context = EventTap.connect(testbed());
        JMSConsumer kept =
            context.createConsumer(context.createQueue(EVENTS + "::" + KEPT_EVENTS))) {
      String event = kept.receiveBody(String.class, NO_MORE.toMillis());
      while (event != null) {
        events.add(event);
        event = kept.receiveBody(String.class, NO_MORE.toMillis());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return events;
  }

  void stop() {
    shared.script("server.sh", "stop", state.toString());
  }

  Api api(String role) {
    return Api.as(testbed(), role);
  }

  private Testbed testbed() {
    int by = Integer.parseInt(offset);
    return shared.withServer(state, HTTPS + by, ARTEMIS + by);
  }

  long ledgerSize() throws IOException {
    return Vm.expect(200, api("auditor").get("/ledger/head")).getJsonNumber("size").longValue();
  }

  /** Waits for one that covers all entries. */
  void awaitCheckpoint() {
    Await.until(
        "a checkpoint of all entries",
        SIGNED,
        () -> {
          try {
            return signedSize().equals(Optional.of(ledgerSize()));
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  /** How many entries the last checkpoint covers: its second line. */
  private Optional<Long> signedSize() throws IOException {
    Api.Answer answer = api("auditor").get("/ledger/checkpoint", "text/plain");
    return answer.status() == 200
        ? answer.toString().lines().skip(1).findFirst().map(Long::valueOf)
        : Optional.empty();
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
