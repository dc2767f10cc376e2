// SPDX-License-Identifier: Apache-2.0
package io.vmattest.scenarios;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What operators do with kept snapshots: compare, drop, let a policy drop, check, repair. */
@ExtendWith(ArquillianExtension.class)
class SnapshotStoreIT {
  private static final long CHANGED_PAGE = 0x100_0000;
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final Duration CHECKED = Duration.ofMinutes(2);
  private final Testbed testbed = Testbed.get();

  @Test
  void aChangedByteIsFoundBetweenSnapshotsAndAgainstTheCurrentState() throws IOException {
    try (Guest guest = Guest.start(testbed, "snapshot-diff")) {
      Vm vm = vm(guest);
      guest.suspend();
      String first = attested(vm);
      JsonObject same = Vm.expect(201, vm.api().post(path(vm, first, "current"), "{}"));
      assertEquals(0, same.getInt("differingPages"), same::toString);
      guest.poke(CHANGED_PAGE);
      String second = attested(vm);
      assertOnePage(Vm.expect(200, vm.api().get(path(vm, first, second))));
      assertEquals(
          0, Vm.expect(200, vm.api().get(path(vm, second, second))).getInt("differingPages"));
      int kept = snapshots(vm).size();
      assertOnePage(Vm.expect(201, vm.api().post(path(vm, first, "current"), "{}")));
      assertEquals(kept, snapshots(vm).size(), "nothing is kept of the current state");
      assertEquals("paused", guest.state());
      guest.resume();
      guest.nextTick();
      String third = attested(vm);
      JsonObject many = Vm.expect(200, vm.api().get(path(vm, first, third) + "?limit=1"));
      assertEquals(1, many.getJsonArray("runs").size());
      assertTrue(many.getInt("differingPages") > 1 && many.getBoolean("truncated"), many::toString);
      assertTrue(
          many.getJsonArray("discrepancies").getValuesAs(JsonObject.class).stream()
              .anyMatch(d -> d.getString("component").equals("cpu")),
          many::toString);
      Vm.refused(404, "NO_SUCH_SNAPSHOT", vm.api().get(path(vm, first, "0".repeat(64))));
      assertEquals(403, Api.as(testbed, "viewer").post(path(vm, first, "current"), "{}").status());
    }
  }

  private static void assertOnePage(JsonObject found) {
    assertEquals(1, found.getInt("differingPages"), found::toString);
    JsonObject run = found.getJsonArray("runs").getJsonObject(0);
    assertEquals("pc.ram", run.getString("block"));
    assertEquals(CHANGED_PAGE, run.getJsonNumber("guestPhysicalAddress").longValue());
    assertFalse(found.getBoolean("truncated"));
    assertTrue(found.getJsonArray("discrepancies").isEmpty(), found::toString);
  }

  @Test
  void theBaselinesSnapshotAndTheSuspectsStayUntilNothingKeepsThem() throws IOException {
    try (Guest guest = Guest.start(testbed, "snapshot-pins");
        EventTap events = EventTap.open(testbed)) {
      Vm vm = vm(guest);
      String baseline = attested(vm);
      assertEquals("SUCCEEDED", vm.rollBack().getString("state"));
      String suspect = last(vm).getString("digest");
      assertEquals(List.of("BASELINE"), pins(vm, baseline));
      assertEquals(List.of("OPEN_CASE"), pins(vm, suspect));
      for (String pinned : List.of(baseline, suspect)) {
        Vm.refused(409, "SNAPSHOT_PINNED", vm.api().delete(vm.path("/snapshots/" + pinned)));
      }
      String closure = vm.path("/snapshots/" + suspect + "/case-closures");
      assertEquals(403, Api.as(testbed, "operator").post(closure, "{}").status());
      Vm.expect(200, vm.api().post(closure, "{}"));
      assertEquals(List.of(), pins(vm, suspect));
      assertEquals(
          403, Api.as(testbed, "viewer").delete(vm.path("/snapshots/" + suspect)).status());
      assertEquals(204, vm.api().delete(vm.path("/snapshots/" + suspect)).status());
      Vm.refused(404, "NO_SUCH_SNAPSHOT", vm.api().delete(vm.path("/snapshots/" + suspect)));
      assertEquals(1, snapshots(vm).size());
      Await.until("the drop's event", SOON, () -> events.count("SNAPSHOT_DROPPED") == 1);
      assertEquals(1, entries(vm, "was dropped: REQUEST").size());
      assertEquals(1, entries(vm, "the case of").size());
    }
  }

  @Test
  void aPolicysLimitIsKeptAfterEachSnapshot() throws IOException {
    try (Guest guest = Guest.start(testbed, "snapshot-retention")) {
      Vm vm = vm(guest);
      String baseline = attested(vm);
      Vm.expect(
          200, vm.api().put(vm.path("/policy"), "{\"intervalSeconds\": 0, \"keepSnapshots\": 2}"));
      String second = attested(vm);
      guest.nextTick();
      String third = attested(vm);
      Await.until("the limit", SOON, () -> digests(vm).equals(List.of(baseline, third)));
      assertEquals(1, entries(vm, second + " was dropped: COUNT").size());
      long bytes = list(vm).getJsonNumber("bytes").longValue();
      assertTrue(bytes > 0, () -> "the store takes " + bytes);
      Vm.expect(
          200, vm.api().put(vm.path("/policy"), "{\"intervalSeconds\": 0, \"keepBytes\": 1}"));
      guest.nextTick();
      String fourth = attested(vm);
      Await.until("room", SOON, () -> digests(vm).equals(List.of(baseline, fourth)));
      JsonObject policy = Vm.expect(200, vm.api().get(vm.path("/policy")));
      assertEquals(1, policy.getInt("keepBytes"));
      assertFalse(policy.containsKey("keepSnapshots"));
    }
  }

  @Test
  void aCheckFindsADamagedPageAndARepairRemovesLeftoversAlone() throws IOException {
    try (Guest guest = Guest.start(testbed, "snapshot-fsck");
        EventTap events = EventTap.open(testbed)) {
      Vm vm = vm(guest);
      attested(vm);
      guest.nextTick();
      attested(vm);
      JsonObject good = check(vm, false);
      assertEquals(2, good.getInt("snapshots"), good::toString);
      assertEquals(0, good.getInt("damaged"), good::toString);
      Path leftover = folder(vm).resolve(".unfinished-by-a-test");
      Files.createDirectories(leftover.resolve("state"));
      assertEquals(1, check(vm, false).getInt("unfinished"));
      assertTrue(Files.exists(leftover), "only a repair removes");
      check(vm, true);
      assertFalse(Files.exists(leftover));
      assertEquals(2, snapshots(vm).size());
      assertEquals(0, events.count("SNAPSHOT_DAMAGED"));
      damage(largestFile(folder(vm).resolve("pages")));
      JsonObject bad = check(vm, true);
      assertTrue(bad.getInt("damaged") >= 1, bad::toString);
      assertEquals(2, snapshots(vm).size(), "no repair removes a snapshot");
      Await.until("the damage's event", SOON, () -> events.count("SNAPSHOT_DAMAGED") == 1);
      guest.nextTick();
      assertEquals(403, Api.as(testbed, "viewer").post("/store/checks", "{}").status());
    }
  }

  @Test
  void anAuditorTakesASnapshotAsACoreAndIsRecordedAndADamagedOneIsRefused() throws IOException {
    try (Guest guest = Guest.start(testbed, "snapshot-core")) {
      Vm vm = vm(guest);
      String digest = attested(vm);
      String path = vm.path("/snapshots/" + digest + "/cores");
      for (String role : List.of("viewer", "operator")) {
        Vm.refused(403, "NOT_ALLOWED", Api.as(testbed, role).post(path, "{}"));
      }
      assertEquals(List.of(), entries(vm, "exported"));
      Api.Answer core = Api.as(testbed, "auditor").post(path, "{}");
      byte[] bytes = core.response().body();
      assertEquals(200, core.status());
      assertEquals("application/octet-stream", core.header("Content-Type"));
      assertEquals(Integer.toString(bytes.length), core.header("Content-Length"));
      assertEquals(0x7f454c46, ByteBuffer.wrap(bytes).getInt());
      assertEquals(1, entries(vm, "snapshot " + digest + " was exported").size());
      Vm.refused(
          404,
          "NO_SUCH_SNAPSHOT",
          vm.api().post(vm.path("/snapshots/" + "0".repeat(64) + "/cores"), "{}"));
      damage(largestFile(folder(vm).resolve("pages")));
      Vm.refused(422, "SNAPSHOT_DAMAGED", vm.api().post(path, "{}"));
      assertEquals(1, entries(vm, "exported").size(), "what was refused was not exported");
    }
  }

  private JsonObject check(Vm vm, boolean repair) throws IOException {
    JsonObject result =
        Operations.succeed(
            Api.as(testbed, "operator"),
            "/store/checks",
            "{\"vm\": \"%s\", \"repair\": %s}".formatted(vm.id(), repair),
            CHECKED);
    JsonObject checked = result.getJsonArray("vms").getJsonObject(0);
    assertEquals("CHECKED", checked.getString("state"), checked::toString);
    return checked;
  }

  private Path folder(Vm vm) {
    return testbed.state().resolve("snapshots").resolve(vm.id());
  }

  private static Path largestFile(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(Files::isRegularFile)
          .max((a, b) -> Long.compare(a.toFile().length(), b.toFile().length()))
          .orElseThrow();
    }
  }

  private static void damage(Path file) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.allocate(4096);
      long middle = channel.size() / 2;
      int read = channel.read(bytes, middle);
      for (int i = 0; i < read; i++) {
        bytes.put(i, (byte) ~bytes.get(i));
      }
      channel.write(bytes.flip(), middle);
    }
  }

  private Vm vm(Guest guest) {
    return new Vm(Api.as(testbed, "admin"), guest.id());
  }

  /** The digest of a snapshot that is kept now; the first is the baseline's. */
  private static String attested(Vm vm) throws IOException {
    return vm.attest("{\"snapshot\": true}").getString("snapshotDigest");
  }

  private static String path(Vm vm, String first, String second) {
    return vm.path("/snapshots/" + first + "/differences/" + second);
  }

  private static JsonObject list(Vm vm) {
    try {
      return Vm.expect(200, vm.api().get(vm.path("/snapshots")));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static List<JsonObject> snapshots(Vm vm) {
    return list(vm).getJsonArray("snapshots").getValuesAs(JsonObject.class);
  }

  private static List<String> digests(Vm vm) {
    return snapshots(vm).stream().map(s -> s.getString("digest")).toList();
  }

  private static JsonObject last(Vm vm) {
    List<JsonObject> all = snapshots(vm);
    return all.get(all.size() - 1);
  }

  private static List<String> pins(Vm vm, String digest) {
    return snapshots(vm).stream()
        .filter(s -> s.getString("digest").equals(digest))
        .flatMap(s -> s.getJsonArray("pinnedBy").getValuesAs(JsonString.class).stream())
        .map(JsonString::getString)
        .toList();
  }

  private List<JsonObject> entries(Vm vm, String summary) throws IOException {
    return LedgerReader.of(LedgerReader.all(Api.as(testbed, "auditor")), "SNAPSHOT", vm.id())
        .stream()
        .filter(entry -> entry.getString("summary").contains(summary))
        .toList();
  }
}
