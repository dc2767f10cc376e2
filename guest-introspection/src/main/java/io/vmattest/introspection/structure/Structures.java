// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.structure;

import io.vmattest.introspection.kernel.Kernel;
import io.vmattest.introspection.memory.AddressSpace;
import io.vmattest.introspection.memory.CachedMemory;
import io.vmattest.introspection.memory.MalformedGuestException;
import io.vmattest.introspection.memory.MalformedGuestException.Reason;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;

/**
 * A kernel's structures in its memory, as it is now: pages are kept, so that one is made for each
 * look at a guest. Not for several threads at once.
 */
public final class Structures {
  private final Kernel kernel;
  private final AddressSpace space;
  private final Map<String, Struct> structs = new HashMap<>();

  private Structures(Kernel kernel, AddressSpace space) {
    this.kernel = kernel;
    this.space = space;
  }

  public static Structures of(Kernel kernel) {
    AddressSpace own = kernel.addressSpace();
    return new Structures(kernel, own.through(new CachedMemory(own.memory())));
  }

  public Kernel kernel() {
    return kernel;
  }

  /** The kernel's own, with its pages kept. */
  public AddressSpace space() {
    return space;
  }

  /**
   * A struct or union by its name.
   *
   * @throws MalformedGuestException if this kernel has none of that name
   */
  public Struct struct(String name) throws MalformedGuestException {
    Struct known = structs.get(name);
    if (known == null) {
      OptionalInt id = kernel.types().composite(name);
      if (id.isEmpty()) {
        throw missing("struct " + name);
      }
      long size = kernel.types().size(id.getAsInt()).orElse(0);
      known = new Struct(kernel.types(), space, name, size);
      structs.put(name, known);
    }
    return known;
  }

  /** Whether this kernel has a struct or union of that name. */
  public boolean has(String struct) {
    return kernel.types().composite(struct).isPresent();
  }

  /**
   * The address of a variable of the kernel.
   *
   * @throws MalformedGuestException if there is none of that name, or more than one
   */
  public long symbol(String name) throws MalformedGuestException {
    return kernel.symbols().address(name).orElseThrow(() -> missing("symbol " + name));
  }

  private static MalformedGuestException missing(String what) {
    return new MalformedGuestException(Reason.MISSING, 0, "a kernel without " + what);
  }
}
