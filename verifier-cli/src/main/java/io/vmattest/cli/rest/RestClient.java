// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.rest;

import jakarta.json.Json;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/** Speaks the REST API, in JSON and in bytes. */
public final class RestClient {
  private static final String BASE = "/api/v1";
  private static final String JSON = "application/json";
  private static final String PROBLEM = "application/problem+json";
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

  /** A capture of a large guest with its snapshot takes a while. */
  private static final Duration REQUEST_TIMEOUT = Duration.ofMinutes(5);

  private static final int MAX_BODY = 8 << 20;

  private final URI server;
  private final HttpClient client;

  public RestClient(URI server, SSLContext tls) {
    this.server = server;
    this.client =
        HttpClient.newBuilder()
            .sslContext(tls)
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT_TIMEOUT)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();
  }

  /** An answer's document, and where the server says that more will be. */
  public record Answer(JsonObject document, Optional<String> location) {}

  /**
   * @param path below the API's base
   * @throws ProblemException if the server refuses
   */
  public JsonObject get(String path) throws IOException {
    return parse(send(request(path, JSON).GET().build()));
  }

  /** Bytes of another media type. */
  public byte[] getBytes(String path, String mediaType) throws IOException {
    return body(send(request(path, mediaType).GET().build()));
  }

  public Answer post(String path, JsonObject body) throws IOException {
    HttpResponse<InputStream> response = send(withBody(path, "POST", body));
    return new Answer(parse(response), response.headers().firstValue("Location"));
  }

  public JsonObject put(String path, JsonObject body) throws IOException {
    return parse(send(withBody(path, "PUT", body)));
  }

  /** A path's part, escaped. */
  public static String escape(String part) {
    return URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private HttpRequest withBody(String path, String method, JsonObject body) {
    return request(path, JSON)
        .header("Content-Type", JSON)
        .method(method, BodyPublishers.ofString(body.toString()))
        .build();
  }

  private HttpRequest.Builder request(String path, String accept) {
    return HttpRequest.newBuilder(URI.create(server + BASE + path))
        .timeout(REQUEST_TIMEOUT)
        .header("Accept", accept.equals(JSON) ? JSON : accept + ", " + PROBLEM);
  }

  private HttpResponse<InputStream> send(HttpRequest request) throws IOException {
    HttpResponse<InputStream> response;
    try {
      response = client.send(request, BodyHandlers.ofInputStream());
    } catch (ConnectException e) {
      throw new IOException("No server answers at " + server + ".", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    } catch (IOException e) {
      throw new IOException(server + ": " + e.getMessage(), e);
    }
    if (response.statusCode() >= 300) {
      throw problem(response);
    }
    return response;
  }

  private static ProblemException problem(HttpResponse<InputStream> response) throws IOException {
    int status = response.statusCode();
    byte[] body = body(response);
    String type = response.headers().firstValue("Content-Type").orElse("");
    if (!type.startsWith(PROBLEM)) {
      return ProblemException.withoutDetails(status);
    }
    try {
      return new ProblemException(status, parse(body));
    } catch (IOException e) {
      return ProblemException.withoutDetails(status);
    }
  }

  private static JsonObject parse(HttpResponse<InputStream> response) throws IOException {
    return parse(body(response));
  }

  private static JsonObject parse(byte[] body) throws IOException {
    try (JsonReader reader = Json.createReader(new ByteArrayInputStream(body))) {
      return reader.readObject();
    } catch (JsonException | IllegalStateException e) {
      throw new IOException("The server's answer is not a JSON object.", e);
    }
  }

  private static byte[] body(HttpResponse<InputStream> response) throws IOException {
    try (InputStream in = response.body()) {
      byte[] body = in.readNBytes(MAX_BODY + 1);
      if (body.length > MAX_BODY) {
        throw new IOException("The server's answer has more than " + MAX_BODY + " bytes.");
      }
      return body;
    }
  }
}
