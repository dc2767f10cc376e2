// SPDX-License-Identifier: Apache-2.0
package io.vmattest.scenarios;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import jakarta.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Two servers with one database and token, as those of two hosts: each has a TPM and guests of its
 * own.
 */
@ExtendWith(ArquillianExtension.class)
class SecondServerIT {
  private static final Testbed SHARED = Testbed.get();
  private static final int REPORTS = 4;
  private static final int POLICIES = 25;

  @SuppressWarnings("NullAway.Init") // by prepare()
  private static OwnServer first;

  @SuppressWarnings("NullAway.Init") // by prepare()
  private static OwnServer second;

  private static final List<Guest> GUESTS = new ArrayList<>();

  @BeforeAll
  static void prepare() throws IOException {
    assumeTrue(SHARED.database().equals("postgresql"), "H2's database is one server's");
    first = OwnServer.prepared("first");
    first.start();
    second = OwnServer.beside(first, "second");
    startSecond();
    for (String name : List.of("first", "second")) {
      GUESTS.add(Guest.start(SHARED, name));
    }
  }

  private static void startSecond() throws IOException {
    second.start("jboss.tx.node.id=vmattest-2", "vmattest.host.id=second");
  }

  @AfterAll
  static void stop() {
    GUESTS.forEach(Guest::close);
    Stream.of(second, first).filter(server -> server != null).forEach(OwnServer::close);
  }

  @Test
  void bothAppendToOneLedgerWithoutGapOrForkAlsoWhenOneIsKilled() throws IOException {
    vm(first, 0).attest("{}");
    first.awaitCheckpoint();
    // Nobody knows the second one's TPM yet: it might be the first one's database put back.
    Vm.refused(503, "LEDGER_OLDER", putPolicy(vm(second, 1), 0));
    Vm.expect(
        200,
        second.api("admin").post("/ledger/acknowledgements", "{\"reason\": \"a second host\"}"));

    List<String> reports = new ArrayList<>(atOnce());
    CompletableFuture<List<String>> writes = inBackground(first, 0);
    second.kill();
    reports.addAll(writes.join());
    startSecond();
    reports.addAll(atOnce());
    // As when a guest has moved.
    reports.add(vm(second, 0).attest("{}").getString("digest"));

    assertEachServes(reports);
    assertNumbered(3 * REPORTS + 2, GUESTS.get(0));
    assertNumbered(2 * REPORTS, GUESTS.get(1));
    second.awaitCheckpoint();
    for (OwnServer server : List.of(first, second)) {
      assertEquals(List.of(), Operations.ledgerFindings(server.api("auditor")));
    }
  }

  /** Whoever wrote a report, and whoever is asked. */
  private static void assertEachServes(List<String> reports) throws IOException {
    for (OwnServer server : List.of(first, second)) {
      for (String report : reports) {
        Vm.expect(200, server.api("auditor").get("/attestations/" + report));
      }
    }
  }

  private static void assertNumbered(int count, Guest guest) throws IOException {
    List<JsonObject> reports = Vm.reports(new Vm(first.api("auditor"), guest.id()));
    assertEquals(
        IntStream.rangeClosed(1, count).boxed().toList(),
        reports.stream().map(report -> report.getInt("sequence")).toList());
    List<JsonObject> entries = LedgerReader.all(second.api("auditor"));
    assertEquals(count, LedgerReader.reportsOf(entries, guest.id()).size());
  }

  private static Vm vm(OwnServer server, int guest) {
    return new Vm(server.api("admin"), GUESTS.get(guest).id());
  }

  /** Reports of both, at the same time. */
  private static List<String> atOnce() {
    CompletableFuture<List<String>> others = inBackground(second, 1);
    List<String> reports = new ArrayList<>(write(first, 0));
    reports.addAll(others.join());
    return reports;
  }

  private static CompletableFuture<List<String>> inBackground(OwnServer server, int guest) {
    return CompletableFuture.supplyAsync(() -> write(server, guest));
  }

  /** Reports, and a change of the policy at once with each. */
  private static List<String> write(OwnServer server, int guest) {
    CompletableFuture<Void> policies =
        CompletableFuture.runAsync(() -> changePolicy(vm(server, guest)));
    List<String> digests = new ArrayList<>();
    for (int i = 0; i < REPORTS; i++) {
      try {
        digests.add(vm(server, guest).attest("{}").getString("digest"));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    policies.join();
    return digests;
  }

  private static void changePolicy(Vm vm) {
    for (int i = 0; i < POLICIES; i++) {
      Vm.expect(200, putPolicy(vm, i));
    }
  }

  private static Api.Answer putPolicy(Vm vm, int number) {
    try {
      return vm.api().put(vm.path("/policy"), "{\"intervalSeconds\": " + (36_000 + number) + "}");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
