// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.tlog.NoteKey;
import io.vmattest.core.tlog.NoteSignature;
import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What witnesses said of the ledger's checkpoints. */
@Stateless
public class Cosignatures {
  @Inject EntityManager em;
  @Inject Clock clock;

  /** Size of the largest checkpoint that a witness's key cosigned; 0 if it did none. */
  public long last(NoteKey witness) {
    Long size =
        em.createQuery(
                "SELECT MAX(c.size) FROM CosignatureRow c"
                    + " WHERE c.witness = :witness AND c.keyId = :id",
                Long.class)
            .setParameter("witness", witness.name())
            .setParameter("id", witness.id())
            .getSingleResult();
    return size == null ? 0 : size;
  }

  /**
   * Keeps cosignatures that were verified; one that is kept already stays.
   *
   * @param size of the checkpoint's tree
   */
  @TransactionAttribute(TransactionAttributeType.REQUIRES_NEW)
  public void keep(long size, List<NoteSignature> verified) {
    for (NoteSignature cosignature : verified) {
      var key = new CosignatureRow.Key(size, cosignature.name(), cosignature.keyId());
      if (em.find(CosignatureRow.class, key) == null) {
        em.persist(new CosignatureRow(size, cosignature, clock.instant()));
      }
    }
  }

  /** The cosignatures of checkpoints between two sizes, with both, by size. */
  static Map<Long, List<NoteSignature>> between(EntityManager em, long first, long last) {
    return em.createQuery(
            "SELECT c FROM CosignatureRow c WHERE c.size >= :first AND c.size <= :last"
                + " ORDER BY c.size, c.witness, c.keyId",
            CosignatureRow.class)
        .setParameter("first", first)
        .setParameter("last", last)
        .getResultStream()
        .collect(
            Collectors.groupingBy(
                CosignatureRow::size,
                Collectors.flatMapping(row -> row.cosignature().stream(), Collectors.toList())));
  }
}
