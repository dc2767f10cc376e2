// SPDX-License-Identifier: Apache-2.0
/** Bundles of evidence on disk. */
@NullMarked
package io.vmattest.cli.cases;

import org.jspecify.annotations.NullMarked;
