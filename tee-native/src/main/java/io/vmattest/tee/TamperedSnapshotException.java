// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

import java.util.Optional;

/** A snapshot's bytes are not the attested ones. */
public final class TamperedSnapshotException extends TeeException {
  private static final long serialVersionUID = 1L;

  /** Optional is not serializable. */
  private final transient Optional<PageRun> badPages;

  TamperedSnapshotException(int errno, String detail, Optional<PageRun> badPages) {
    super("tampered snapshot", errno, detail);
    this.badPages = badPages;
  }

  /** The first damaged page; empty if the damage is not in a page. */
  public Optional<PageRun> badPages() {
    return badPages;
  }
}
