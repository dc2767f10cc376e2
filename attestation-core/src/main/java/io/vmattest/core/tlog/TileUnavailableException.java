// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.tlog;

/** A source does not have a tile, or could not be asked for it. */
public final class TileUnavailableException extends TlogException {
  private static final long serialVersionUID = 1L;
  private final transient TilePath path;

  public TileUnavailableException(TilePath path, String message) {
    super(path + ": " + message);
    this.path = path;
  }

  public TileUnavailableException(TilePath path, Throwable cause) {
    super(path + ": " + cause.getMessage(), cause);
    this.path = path;
  }

  public TilePath path() {
    return path;
  }
}
