// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee.testing;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A private swtpm with an endorsement certificate from a certificate authority of its own, all in
 * one directory. Needs the Debian packages swtpm and swtpm-tools. Not thread-safe.
 */
public final class EmulatedTpm implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int RETRY_MILLIS = 10;

  /** TPM2_Shutdown(TPM_SU_CLEAR), TPM 2.0 part 3, 9.4. */
  private static final byte[] SHUTDOWN = HexFormat.of().parseHex("80010000000c000001450000");

  /**
   * TPM2_NV_DefineSpace by the owner's empty password: SHA-256, AUTHREAD, AUTHWRITE and NO_DA, 8
   * bytes.
   */
  private static final byte[] DEFINE =
      HexFormat.of()
          .parseHex(
              "80020000002d0000012a4000000100000009400000090000000000"
                  + "0000000e00000000000b0204000400000008");

  private static final int DEFINED_HANDLE = 31;
  private static final int RESPONSE_HEADER = 10;
  private static final int RESPONSE_CODE = 6;

  private final Path directory;
  private @Nullable Process process;

  private EmulatedTpm(Path directory) {
    this.directory = directory;
  }

  /**
   * Makes and starts a TPM.
   *
   * @param directory an existing empty directory, whose path is short enough for a socket's name
   */
  public static EmulatedTpm create(Path directory) throws IOException, InterruptedException {
    EmulatedTpm tpm = new EmulatedTpm(directory.toAbsolutePath());
    tpm.manufacture();
    tpm.start();
    return tpm;
  }

  /** How tss2-tctildr names it. */
  public String tcti() {
    return "swtpm:path=" + socket();
  }

  /** The root of its endorsement certificate, PEM. */
  public Path rootCertificate() {
    return authority().resolve("swtpm-localca-rootca-cert.pem");
  }

  /** The issuer of its endorsement certificate, PEM. */
  public Path issuerCertificate() {
    return authority().resolve("issuercert.pem");
  }

  private Path authority() {
    return directory.resolve("ca");
  }

  private Path state() {
    return directory.resolve("state");
  }

  private Path socket() {
    return directory.resolve("socket");
  }

  private void manufacture() throws IOException, InterruptedException {
    Files.createDirectories(authority());
    Files.createDirectories(state());
    Path options = Files.createFile(directory.resolve("localca.options"));
    Path authorityConfig =
        Files.write(
            directory.resolve("localca.conf"),
            List.of(
                "statedir = " + authority(),
                "signingkey = " + authority().resolve("signkey.pem"),
                "issuercert = " + authority().resolve("issuercert.pem"),
                "certserial = " + authority().resolve("certserial")));
    Path config =
        Files.write(
            directory.resolve("setup.conf"),
            List.of(
                "create_certs_tool = /usr/bin/swtpm_localca",
                "create_certs_tool_config = " + authorityConfig,
                "create_certs_tool_options = " + options));
    Process setup =
        command(
            "swtpm_setup",
            "--tpm2",
            "--tpm-state",
            "dir://" + state(),
            "--config",
            config.toString(),
            "--create-ek-cert",
            "--lock-nvram",
            "--overwrite",
            "--pcr-banks",
            "sha256");
    if (!setup.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS) || setup.exitValue() != 0) {
      setup.destroyForcibly();
      throw new IOException("swtpm_setup failed: " + Files.readString(log()));
    }
  }

  /** Starts it again after {@link #stop()} or {@link #kill()}. */
  public void start() throws IOException, InterruptedException {
    Files.deleteIfExists(socket());
    Process started =
        command(
            "swtpm",
            "socket",
            "--tpm2",
            "--tpmstate",
            "dir=" + state(),
            "--server",
            "type=unixio,path=" + socket(),
            "--ctrl",
            "type=unixio,path=" + socket() + ".ctrl",
            "--flags",
            "not-need-init,startup-clear");
    process = started;
    // A test run that is ended from outside must not leave it behind.
    Runtime.getRuntime().addShutdownHook(new Thread(started::destroyForcibly));
    awaitSocket(started);
  }

  private void awaitSocket(Process started) throws IOException, InterruptedException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try (SocketChannel channel = connect()) {
        return;
      } catch (IOException e) {
        if (!started.isAlive() || System.nanoTime() - end >= 0) {
          started.destroyForcibly();
          throw new IOException("swtpm does not start: " + Files.readString(log()), e);
        }
      }
      Thread.sleep(RETRY_MILLIS);
    }
  }

  private SocketChannel connect() throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      channel.connect(UnixDomainSocketAddress.of(socket()));
      return channel;
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** Ends it as a power cut would. */
  public void kill() throws InterruptedException {
    Process running = process;
    if (running != null) {
      running.destroyForcibly().waitFor();
      process = null;
    }
  }

  /** Makes it hang: it keeps its connections and answers nothing. */
  public void pause() throws IOException, InterruptedException {
    signal("-STOP");
  }

  /** Lets it go on after {@link #pause()}. */
  public void resume() throws IOException, InterruptedException {
    signal("-CONT");
  }

  private void signal(String signal) throws IOException, InterruptedException {
    Process running = process;
    if (running == null) {
      throw new IllegalStateException("the TPM was not started");
    }
    command("kill", signal, Long.toString(running.pid())).waitFor();
  }

  /** Ends it in good order: a TPM that is not told of it counts that as an attack. */
  public void stop() throws IOException, InterruptedException {
    if (process != null && process.isAlive()) {
      shutDown();
    }
    kill();
  }

  private void shutDown() throws IOException {
    send(SHUTDOWN);
  }

  /** Puts 8 bytes that can be written into an NV index (TPM 2.0 part 3, 31.3). */
  public void defineOrdinaryIndex(int handle) throws IOException {
    byte[] command = DEFINE.clone();
    ByteBuffer.wrap(command).putInt(DEFINED_HANDLE, handle);
    int code = send(command);
    if (code != 0) {
      throw new IOException("swtpm does not define the NV index: " + Integer.toHexString(code));
    }
  }

  /** Sends a command as another client, and gives the response's code. */
  private int send(byte[] command) throws IOException {
    try (SocketChannel channel = connect()) {
      channel.write(ByteBuffer.wrap(command));
      ByteBuffer response = ByteBuffer.allocate(RESPONSE_HEADER);
      while (response.hasRemaining()) {
        if (channel.read(response) < 0) {
          throw new IOException("swtpm closed instead of an answer");
        }
      }
      return response.getInt(RESPONSE_CODE);
    }
  }

  private Path log() {
    return directory.resolve("log");
  }

  private Process command(String... words) throws IOException {
    return new ProcessBuilder(words)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
        .start();
  }

  @Override
  public void close() throws IOException, InterruptedException {
    stop();
  }
}
