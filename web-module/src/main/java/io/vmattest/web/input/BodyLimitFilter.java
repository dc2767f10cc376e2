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

/**
 * Refuses bodies over 64 KiB, and kernel packages over 256 MiB, by counting what comes, whatever
 * its announced length.
 */
@Provider
@PreMatching
public class BodyLimitFilter implements ContainerRequestFilter {
  /** Bytes. */
  public static final int LIMIT = 64 * 1024;

  /** Bytes of a kernel package. */
  static final int PACKAGE_LIMIT = 256 << 20;

  private static final String PACKAGES = "kernels";

  @Override
  public void filter(ContainerRequestContext request) {
    long limit = limit(request.getUriInfo().getPath());
    if (isTooLong(request.getHeaderString(HttpHeaders.CONTENT_LENGTH), limit)) {
      throw new BodyTooLargeException();
    }
    request.setEntityStream(new Counting(request.getEntityStream(), limit));
  }

  private static long limit(String path) {
    return path.replace("/", "").equals(PACKAGES) ? PACKAGE_LIMIT : LIMIT;
  }

  /** The container's own reading of the header gives up at 2 GiB. */
  private static boolean isTooLong(@Nullable String contentLength, long limit) {
    try {
      return contentLength != null && Long.parseLong(contentLength.strip()) > limit;
    } catch (NumberFormatException e) {
      return true;
    }
  }

  /** Throws as soon as one byte too many was read. */
  static final class Counting extends FilterInputStream {
    private final long limit;
    private long count;

    Counting(InputStream in, long limit) {
      super(in);
      this.limit = limit;
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
      if (count > limit) {
        throw new BodyTooLargeException();
      }
    }
  }
}
