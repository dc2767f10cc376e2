// SPDX-License-Identifier: Apache-2.0
package io.vmattest.scenarios;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import java.io.IOException;
import java.util.List;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** An admin debugs an attested state beside the VM, which goes on. */
@ExtendWith(ArquillianExtension.class)
class SnapshotCloneIT {
  private final Testbed testbed = Testbed.get();

  @Test
  void anAdminHasACloneForGdbAndIsRecordedAndTheCloneIsNoVm() throws IOException {
    try (Guest guest = Guest.start(testbed, "snapshot-clone");
        EventTap events = EventTap.open(testbed)) {
      Vm vm = new Vm(Api.as(testbed, "admin"), guest.id());
      String digest = vm.attest("{\"snapshot\": true}").getString("snapshotDigest");
      String path = vm.path("/snapshots/" + digest + "/debug-clones");
      for (String role : List.of("viewer", "operator", "auditor")) {
        Vm.refused(403, "NOT_ALLOWED", Api.as(testbed, role).post(path, "{}"));
      }
      Vm.refused(400, "INVALID_REQUEST", vm.api().post(path, "{\"minutes\": 481}"));
      assertEquals(0, entries(vm, "debug clone"));
      JsonObject clone =
          Vm.expect(201, vm.api().post(path, "{\"minutes\": 30, \"why\": \"a look\"}"));
      assertTrue(gdb(clone.getString("gdb")).contains("= 0x"), clone::toString);
      assertEquals("paused", testbed.virsh("domstate", clone.getString("name")));
      guest.nextTick();
      assertEquals(clone, only(vm, path));
      assertEquals(List.of("DEBUG_CLONE"), pins(vm, digest));
      Vm.refused(409, "SNAPSHOT_IN_USE", vm.api().post(path, "{}"));
      Vm.refused(409, "SNAPSHOT_PINNED", vm.api().delete(vm.path("/snapshots/" + digest)));
      assertNoVm(clone.getString("id"));
      assertEquals(1, entries(vm, "was started as debug clone " + clone.getString("id")));
      String one = path + "/" + clone.getString("id");
      assertEquals(204, vm.api().delete(one).status());
      Vm.refused(404, "NO_SUCH_CLONE", vm.api().delete(one));
      assertEquals(1, entries(vm, "was ended"));
      assertFalse(testbed.virsh("list", "--all", "--name").contains("-debug-"));
      assertEquals(List.of(), pins(vm, digest));
      guest.nextTick();
      assertEquals(0, events.count(clone.getString("id")), "a clone's life is no VM's");
      assertFalse(guest.sawMismatch());
    }
  }

  private String gdb(String address) {
    return testbed.command(
        "gdb",
        "-nx",
        "-batch",
        "-ex",
        "set architecture i386:x86-64",
        "-ex",
        "target remote " + address,
        "-ex",
        "p/x $rip",
        "-ex",
        "disconnect");
  }

  private void assertNoVm(String id) throws IOException {
    Api api = Api.as(testbed, "admin");
    assertFalse(Vm.expect(200, api.get("/vms")).toString().contains(id));
    Vm.refused(404, "NO_SUCH_VM", api.post("/vms/" + id + "/attestations", "{}"));
  }

  private static JsonObject only(Vm vm, String path) throws IOException {
    List<JsonObject> all =
        Vm.expect(200, vm.api().get(path)).getJsonArray("clones").getValuesAs(JsonObject.class);
    assertEquals(1, all.size());
    return all.get(0);
  }

  private static List<String> pins(Vm vm, String digest) throws IOException {
    return Vm.expect(200, vm.api().get(vm.path("/snapshots")))
        .getJsonArray("snapshots")
        .getValuesAs(JsonObject.class)
        .stream()
        .filter(s -> s.getString("digest").equals(digest))
        .flatMap(s -> s.getJsonArray("pinnedBy").getValuesAs(JsonString.class).stream())
        .map(JsonString::getString)
        .filter("DEBUG_CLONE"::equals)
        .toList();
  }

  private long entries(Vm vm, String summary) throws IOException {
    return LedgerReader.of(LedgerReader.all(Api.as(testbed, "auditor")), "SNAPSHOT", vm.id())
        .stream()
        .filter(entry -> entry.getString("summary").contains(summary))
        .count();
  }
}
