// SPDX-License-Identifier: Apache-2.0
package io.vmattest.benchmarks;

import io.vmattest.core.merkle.InclusionProof;
import io.vmattest.core.merkle.MerkleTree;
import io.vmattest.core.report.Digest;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Roots and proofs over as many leaves as a guest of 4 MiB (1,024) and of 256 MiB (65,536) has. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class MerkleTreeBenchmark {
  @Param({"1024", "65536"})
  public int leaves = 1024;

  private List<Digest> hashes = List.of();

  @Setup
  public void setUp() {
    hashes =
        IntStream.range(0, leaves)
            .mapToObj(i -> MerkleTree.leafHash(ByteBuffer.allocate(4).putInt(i).array()))
            .toList();
  }

  @Benchmark
  public Digest root() {
    return MerkleTree.root(hashes);
  }

  @Benchmark
  public InclusionProof inclusionProof() {
    return MerkleTree.inclusionProof(hashes, leaves / 3);
  }
}
