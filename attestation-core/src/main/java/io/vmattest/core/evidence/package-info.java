// SPDX-License-Identifier: Apache-2.0
/** Why a signing key is believed to live in a TEE. */
@NullMarked
package io.vmattest.core.evidence;

import org.jspecify.annotations.NullMarked;
