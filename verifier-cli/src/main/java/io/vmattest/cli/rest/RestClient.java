// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.rest;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.core.http.BoundedBody;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;

/** Speaks the REST API, in JSON and in bytes. */
public final class RestClient {
  private static final String BASE = "/api/v1";
  private static final String JSON_TYPE = "application/json";
  private static final String PROBLEM = "application/problem+json";
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

  /** A capture of a large guest with its snapshot takes a while. */
  private static final Duration REQUEST_TIMEOUT = Duration.ofMinutes(5);

  /** All of a large guest's memory takes longer. */
  private static final Duration DOWNLOAD_TIMEOUT = Duration.ofHours(2);

  private static final int MAX_BODY = 8 << 20;

  private final URI server;
  private final HttpClient client;
  private final Duration timeout;

  public RestClient(URI server, SSLContext tls) {
    this(
        server,
        HttpClient.newBuilder()
            .sslContext(tls)
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT_TIMEOUT)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build(),
        REQUEST_TIMEOUT);
  }

  private RestClient(URI server, HttpClient client, Duration timeout) {
    this.server = server;
    this.client = client;
    this.timeout = timeout;
  }

  /** The same, whose requests are answered to the last byte within a time, if it is shorter. */
  public RestClient within(Duration time) {
    return time.compareTo(timeout) < 0 ? new RestClient(server, client, time) : this;
  }

  /** An answer's document, and where the server says that more will be. */
  public record Answer(JsonObject document, Optional<String> location) {}

  /**
   * @param path below the API's base
   * @throws ProblemException if the server refuses
   */
  public JsonObject get(String path) throws IOException {
    return parse(send(request(path, JSON_TYPE).GET().build()));
  }

  /** Bytes of another media type. */
  public byte[] getBytes(String path, String mediaType) throws IOException {
    return send(request(path, mediaType).GET().build()).body();
  }

  /**
   * Bytes that the server takes its time for, as it reads all of a guest's memory first.
   *
   * @param most of them
   */
  public byte[] getSlowly(String path, String mediaType, int most) throws IOException {
    return send(
            request(path, mediaType).GET().build(),
            info -> new BoundedBody(info.statusCode() < 300 ? most : MAX_BODY),
            DOWNLOAD_TIMEOUT)
        .body();
  }

  public Answer post(String path, JsonObject body) throws IOException {
    HttpResponse<byte[]> response = send(withBody(path, "POST", body));
    return new Answer(parse(response), response.headers().firstValue("Location"));
  }

  public JsonObject put(String path, JsonObject body) throws IOException {
    return parse(send(withBody(path, "PUT", body)));
  }

  /** Sends a file's bytes. */
  public JsonObject upload(String path, Path file, String mediaType) throws IOException {
    return parse(
        send(
            request(path, JSON_TYPE)
                .header("Content-Type", mediaType)
                .POST(BodyPublishers.ofFile(file))
                .build()));
  }

  /**
   * Asks for something large with an empty object, and writes it into a file.
   *
   * @param most bytes
   * @throws ProblemException if the server refuses; the file is as it was then
   * @throws IOException also if the answer is shorter or longer than the server said
   */
  public void download(String path, Path file, long most) throws IOException {
    HttpRequest request =
        request(path, "application/octet-stream")
            .header("Content-Type", JSON_TYPE)
            .POST(BodyPublishers.ofString("{}"))
            .build();
    long told =
        send(request, info -> fileOrProblem(info, file, most), DOWNLOAD_TIMEOUT)
            .headers()
            .firstValueAsLong("Content-Length")
            .orElseThrow(() -> new IOException("The server does not say how much it sends."));
    if (Files.size(file) != told) {
      throw new IOException("The server's answer broke off.");
    }
  }

  private static BodySubscriber<byte[]> fileOrProblem(
      HttpResponse.ResponseInfo info, Path file, long most) {
    return info.statusCode() < 300 ? new BoundedFile(file, most) : new BoundedBody(MAX_BODY);
  }

  public void delete(String path) throws IOException {
    send(request(path, JSON_TYPE).DELETE().build());
  }

  /** A path's part, escaped. */
  public static String escape(String part) {
    return URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private HttpRequest withBody(String path, String method, JsonObject body) {
    return request(path, JSON_TYPE)
        .header("Content-Type", JSON_TYPE)
        .method(method, BodyPublishers.ofString(body.toString()))
        .build();
  }

  private HttpRequest.Builder request(String path, String accept) {
    return HttpRequest.newBuilder(URI.create(server + BASE + path))
        .header("Accept", accept.equals(JSON_TYPE) ? JSON_TYPE : accept + ", " + PROBLEM);
  }

  private HttpResponse<byte[]> send(HttpRequest request) throws IOException {
    return send(request, info -> new BoundedBody(MAX_BODY), timeout);
  }

  private HttpResponse<byte[]> send(
      HttpRequest request, HttpResponse.BodyHandler<byte[]> body, Duration within)
      throws IOException {
    // A timeout in the request would end with the headers: a server that stalls in the body would
    // hold the caller for ever.
    var answer = client.sendAsync(request, body);
    HttpResponse<byte[]> response;
    try {
      response = answer.get(Math.max(1, within.toMillis()), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      answer.cancel(true);
      throw new HttpTimeoutException(
          "%s did not answer within %.1f s.".formatted(server, within.toMillis() / 1000.0));
    } catch (InterruptedException e) {
      answer.cancel(true);
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    } catch (ExecutionException e) {
      throw failure(e.getCause() == null ? e : e.getCause());
    }
    if (response.statusCode() >= 300) {
      throw problem(response);
    }
    return response;
  }

  private IOException failure(Throwable why) {
    return why instanceof ConnectException
        ? new IOException("No server answers at " + server + ".", why)
        : new IOException(server + ": " + why.getMessage(), why);
  }

  private static ProblemException problem(HttpResponse<byte[]> response) {
    int status = response.statusCode();
    String type = response.headers().firstValue("Content-Type").orElse("");
    if (!type.startsWith(PROBLEM)) {
      return ProblemException.withoutDetails(status);
    }
    try {
      return new ProblemException(status, parse(response));
    } catch (IOException e) {
      return ProblemException.withoutDetails(status);
    }
  }

  private static JsonObject parse(HttpResponse<byte[]> response) throws IOException {
    try (JsonReader reader = JSON.createReader(new ByteArrayInputStream(response.body()))) {
      return reader.readObject();
    } catch (JsonException | IllegalStateException e) {
      throw new IOException("The server's answer is not a JSON object.", e);
    }
  }
}
