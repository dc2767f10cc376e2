// SPDX-License-Identifier: Apache-2.0
/**
 * The wire formats of a transparency log, as the C2SP specifications have them: <a
 * href="https://c2sp.org/signed-note">signed notes</a>, <a
 * href="https://c2sp.org/tlog-checkpoint">checkpoints</a> with <a
 * href="https://c2sp.org/tlog-cosignature">cosignatures</a>, <a
 * href="https://c2sp.org/tlog-tiles">tiles</a>, and <a
 * href="https://c2sp.org/tlog-proof">proofs</a> that can be verified offline.
 *
 * <p>What is parsed may come from anyone: it is bounded, has exactly one encoding, and whatever is
 * wrong with it ends in a {@link io.vmattest.core.tlog.TlogException}.
 */
@NullMarked
package io.vmattest.core.tlog;

import org.jspecify.annotations.NullMarked;
