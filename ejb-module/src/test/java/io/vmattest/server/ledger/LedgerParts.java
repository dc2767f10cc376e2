// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.evidence.TrustAnchors;
import io.vmattest.server.bodies.BodyKeys;
import io.vmattest.server.events.EventPublisher;
import io.vmattest.server.testing.StandInSeals;
import io.vmattest.server.trust.ServerTrust;
import jakarta.persistence.EntityManager;
import java.time.Clock;

/** The ledger's services on an entity manager, as the container would wire them. */
public final class LedgerParts {
  private LedgerParts() {}

  public static Ledger ledger(EntityManager em, Clock clock) {
    Ledger ledger = new Ledger();
    ledger.em = em;
    ledger.clock = clock;
    ledger.seals = new StandInSeals();
    ledger.tree = new LedgerTree();
    ledger.standing = new AlwaysCurrent();
    ledger.bodies = bodies(em);
    return ledger;
  }

  /** Of a server that encrypts nothing. */
  static LedgerBodies bodies(EntityManager em) {
    return bodies(em, new BodyKeys(), false);
  }

  static LedgerBodies bodies(EntityManager em, BodyKeys keys, boolean encrypts) {
    LedgerBodies bodies = new LedgerBodies();
    bodies.em = em;
    bodies.keys = keys;
    bodies.encrypts = encrypts;
    return bodies;
  }

  static GuestDocuments guests(LedgerBodies bodies) {
    GuestDocuments guests = new GuestDocuments();
    guests.bodies = bodies;
    return guests;
  }

  static AuditReader reader(LedgerBodies bodies) {
    AuditReader reader = new AuditReader();
    reader.em = bodies.em;
    reader.bodies = bodies;
    return reader;
  }

  static Checkpoints checkpoints(Ledger ledger, LogKeys keys, EventPublisher events) {
    Checkpoints checkpoints = new Checkpoints();
    checkpoints.em = ledger.em;
    checkpoints.ledger = ledger;
    checkpoints.tree = ledger.tree;
    checkpoints.keys = keys;
    checkpoints.events = events;
    checkpoints.clock = ledger.clock;
    return checkpoints;
  }

  static ReportIngest ingest(
      Ledger ledger, ReportChecks checks, EventPublisher events, ObserverInTransaction observer) {
    ReportIngest ingest = new ReportIngest();
    ingest.em = ledger.em;
    ingest.ledger = ledger;
    ingest.bodies = ledger.bodies;
    ingest.checks = checks;
    ingest.events = events;
    ingest.appended = observer;
    ingest.clock = ledger.clock;
    return ingest;
  }

  /** Of a server without a TPM. */
  private static final class AlwaysCurrent extends LedgerStanding {
    @Override
    public void requireCurrent() {}
  }

  public static VmStates states(EntityManager em) {
    VmStates states = new VmStates();
    states.em = em;
    return states;
  }

  public static ReportChains chains(EntityManager em) {
    ReportChains chains = new ReportChains();
    chains.em = em;
    return chains;
  }

  public static ReportChecks checks(TrustAnchors anchors, Clock clock) {
    ReportChecks checks = new ReportChecks();
    checks.clock = clock;
    checks.trust = new KnownTrust(anchors);
    return checks;
  }

  public static Reports reports(EntityManager em, ReportChecks checks) {
    Reports reports = new Reports();
    reports.em = em;
    reports.checks = checks;
    reports.ledger = ledger(em, checks.clock);
    return reports;
  }

  /** Anchors that come from no file. */
  private static final class KnownTrust extends ServerTrust {
    private final TrustAnchors anchors;

    KnownTrust(TrustAnchors anchors) {
      this.anchors = anchors;
    }

    @Override
    public synchronized TrustAnchors anchors() {
      return anchors;
    }
  }
}
