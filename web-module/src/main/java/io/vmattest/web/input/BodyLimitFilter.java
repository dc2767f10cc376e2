// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.input;

import io.vmattest.web.problem.BodyTooLargeException;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.PreMatching;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.ext.Provider;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** Refuses bodies over 64 KiB by counting what comes, whatever its announced length. */
@Provider
@PreMatching
public class BodyLimitFilter implements ContainerRequestFilter {
  /** Bytes. */
  public static final int LIMIT = 64 * 1024;

  @Override
  public void filter(ContainerRequestContext request) {
    if (isTooLong(request.getHeaderString(HttpHeaders.CONTENT_LENGTH))) {
      throw new BodyTooLargeException();
    }
    request.setEntityStream(new Counting(request.getEntityStream()));
  }

  /** The container's own reading of the header gives up at 2 GiB. */
  private static boolean isTooLong(@Nullable String contentLength) {
    try {
      return contentLength != null && Long.parseLong(contentLength.strip()) > LIMIT;
    } catch (NumberFormatException e) {
      return true;
    }
  }

  /** Throws as soon as one byte too many was read. */
  static final class Counting extends FilterInputStream {
    private long count;

    Counting(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      int value = super.read();
      if (value >= 0) {
        counted(1);
      }
      return value;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      int got = super.read(buffer, offset, length);
      if (got > 0) {
        counted(got);
      }
      return got;
    }

    private void counted(int bytes) {
      count += bytes;
      if (count > LIMIT) {
        throw new BodyTooLargeException();
      }
    }
  }
}
