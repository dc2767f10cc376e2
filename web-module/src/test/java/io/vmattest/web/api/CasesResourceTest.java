// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.api;

import static io.vmattest.core.json.JsonImplementation.JSON;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.bundle.CaseBundle;
import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.report.Digest;
import io.vmattest.server.cases.Case;
import io.vmattest.server.cases.CaseBundles;
import io.vmattest.server.cases.Cases;
import io.vmattest.server.ledger.LedgerRecord;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import io.vmattest.web.Roles;
import jakarta.annotation.security.RolesAllowed;
import jakarta.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CasesResourceTest {
  private static final UUID VM = UUID.randomUUID();
  private static final byte[] MANIFEST = {1, 2, 3};

  private final CasesResource resource = new CasesResource();

  @BeforeEach
  void wire() {
    resource.cases = new Known();
    resource.bundles = new Bundles();
  }

  private static Case one(long index, String outcome) {
    LedgerEntryData data =
        new LedgerEntryData(
            index,
            LedgerEntryData.Type.ROLLBACK,
            Instant.EPOCH,
            Optional.of(VM),
            Digest.sha256(MANIFEST),
            LedgerEntryData.GENESIS);
    return new Case(
        new LedgerRecord(data, data.hash(), MANIFEST, "said"),
        VM,
        JSON.createObjectBuilder().add("outcome", outcome).add("suspect", "ab").build());
  }

  /** Cases that were found. */
  private static final class Known extends Cases {
    @Override
    public List<Case> list(Optional<UUID> vm, int limit) {
      return vm.filter(id -> !id.equals(VM)).isPresent()
          ? List.of()
          : List.of(one(limit, "ROLLBACK_FAILED"));
    }

    @Override
    public List<Case> findings(Optional<UUID> vm, int limit) {
      return List.of(one(limit, "DISCREPANT"));
    }

    @Override
    public Case get(long index) {
      if (index != 17) {
        throw new ServiceException(Problem.NO_SUCH_ENTRY, "no case");
      }
      return one(index, "ROLLBACK");
    }
  }

  /** Of no case's own files. */
  private static final class Bundles extends CaseBundles {
    @Override
    public CaseBundle bundle(long index) {
      return new CaseBundle(MANIFEST, Map.of());
    }

    @Override
    public CaseBundle bundleWithCore(long index) {
      throw new ServiceException(Problem.NO_SUCH_SNAPSHOT, "not kept");
    }
  }

  private static void assertRefused(Problem problem, Executable call) {
    assertEquals(problem, assertThrows(ServiceException.class, call).problem());
  }

  private static JsonObject only(JsonObject answer) {
    assertEquals(1, answer.getJsonArray("cases").size());
    return answer.getJsonArray("cases").getJsonObject(0);
  }

  @Test
  void rollbacksAndFindingsAreListedEachForItself() {
    JsonObject failed = only(resource.list(VM.toString(), "7"));
    assertEquals("ROLLBACK_FAILED", failed.getString("outcome"));
    assertEquals("ab", failed.getString("suspect"), "what a failed one left");
    assertEquals(7, failed.getInt("id"));
    assertEquals("DISCREPANT", only(resource.findings(null, null)).getString("outcome"));
    String other = UUID.randomUUID().toString();
    assertTrue(resource.list(other, null).getJsonArray("cases").isEmpty());
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "all"})
  void aLimitThatIsNoneIsRefused(String limit) {
    assertRefused(Problem.INVALID_REQUEST, () -> resource.list(null, limit));
    assertRefused(Problem.INVALID_REQUEST, () -> resource.findings(null, limit));
  }

  @Test
  void noMoreThanSoManyAreAskedFor() {
    assertEquals(Cases.MOST, only(resource.list(null, "100000")).getInt("id"));
    assertEquals(Cases.MOST, only(resource.findings(null, "100000")).getInt("id"));
  }

  @Test
  void aVmThatIsNoneHasNoCases() {
    assertRefused(Problem.NO_SUCH_VM, () -> resource.list("web01", null));
    assertRefused(Problem.NO_SUCH_VM, () -> resource.findings("web01", null));
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "", "1.5", "99999999999999999999"})
  void anIdThatIsNoneIsOfNoCase(String id) {
    assertRefused(Problem.NO_SUCH_ENTRY, () -> resource.get(id));
    assertRefused(Problem.NO_SUCH_ENTRY, () -> resource.bundle(id));
    assertRefused(Problem.NO_SUCH_ENTRY, () -> resource.bundleWithCore(id));
  }

  @Test
  void aBundleIsItsZipFile() throws Exception {
    assertEquals("ROLLBACK", resource.get("17").getString("outcome"));
    assertEquals(
        Digest.sha256(MANIFEST), Digest.sha256(CaseBundle.ofZip(resource.bundle("17")).manifest()));
    assertRefused(Problem.NO_SUCH_SNAPSHOT, () -> resource.bundleWithCore("17"));
  }

  @Test
  void whoOnlyOperatesGuestsHasNoMemoryOfThem() throws Exception {
    RolesAllowed roles =
        CasesResource.class
            .getMethod("bundleWithCore", String.class)
            .getAnnotation(RolesAllowed.class);
    assertEquals(Set.of(Roles.AUDITOR, Roles.ADMIN), Set.of(roles.value()));
  }
}
