// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.structure;

import io.vmattest.introspection.kernel.Btf;
import io.vmattest.introspection.kernel.BtfMember;
import io.vmattest.introspection.memory.AddressSpace;
import io.vmattest.introspection.memory.MalformedGuestException;
import io.vmattest.introspection.memory.MalformedGuestException.Reason;
import java.util.Optional;

/** A struct or union of a kernel, whose fields are looked up once and then read of any instance. */
public final class Struct {
  private final Btf types;
  private final AddressSpace space;
  private final String name;
  private final long size;

  Struct(Btf types, AddressSpace space, String name, long size) {
    this.types = types;
    this.space = space;
    this.name = name;
    this.size = size;
  }

  public String name() {
    return name;
  }

  /** In bytes. */
  public long size() {
    return size;
  }

  /**
   * A field that every kernel of this kind has.
   *
   * @param path a name, or names with dots between them for fields of fields
   * @throws MalformedGuestException if there is none
   */
  public Field field(String path) throws MalformedGuestException {
    return optional(path)
        .orElseThrow(
            () ->
                new MalformedGuestException(
                    Reason.MISSING, 0, "a kernel without " + name + "." + path));
  }

  /** A field that some kernels have. */
  public Optional<Field> optional(String path) throws MalformedGuestException {
    Optional<BtfMember> member = types.member(name, path);
    return member.isEmpty()
        ? Optional.empty()
        : Optional.of(Field.of(types, space, name + "." + path, member.get()));
  }

  /** Whether this kernel has such a field. */
  public boolean has(String path) throws MalformedGuestException {
    return types.member(name, path).isPresent();
  }
}
