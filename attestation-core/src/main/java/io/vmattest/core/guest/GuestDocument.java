// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.guest;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.core.report.Digest;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * A guest's state as JSON in UTF-8, the bytes that component {@value #COMPONENT} of a report is the
 * digest of. It goes beside the report, as the configuration does, and compressed (gzip).
 */
public final class GuestDocument {
  /** The component of a report that it belongs to. */
  public static final String COMPONENT = "guest";

  /** The component that is the digest of the document's tasks alone. */
  public static final String PROCESSES = "processes";

  /** No document is longer, in bytes; what writes one leaves out what does not fit. */
  public static final int MAX_SIZE = 8 << 20;

  /** No compressed one is. */
  public static final int MAX_COMPRESSED = 2 << 20;

  private final byte[] json;

  private GuestDocument(byte[] json) {
    this.json = json;
  }

  public static GuestDocument of(GuestState state) {
    return new GuestDocument(GuestJson.write(state).toString().getBytes(StandardCharsets.UTF_8));
  }

  /**
   * @throws MalformedGuestDocumentException if it is not gzip, or too large
   */
  public static GuestDocument decompress(byte[] gzip) throws MalformedGuestDocumentException {
    if (gzip.length > MAX_COMPRESSED) {
      throw new MalformedGuestDocumentException("the document is too large");
    }
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(gzip))) {
      byte[] json = in.readNBytes(MAX_SIZE + 1);
      if (json.length > MAX_SIZE) {
        throw new MalformedGuestDocumentException("the document is too large");
      }
      return new GuestDocument(json);
    } catch (IOException e) {
      throw new MalformedGuestDocumentException("the document is not compressed with gzip", e);
    }
  }

  /** Whether it keeps the bounds that a reader has. */
  public boolean fits() {
    return json.length <= MAX_SIZE && compressed().length <= MAX_COMPRESSED;
  }

  public byte[] compressed() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(json);
    } catch (IOException e) {
      throw new UncheckedIOException("memory takes every byte", e);
    }
    return out.toByteArray();
  }

  public Digest digest() {
    return Digest.sha256(json);
  }

  /** The JSON array of the tasks of such a state, in UTF-8: what {@value #PROCESSES} is over. */
  public static byte[] processes(GuestState.Seen state) {
    return GuestJson.tasks(state).toString().getBytes(StandardCharsets.UTF_8);
  }

  /** The same of the modules. */
  public static byte[] modules(GuestState.Seen state) {
    return GuestJson.modules(state).toString().getBytes(StandardCharsets.UTF_8);
  }

  /** Bytes that the digest is of. */
  public int size() {
    return json.length;
  }

  /**
   * The JSON as it stands there, for those who show it.
   *
   * @throws MalformedGuestDocumentException if it is none
   */
  public JsonObject json() throws MalformedGuestDocumentException {
    try (JsonReader reader =
        JSON.createReaderFactory(null)
            .createReader(new ByteArrayInputStream(json), StandardCharsets.UTF_8)) {
      return reader.readObject();
    } catch (JsonException e) {
      throw new MalformedGuestDocumentException("the document is not a JSON object", e);
    } catch (RuntimeException e) {
      // Parsson's own for what is nested too deep.
      throw new MalformedGuestDocumentException("the document is nested too deep", e);
    }
  }

  /**
   * What it says.
   *
   * @throws MalformedGuestDocumentException if it is not what {@link #of} writes
   */
  public GuestState state() throws MalformedGuestDocumentException {
    return GuestJsonReader.read(json());
  }
}
