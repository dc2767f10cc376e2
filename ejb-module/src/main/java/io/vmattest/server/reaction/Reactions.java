// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.reaction;

import io.vmattest.server.policy.Policies;
import io.vmattest.server.policy.ReactionTerms;
import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;

/** Does what a VM's policy says about a discrepancy. */
@Stateless
@TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
public class Reactions {
  @Inject Policies policies;
  @Inject AutomaticRollbacks rollbacks;
  @Inject Quarantines quarantines;
  @Inject FourEyes people;

  /** What cannot be done is recorded, and throws nothing: the verdict stands all the same. */
  public void react(Discrepant found) {
    ReactionTerms terms = policies.of(found.vm()).reaction();
    switch (terms.reaction()) {
      case ALERT -> {
        // The verdict is the alert.
      }
      case APPROVE -> people.proposeFor(found);
      case QUARANTINE_PAUSE -> quarantines.impose(found.vm(), Quarantine.Kind.PAUSE);
      case QUARANTINE_LINKS -> quarantines.impose(found.vm(), Quarantine.Kind.LINKS);
      case ROLL_BACK -> rollbacks.start(found, terms);
    }
  }
}
