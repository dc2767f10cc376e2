// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.kernel;

import io.vmattest.introspection.memory.MalformedGuestException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The kernel's types, as it carries them for BPF. Types are numbered from 1; 0 is void. Global
 * variables have none here: who reads one has to know its type.
 */
public final class Btf {
  private static final int MAX_DEPTH = 32;
  private static final int MEMBER_WORDS = 3;

  /** How many members a search may look at, those of anonymous members included. */
  private static final int MAX_MEMBERS = 100_000;

  private final BtfTypes types;
  private final NameIndex composites;

  /** Those asked for by both names: what is asked is the program's choice, not the guest's. */
  private final ConcurrentHashMap<String, Optional<BtfMember>> known = new ConcurrentHashMap<>();

  private final ConcurrentHashMap<String, OptionalInt> knownValues = new ConcurrentHashMap<>();

  private Btf(BtfTypes types) {
    this.types = types;
    this.composites = types.composites();
  }

  /**
   * @param blob what lies between __start_BTF and __stop_BTF; kept, must not change
   * @param address where that is, for messages
   */
  static Btf parse(byte[] blob, long address) throws MalformedGuestException {
    return new Btf(BtfTypes.parse(blob, address));
  }

  /** How many types there are, void included. */
  public int size() {
    return types.count();
  }

  /** The number of a struct or union; of the first, should files have used a name twice. */
  public OptionalInt composite(String name) {
    int[] found = composites.find(name);
    return found.length == 0 ? OptionalInt.empty() : OptionalInt.of(found[0]);
  }

  /**
   * What a kernel is bound to have, by {@link #member(int, String)}.
   *
   * @throws MalformedGuestException if there is no such struct or member
   */
  public long offset(String composite, String path) throws MalformedGuestException {
    Optional<BtfMember> member = member(composite, path);
    return member
        .orElseThrow(() -> types.malformed(0, "is no " + composite + "." + path))
        .byteOffset();
  }

  public Optional<BtfMember> member(String composite, String path) throws MalformedGuestException {
    String key = composite + "." + path;
    Optional<BtfMember> member = known.get(key);
    if (member == null) {
      OptionalInt id = composite(composite);
      member = id.isPresent() ? member(id.getAsInt(), path) : Optional.empty();
      known.put(key, member);
    }
    return member;
  }

  /**
   * The value of an enumerator of an enum with 32-bit values.
   *
   * @return empty if there is no such enum, or none of that name has such an enumerator
   */
  public OptionalInt enumerator(String name, String enumerator) throws MalformedGuestException {
    String key = name + "." + enumerator;
    OptionalInt value = knownValues.get(key);
    if (value == null) {
      value = findEnumerator(name, enumerator);
      knownValues.put(key, value);
    }
    return value;
  }

  private OptionalInt findEnumerator(String name, String enumerator)
      throws MalformedGuestException {
    for (int id = 1; id < types.count(); id++) {
      if (types.kind(id) == BtfKind.ENUM && types.name(id).equals(name)) {
        for (int i = 0; i < types.vlen(id); i++) {
          if (types.nameAt(types.extra(id, 2 * i)).equals(enumerator)) {
            return OptionalInt.of(types.extra(id, 2 * i + 1));
          }
        }
      }
    }
    return OptionalInt.empty();
  }

  /**
   * A member of a struct or union, also one of its anonymous members' members.
   *
   * @param path a name, or names with dots between them for members of members
   */
  public Optional<BtfMember> member(int composite, String path) throws MalformedGuestException {
    Optional<BtfMember> found = Optional.empty();
    int id = composite;
    for (String name : path.split("\\.", -1)) {
      id = resolve(id);
      if (id == 0 || !types.kind(id).isComposite()) {
        return Optional.empty();
      }
      Optional<BtfMember> next = new MemberSearch(name).in(id, 0);
      if (next.isEmpty()) {
        return Optional.empty();
      }
      BtfMember inner = next.get();
      found = Optional.of(found.map(inner::within).orElse(inner));
      id = inner.typeId();
    }
    return found;
  }

  /** The members of a struct or union as they were written, anonymous ones with an empty name. */
  public List<BtfMember> members(int composite) throws MalformedGuestException {
    List<BtfMember> members = new ArrayList<>();
    if (types.kind(composite).isComposite()) {
      for (int i = 0; i < types.vlen(composite); i++) {
        members.add(memberAt(composite, i));
      }
    }
    return members;
  }

  public BtfKind kind(int id) throws MalformedGuestException {
    return types.kind(id);
  }

  /** Empty for what has none. */
  public String name(int id) throws MalformedGuestException {
    return types.name(id);
  }

  /** The type itself, without typedef, const and the like; 0 for void. */
  public int resolve(int id) throws MalformedGuestException {
    int at = id;
    for (int depth = 0; depth < MAX_DEPTH; depth++) {
      if (at == 0 || !types.kind(at).isModifier()) {
        return at;
      }
      at = types.sizeOrType(at);
    }
    throw types.malformed(id, "is a modifier of modifiers without end");
  }

  /** In bytes; empty for what has no size, such as functions and void. */
  public OptionalLong size(int id) throws MalformedGuestException {
    long elements = 1;
    int at = resolve(id);
    for (int depth = 0; depth < MAX_DEPTH; depth++) {
      if (at == 0 || types.kind(at) != BtfKind.ARRAY) {
        OptionalLong each = at == 0 ? OptionalLong.empty() : ownSize(at);
        return each.isEmpty() ? each : OptionalLong.of(times(id, elements, each.getAsLong()));
      }
      elements = times(id, elements, Integer.toUnsignedLong(types.extra(at, 2)));
      at = resolve(types.extra(at, 0));
    }
    throw types.malformed(id, "is an array of arrays without end");
  }

  /** The type of an array's elements, of what a pointer points to; empty for other kinds. */
  public OptionalInt target(int id) throws MalformedGuestException {
    int at = resolve(id);
    if (at == 0) {
      return OptionalInt.empty();
    }
    return switch (types.kind(at)) {
      case ARRAY -> OptionalInt.of(types.extra(at, 0));
      case PTR -> OptionalInt.of(types.sizeOrType(at));
      default -> OptionalInt.empty();
    };
  }

  /** How many elements an array has; empty for what is none. */
  public OptionalLong elements(int id) throws MalformedGuestException {
    int at = resolve(id);
    return at != 0 && types.kind(at) == BtfKind.ARRAY
        ? OptionalLong.of(Integer.toUnsignedLong(types.extra(at, 2)))
        : OptionalLong.empty();
  }

  private OptionalLong ownSize(int id) throws MalformedGuestException {
    return switch (types.kind(id)) {
      case PTR -> OptionalLong.of(8);
      case INT, STRUCT, UNION, ENUM, ENUM64, FLOAT ->
          OptionalLong.of(Integer.toUnsignedLong(types.sizeOrType(id)));
      default -> OptionalLong.empty();
    };
  }

  private long times(int id, long elements, long size) throws MalformedGuestException {
    long high = Math.multiplyHigh(elements, size);
    long product = elements * size;
    if (high != 0 || product < 0) {
      throw types.malformed(id, "is larger than any memory");
    }
    return product;
  }

  private BtfMember memberAt(int composite, int index) throws MalformedGuestException {
    int word = index * MEMBER_WORDS;
    String name = types.nameAt(types.extra(composite, word));
    int type = types.extra(composite, word + 1);
    int offset = types.extra(composite, word + 2);
    return types.kindFlag(composite)
        ? new BtfMember(name, offset & 0xff_ffff, offset >>> 24, type)
        : new BtfMember(name, Integer.toUnsignedLong(offset), 0, type);
  }

  /** One search, with a limit to what it costs. */
  private final class MemberSearch {
    private final String name;
    private int left = MAX_MEMBERS;

    MemberSearch(String name) {
      this.name = name;
    }

    Optional<BtfMember> in(int composite, int depth) throws MalformedGuestException {
      for (int i = 0; i < types.vlen(composite); i++) {
        if (--left < 0 || depth > MAX_DEPTH) {
          throw types.malformed(composite, "has members without end");
        }
        BtfMember member = memberAt(composite, i);
        Optional<BtfMember> found =
            member.name().isEmpty() ? inAnonymous(member, depth) : named(member);
        if (found.isPresent()) {
          return found;
        }
      }
      return Optional.empty();
    }

    private Optional<BtfMember> named(BtfMember member) {
      return member.name().equals(name) ? Optional.of(member) : Optional.empty();
    }

    private Optional<BtfMember> inAnonymous(BtfMember member, int depth)
        throws MalformedGuestException {
      int inner = resolve(member.typeId());
      return inner != 0 && types.kind(inner).isComposite()
          ? in(inner, depth + 1).map(found -> found.within(member))
          : Optional.empty();
    }
  }
}
