// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.view;

import io.vmattest.introspection.memory.MalformedGuestException;
import io.vmattest.introspection.structure.Field;
import io.vmattest.introspection.structure.Struct;
import io.vmattest.introspection.structure.Structures;

/**
 * Reads struct cred. Capabilities were two words of 32 bits up to 6.2, and one of 64 bits since.
 */
final class CredentialReader {
  private final Field uid;
  private final Field euid;
  private final Field suid;
  private final Field fsuid;
  private final Field gid;
  private final Field egid;
  private final Field sgid;
  private final Field fsgid;
  private final Field effective;
  private final Field permitted;
  private final Field userNamespace;

  CredentialReader(Structures structures) throws MalformedGuestException {
    Struct cred = structures.struct("cred");
    this.uid = cred.field("uid");
    this.euid = cred.field("euid");
    this.suid = cred.field("suid");
    this.fsuid = cred.field("fsuid");
    this.gid = cred.field("gid");
    this.egid = cred.field("egid");
    this.sgid = cred.field("sgid");
    this.fsgid = cred.field("fsgid");
    this.effective = cred.field("cap_effective");
    this.permitted = cred.field("cap_permitted");
    this.userNamespace = cred.field("user_ns");
  }

  Credentials of(long cred) throws MalformedGuestException {
    return new Credentials(
        uid.get(cred),
        euid.get(cred),
        suid.get(cred),
        fsuid.get(cred),
        gid.get(cred),
        egid.get(cred),
        sgid.get(cred),
        fsgid.get(cred),
        effective.get(cred),
        permitted.get(cred));
  }

  /** Address of its struct user_namespace. */
  long userNamespace(long cred) throws MalformedGuestException {
    return userNamespace.pointer(cred);
  }
}
