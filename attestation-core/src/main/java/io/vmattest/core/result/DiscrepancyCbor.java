// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.result;

import com.upokecenter.cbor.CBORObject;
import io.vmattest.core.appraisal.Discrepancy;
import io.vmattest.core.appraisal.Severity;
import io.vmattest.core.cbor.CborItem;
import io.vmattest.core.cbor.CborMap;
import io.vmattest.core.cbor.MalformedCborException;
import io.vmattest.core.guest.PageProof;
import io.vmattest.core.merkle.InclusionProof;
import io.vmattest.core.report.Digest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** {@code discrepancy} of docs/result-format.cddl. */
final class DiscrepancyCbor {
  private static final long COMPONENT = 1;
  private static final long SEVERITY = 2;
  private static final long SUBJECT = 3;
  private static final long EXPECTED = 4;
  private static final long ACTUAL = 5;
  private static final long EXPLANATION = 6;
  private static final long BLOCK = 7;
  private static final long OFFSET = 8;
  private static final long PHYSICAL_ADDRESS = 9;
  private static final long LENGTH = 10;
  private static final long ADDRESS = 11;
  private static final long PROOF = 12;

  private DiscrepancyCbor() {}

  /** As many as fit, the gravest first where not all do. */
  static CBORObject encode(List<Discrepancy> discrepancies) {
    List<CBORObject> all = discrepancies.stream().map(DiscrepancyCbor::encode).toList();
    if (fitting(all) < all.size()) {
      all =
          discrepancies.stream()
              .sorted(Comparator.comparing(Discrepancy::severity).reversed())
              .map(DiscrepancyCbor::encode)
              .toList();
    }
    CBORObject array = CBORObject.NewArray();
    all.subList(0, fitting(all)).forEach(array::Add);
    return array;
  }

  private static int fitting(List<CBORObject> all) {
    int count = 0;
    long size = 0;
    while (count < Math.min(all.size(), ResultLabels.MAX_DISCREPANCIES)) {
      size += all.get(count).EncodeToBytes().length;
      if (size > ResultLabels.MAX_DISCREPANCIES_SIZE) {
        break;
      }
      count++;
    }
    return count;
  }

  private static CBORObject encode(Discrepancy d) {
    CBORObject map =
        CBORObject.NewMap()
            .Add(COMPONENT, name(d.component()))
            .Add(SEVERITY, d.severity().name())
            .Add(SUBJECT, text(d.subject()))
            .Add(EXPECTED, text(d.expected()))
            .Add(ACTUAL, text(d.actual()))
            .Add(EXPLANATION, text(d.explanation()));
    d.block().ifPresent(block -> map.Add(BLOCK, name(block)));
    d.offset().ifPresent(offset -> map.Add(OFFSET, offset));
    d.guestPhysicalAddress().ifPresent(address -> map.Add(PHYSICAL_ADDRESS, address));
    d.length().ifPresent(length -> map.Add(LENGTH, length));
    d.address().ifPresent(address -> map.Add(ADDRESS, address));
    d.proof().ifPresent(proof -> map.Add(PROOF, encode(proof)));
    return map;
  }

  private static CBORObject encode(PageProof proof) {
    CBORObject path = CBORObject.NewArray();
    proof.inclusion().path().forEach(hash -> path.Add(hash.bytes()));
    return CBORObject.NewArray()
        .Add(proof.block())
        .Add(proof.inclusion().index())
        .Add(proof.inclusion().size())
        .Add(proof.leaf().bytes())
        .Add(path);
  }

  private static String name(String name) {
    return ResultEncoder.text(name, ResultLabels.MAX_NAME);
  }

  private static String text(String text) {
    return ResultEncoder.text(text, ResultLabels.MAX_TEXT);
  }

  static List<Discrepancy> decode(CborItem item) throws MalformedCborException {
    List<Discrepancy> all = new ArrayList<>();
    for (CborItem one : item.array(0, ResultLabels.MAX_DISCREPANCIES)) {
      all.add(discrepancy(one.map()));
    }
    return all;
  }

  private static Discrepancy discrepancy(CborMap map) throws MalformedCborException {
    map.only(
        COMPONENT,
        SEVERITY,
        SUBJECT,
        EXPECTED,
        ACTUAL,
        EXPLANATION,
        BLOCK,
        OFFSET,
        PHYSICAL_ADDRESS,
        LENGTH,
        ADDRESS,
        PROOF);
    Optional<CborItem> block = map.find(BLOCK);
    Optional<CborItem> proof = map.find(PROOF);
    return new Discrepancy(
        map.get(COMPONENT).text(0, ResultLabels.MAX_NAME),
        ResultDecoder.constant(Severity.class, map.get(SEVERITY)),
        readText(map.get(SUBJECT)),
        block.isPresent()
            ? Optional.of(block.get().text(0, ResultLabels.MAX_NAME))
            : Optional.empty(),
        number(map.find(OFFSET)),
        number(map.find(PHYSICAL_ADDRESS)),
        number(map.find(LENGTH)),
        number(map.find(ADDRESS)),
        proof.isPresent() ? Optional.of(proof(proof.get())) : Optional.empty(),
        readText(map.get(EXPECTED)),
        readText(map.get(ACTUAL)),
        readText(map.get(EXPLANATION)));
  }

  private static String readText(CborItem item) throws MalformedCborException {
    return item.text(0, ResultLabels.MAX_TEXT);
  }

  /** Kernel addresses are negative. */
  private static OptionalLong number(Optional<CborItem> item) throws MalformedCborException {
    return item.isPresent() ? OptionalLong.of(item.get().integer()) : OptionalLong.empty();
  }

  private static PageProof proof(CborItem item) throws MalformedCborException {
    List<CborItem> parts = item.array(5, 5);
    List<Digest> path = new ArrayList<>();
    for (CborItem hash : parts.get(4).array(0, ResultLabels.MAX_PATH)) {
      path.add(ResultDecoder.digest(hash));
    }
    return new PageProof(
        parts.get(0).text(0, ResultLabels.MAX_NAME),
        ResultDecoder.digest(parts.get(3)),
        new InclusionProof(parts.get(1).uint(), parts.get(2).uint(), path));
  }
}
