// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.witness;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.vmattest.core.merkle.ConsistencyProof;
import io.vmattest.core.tlog.AddCheckpointRequest;
import io.vmattest.core.tlog.Checkpoint;
import io.vmattest.core.tlog.MalformedTlogException;
import io.vmattest.core.tlog.NoteKey;
import io.vmattest.core.tlog.NoteRejectedException;
import io.vmattest.core.tlog.NoteSigner;
import io.vmattest.core.tlog.NoteVerifiers;
import io.vmattest.core.tlog.SignatureType;
import io.vmattest.core.tlog.SignedNote;
import io.vmattest.core.tlog.WitnessAnswers;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.signers.Ed25519Signer;

/** A witness as C2SP tlog-witness has it: with a state of its own, and it refuses forks. */
final class LittleWitness implements AutoCloseable {
  static final long TIME = 1_780_000_000L;

  final List<Integer> answered = new ArrayList<>();
  private final Map<String, NoteVerifiers> logs = new HashMap<>();
  private final Map<String, Checkpoint> cosigned = new HashMap<>();
  private final Ed25519PrivateKeyParameters key;
  private final NoteKey publicKey;
  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();

  /** What a faulty witness makes of its answer. */
  volatile UnaryOperator<byte[]> spoiled = UnaryOperator.identity();

  /** Whether the last byte never comes. */
  volatile boolean isStalling;

  private record Answer(int status, String type, byte[] body) {
    static Answer of(int status, String body) {
      return new Answer(status, "text/plain", body.getBytes(UTF_8));
    }
  }

  LittleWitness(String name, int seed) throws IOException {
    key = new Ed25519PrivateKeyParameters(ByteBuffer.allocate(32).putInt(seed).array());
    publicKey =
        NoteKey.ed25519(name, SignatureType.COSIGNATURE, key.generatePublicKey().getEncoded());
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/w/add-checkpoint", this::handle);
    server.setExecutor(threads);
    server.start();
  }

  WitnessSettings settings() {
    return new WitnessSettings(
        URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/w"), publicKey);
  }

  synchronized void trust(String origin, NoteVerifiers keys) {
    logs.put(origin, keys);
  }

  synchronized Optional<Checkpoint> cosigned(String origin) {
    return Optional.ofNullable(cosigned.get(origin));
  }

  private synchronized void handle(HttpExchange exchange) throws IOException {
    Answer answer = answer(exchange.getRequestBody().readNBytes(AddCheckpointRequest.MAX_SIZE));
    answered.add(answer.status());
    byte[] body = spoiled.apply(answer.body());
    exchange.getResponseHeaders().add("Content-Type", answer.type());
    exchange.sendResponseHeaders(answer.status(), body.length + (isStalling ? 1L : 0L));
    exchange.getResponseBody().write(body);
    exchange.getResponseBody().flush();
    if (!isStalling) {
      exchange.close();
    }
  }

  private Answer answer(byte[] body) {
    try {
      AddCheckpointRequest request = AddCheckpointRequest.parse(body);
      SignedNote note = request.checkpoint();
      String origin = note.text().lines().findFirst().orElse("");
      NoteVerifiers keys = logs.get(origin);
      if (keys == null) {
        return Answer.of(404, "unknown log");
      }
      keys.verify(note);
      return cosigned(request, Checkpoint.parse(note.text()));
    } catch (MalformedTlogException e) {
      return Answer.of(400, String.valueOf(e.getMessage()));
    } catch (NoteRejectedException e) {
      return Answer.of(403, String.valueOf(e.getMessage()));
    } catch (GeneralSecurityException e) {
      return Answer.of(500, String.valueOf(e.getMessage()));
    }
  }

  private Answer cosigned(AddCheckpointRequest request, Checkpoint checkpoint)
      throws GeneralSecurityException {
    Optional<Checkpoint> last = cosigned(checkpoint.origin());
    long has = last.map(Checkpoint::size).orElse(0L);
    if (request.oldSize() > checkpoint.size()) {
      return Answer.of(400, "the old size is larger");
    }
    boolean isOther =
        has == checkpoint.size()
            && last.isPresent()
            && !last.get().root().equals(checkpoint.root());
    if (request.oldSize() != has || isOther) {
      return new Answer(409, WitnessAnswers.SIZE_TYPE, (has + "\n").getBytes(UTF_8));
    }
    ConsistencyProof proof = new ConsistencyProof(has, checkpoint.size(), request.proof());
    boolean isConsistent =
        last.isEmpty()
            ? request.proof().isEmpty()
            : proof.verify(last.get().root(), checkpoint.root());
    if (!isConsistent) {
      return Answer.of(422, "not consistent");
    }
    cosigned.put(checkpoint.origin(), checkpoint);
    return Answer.of(200, line(checkpoint.text()));
  }

  private String line(String text) throws GeneralSecurityException {
    NoteSigner signer = NoteSigner.of(publicKey, this::signature);
    return SignedNote.sign(text, List.of(signer)).signatures().get(0).line() + "\n";
  }

  private byte[] signature(byte[] text) {
    byte[] header = ("cosignature/v1\ntime " + TIME + "\n").getBytes(UTF_8);
    Ed25519Signer signer = new Ed25519Signer();
    signer.init(true, key);
    signer.update(header, 0, header.length);
    signer.update(text, 0, text.length);
    return ByteBuffer.allocate(72).putLong(TIME).put(signer.generateSignature()).array();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
