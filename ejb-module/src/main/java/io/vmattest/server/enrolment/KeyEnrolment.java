// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.enrolment;

import io.vmattest.core.evidence.KeyEvidence;

/**
 * The host's signing key and this server's word that it saw its TPM answer.
 *
 * @param enrolment encoded, as reports carry it
 */
public record KeyEnrolment(KeyEvidence evidence, byte[] enrolment) {}
