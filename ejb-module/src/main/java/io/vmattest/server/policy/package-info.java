// SPDX-License-Identifier: Apache-2.0
/** What a VM should be: its baseline and its appraisal policy. */
@NullMarked
package io.vmattest.server.policy;

import org.jspecify.annotations.NullMarked;
