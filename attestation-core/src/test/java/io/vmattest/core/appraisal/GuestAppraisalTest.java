// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.appraisal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.appraisal.GuestPolicy.Forbidden;
import io.vmattest.core.guest.GuestExecutable;
import io.vmattest.core.guest.GuestFinding;
import io.vmattest.core.guest.GuestIds;
import io.vmattest.core.guest.GuestKernel;
import io.vmattest.core.guest.GuestModule;
import io.vmattest.core.guest.GuestSocket;
import io.vmattest.core.guest.GuestState;
import io.vmattest.core.guest.GuestTask;
import io.vmattest.core.guest.PageProof;
import io.vmattest.core.merkle.InclusionProof;
import io.vmattest.core.report.Digest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;

class GuestAppraisalTest {
  private static final GuestIds USER = new GuestIds(1000, 1000, 1000, 1000);
  private static final Digest CONTENT = Digest.sha256(new byte[] {1});
  private static final PageProof PROOF =
      new PageProof("pc.ram", CONTENT, new InclusionProof(5, 8, List.of(CONTENT)));
  private static final GuestIds ROOT = new GuestIds(0, 0, 0, 0);

  /** What a test changes of a guest. */
  private static final class Guest {
    private String buildId = "abcd";
    private final List<GuestTask> tasks = new ArrayList<>();
    private final List<GuestModule> modules = new ArrayList<>();
    private final List<GuestSocket> sockets = new ArrayList<>();
    private final List<GuestFinding> findings = new ArrayList<>();

    private Optional<GuestState> state() {
      return Optional.of(
          new GuestState.Seen(
              new GuestKernel("6.1.0", buildId, 0, ""),
              tasks,
              modules,
              sockets,
              List.of(),
              findings));
    }
  }

  private final Guest before = new Guest();
  private final Guest now = new Guest();

  private static GuestTask task(long start, String executable, GuestIds uids, long capabilities) {
    return task(start, executable, uids, capabilities, GuestTask.INITIAL_USER_NAMESPACE);
  }

  private static GuestTask task(
      long start, String executable, GuestIds uids, long capabilities, long namespace) {
    return new GuestTask(
        119,
        1,
        "wuser",
        false,
        start,
        Optional.of(new GuestExecutable(executable, 5000, 2, Optional.of(CONTENT))),
        List.of(),
        uids,
        uids,
        capabilities,
        capabilities,
        namespace,
        1);
  }

  private static GuestFinding finding(String kind, String severity) {
    return new GuestFinding(
        kind,
        severity,
        "__x64_sys_kill+0x5",
        "12 bytes",
        "cc",
        -1,
        OptionalLong.of(0x5000),
        Optional.of(PROOF));
  }

  private List<Discrepancy> appraise(GuestPolicy policy) {
    return new GuestAppraisal(policy).appraise(before.state(), now.state());
  }

  private static GuestPolicy forbidding(Forbidden what) {
    return new GuestPolicy(Set.of(what), Set.of());
  }

  private static Discrepancy only(List<Discrepancy> all) {
    assertEquals(1, all.size(), all.toString());
    return all.get(0);
  }

  @Test
  void whatIsCriticalInItselfIsADiscrepancyUnderEveryPolicy() {
    now.findings.add(finding("TEXT_PATCHED", "CRITICAL"));
    Discrepancy d = only(appraise(new GuestPolicy(Set.of(), Set.of())));
    assertEquals("kernel/text", d.component());
    assertEquals("__x64_sys_kill+0x5", d.subject());
    assertEquals(OptionalLong.of(0x5000), d.guestPhysicalAddress());
    assertEquals(OptionalLong.of(-1), d.address());
    assertEquals(Optional.of(PROOF), d.proof());
    assertEquals(Severity.CRITICAL, d.severity());
  }

  @Test
  void tracingIsADiscrepancyOnlyWhereItIsForbidden() {
    now.findings.add(finding("FUNCTION_TRACED", "INFO"));
    now.findings.add(finding("MODULE_UNKNOWN", "WARNING"));
    assertEquals(List.of(), appraise(GuestPolicy.DEFAULT));
    assertEquals("kernel/text", only(appraise(forbidding(Forbidden.TRACING))).component());
  }

  @Test
  void aProcessThatBecomesRootIsNamed() {
    before.tasks.add(task(5, "/bin/sleep", USER, 0));
    now.tasks.add(task(5, "/bin/sleep", ROOT, 0));
    Discrepancy d = only(appraise(GuestPolicy.DEFAULT));
    assertEquals("task 119 wuser", d.subject());
    assertEquals("uid 1000 -> 0.", d.explanation());
    assertEquals(List.of(), appraise(new GuestPolicy(Set.of(), Set.of())));
  }

  @Test
  void aProcessThatGainsACapabilityIsNamed() {
    before.tasks.add(task(5, "/bin/sleep", USER, 1));
    now.tasks.add(task(5, "/bin/sleep", USER, 3));
    assertTrue(only(appraise(GuestPolicy.DEFAULT)).explanation().contains("capabilities"));
  }

  @Test
  void aProcessThatLosesRightsOrIsAnotherOrStartedAnotherProgramIsNotNamed() {
    before.tasks.add(task(5, "/bin/sleep", USER, 1));
    now.tasks.add(task(5, "/bin/sleep", USER, 0));
    assertEquals(List.of(), appraise(GuestPolicy.DEFAULT));
    now.tasks.set(0, task(6, "/bin/sleep", ROOT, 3));
    assertEquals(List.of(), appraise(GuestPolicy.DEFAULT));
    now.tasks.set(0, task(5, "/usr/bin/sudo", ROOT, 3));
    assertEquals(List.of(), appraise(GuestPolicy.DEFAULT));
  }

  @Test
  void onlyAllowedExecutablesMayRunWherePolicyNamesAny() {
    now.tasks.add(task(5, "/usr/bin/evil", USER, 0));
    assertEquals(List.of(), appraise(new GuestPolicy(Set.of(), Set.of("/usr/bin/*"))));
    assertEquals(List.of(), appraise(new GuestPolicy(Set.of(), Set.of("/usr/bin/evil"))));
    GuestPolicy others = new GuestPolicy(Set.of(), Set.of("/usr/bin/e", "/bin/*"));
    assertEquals("/usr/bin/evil sha256:" + CONTENT.hex(), only(appraise(others)).actual());
  }

  @Test
  void anExecutableIsAllowedByTheDigestOfItsFileTooWhereverItLies() {
    now.tasks.add(task(5, "/usr/bin/tool", USER, 0));
    String digest = "sha256:" + CONTENT.hex();
    String other = "sha256:" + Digest.sha256(new byte[0]).hex();
    for (String allowed : List.of(digest, "/usr/bin/tool " + digest, "/usr/* " + digest)) {
      assertEquals(List.of(), appraise(new GuestPolicy(Set.of(), Set.of(allowed))), allowed);
    }
    for (String allowed : List.of(other, "/usr/bin/tool " + other, "/bin/tool " + digest)) {
      Discrepancy d = only(appraise(new GuestPolicy(Set.of(), Set.of(allowed))));
      assertEquals(Severity.CRITICAL, d.severity(), allowed);
    }
  }

  @Test
  void aFileThatIsNotWhollyInMemoryLeavesTheQuestionOpen() {
    GuestTask known = task(5, "/usr/bin/tool", USER, 0);
    GuestExecutable part = new GuestExecutable("/usr/bin/tool", 5000, 1, Optional.empty());
    now.tasks.add(
        new GuestTask(
            known.pid(),
            known.parent(),
            known.name(),
            false,
            5,
            Optional.of(part),
            List.of(),
            USER,
            USER,
            0,
            0,
            0,
            1));
    String digest = "sha256:" + CONTENT.hex();
    Discrepancy open = only(appraise(new GuestPolicy(Set.of(), Set.of(digest))));
    assertEquals(Severity.WARNING, open.severity());
    assertEquals(Verdict.VERIFIED, AppraisalResult.of(List.of(open), Set.of()).verdict());
    Discrepancy wrong = only(appraise(new GuestPolicy(Set.of(), Set.of("/bin/tool " + digest))));
    assertEquals(Severity.CRITICAL, wrong.severity());
    assertEquals(Verdict.DISCREPANT, AppraisalResult.of(List.of(open, wrong), Set.of()).verdict());
    assertEquals(List.of(), appraise(new GuestPolicy(Set.of(), Set.of(digest, "/usr/*"))));
  }

  @Test
  void capabilitiesInAUserNamespaceOfItsOwnAreNoRaise() {
    before.tasks.add(task(5, "/bin/sleep", USER, 0));
    now.tasks.add(task(5, "/bin/sleep", USER, -1, 4_026_532_000L));
    assertEquals(List.of(), appraise(GuestPolicy.DEFAULT));
    now.tasks.set(0, task(5, "/bin/sleep", ROOT, -1, 4_026_532_000L));
    assertEquals(1, appraise(GuestPolicy.DEFAULT).size(), "but root of all is");
    before.tasks.set(0, task(5, "/bin/sleep", USER, 0, 4_026_532_000L));
    now.tasks.set(0, task(5, "/bin/sleep", USER, -1));
    assertEquals(1, appraise(GuestPolicy.DEFAULT).size(), "and who comes out of one");
    now.tasks.set(0, task(5, "/bin/sleep", USER, -1, 4_026_532_000L));
    assertEquals(1, appraise(GuestPolicy.DEFAULT).size(), "and within one");
  }

  @Test
  void newModulesAndListenersAreNamedWhereTheyAreForbidden() {
    before.sockets.add(new GuestSocket("tcp", "0.0.0.0:22", "", "LISTEN", List.of()));
    now.sockets.addAll(before.sockets);
    now.sockets.add(new GuestSocket("tcp", "0.0.0.0:80", "1.2.3.4:5", "ESTABLISHED", List.of()));
    now.sockets.add(new GuestSocket("udp", "0.0.0.0:53", "", "", List.of(119L)));
    now.tasks.add(task(5, "/bin/dns", USER, 0));
    now.modules.add(new GuestModule("dummy", 16384));
    assertEquals(List.of(), appraise(GuestPolicy.DEFAULT));
    assertEquals("module dummy", only(appraise(forbidding(Forbidden.MODULES))).subject());
    Discrepancy listener = only(appraise(forbidding(Forbidden.LISTENERS)));
    assertEquals("socket udp 0.0.0.0:53", listener.subject());
    assertEquals("task 119 wuser", listener.actual());
  }

  @Test
  void anotherKernelIsNamed() {
    now.buildId = "ef01";
    assertTrue(only(appraise(GuestPolicy.DEFAULT)).actual().contains("ef01"));
  }

  @Test
  void aKernelThatCanNoLongerBeReadIsADiscrepancyAndOneThatNeverCouldIsNot() {
    GuestAppraisal appraisal = new GuestAppraisal(GuestPolicy.DEFAULT);
    Optional<GuestState> unreadable =
        Optional.of(new GuestState.Unreadable("NO_KERNEL", "no VMCOREINFO"));
    Discrepancy d = only(appraisal.appraise(before.state(), unreadable));
    assertEquals("NO_KERNEL: no VMCOREINFO", d.actual());
    assertEquals(
        "not looked at", only(appraisal.appraise(before.state(), Optional.empty())).actual());
    assertEquals(List.of(), appraisal.appraise(unreadable, unreadable));
    assertEquals(List.of(), appraisal.appraise(Optional.empty(), Optional.empty()));
    assertEquals(List.of(), appraisal.appraise(unreadable, now.state()));
  }
}
